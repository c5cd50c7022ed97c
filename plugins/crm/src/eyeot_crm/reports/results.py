"""Results: from lead to won deal, why deals are lost, how fast and by which source."""

from collections.abc import Sequence
from decimal import Decimal
from statistics import median
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Days, Exact, ReportRow, Told, drill, report, span, typeid
from eyeot_crm.ids import LeadSourceId, UserId
from eyeot_crm.leads import Lead
from eyeot_crm.opportunities import Opportunity
from eyeot_crm.reports.asking import NO_EURO, SellerSpell, Selling, cents, chosen, during, percent
from eyeot_crm.sources.roi import Period, figures


class FunnelRow(ReportRow):
    """A step on the way, how many came so far, and how long it usually took."""

    step: Literal["leads", "contacted", "qualified", "converted", "won"]
    count: int
    of_previous: Annotated[Exact, Field(description="Percent of the step before.")]
    of_leads: Annotated[Exact, Field(description="Percent of all leads.")]
    median_days: Annotated[Exact | None, Field(description="From the lead's arrival.")] = None


@report(
    "crm.report.conversion_funnel",
    row=FunnelRow,
    en="Conversion funnel report; how many leads become customers; conversion rate of leads",
    fr=(
        "Rapport de conversion; combien de pistes deviennent des clients; taux de transformation; "
        "entonnoir de vente"
    ),
    example={},
)
async def conversion_funnel(ctx: Context, data: SellerSpell) -> Told:
    """Follow the leads that came in a period to contact, conversion and won deal, with rates and times."""
    spell = span(ctx, data.period)
    found = await ctx.rows(_followed(ctx, data, spell))
    rows, before = [], len(found)
    for step, moments in _reached(found).items():
        took = [
            (at - one["created_at"]).total_seconds() / 86_400
            for at, one in zip(moments, found, strict=True)
            if at
        ]
        count = len(took)
        timed = took and step not in ("leads", "qualified")
        rows.append(
            FunnelRow(
                step=step,
                count=count,
                of_previous=percent(count, before),
                of_leads=percent(count, len(found)),
                median_days=Decimal(f"{median(took):.1f}") if timed else None,
                drill=drill(
                    "crm.lead.list",
                    created_at_from=f"{spell.first}T00:00:00Z",
                    owner_id=typeid("core.user", data.owner_id),
                ),
            )
        )
        before = count
    return Told(rows if found else [], {"leads": len(found), "won": rows[-1].count})


def _followed(ctx: Context, data: SellerSpell, spell: Days) -> Any:
    """The leads that came in those days, each with the moments of its way."""
    lead, deal = Lead.c, Opportunity.c
    won = sa.select(deal.lead_id, deal.closed_at).where(
        deal.status == "won", deal.lead_id.is_not(None)
    )
    late = won.subquery()
    return (
        sa.select(
            lead.created_at,
            lead.first_contact_at,
            lead.converted_at,
            lead.status,
            late.c.closed_at.label("won_at"),
        )
        .outerjoin(late, late.c.lead_id == lead.id)
        .where(ctx.within(Lead), during(ctx, lead.created_at, spell), *chosen(Lead, data))
    )


def _reached(found: Sequence[Any]) -> dict[Any, list[Any]]:
    """By step, when each lead came so far; none: it did not."""
    return {
        "leads": [one["created_at"] for one in found],
        "contacted": [one["first_contact_at"] for one in found],
        "qualified": [
            one["first_contact_at"] if one["status"] in ("qualified", "converted") else None
            for one in found
        ],
        "converted": [one["converted_at"] for one in found],
        "won": [one["won_at"] for one in found],
    }


class OutcomeRow(ReportRow):
    """Deals that were closed alike, in euros."""

    outcome: Literal["won", "lost"]
    reason: str | None = None
    source: str | None = None
    size: Literal["under 5k", "5k to 20k", "20k to 50k", "over 50k", "unknown"]
    deals: int
    amount: Exact


@report(
    "crm.report.win_loss_analysis",
    row=OutcomeRow,
    en="Win/loss analysis; why do we lose deals; lost deals by reason, source and size; win rate",
    fr=(
        "Analyse des affaires gagnées et perdues; pourquoi perd-on des affaires; affaires perdues par "
        "motif, source et taille; taux de réussite"
    ),
    example={},
)
async def win_loss_analysis(ctx: Context, data: Selling) -> Told:
    """Count and sum up the deals won and lost in a period by reason, source and size."""
    spell = span(ctx, data.period)
    rows = [
        OutcomeRow(
            outcome=one["status"],
            reason=one["lost_reason"],
            source=one["source"],
            size=one["size"],
            deals=one["n"],
            amount=cents(one["total"]),
            drill=drill(
                "crm.opportunity.list",
                status=one["status"],
                lost_reason=one["lost_reason"],
                source=one["source"],
                closed_at_from=f"{spell.first}T00:00:00Z",
            ),
        )
        for one in await ctx.rows(_alike(ctx, data, spell))
    ]
    won = sum(one.deals for one in rows if one.outcome == "won")
    deals = sum(one.deals for one in rows)
    totals: dict[str, Decimal | int]
    totals = {"deals": deals, "won": won, "lost": deals - won, "win_rate": percent(won, deals)}
    return Told(rows, totals, (NO_EURO, "win_rate in percent of the deals closed."))


