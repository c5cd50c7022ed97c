"""Pipeline: what is open, what is likely to close and what stands still."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Exact, Filters, ReportRow, Told, drill, report, span, typeid
from eyeot_crm.ids import OpportunityId, PipelineId, StageId, UserId
from eyeot_crm.opportunities import Opportunity
from eyeot_crm.pipelines import Stage
from eyeot_crm.reports.asking import NO_EURO, Selling, cents, chosen
from eyeot_crm.stuck import COLUMNS, Stuck, stuck_rows


class Open(Filters):
    """Open deals of a salesperson or pipeline."""

    owner_id: UserId | None = None
    pipeline_id: PipelineId | None = None


class StageRow(ReportRow):
    """A stage, and the open deals in it, in euros."""

    stage_id: StageId
    stage: str
    owner_id: UserId | None = None
    month: Annotated[str | None, Field(description="Month of the expected close.")] = None
    deals: int
    amount: Exact
    weighted: Annotated[Exact, Field(description="Amount times the deal's own chance.")]


@report(
    "crm.report.pipeline_overview",
    row=StageRow,
    en="Pipeline overview report; open deals by stage, owner and month; how full is the pipeline",
    fr=(
        "Rapport du pipeline; affaires en cours par étape, commercial et mois; que contient le pipeline; "
        "portefeuille d'affaires"
    ),
    example={},
)
async def pipeline_overview(ctx: Context, data: Open) -> Told:
    """Count and sum up open deals by stage, owner and month of expected close, plain and weighted."""
    deal, stage = Opportunity.c, Stage.c
    month = sa.func.to_char(deal.expected_close, "YYYY-MM").label("month")
    select = (
        sa.select(
            deal.stage_id,
            stage.name,
            stage.position,
            deal.owner_id,
            month,
            sa.func.count().label("n"),
            sa.func.sum(deal.amount_amount).label("amount"),
            sa.func.sum(deal.amount_amount * deal.probability / 100).label("weighted"),
        )
        .join(Stage.meta.table, sa.and_(stage.org_id == deal.org_id, stage.id == deal.stage_id))
        .where(ctx.within(Opportunity), *_open(data))
        .group_by(deal.stage_id, stage.name, stage.position, deal.owner_id, month)
        .order_by(stage.position, deal.stage_id, deal.owner_id, month)
    )
    rows = [
        StageRow(
            stage_id=one["stage_id"],
            stage=one["name"],
            owner_id=one["owner_id"],
            month=one["month"],
            deals=one["n"],
            amount=cents(one["amount"]),
            weighted=cents(one["weighted"]),
            drill=drill(
                "crm.opportunity.list",
                status="open",
                stage_id=typeid("crm.stage", one["stage_id"]),
                owner_id=typeid("core.user", one["owner_id"]),
            ),
        )
        for one in await ctx.rows(select)
    ]
    return Told(rows, _totals(rows), (NO_EURO,))


def _open(data: Any) -> list[Any]:
    deal = Opportunity.c
    euro = sa.func.coalesce(deal.amount_currency, "EUR") == "EUR"
    return [deal.status == "open", deal.archived_at.is_(None), euro, *chosen(Opportunity, data)]


def _totals(rows: list[StageRow]) -> dict[str, Any]:
    zero = Decimal(0)
    return {
        "deals": sum(one.deals for one in rows),
        "amount": sum((one.amount for one in rows), zero),
        "weighted": sum((one.weighted for one in rows), zero),
    }


class ForecastRow(ReportRow):
    """A month and how sure its deals are, in euros."""

    month: Annotated[str, Field(description="Month of the expected close.")]
    category: Literal["pipeline", "best", "commit", "closed"]
    deals: int
    amount: Exact
    weighted: Exact


@report(
    "crm.report.sales_forecast",
    row=ForecastRow,
    en="Sales forecast report; what will we sell in the coming months; commit, best case and pipeline",
    fr=(
        "Rapport de prévision des ventes; que va-t-on vendre dans les prochains mois; engagé, probable "
        "et possible; prévisionnel commercial"
    ),
    example={},
)
async def sales_forecast(ctx: Context, data: Selling) -> Told:
    """Sum up what deals should bring by month and certainty, with how far the last months were off."""
    rows = [
        ForecastRow(
            month=one["month"],
            category=one["forecast_category"],
            deals=one["n"],
            amount=cents(one["amount"]),
            weighted=cents(one["weighted"]),
            drill=drill(
                "crm.opportunity.list",
                forecast_category=one["forecast_category"],
                expected_close_from=f"{one['month']}-01",
                owner_id=typeid("core.user", data.owner_id),
            ),
        )
        for one in await ctx.rows(_by_certainty(ctx, data))
    ]
    error = await _slipped(ctx, data)
    totals = {
        "deals": sum(one.deals for one in rows),
        "amount": sum((one.amount for one in rows), Decimal(0)),
        "weighted": sum((one.weighted for one in rows), Decimal(0)),
        **error,
    }
    return Told(rows, totals, (NO_EURO, "slipped: deals due before today that are still open."))


def _by_certainty(ctx: Context, data: Selling) -> Any:
    """Deals that are open or won by month and certainty; the coming year's when no period is given."""
    deal = Opportunity.c
    spell = span(ctx, data.period)
    first = spell.first if data.period else ctx.today.replace(day=1)
    last = spell.last if data.period else date(ctx.today.year + 1, ctx.today.month, 28)
    euro = sa.func.coalesce(deal.amount_currency, "EUR") == "EUR"
    month = sa.func.to_char(deal.expected_close, "YYYY-MM").label("month")
    likely = deal.amount_amount * deal.probability / 100
    return (
        sa.select(
            month,
            deal.forecast_category,
            sa.func.count().label("n"),
            sa.func.sum(deal.amount_amount).label("amount"),
            sa.func.sum(likely).label("weighted"),
        )
        .where(
            ctx.within(Opportunity),
            deal.status.in_(["open", "won"]),
            deal.expected_close.between(first, last),
            euro,
            *chosen(Opportunity, data),
        )
        .group_by(month, deal.forecast_category)
        .order_by(month, deal.forecast_category)
    )


