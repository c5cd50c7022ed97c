"""Rival: a competitor's part in a deal."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from eyeot import Conflict, Context, Input, Output, Record, Through, action, field, ref
from eyeot_crm.competitors.record import Competitor
from eyeot_crm.ids import CompetitorId, OpportunityId
from eyeot_crm.opportunities import Opportunity, refuse_archived

Position = Literal["ahead", "level", "behind", "unknown"]


class Rival(
    Record,
    name="crm.rival",
    prefix="rvl",
    label="id",
    unique=(("opportunity_id", "competitor_id"),),
    reach=Through("opportunity_id"),
    archivable=False,
):
    """That a competitor is after a deal."""

    opportunity_id: UUID = ref("crm.opportunity", "The deal.", on_delete="CASCADE")
    competitor_id: UUID = ref("crm.competitor", "Who else is after it.")
    position: Position = field("How it stands against us.", default="unknown")
    got_it: bool = field("Whether the deal was lost to it.", default=False)


class SetCompetitor(Input):
    """A deal, who else is after it, and how they stand."""

    id: OpportunityId
    competitor_id: CompetitorId
    position: Position = "unknown"


class InTheRace(BaseModel):
    """A competitor and how it stands."""

    model_config = ConfigDict(extra="forbid")

    competitor_id: CompetitorId
    position: Position


class Rivals(Output):
    """Who else is after a deal."""

    opportunity_id: OpportunityId
    competitors: list[InTheRace]


@action(
    "crm.opportunity.set_competitor",
    risk="w",
    en=(
        "Record a competitor on a deal; who are we up against; a rival quotes too; the competition is "
        "ahead on this opportunity"
    ),
    fr=(
        "Noter un concurrent sur une affaire; contre qui est-on; un concurrent a fait une offre; la "
        "concurrence est devant sur cette opportunité"
    ),
    example={
        "id": "$crm.opportunity?status=open",
        "competitor_id": "$crm.competitor",
        "position": "ahead",
    },
    record=Opportunity,
)
async def set_competitor(ctx: Context, data: SetCompetitor) -> Rivals:
    """Record that a competitor is after an open deal, and how it stands; said again, its position changes."""
    deal = await ctx.get(Opportunity, data.id, lock=True)
    if deal.status != "open":
        raise Conflict(
            reason=f"The deal is {deal.status}: nobody competes for it any more.",
            remedy="Reopen it first with crm.opportunity.reopen.",
            field="id",
        )
    rival = await entered(ctx, deal, data.competitor_id)
    rival.position = data.position
    await ctx.save(rival)
    found = await ctx.find(Rival, Rival.c.opportunity_id == deal.id, order=Rival.c.created_at)
    told = [InTheRace(competitor_id=one.competitor_id, position=one.position) for one in found]
    return Rivals(opportunity_id=deal.id, competitors=told)


async def entered(ctx: Context, deal: Opportunity, competitor_id: UUID) -> Rival:
    """A competitor's part in a deal, made when it has none yet."""
    here = Rival.c.opportunity_id == deal.id
    known = await ctx.first(Rival, here, Rival.c.competitor_id == competitor_id)
    if known:
        return known
    competitor = await ctx.get(Competitor, competitor_id)
    refuse_archived(competitor, "competitor_id", "competitor")
    return await ctx.add(Rival(opportunity_id=deal.id, competitor_id=competitor_id))


async def forget_winner(ctx: Context, deal: Opportunity) -> None:
    """Nobody got a deal that is open again."""
    for one in await ctx.find(Rival, Rival.c.opportunity_id == deal.id, Rival.c.got_it.is_(True)):
        one.got_it = False
