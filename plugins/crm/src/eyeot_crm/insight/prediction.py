"""Prediction: how likely a deal is won and when, from what became of earlier deals."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from eyeot import Conflict, Context, Exact, Input, Output, action
from eyeot_crm.ids import OpportunityId
from eyeot_crm.opportunities import Opportunity, StageMove
from eyeot_crm.pipelines import Stage

_ENOUGH = 5
_TENTH = Decimal("0.1")


class Chosen(Input):
    """One open deal."""

    id: OpportunityId


class Influence(BaseModel):
    """What earlier deals say on one point, and by how much it moves the chance."""

    model_config = ConfigDict(extra="forbid")

    name: str
    chance: Annotated[Exact, Field(description="Percent won among the deals like it.")]
    deals: Annotated[int, Field(description="How many closed deals that is drawn from.")]
    why: str


class Prediction(Output):
    """The chance of winning and the likely day, with what they are drawn from."""

    opportunity_id: OpportunityId
    probability: Annotated[Exact, Field(description="Percent.")]
    stage_probability: Exact
    likely_close: date | None
    basis: Annotated[
        str, Field(description="history, or stage where too few deals have closed to say.")
    ]
    factors: list[Influence]


@action(
    "crm.opportunity.predict_close",
    risk="r",
    en=(
        "Predict a deal; how likely are we to win this deal; when will a deal close; chance of winning; "
        "forecast of a deal from history"
    ),
    fr=(
        "Prédire l'issue d'une affaire; quelle chance de gagner cette affaire; quand une affaire va se "
        "conclure; probabilité de gain; prévision d'après l'historique"
    ),
    example={"id": "$crm.opportunity?status=open"},
    record=Opportunity,
)
async def predict_close(ctx: Context, data: Chosen) -> Prediction:
    """Estimate an open deal's chance and date from what became of deals that were like it."""
    deal = await ctx.get(Opportunity, data.id)
    if deal.status != "open":
        raise Conflict(
            reason=f"The deal is {deal.status}: there is nothing left to predict.",
            remedy="Choose an open one: crm.opportunity.list(status=open).",
            field="id",
        )
    stage = await ctx.get(Stage, deal.stage_id)
    closed = await _closed(ctx, deal)
    factors = [one for one in _factors(deal, stage, closed) if one.deals >= _ENOUGH]
    probability = stage.probability
    if factors:
        weights = sum(one.deals for one in factors)
        told = sum((one.chance * one.deals for one in factors), Decimal(0)) / weights
        probability = told.quantize(_TENTH, ROUND_HALF_UP)
    return Prediction(
        opportunity_id=deal.id,
        probability=probability,
        stage_probability=stage.probability,
        likely_close=_when(ctx, deal, closed),
        basis="history" if factors else "stage",
        factors=factors,
    )


async def _closed(ctx: Context, deal: Opportunity) -> list[dict[str, Any]]:
    """The closed deals of its pipeline, with whether they once stood in its stage."""
    row, move = Opportunity.c, StageMove.c
    stood = sa.select(move.opportunity_id).where(move.stage_id == deal.stage_id).scalar_subquery()
    select = sa.select(
        row.id,
        row.status,
        row.owner_id,
        row.source_id,
        row.customer_id,
        row.amount_amount,
        row.created_at,
        row.closed_at,
        row.id.in_(stood).label("stood"),
    ).where(
        ctx.within(Opportunity),
        row.pipeline_id == deal.pipeline_id,
        row.status.in_(["won", "lost"]),
    )
    return await ctx.rows(select)


def _factors(deal: Opportunity, stage: Stage, closed: list[dict[str, Any]]) -> list[Influence]:
    amount = deal.amount.amount if deal.amount else None
    like: dict[str, tuple[str, list[dict[str, Any]]]] = {
        "stage": (f"stood in '{stage.name}'", [one for one in closed if one["stood"]]),
        "owner": ("same salesperson", [o for o in closed if o["owner_id"] == deal.owner_id]),
        "customer": ("same customer", [o for o in closed if o["customer_id"] == deal.customer_id]),
    }
    if deal.source_id:
        same = [one for one in closed if one["source_id"] == deal.source_id]
        like["source"] = ("came by the same source", same)
    if amount:
        alike = [
            o
            for o in closed
            if o["amount_amount"] and amount / 2 <= o["amount_amount"] <= amount * 2
        ]
        like["amount"] = ("half to twice the amount", alike)
    return [_influence(name, why, found) for name, (why, found) in like.items()]


def _influence(name: str, why: str, found: list[dict[str, Any]]) -> Influence:
    won = sum(one["status"] == "won" for one in found)
    chance = Decimal(100 * won) / len(found) if found else Decimal(0)
    return Influence(
        name=name, chance=chance.quantize(_TENTH, ROUND_HALF_UP), deals=len(found), why=why
    )


def _when(ctx: Context, deal: Opportunity, closed: list[dict[str, Any]]) -> date | None:
    """Its own date, or as long after its beginning as won deals usually took; never in the past."""
    took = [(o["closed_at"] - o["created_at"]).days for o in closed if o["status"] == "won"]
    if len(took) < _ENOUGH:
        return deal.expected_close
    likely = deal.created_at.date() + timedelta(days=int(median(took)))
    return max(likely, ctx.today)