def _alike(ctx: Context, data: Selling, spell: Days) -> Any:
    """The deals closed in those days by outcome, reason, source and size, the most frequent first."""
    deal = Opportunity.c
    amount = deal.amount_amount
    size = sa.case(
        (amount.is_(None), "unknown"),
        (amount < 5_000, "under 5k"),  # noqa: PLR2004 - the classes that are told
        (amount < 20_000, "5k to 20k"),  # noqa: PLR2004
        (amount < 50_000, "20k to 50k"),  # noqa: PLR2004
        else_="over 50k",
    ).label("size")
    n = sa.func.count().label("n")
    return (
        sa.select(
            deal.status, deal.lost_reason, deal.source, size, n, sa.func.sum(amount).label("total")
        )
        .where(
            ctx.within(Opportunity),
            deal.status.in_(["won", "lost"]),
            sa.func.coalesce(deal.amount_currency, "EUR") == "EUR",
            during(ctx, deal.closed_at, spell),
            *chosen(Opportunity, data),
        )
        .group_by(deal.status, deal.lost_reason, deal.source, size)
        .order_by(n.desc(), deal.status, deal.lost_reason, deal.source, size)
    )


class VelocityRow(ReportRow):
    """How fast one salesperson's deals become money."""

    owner_id: UserId | None = None
    open_deals: int
    win_rate: Exact
    average_won: Exact
    cycle_days: Exact
    velocity: Annotated[
        Exact, Field(description="Euros a day: open deals x win rate x average won / cycle.")
    ]


@report(
    "crm.report.sales_velocity",
    row=VelocityRow,
    en="Sales velocity report; how fast do deals close; sales cycle length; euros sold per day",
    fr=(
        "Rapport de vélocité des ventes; en combien de temps conclut-on; durée du cycle de vente; euros "
        "vendus par jour"
    ),
    example={},
)
async def sales_velocity(ctx: Context, data: Selling) -> Told:
    """Show by salesperson how many deals, how often won, for how much and how fast, and what that yields."""
    deal, spell = Opportunity.c, span(ctx, data.period)
    closed = during(ctx, deal.closed_at, spell)
    won = sa.and_(deal.status == "won", closed)
    cycle = sa.func.extract("epoch", deal.closed_at - deal.created_at) / 86_400
    select = (
        sa.select(
            deal.owner_id,
            sa.func.count().filter(deal.status == "open").label("open"),
            sa.func.count().filter(won).label("won"),
            sa.func.count().filter(deal.status == "lost", closed).label("lost"),
            sa.func.avg(deal.amount_amount).filter(won).label("average"),
            sa.func.avg(cycle).filter(won).label("cycle"),
        )
        .where(
            ctx.within(Opportunity),
            sa.func.coalesce(deal.amount_currency, "EUR") == "EUR",
            *chosen(Opportunity, data),
        )
        .group_by(deal.owner_id)
        .order_by(deal.owner_id)
    )
    rows = [_velocity(one) for one in await ctx.rows(select)]
    rows.sort(key=lambda one: -one.velocity)
    total = sum((one.velocity for one in rows), Decimal(0))
    return Told(
        rows, {"open_deals": sum(one.open_deals for one in rows), "velocity": total}, (NO_EURO,)
    )


def _velocity(one: dict[str, Any]) -> VelocityRow:
    rate = percent(one["won"], one["won"] + one["lost"])
    average, cycle = cents(one["average"]), Decimal(one["cycle"] or 0).quantize(Decimal("0.1"))
    daily = one["open"] * rate / 100 * average / cycle if cycle else Decimal(0)
    owner = typeid("core.user", one["owner_id"])
    return VelocityRow(
        owner_id=one["owner_id"],
        open_deals=one["open"],
        win_rate=rate,
        average_won=average,
        cycle_days=cycle,
        velocity=cents(daily),
        drill=drill("crm.opportunity.list", status="won", owner_id=owner),
    )


class SourceRow(ReportRow):
    """A source, what it cost and what it brought, in euros."""

    source_id: LeadSourceId
    source: str
    leads: int
    deals_won: int
    cost: Exact
    revenue: Exact
    roi: Annotated[Exact | None, Field(description="(revenue - cost) / cost.")] = None


@report(
    "crm.report.source_roi",
    row=SourceRow,
    en="Source report; cost and revenue by lead source; which source pays off; marketing return",
    fr=(
        "Rapport des sources; coût et chiffre d'affaires par source de pistes; quelle source est "
        "rentable; retour du marketing"
    ),
    example={},
)
async def source_roi(ctx: Context, data: SellerSpell) -> Told:
    """Compare by source what it cost with what came of it in a period."""
    spell = span(ctx, data.period)
    found = await figures(ctx, Period(since=spell.first, until=spell.last))
    rows = [
        SourceRow(
            source_id=one.source_id,
            source=one.name,
            leads=one.leads,
            deals_won=one.deals_won,
            cost=one.cost,
            revenue=one.revenue,
            roi=one.roi,
            drill=drill("crm.lead.list", source_id=typeid("crm.lead_source", one.source_id)),
        )
        for one in found.sources
    ]
    totals: dict[str, Decimal | int] = {
        "leads": sum(one.leads for one in rows),
        "deals_won": sum(one.deals_won for one in rows),
        "cost": sum((one.cost for one in rows), Decimal(0)),
        "revenue": sum((one.revenue for one in rows), Decimal(0)),
    }
    return Told(rows, totals, (f"revenue: {found.basis}.",))
