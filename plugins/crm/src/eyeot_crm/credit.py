"""Credit: how a deal's success is shared between salespeople."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from eyeot import Context, Exact, Input, Output, Record, Through, action, field, invalid, ref
from eyeot_crm.ids import OpportunityId, UserId
from eyeot_crm.opportunities import Opportunity

_WHOLE = Decimal(100)


class CreditShare(
    Record,
    name="crm.credit_share",
    prefix="csh",
    label="id",
    unique=(("opportunity_id", "user_id"),),
    reach=Through("opportunity_id"),
    archivable=False,
):
    """A salesperson's part in the credit for a deal."""

    opportunity_id: UUID = ref("crm.opportunity", "The deal.", on_delete="CASCADE")
    user_id: UUID = ref("core.user", "The salesperson.")
    percent: Decimal = field("Their part, in percent.", ge=0, le=100)


class Share(BaseModel):
    """A salesperson and their part."""

    model_config = ConfigDict(extra="forbid")

    user_id: UserId
    percent: Annotated[Exact, Field(gt=0, le=100, decimal_places=2)]


class Shares(Input):
    """A deal and everybody's part, 100 % in all."""

    id: OpportunityId
    shares: Annotated[list[Share], Field(min_length=1, max_length=20)]


class Credit(Output):
    """Who has what part in a deal."""

    opportunity_id: OpportunityId
    shares: list[Share]


@action(
    "crm.opportunity.split_credit",
    risk="w",
    en=(
        "Split the credit for a deal between salespeople; share a commission; two salespeople "
        "share a deal"
    ),
    fr=(
        "Partager le mérite d'une affaire entre commerciaux; répartir une commission; deux "
        "commerciaux se partagent une affaire; partager une commission"
    ),
    example={
        "id": "$crm.opportunity",
        "shares": [{"user_id": "$core.user", "percent": "100"}],
    },
    record=Opportunity,
)
async def split_credit(ctx: Context, data: Shares) -> Credit:
    """Share the credit for a deal between salespeople, 100 % in all; it replaces the shares before."""
    await ctx.get(Opportunity, data.id, lock=True)
    wanted = _parts(data.shares)
    for known in await ctx.find(CreditShare, CreditShare.c.opportunity_id == data.id):
        percent = wanted.pop(known.user_id, None)
        if percent is None:
            await ctx.delete(known)
        else:
            known.percent = percent
    for user_id, percent in wanted.items():
        await ctx.add(CreditShare(opportunity_id=data.id, user_id=user_id, percent=percent))
    return Credit(opportunity_id=data.id, shares=data.shares)


def _parts(shares: list[Share]) -> dict[UUID, Decimal]:
    for at, one in enumerate(shares):
        if not isinstance(one.user_id, UUID):
            raise invalid(f"shares.{at}.user_id", "give the id of a user (usr_…)")
    parts = {one.user_id: one.percent for one in shares}
    if len(parts) != len(shares):
        raise invalid("shares", "each salesperson once")
    if (total := sum(parts.values())) != _WHOLE:
        raise invalid("shares", f"the parts sum to {total} %, not to 100 %")
    return parts
