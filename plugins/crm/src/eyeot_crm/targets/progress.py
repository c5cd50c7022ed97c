"""Progress: how far a target is, and how fast the rest must come."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Days, Exact, Input, Output, Period, action, days, invalid
from eyeot_crm.ids import SalesTargetId, UserId
from eyeot_crm.reports.asking import cents
from eyeot_crm.targets.figures import people_of, reached
from eyeot_crm.targets.record import Metric, SalesTarget

_WEEK = 7
_CENT, _TENTH = Decimal("0.01"), Decimal("0.1")


class Asked(Input):
    """A target; or whose it is, for which period and by what."""

    id: Annotated[SalesTargetId | None, Field(description="A target.")] = None
    user_id: Annotated[
        UserId | None, Field(description="Instead of a target: whose; you when left out.")
    ] = None
    period: Annotated[
        Period | None, Field(description="Of that person's target; the current one when left out.")
    ] = None
    metric: Metric = "won"


class Progress(Output):
    """What is done of a target; in euros, or in meetings."""

    target_id: SalesTargetId
    metric: Metric
    period: str
    goal: Exact
    done: Exact
    attained: Annotated[Exact, Field(description="Percent of the goal.")]
    gap: Annotated[Exact, Field(description="What is missing; 0 once it is reached.")]
    coming: Annotated[
        Exact | None,
        Field(description="Open deals due in the period by their chance; or meetings planned."),
    ] = None
    days_left: int
    required_per_week: Annotated[
        Exact | None, Field(description="The gap over what is left of the period.")
    ] = None


@action(
    "crm.sales_target.progress",
    risk="r",
    en=(
        "Progress of a sales target; how far is my quota; what is missing to reach the target; am I on "
        "track this quarter"
    ),
    fr=(
        "Avancement d'un objectif de vente; où en est mon objectif; que manque-t-il pour atteindre "
        "l'objectif; suis-je dans les temps ce trimestre"
    ),
    example={"id": "$crm.sales_target?metric=won"},
)
async def progress(ctx: Context, data: Asked) -> Progress:
    """Tell what is done of a target, what open deals may bring, the gap and the pace that closes it.

    A team's figures are its members'; deals count for who shares their credit.
    """
    target = await _asked(ctx, data)
    spell = days(target.period)
    people = await people_of(ctx, target)
    told = (await reached(ctx, target.metric, spell, people)).of(people)
    goal = Decimal(target.goal)
    gap = missing(told.done, goal)
    left = days_left(spell, ctx.today)
    pace = (gap * _WEEK / left).quantize(_CENT, ROUND_HALF_UP) if left else None
    return Progress(
        target_id=target.id,
        metric=target.metric,
        period=target.period,
        goal=goal,
        done=told.done,
        attained=attained(told.done, goal),
        gap=gap,
        coming=told.coming,
        days_left=left,
        required_per_week=pace,
    )


async def _asked(ctx: Context, data: Asked) -> SalesTarget:
    if data.id:
        if data.model_fields_set & {"user_id", "period", "metric"}:
            raise invalid("id", "give a target, or whose it is: not both")
        return await ctx.get(SalesTarget, data.id)
    user = data.user_id or ctx.user_id
    column = SalesTarget.c
    where: list[Any] = [column.user_id == user, column.metric == data.metric]
    where += [column.period == data.period] if data.period else []
    found = await ctx.find(SalesTarget, *where, column.archived_at.is_(None))
    fitting = [one for one in found if data.period or ctx.today in days(one.period)]
    if not fitting or not isinstance(user, UUID):
        raise Conflict(
            reason=f"There is no target of {data.metric} for them and that period.",
            remedy="Set one with crm.sales_target.create; crm.sales_target.list shows those there are.",
            field="user_id",
        )
    return min(fitting, key=lambda one: days(one.period).length)


def attained(done: Decimal, goal: Decimal) -> Decimal:
    """Done in percent of a goal, half up to a tenth."""
    return (100 * done / goal).quantize(_TENTH, ROUND_HALF_UP)


def missing(done: Decimal, goal: Decimal) -> Decimal:
    """What is missing to a goal; 0 once it is reached."""
    return max(cents(goal - done), cents(0))


def days_left(spell: Days, today: date) -> int:
    """How many days of a period are left, today among them."""
    return max((spell.last - max(today, spell.first)).days + 1, 0)
