"""Stuck: the deals that do not move."""

from typing import Any

from eyeot import (
    Context,
    Input,
    Output,
    action,
)
from eyeot_crm.ids import (
    PipelineId,
    UserId,
)
from eyeot_crm.opportunities import Opportunity
from eyeot_crm.pipelines import Pipeline, Stage, stuck_since


class Stuck(Input):
    """Which deals to look at."""

    pipeline_id: PipelineId | None = None
    owner_id: UserId | None = None


class StuckDeals(Output):
    """Deals that do not move, with the reasons."""

    items: list[dict[str, Any]]
    total: int


@action(
    "crm.opportunity.list_stuck",
    risk="r",
    en="List stuck deals; rotting opportunities; deals without next step or past their date",
    fr="Lister les affaires bloquées; opportunités qui stagnent; affaires sans prochaine étape ou en retard",
    example={},
)
async def list_stuck(ctx: Context, data: Stuck) -> StuckDeals:
    """List open deals over time in their stage, past their expected close, or without a next step."""
    where = [Opportunity.c.status == "open", Opportunity.c.archived_at.is_(None)]
    if data.pipeline_id:
        where.append(Opportunity.c.pipeline_id == data.pipeline_id)
    if data.owner_id:
        where.append(Opportunity.c.owner_id == data.owner_id)
    pipelines = {one.id: one for one in await ctx.find(Pipeline)}
    stages = {one.id: one for one in await ctx.find(Stage)}
    items = []
    for deal in await ctx.find(
        Opportunity, *where, order=Opportunity.c.expected_close.asc().nulls_last()
    ):
        if reasons := _reasons(deal, pipelines[deal.pipeline_id], stages[deal.stage_id], ctx):
            items.append({**await ctx.view(deal), "reasons": reasons})  # noqa: PERF401 - walrus and await
    return StuckDeals(items=items[:100], total=len(items))


def _reasons(deal: Opportunity, pipeline: Pipeline, stage: Stage, ctx: Context) -> list[str]:
    limit = stuck_since(pipeline, stage, ctx.now)
    found = []
    if limit and deal.stage_entered_at and deal.stage_entered_at < limit:
        found.append(f"in '{stage.name}' since {deal.stage_entered_at.date().isoformat()}")
    if deal.expected_close and deal.expected_close < ctx.today:
        found.append(f"expected to close on {deal.expected_close.isoformat()}")
    if not deal.next_step:
        found.append("no next step")
    return found
