"""Brief: what to know of a customer before calling."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Input, Money, Output, Shows, action
from eyeot_crm.activities import Activity
from eyeot_crm.contacts import Contact
from eyeot_crm.customers import Customer
from eyeot_crm.ids import CustomerId
from eyeot_crm.insight.owed import Owed, owed
from eyeot_crm.opportunities import Opportunity

_LENGTHS = {"short": 3, "long": 15}


class Asked(Input):
    """A customer, and how much to tell."""

    id: CustomerId
    length: Literal["short", "long"] = "short"


class Brief(Output):
    """Facts, deals, people and exchanges; what a module that is not in use would add is named in `absent`."""

    customer_id: CustomerId
    name: str
    lifecycle: str
    tier: str | None
    industry: str | None
    city: str | None
    since: date
    next_step: str | None
    next_step_on: date | None
    last_contact_at: datetime | None
    open_deals: list[Annotated[dict[str, Any], Shows("id")]]
    open_amount: Money
    won_amount: Money
    won_deals: int
    lost_deals: int
    contacts: list[Annotated[dict[str, Any], Shows("id")]]
    exchanges: list[Annotated[dict[str, Any], Shows("id")]]
    planned: list[Annotated[dict[str, Any], Shows("id")]]
    owed: Owed | None = None
    absent: Annotated[list[str], Field(description="Modules that would tell more.")]
    text: Annotated[str, Field(description="The same in a few sentences.")]


@action(
    "crm.customer.summarise",
    risk="r",
    en=(
        "Summarise a customer; brief me before a call; what should I know of this customer; prepare a "
        "meeting with a customer"
    ),
    fr=(
        "Résumer un client; préparer un appel; que faut-il savoir de ce client; préparer un rendez-vous "
        "client; point sur un client"
    ),
    example={"id": "$crm.customer"},
    record=Customer,
    next=("crm.customer.health_score", "crm.customer.list_timeline"),
)
async def summarise(ctx: Context, data: Asked) -> Brief:
    """Tell what to know of a customer before a call: deals, people, last exchanges, what is owed."""
    customer = await ctx.get(Customer, data.id)
    seen, most = await ctx.view(customer), _LENGTHS[data.length]
    deals = await ctx.find(Opportunity, Opportunity.c.customer_id == customer.id)
    opened = [one for one in deals if one.status == "open"]
    won = [one for one in deals if one.status == "won"]
    due = await owed(ctx, customer.party_id)
    brief = Brief(
        customer_id=customer.id,
        name=seen["name"],
        lifecycle=customer.lifecycle,
        tier=customer.tier,
        industry=customer.industry,
        city=seen.get("city"),
        since=customer.created_at.date(),
        next_step=customer.next_step,
        next_step_on=customer.next_step_on,
        last_contact_at=customer.last_contact_at,
        open_deals=await _told(ctx, opened[:most], "name", "amount", "expected_close", "next_step"),
        open_amount=_sum(opened),
        won_amount=_sum(won),
        won_deals=len(won),
        lost_deals=sum(one.status == "lost" for one in deals),
        contacts=await _people(ctx, customer, most),
        exchanges=await _activities(ctx, customer, "done", most),
        planned=await _activities(ctx, customer, "planned", most),
        owed=due,
        absent=[one for one in ("sales", "invoicing", "tickets") if _absent(ctx, one)],
        text="",
    )
    brief.text = _text(ctx, brief)
    return brief


def _absent(ctx: Context, module: str) -> bool:
    reading = {
        "sales": "sales.quote.list",
        "invoicing": "invoicing.invoice.list",
        "tickets": "tickets.ticket.list",
    }
    return not ctx.offers(reading[module])


def _sum(deals: Sequence[Opportunity]) -> Money:
    """The sum of the amounts in euros."""
    amounts = [one.amount.amount for one in deals if one.amount and one.amount.currency == "EUR"]
    return Money(amount=sum(amounts, Decimal(0)).quantize(Decimal("0.01")))


async def _told(ctx: Context, rows: Sequence[Any], *names: str) -> list[dict[str, Any]]:
    seen = [await ctx.view(one) for one in rows]
    return [{n: one[n] for n in ("id", *names) if one.get(n) is not None} for one in seen]


async def _people(ctx: Context, customer: Customer, most: int) -> list[dict[str, Any]]:
    here = (Contact.c.customer_id == customer.id, Contact.c.left_on.is_(None))
    decider_first = sa.case((Contact.c.role_in_purchase == "decider", 0), else_=1)
    order = (decider_first, Contact.c.full_name)
    found = await ctx.find(Contact, *here, order=order, limit=most)
    return await _told(ctx, found, "full_name", "job_title", "role_in_purchase", "email", "phone")


async def _activities(
    ctx: Context, customer: Customer, status: str, most: int
) -> list[dict[str, Any]]:
    row = Activity.c
    where = (row.customer_id == customer.id, row.status == status)
    order = row.closed_at.desc() if status == "done" else row.due_at
    found = await ctx.find(Activity, *where, order=order, limit=most)
    return await _told(ctx, found, "kind", "subject", "due_at", "closed_at", "outcome")


def _text(ctx: Context, brief: Brief) -> str:
    french = ctx.locale.startswith("fr")
    last = brief.last_contact_at.date().isoformat() if brief.last_contact_at else None
    if french:
        deals = (
            f"{brief.name} : {len(brief.open_deals)} affaire(s) en cours pour"
            f" {brief.open_amount.amount} €, {brief.won_deals} gagnée(s) pour"
            f" {brief.won_amount.amount} €."
        )
        told = [
            deals,
            f"Dernier échange le {last}." if last else "Aucun échange noté.",
        ]
        told += [f"À faire : {brief.next_step}."] if brief.next_step else []
        told += [f"Doit {brief.owed.due.amount} €."] if brief.owed else []
        return " ".join(told)
    deals = (
        f"{brief.name}: {len(brief.open_deals)} open deal(s) worth €{brief.open_amount.amount},"
        f" {brief.won_deals} won worth €{brief.won_amount.amount}."
    )
    told = [
        deals,
        f"Last exchange on {last}." if last else "No exchange noted.",
    ]
    told += [f"To do: {brief.next_step}."] if brief.next_step else []
    told += [f"Owes €{brief.owed.due.amount}."] if brief.owed else []
    return " ".join(told)
