"""Stuck: the deals that do not move."""

import json
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Input, Output, Ref, Shows, action
from eyeot_crm.ids import PipelineId, UserId
from eyeot_crm.opportunities import Opportunity
from eyeot_crm.pipelines import Pipeline, Stage, stuck_since

COLUMNS = (
    "id",
    "name",
    "customer_id",
    "owner_id",
    "stage",
    "amount",
    "expected_close",
    "reasons",
)
_MOST = 100
# A hundred ordinary deals fit; what an answer may hold in all is 20,000 characters.
_ROOM = 19_500
_LONGEST_NAME = 80


class Stuck(Input):
    """Which deals to look at."""

    pipeline_id: PipelineId | None = None
    owner_id: UserId | None = None


class StuckDeals(Output):
    """Deals that do not move, the earliest expected first."""

    columns: Annotated[list[str], Field(description="What stands in each row, in order.")]
    rows: Annotated[
        list[Annotated[list[Any], Shows("0", "2", "3")]],
        Field(
            description="reasons: stage (too long in its stage), late (past its expected close), "
            "no_step (no next step)."
        ),
    ]
    shown: int
    total: int


@action(
    "crm.opportunity.list_stuck",
    risk="r",
    en=(
        "List stuck deals; rotting opportunities; deals without next step or past their date; "
        "deals that do not move; deals without news; overdue deals; forgotten deals"
    ),
    fr=(
        "Lister les affaires bloquées; opportunités qui stagnent; affaires sans prochaine étape ou "
        "en retard; affaires qui n'avancent pas; affaires sans nouvelles; affaires en retard; "
        "affaires oubliées"
    ),
    example={},
)
async def list_stuck(ctx: Context, data: Stuck) -> StuckDeals:
    """List open deals over time in their stage, past their expected close, or without a next step."""
    found = await stuck_rows(ctx, data)
    rows = _fitting(found)
    return StuckDeals(columns=list(COLUMNS), rows=rows, shown=len(rows), total=len(found))


async def stuck_rows(ctx: Context, data: Stuck) -> list[list[Any]]:
    """Every deal that does not move, as a row of `COLUMNS`."""
    pipelines = {one.id: one for one in await ctx.find(Pipeline)}
    stages = {one.id: one for one in await ctx.find(Stage)}
    found = []
    for deal in await _open(ctx, data):
        stage = stages[deal["stage_id"]]
        if reasons := _reasons(ctx, deal, pipelines[deal["pipeline_id"]], stage):
            found.append(_row(deal, stage, reasons))
    return found


async def _open(ctx: Context, data: Stuck) -> list[dict[str, Any]]:
    deal = Opportunity.c
    where = [ctx.within(Opportunity), deal.status == "open", deal.archived_at.is_(None)]
    where += [deal.pipeline_id == data.pipeline_id] if data.pipeline_id else []
    where += [deal.owner_id == data.owner_id] if data.owner_id else []
    order = (deal.expected_close.asc().nulls_last(), deal.id)
    return await ctx.rows(sa.select(Opportunity.meta.table).where(*where).order_by(*order))


def _reasons(ctx: Context, deal: dict[str, Any], pipeline: Pipeline, stage: Stage) -> str:
    limit, entered = stuck_since(pipeline, stage, ctx.now), deal["stage_entered_at"]
    held = {
        "stage": limit is not None and entered is not None and entered < limit,
        "late": deal["expected_close"] is not None and deal["expected_close"] < ctx.today,
        "no_step": not deal["next_step"],
    }
    return " ".join(name for name, holds in held.items() if holds)


def _row(deal: dict[str, Any], stage: Stage, reasons: str) -> list[Any]:
    amount, owner, close = deal["amount_amount"], deal["owner_id"], deal["expected_close"]
    return [
        Ref("crm.opportunity").write(deal["id"]),
        deal["name"][:_LONGEST_NAME],
        Ref("crm.customer").write(deal["customer_id"]),
        Ref("core.user").write(owner) if owner else None,
        stage.name,
        f"{amount.normalize():f} {deal['amount_currency']}" if amount is not None else None,
        close.isoformat() if close else None,
        reasons,
    ]


def _fitting(found: list[list[Any]]) -> list[list[Any]]:
    """As many rows as an answer holds."""
    room, kept = _ROOM, []
    for row in found[:_MOST]:
        room -= len(json.dumps(row, ensure_ascii=False, separators=(",", ":"))) + 1
        if room < 0:
            break
        kept.append(row)
    return kept
