"""Closing: how deals are won, lost and opened again."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, Output, action, invalid
from eyeot_crm.competitors.rivals import entered, forget_winner
from eyeot_crm.customers import Customer, move_to
from eyeot_crm.ids import (
    CompetitorId,
    CustomerId,
    LostReasonId,
    OpportunityId,
    StageId,
)
from eyeot_crm.opportunities import LostReason, Opportunity, enter, lifecycle, refuse_unfit
from eyeot_crm.pipelines import Stage, first_stage, stages_of
from eyeot_crm.sources import lost_reason


class Won(Event, name="crm.opportunity.won"):
    """A deal was won."""

    opportunity_id: OpportunityId
    customer_id: CustomerId


class Lost(Event, name="crm.opportunity.lost"):
    """A deal was lost."""

    opportunity_id: OpportunityId
    reason: LostReason


class Reopened(Event, name="crm.opportunity.reopened"):
    """A closed deal is open again."""

    opportunity_id: OpportunityId


async def _close(ctx: Context, deal: Opportunity, step: str, kind: str) -> None:
    lifecycle.take(deal, step)
    found = [one for one in await stages_of(ctx, deal.pipeline_id) if one.kind == kind]
    if found:
        await enter(ctx, deal, found[0])
    deal.closed_at = ctx.now
    deal.forecast_category = "closed"
    deal.probability = Decimal(100 if kind == "won" else 0)


class Win(Input):
    """Which deal was won."""

    id: OpportunityId
    note: Annotated[str | None, Field(max_length=1000)] = None


@action(
    "crm.opportunity.win",
    risk="w",
    en="Win a deal; mark an opportunity as won; close won; the customer said yes; we got the deal",
    fr=(
        "Gagner une affaire; marquer une opportunité comme gagnée; signer; le client a dit oui; "
        "nous avons l'affaire"
    ),
    example={"id": "$crm.opportunity?status=open"},
    events=("crm.opportunity.won", "crm.opportunity.stage_changed"),
    record=Opportunity,
)
async def win(ctx: Context, data: Win) -> Opportunity:
    """Mark an open deal as won; its customer becomes one."""
    deal = await ctx.get(Opportunity, data.id, lock=True)
    await _close(ctx, deal, "win", "won")
    deal.next_step = data.note or deal.next_step
    # Whoever may win a deal makes its customer one, also a colleague's.
    customer = await ctx.get(Customer, deal.customer_id, lock=True, beyond=True)
    await move_to(ctx, customer, "customer")
    ctx.emit(Won(opportunity_id=deal.id, customer_id=deal.customer_id))
    return deal


class Lose(Input):
    """Which deal was lost, and why."""

    id: OpportunityId
    reason: Annotated[
        LostReason | None, Field(description="The kind of reason; left out, that of reason_id.")
    ] = None
    reason_id: LostReasonId | None = None
    competitor_id: Annotated[
        CompetitorId | None, Field(description="Who got it (crm.competitor).")
    ] = None
    note: Annotated[str | None, Field(max_length=1000)] = None


@action(
    "crm.opportunity.lose",
    risk="w",
    en=(
        "Lose a deal; mark an opportunity as lost; we lost a deal to a competitor; the customer "
        "said no"
    ),
    fr=(
        "Perdre une affaire; marquer une opportunité comme perdue; affaire perdue contre un "
        "concurrent; le client a dit non"
    ),
    example={"id": "$crm.opportunity?status=open", "reason": "price"},
    events=("crm.opportunity.lost", "crm.opportunity.stage_changed"),
    record=Opportunity,
)
async def lose(ctx: Context, data: Lose) -> Opportunity:
    """Mark an open deal as lost, with the reason and who got it."""
    deal = await ctx.get(Opportunity, data.id, lock=True)
    reason = await _reason(ctx, data)
    await _close(ctx, deal, "lose", "lost")
    deal.lost_reason, deal.lost_reason_id = reason, data.reason_id
    deal.lost_note = data.note
    if data.competitor_id:
        (await entered(ctx, deal, data.competitor_id)).got_it = True
    ctx.emit(Lost(opportunity_id=deal.id, reason=reason))
    return deal


async def _reason(ctx: Context, data: Lose) -> LostReason:
    if data.reason_id is None:
        if data.reason is None:
            raise invalid("reason", "say why: reason, or reason_id (crm.lost_reason.list)")
        return data.reason
    found = await ctx.get(lost_reason.LostReason, data.reason_id)
    if found.archived_at is not None:
        raise Conflict(
            reason=f"The reason '{found.name}' is archived.",
            remedy="Choose another: crm.lost_reason.list.",
            field="reason_id",
        )
    if data.reason and data.reason != found.kind:
        raise invalid("reason", f"'{found.name}' is of the kind {found.kind}; leave reason out")
    return found.kind


class Reopen(Input):
    """Which deal, and the stage it goes back to."""

    id: OpportunityId
    stage_id: StageId | None = None


@action(
    "crm.opportunity.reopen",
    risk="w",
    en="Reopen a deal; open a closed opportunity again; bring a lost deal back",
    fr=(
        "Rouvrir une affaire; rouvrir une opportunité perdue; reprendre une affaire perdue; "
        "relancer une affaire close"
    ),
    example={"id": "$crm.opportunity?status=lost"},
    events=("crm.opportunity.reopened", "crm.opportunity.stage_changed"),
    record=Opportunity,
)
async def reopen(ctx: Context, data: Reopen) -> Opportunity:
    """Open a closed deal again, in a given stage or the first."""
    deal = await ctx.get(Opportunity, data.id, lock=True)
    lifecycle.take(deal, "reopen")
    stage = await (
        ctx.get(Stage, data.stage_id) if data.stage_id else first_stage(ctx, deal.pipeline_id)
    )
    refuse_unfit(stage, deal.pipeline_id)
    await enter(ctx, deal, stage)
    deal.closed_at, deal.lost_reason, deal.lost_note = None, None, None
    deal.lost_reason_id = None
    await forget_winner(ctx, deal)
    deal.forecast_category = "pipeline"
    ctx.emit(Reopened(opportunity_id=deal.id))
    return deal


class DealChosen(Input):
    """One deal."""

    id: OpportunityId


class Deleted(Output):
    """What is gone."""

    id: OpportunityId
    deleted: bool = True


@action(
    "crm.opportunity.delete",
    risk="x",
    en="Delete an opportunity; remove a deal; erase an opportunity",
    fr="Supprimer une opportunité; effacer une affaire; enlever une opportunité",
    example={"id": "$crm.opportunity?status=open"},
    events=("crm.opportunity.deleted",),
    record=Opportunity,
)
async def delete(ctx: Context, data: DealChosen) -> Deleted:
    """Delete one open deal that nothing refers to; a closed one is history: archive it instead."""
    deal = await ctx.get(Opportunity, data.id, lock=True)
    if deal.status != "open":
        raise Conflict(
            reason=f"The deal is {deal.status}: how it came about is history.",
            remedy="Put it away with crm.opportunity.archive.",
            field="id",
        )
    await ctx.delete(deal)
    return Deleted(id=data.id)