async def _slipped(ctx: Context, data: Selling) -> dict[str, Any]:
    """What should have closed by now and has not."""
    deal = Opportunity.c
    select = sa.select(
        sa.func.count().label("n"), sa.func.sum(deal.amount_amount).label("amount")
    ).where(ctx.within(Opportunity), deal.expected_close < ctx.today, *_open(data))
    row = (await ctx.rows(select))[0]
    return {"slipped_deals": row["n"], "slipped_amount": cents(row["amount"])}


class StuckRow(ReportRow):
    """A deal that does not move, and why."""

    opportunity_id: OpportunityId
    name: str
    owner_id: UserId | None = None
    stage: str
    amount: str | None = None
    expected_close: date | None = None
    reasons: Annotated[
        str, Field(description="stage, late, no_step: see crm.opportunity.list_stuck.")
    ]


@report(
    "crm.report.stuck_deals",
    row=StuckRow,
    en="Stuck deals report; deals without a next step, rotting or past their date; stalled deals",
    fr=(
        "Rapport des affaires bloquées; affaires sans prochaine étape, qui stagnent ou en retard; "
        "affaires à l'arrêt"
    ),
    example={},
)
async def stuck_deals(ctx: Context, data: Open) -> Told:
    """List every open deal that is over time in its stage, past its date or without a next step."""
    found = await stuck_rows(ctx, Stuck(pipeline_id=data.pipeline_id, owner_id=data.owner_id))
    rows = []
    for values in found:
        told = dict(zip(COLUMNS, values, strict=True))
        rows.append(
            StuckRow(
                opportunity_id=told["id"],
                name=told["name"],
                owner_id=told["owner_id"],
                stage=told["stage"],
                amount=told["amount"],
                expected_close=told["expected_close"],
                reasons=told["reasons"],
                drill=drill("crm.opportunity.get", id=told["id"]),
            )
        )
    why = {
        name: sum(name in one.reasons.split() for one in rows)
        for name in ("stage", "late", "no_step")
    }
    return Told(rows, {"deals": len(rows), **why})
