"""Moving: the deals of one pipeline go to another."""

from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from eyeot import Conflict, Context, Event, Input, Output, Ref, action, invalid
from eyeot_crm.ids import PipelineId, StageId
from eyeot_crm.opportunities import (
    Opportunity,
    demand,
    enter,
    refuse_archived,
    refuse_currency,
)
from eyeot_crm.pipelines import Pipeline, Stage

# One call's changes are told one by one, three for each deal.
_MOST = 150


class StagePair(BaseModel):
    """A stage that deals leave and the one they enter."""

    model_config = ConfigDict(extra="forbid")

    from_stage_id: StageId
    to_stage_id: StageId


class MoveDeals(Input):
    """Two pipelines, and where the deals of each stage go."""

    id: PipelineId
    to_pipeline_id: PipelineId
    map: Annotated[list[StagePair], Field(min_length=1, max_length=100)]


class Moved(Output):
    """How many open deals moved, and how many stand in stages that the map does not name."""

    pipeline_id: PipelineId
    moved: int
    left: int


class DealsMoved(Event, name="crm.pipeline.deals_moved"):
    """Open deals went to another pipeline."""

    pipeline_id: PipelineId
    to_pipeline_id: PipelineId
    deals: int


@action(
    "crm.pipeline.move_deals",
    risk="w",
    en=(
        "Move a pipeline's deals to another pipeline; merge pipelines; all deals of a pipeline to "
        "another"
    ),
    fr=(
        "Déplacer les affaires d'un pipeline vers un autre; fusionner des pipelines; toutes les "
        "affaires d'un pipeline vers un autre"
    ),
    example={
        "id": "$crm.pipeline",
        "to_pipeline_id": "$crm.pipeline",
        "map": [
            {
                "from_stage_id": "$crm.stage?kind=open&pipeline_id=$id",
                "to_stage_id": "$crm.stage?kind=open&pipeline_id=$to_pipeline_id",
            },
        ],
    },
    events=("crm.pipeline.deals_moved", "crm.opportunity.stage_changed"),
    record=Pipeline,
)
async def move_deals(ctx: Context, data: MoveDeals) -> Moved:
    """Move the open deals of one pipeline to another, stage by stage; closed ones stay where they ended."""
    target = await _target(ctx, data)
    stages = await _stages(ctx, data)
    mine = (Opportunity.c.pipeline_id == data.id, Opportunity.c.status == "open")
    named = Opportunity.c.stage_id.in_(list(stages))
    deals = await ctx.find(Opportunity, *mine, named, limit=_MOST + 1)
    if len(deals) > _MOST:
        raise Conflict(
            reason=f"More than {_MOST} deals stand in these stages, too many for one call.",
            remedy="Move a stage or two at a time.",
            field="map",
        )
    for deal in deals:
        stage = stages[deal.stage_id]
        refuse_currency(deal, target)
        demand(deal, stage)
        deal.pipeline_id = target.id
        await enter(ctx, deal, stage)
    count = sa.select(sa.func.count().label("n")).where(ctx.within(Opportunity), *mine)
    left = (await ctx.rows(count))[0]["n"]
    ctx.emit(DealsMoved(pipeline_id=data.id, to_pipeline_id=target.id, deals=len(deals)))
    return Moved(pipeline_id=target.id, moved=len(deals), left=left)


async def _target(ctx: Context, data: MoveDeals) -> Pipeline:
    await ctx.get(Pipeline, data.id)
    target = await ctx.get(Pipeline, data.to_pipeline_id)
    if target.id == data.id:
        raise invalid("to_pipeline_id", "give another pipeline than the one the deals are in")
    refuse_archived(target, "to_pipeline_id", "pipeline")
    return target


async def _stages(ctx: Context, data: MoveDeals) -> dict[UUID, Stage]:
    """The stage to enter, by the stage that is left."""
    pairs = {}
    for at, pair in enumerate(data.map):
        former = await ctx.get(Stage, pair.from_stage_id)
        stage = await ctx.get(Stage, pair.to_stage_id)
        if former.pipeline_id != data.id or former.id in pairs:
            raise invalid(f"map.{at}.from_stage_id", "name each stage of the first pipeline once")
        if stage.pipeline_id != data.to_pipeline_id or stage.kind != "open":
            told = Ref("crm.pipeline").write(data.to_pipeline_id)
            raise invalid(f"map.{at}.to_stage_id", f"give an open stage of {told}")
        refuse_archived(stage, f"map.{at}.to_stage_id", "stage")
        pairs[former.id] = stage
    return pairs
