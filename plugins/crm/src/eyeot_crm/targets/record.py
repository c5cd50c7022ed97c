"""Sales target: what a person, a team or the whole house is to reach in a period."""

from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from eyeot import Conflict, Context, Money, Owned, Period, Record, Resource, field, invalid, ref

Metric = Literal["won", "invoiced", "margin", "meetings"]
SET = "crm.sales_target:set"
"""The permission to say what others are to reach."""


class SalesTarget(
    Record,
    name="crm.sales_target",
    prefix="tgt",
    label="period",
    hint=("metric",),
    index=(("period", "metric"),),
    reach=Owned(owner="user_id", team="team_id"),
):
    """What a person, a team, or without either the whole house, is to reach; archived once it is closed."""

    user_id: UUID | None = ref("core.user", "Whose it is.", access="create", default=None)
    team_id: UUID | None = ref("core.team", "The team's it is.", access="create", default=None)
    metric: Metric = field(
        "won: amounts of deals; invoiced: posted invoices without VAT; margin: of orders; meetings:"
        " held, with visits and demonstrations.",
        access="create",
        default="won",
    )
    period: Period = field("When, e.g. 2026-Q3.", access="create", max_length=21)
    amount: Money | None = field("What is to be reached, in euros.", default=None)
    meetings: int | None = field("Of meetings: how many.", ge=1, le=100_000, default=None)

    note: str | None = field("How it is to be reached.", max_length=500, default=None)

    @property
    def goal(self) -> Any:
        """The figure to reach."""
        return self.amount.amount if self.amount else self.meetings


async def prepare(ctx: Context, row: Any, _values: dict[str, Any]) -> None:
    """Hold a target to one person or team, and to a figure of its kind; one of each a period."""
    if row.user_id and row.team_id:
        raise invalid("team_id", "a target is a person's or a team's: give one of both, or none")
    _refuse_figure(row)
    if row.is_new and await ctx.first(SalesTarget, *same(row, row.user_id, row.team_id)):
        raise Conflict(
            reason=f"There is a target of {row.metric} for {row.period} already.",
            remedy="Change it with crm.sales_target.update: crm.sales_target.list shows it.",
            field="period",
        )


def _refuse_figure(row: Any) -> None:
    wanted, other = ("meetings", "amount") if row.metric == "meetings" else ("amount", "meetings")
    if getattr(row, wanted) is None:
        raise invalid(wanted, f"a target of {row.metric} needs it")
    if getattr(row, other) is not None:
        raise invalid(other, f"means nothing for {row.metric}: leave it out")
    if row.amount and (row.amount.amount <= 0 or row.amount.currency != "EUR"):
        raise invalid("amount", "give a positive amount in euros")


def same(target: Any, user_id: UUID | None, team_id: UUID | None) -> list[sa.ColumnElement[bool]]:
    """The conditions of an open target of the same kind and period, for somebody."""
    column = SalesTarget.c
    return [
        column.archived_at.is_(None),
        column.metric == target.metric,
        column.period == target.period,
        column.user_id.is_not_distinct_from(user_id),
        column.team_id.is_not_distinct_from(team_id),
    ]


_WRITES = ("create", "update", "archive", "restore", "bulk_create")
sales_targets = Resource(
    SalesTarget,
    profile="config",
    adding="export bulk_create",
    permissions=dict.fromkeys(_WRITES, SET),
    en="sales target; sales targets; quota; sales goal; objective of a seller",
    fr="objectif de vente; objectifs de vente; quota; objectif commercial; objectif d'un vendeur",
    prepare=prepare,
    example={"metric": "won", "period": "2031-Q1", "amount": {"amount": "250000.00"}},
)
