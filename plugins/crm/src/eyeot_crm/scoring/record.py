"""Scoring rule: points for records that meet a filter."""

from typing import Any, Literal

from eyeot import Context, Record, Resource, Shared, field
from eyeot_crm.segments.record import KINDS


class ScoringRule(
    Record,
    name="crm.scoring_rule",
    prefix="scr",
    search=("name",),
    unique=(("name",),),
    reach=Shared(),
):
    """Points for the leads, customers or contacts that meet a filter."""

    name: str = field("What it rewards.", max_length=120)
    resource: Literal["customer", "contact", "lead"] = field(
        "What is scored.", access="create", default="lead"
    )
    condition: dict[str, Any] = field(
        "The filter, as the arguments of that resource's list.", default=dict
    )
    points: int = field("Points, or minus points.", ge=-100, le=100)
    decay_days: int | None = field(
        "Days after which they count for nothing, falling evenly from the record's last change.",
        ge=1,
        le=3650,
        default=None,
    )


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Hold the filter to the fields there are."""
    if row.is_new or "condition" in values:
        ctx.filters(KINDS[row.resource], row.condition)


scoring_rules = Resource(
    ScoringRule,
    profile="config",
    adding="delete",
    en="scoring rule; scoring rules; points for leads; lead scoring",
    fr="règle de score; règles de score; points des pistes; notation des pistes",
    gender="f",
    prepare=prepare,
    example={
        "name": "Budget connu",
        "resource": "lead",
        "condition": {"budget_from": "5000"},
        "points": 20,
    },
)
