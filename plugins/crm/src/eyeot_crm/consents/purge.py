"""Purge: prospects that nobody was in touch with for three years are erased (CNIL)."""

from datetime import date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pydantic import Field

from eyeot import Conflict, Context, Event, Input, Output, action
from eyeot_crm.consents.law import kept_for, months_before
from eyeot_crm.consents.record import Consent
from eyeot_crm.contacts import Contact
from eyeot_crm.customers import Customer
from eyeot_crm.ids import CustomerId, LeadId
from eyeot_crm.leads import Lead
from eyeot_crm.opportunities import Opportunity

_MOST = 500


class ProspectsPurged(Event, name="crm.consent.prospects_purged"):
    """Prospects without contact for too long were erased."""

    before: date
    customers: int
    leads: int


class Purge(Input):
    """Up to when nobody was in touch, and how many at once."""

    cutoff: Annotated[
        date | None,
        Field(description="Last contact before this day; what the law says if left out."),
    ] = None
    most: Annotated[int, Field(ge=1, le=_MOST, description="At most so many of each.")] = 200


class Purged(Output):
    """Who was erased; `left`: how many more there are."""

    cutoff: date
    source: str
    customers: list[CustomerId]
    leads: list[LeadId]
    expired_consents: int
    records: Annotated[int, Field(description="Records in which something was erased.")]
    left: int


@action(
    "crm.consent.purge_stale_prospects",
    risk="x",
    en=(
        "Erase stale prospects; delete old prospects under GDPR; purge prospects without contact for "
        "three years; data retention of prospects"
    ),
    fr=(
        "Effacer les prospects inactifs; purger les vieux prospects (RGPD); supprimer les prospects sans "
        "contact depuis trois ans; durée de conservation des prospects"
    ),
    example={"cutoff": "2020-01-01"},
    events=("crm.consent.prospects_purged",),
    unlicensed=True,
)
async def purge_stale_prospects(ctx: Context, data: Purge) -> Purged:
    """Erase the names and addresses of prospects without contact for three years; try dry_run first."""
    months, source = kept_for(ctx.today)
    latest = months_before(ctx.today, months)
    cutoff = data.cutoff or latest
    if cutoff > latest:
        raise Conflict(
            reason=f"Prospects in touch since {latest} are no stale ones ({source}).",
            remedy=f"Give a cutoff up to {latest}, or leave it out.",
            field="cutoff",
        )
    moment = datetime.combine(cutoff, time.min, ZoneInfo(ctx.timezone))
    customers, leads = await _customers(ctx, moment), await _leads(ctx, moment)
    records = 0
    for customer in customers[: data.most]:
        for contact in await ctx.find(Contact, Contact.c.customer_id == customer.id):
            records += await ctx.forget(contact)
        records += await ctx.forget(customer)
        customer.lifecycle, customer.archived_at = "former", customer.archived_at or ctx.now
    for lead in leads[: data.most]:
        records += await ctx.forget(lead)
    expired = await _expire(ctx)
    done, gone = customers[: data.most], leads[: data.most]
    ctx.emit(ProspectsPurged(before=cutoff, customers=len(done), leads=len(gone)))
    return Purged(
        cutoff=cutoff,
        source=source,
        customers=[one.id for one in done],
        leads=[one.id for one in gone],
        expired_consents=expired,
        records=records,
        left=len(customers) + len(leads) - len(done) - len(gone),
    )


async def _customers(ctx: Context, before: datetime) -> list[Customer]:
    """Prospects that were never sold to, and that nobody was in touch with since."""
    deal = sa.select(Opportunity.c.customer_id).where(
        sa.or_(Opportunity.c.status == "won", Opportunity.c.updated_at >= before)
    )
    last = sa.func.coalesce(Customer.c.last_contact_at, Customer.c.created_at)
    return await ctx.find(
        Customer,
        Customer.c.lifecycle.in_(["lead", "prospect"]),
        last < before,
        Customer.c.id.not_in(deal),
    )


async def _leads(ctx: Context, before: datetime) -> list[Lead]:
    """Leads that came to nothing, and that were not touched since; none that were erased."""
    where: list[Any] = [
        Lead.c.status != "converted",
        Lead.c.updated_at < before,
        sa.or_(Lead.c.person_name.is_not(None), Lead.c.email.is_not(None)),
    ]
    return await ctx.find(Lead, *where)


async def _expire(ctx: Context) -> int:
    over = (Consent.c.status == "granted", Consent.c.expires_on < ctx.today)
    found = await ctx.find(Consent, *over)
    for one in found:
        one.status = "expired"
    return len(found)
