"""ROI: what each source of leads cost, and what came of it."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from eyeot import Context, Exact, Input, Output, action, invalid
from eyeot_crm.customers import Customer
from eyeot_crm.ids import LeadSourceId
from eyeot_crm.leads import Lead
from eyeot_crm.opportunities import Opportunity
from eyeot_crm.revenue import Basis, counts_invoices, invoiced
from eyeot_crm.sources.lead_source import LeadSource

_CENT = Decimal("0.01")
_DAYS_A_MONTH = Decimal("365.25") / 12


class SourceFigures(BaseModel):
    """A source, what it cost and what it brought, in euros."""

    model_config = ConfigDict(extra="forbid")

    source_id: LeadSourceId
    name: str
    leads: int
    deals_won: int
    cost: Exact
    revenue: Exact
    roi: Annotated[
        Exact | None, Field(description="(revenue - cost) / cost; none without cost.")
    ] = None


class Period(Input):
    """From when to when; the last twelve months when left out."""

    since: date | None = None
    until: date | None = None


class Returns(Output):
    """Sources, the most profitable first."""

    since: date
    until: date
    basis: Annotated[
        Basis,
        Field(
            description="invoiced: posted invoices of the customers that came by it; won: deals."
        ),
    ]
    sources: list[SourceFigures]


@action(
    "crm.lead_source.roi",
    risk="r",
    en=(
        "Return on investment of lead sources; which source brings most; cost per source; is a trade "
        "fair worth it; where do our best customers come from"
    ),
    fr=(
        "Rentabilité des sources de pistes; quelle source rapporte le plus; coût par source; un salon "
        "est-il rentable; d'où viennent nos meilleurs clients"
    ),
    example={},
)
async def roi(ctx: Context, data: Period) -> Returns:
    """Compare what each source cost with what came of its leads, and say what was counted."""
    return await figures(ctx, data)


async def figures(ctx: Context, data: Period) -> Returns:
    """What each source cost and brought between two days."""
    until = data.until or ctx.today
    since = data.since or until.replace(year=until.year - 1, day=min(until.day, 28))
    if since > until:
        raise invalid("since", "lies after until")
    basis, revenue = await _revenue(ctx, since, until)
    leads = await _counts(ctx, Lead, *_during(ctx, Lead.c.created_at, since, until))
    closed = _during(ctx, Opportunity.c.closed_at, since, until)
    won = await _counts(ctx, Opportunity, Opportunity.c.status == "won", *closed)
    told = []
    for source in await ctx.find(LeadSource, order=LeadSource.c.name):
        cost = _cost(source, since, until)
        brought = revenue.get(source.id, Decimal(0))
        told.append(
            SourceFigures(
                source_id=source.id,
                name=source.name,
                leads=leads.get(source.id, 0),
                deals_won=won.get(source.id, 0),
                cost=cost,
                revenue=brought,
                roi=((brought - cost) / cost).quantize(_CENT, ROUND_HALF_UP) if cost else None,
            )
        )
    told.sort(key=lambda one: one.cost - one.revenue)
    return Returns(since=since, until=until, basis=basis, sources=told)


def _cost(source: LeadSource, since: date, until: date) -> Decimal:
    """The monthly cost for the days of the period, rounded once."""
    if source.cost_per_month is None:
        return Decimal(0)
    months = Decimal((until - since).days + 1) / _DAYS_A_MONTH
    return (source.cost_per_month.amount * months).quantize(_CENT, ROUND_HALF_UP)


async def _counts(ctx: Context, record: Any, *where: Any) -> dict[UUID, int]:
    n = sa.func.count().label("n")
    within = (ctx.within(record), record.c.source_id.is_not(None))
    select = sa.select(record.c.source_id, n).where(*within, *where).group_by(record.c.source_id)
    return {row["source_id"]: row["n"] for row in await ctx.rows(select)}


def _during(ctx: Context, at: Any, since: date, until: date) -> list[Any]:
    day = sa.cast(sa.func.timezone(ctx.timezone, at), sa.Date)
    return [day >= since, day <= until]


async def _revenue(ctx: Context, since: date, until: date) -> tuple[Basis, dict[UUID, Decimal]]:
    deal, customer = Opportunity.c, Customer.c
    if not counts_invoices(ctx):
        total = sa.func.sum(deal.amount_amount).label("total")
        select = (
            sa.select(deal.source_id, total)
            .where(
                ctx.within(Opportunity),
                deal.source_id.is_not(None),
                deal.status == "won",
                deal.amount_currency == "EUR",
                *_during(ctx, deal.closed_at, since, until),
            )
            .group_by(deal.source_id)
        )
        rows = await ctx.rows(select)
        return "won", {one["source_id"]: one["total"].quantize(_CENT) for one in rows}
    first = (
        sa.select(customer.party_id, sa.func.min(sa.cast(deal.source_id, sa.Text)).label("source"))
        .join(
            Customer.meta.table,
            sa.and_(customer.org_id == deal.org_id, customer.id == deal.customer_id),
        )
        .where(ctx.within(Opportunity), deal.source_id.is_not(None), deal.status == "won")
        .group_by(customer.party_id)
    )
    sources = {row["party_id"]: UUID(row["source"]) for row in await ctx.rows(first)}
    found: dict[UUID, Decimal] = {}
    for party, amount in (await invoiced(ctx, list(sources), since, until)).items():
        found[sources[party]] = found.get(sources[party], Decimal(0)) + amount
    return "invoiced", found
