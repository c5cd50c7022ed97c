"""Distributing: one target split into those of teams or people, to the cent."""

from decimal import ROUND_DOWN, Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from eyeot import Conflict, Context, Exact, Input, Money, Output, action, invalid
from eyeot_crm.ids import SalesTargetId, TeamId, UserId
from eyeot_crm.targets.record import SET, SalesTarget, same


class Weight(BaseModel):
    """A person or a team, and how much of the whole is theirs."""

    model_config = ConfigDict(extra="forbid")

    user_id: UserId | None = None
    team_id: TeamId | None = None
    weight: Annotated[Exact, Field(gt=0, le=1_000_000, description="Against the other weights.")]


class Distribution(Input):
    """A target, and between whom it is split."""

    id: SalesTargetId
    weights: Annotated[list[Weight], Field(min_length=1, max_length=100)]


class Part(BaseModel):
    """One part, as it became a target."""

    model_config = ConfigDict(extra="forbid")

    target_id: SalesTargetId
    user_id: UserId | None = None
    team_id: TeamId | None = None
    amount: Money | None = None
    meetings: int | None = None


class Distributed(Output):
    """The parts; they come to the whole exactly."""

    target_id: SalesTargetId
    parts: list[Part]


@action(
    "crm.sales_target.distribute",
    risk="w",
    permission=SET,
    en=(
        "Distribute a sales target; split the company target between sellers; share a quota by weight; "
        "give each team its part of the goal"
    ),
    fr=(
        "Répartir un objectif de vente; partager l'objectif entre les commerciaux; répartir un quota au "
        "prorata; donner à chaque équipe sa part de l'objectif"
    ),
    example={
        "id": "$crm.sales_target?metric=won&user_id_is_set=false&team_id_is_set=false",
        "weights": [{"user_id": "$core.user", "weight": "1"}],
    },
    record=SalesTarget,
)
async def distribute(ctx: Context, data: Distribution) -> Distributed:
    """Split the house's or a team's target between teams or people by weight; each gets a target."""
    whole = await ctx.get(SalesTarget, data.id, lock=True)
    _refuse_whole(whole)
    _refuse_names(data.weights)
    step = Decimal(1) if whole.metric == "meetings" else Decimal("0.01")
    shares = split(Decimal(whole.goal), [one.weight for one in data.weights], step)
    parts = []
    for at, (one, share) in enumerate(zip(data.weights, shares, strict=True)):
        if not share:
            raise invalid(f"weights.{at}.weight", "so little that nothing of the target is left")
        if await ctx.first(SalesTarget, *same(whole, one.user_id, one.team_id)):
            raise Conflict(
                reason=f"One of them has a target of {whole.metric} for {whole.period} already.",
                remedy="Change it with crm.sales_target.update, or archive it first.",
                field=f"weights.{at}",
            )
        parts.append(_part(await ctx.add(_target(whole, one, share))))
    return Distributed(target_id=whole.id, parts=parts)


def _target(whole: SalesTarget, one: Weight, share: Decimal) -> SalesTarget:
    counted = whole.metric == "meetings"
    return SalesTarget(
        user_id=one.user_id,
        team_id=one.team_id,
        metric=whole.metric,
        period=whole.period,
        amount=None if counted else Money(amount=share),
        meetings=int(share) if counted else None,
    )


def _part(made: Any) -> Part:
    return Part(
        target_id=made.id,
        user_id=made.user_id,
        team_id=made.team_id,
        amount=made.amount,
        meetings=made.meetings,
    )


def _refuse_whole(whole: SalesTarget) -> None:
    if whole.user_id is not None:
        raise Conflict(
            reason="That is one person's target.",
            remedy="Split the house's or a team's: crm.sales_target.list(user_id_is_set=false).",
            field="id",
        )
    if whole.archived_at is not None:
        raise Conflict(
            reason="That target is closed.",
            remedy="Bring it back with crm.sales_target.restore.",
            field="id",
        )


def _refuse_names(weights: list[Weight]) -> None:
    seen = set()
    for at, one in enumerate(weights):
        if (one.user_id is None) == (one.team_id is None):
            raise invalid(f"weights.{at}", "give a user_id or a team_id")
        if (who := (one.user_id, one.team_id)) in seen:
            raise invalid(f"weights.{at}", "each person or team once")
        seen.add(who)


def split(whole: Decimal, weights: list[Decimal], step: Decimal) -> list[Decimal]:
    """Parts by weight that sum to the whole: rounded down, what is left goes to the largest remainders."""
    total = sum(weights, Decimal(0))
    exact = [whole * one / total for one in weights]
    parts = [one.quantize(step, ROUND_DOWN) for one in exact]
    short = int((whole - sum(parts, Decimal(0))) / step)
    order = sorted(range(len(parts)), key=lambda at: parts[at] - exact[at])
    for at in order[:short]:
        parts[at] += step
    return parts
