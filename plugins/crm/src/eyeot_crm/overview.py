"""Overview: one page of a party, with what the CRM knows of it."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Input, Output, Record, Shows, action
from eyeot_crm.contacts import Contact
from eyeot_crm.customers import Customer
from eyeot_crm.ids import PartyId
from eyeot_crm.leads import Lead
from eyeot_crm.opportunities import Opportunity
from eyeot_crm.parties import Party

Section = Literal["customer", "group", "contacts", "deals", "leads"]
_MOST = 20


class Page(Input):
    """A party, perhaps only some sections."""

    id: PartyId
    sections: Annotated[list[Section], Field(max_length=5, description="All when left out.")] = (
        Field(default_factory=list)
    )


class Overview(Output):
    """A party and its sections; lists hold the newest 20, with the number there are in all."""

    party: Annotated[dict[str, Any], Shows(record="crm.party")]
    sections: Annotated[
        dict[str, Any],
        Shows(record="crm.customer", under="customer"),
        Shows("group.parent.id", "group.subsidiaries.items.id", "*.items.id", "*.items.owner_id"),
    ]


@action(
    "crm.party.get_360",
    risk="r",
    en=(
        "360° view of a party; everything known of a customer on one page; summary of a customer; "
        "all about a customer"
    ),
    fr=(
        "Vue à 360° d'un tiers; tout ce que l'on sait d'un client sur une page; résumé d'un "
        "client; tout savoir sur un client"
    ),
    example={"id": "$crm.party"},
    record=Party,
    next=("crm.customer.list_timeline",),
)
async def get_360(ctx: Context, data: Page) -> Overview:
    """Show a party with its customer record, group, contacts, deals and leads on one page."""
    party = await ctx.get(Party, data.id)
    told = {name: await _SECTIONS[name](ctx, party) for name in data.sections or _SECTIONS}
    return Overview(party=await ctx.view(party), sections=told)


async def _told(ctx: Context, record: Record, *names: str) -> dict[str, Any]:
    seen = await ctx.view(record)
    return {name: seen[name] for name in ("id", *names) if seen.get(name) is not None}


async def _list(
    ctx: Context, record: type[Record], where: sa.ColumnElement[bool], *names: str
) -> dict[str, Any]:
    count = sa.select(sa.func.count().label("n")).where(ctx.within(record), where)
    found = await ctx.find(record, where, order=record.c.id.desc(), limit=_MOST)
    items = [await _told(ctx, one, *names) for one in found]
    return {"total": (await ctx.rows(count))[0]["n"], "items": items}


def _of(party: Party) -> sa.Select[Any]:
    """The customers that this party is: one, or none."""
    return sa.select(Customer.c.id).where(Customer.c.party_id == party.id)


async def _customer(ctx: Context, party: Party) -> dict[str, Any] | None:
    found = await ctx.first(Customer, Customer.c.party_id == party.id)
    shown = ("lifecycle", "tier", "industry", "owner_id", "next_step", "last_contact_at")
    return await _told(ctx, found, *shown) if found else None


async def _group(ctx: Context, party: Party) -> dict[str, Any]:
    parent = await ctx.first(Party, Party.c.id == party.parent_id) if party.parent_id else None
    return {
        "parent": await _told(ctx, parent, "name") if parent else None,
        "subsidiaries": await _list(ctx, Party, Party.c.parent_id == party.id, "name", "city"),
    }


async def _contacts(ctx: Context, party: Party) -> dict[str, Any]:
    here = Contact.c.customer_id.in_(_of(party))
    return await _list(ctx, Contact, here, "full_name", "job_title", "email", "phone")


async def _deals(ctx: Context, party: Party) -> dict[str, Any]:
    mine = Opportunity.c.customer_id.in_(_of(party))
    shown = ("name", "status", "amount", "expected_close", "owner_id")
    return await _list(ctx, Opportunity, mine, *shown)


async def _leads(ctx: Context, party: Party) -> dict[str, Any]:
    same = [Lead.c.customer_id.in_(_of(party))]
    same += [Lead.c.email.in_(party.emails)] if party.emails else []
    return await _list(ctx, Lead, sa.or_(*same), "title", "status", "owner_id")


_SECTIONS: dict[str, Callable[[Context, Party], Awaitable[Any]]] = {
    "customer": _customer,
    "group": _group,
    "contacts": _contacts,
    "deals": _deals,
    "leads": _leads,
}
