"""Counting: which rows of due VAT a return sums up, each in one return only."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from eyeot import Context, Days, kind
from eyeot_invoicing.vat.boxes import Group
from eyeot_invoicing.vat.due import VatDue
from eyeot_sales.trade.amounts import ZERO

_FROZEN = ("validated", "filed", "paid")
ALIKE = (
    "direction", "nature", "category", "percent", "territory", "is_self_assessed", "recovers",
)  # fmt: skip
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a return, and from when on rows that no return counted are made good in it."""

    first: date
    last: date
    since: date
    late: int = 0
    return_id: UUID | None = None
    """Of a frozen return: the rows are those that it counted."""

    def where(self) -> list[Any]:
        """The conditions that its rows meet."""
        c = VatDue.c
        if self.return_id is not None:
            return [c.return_id == self.return_id]
        return [c.return_id.is_(None), c.due_on >= self.since, c.due_on <= self.last]


async def span_of(ctx: Context, period: Days) -> Span:
    """The rows that a return of a period counts.

    Those due in it, and those of earlier periods that came after their return was frozen; what lies before
    the first return is none of its business.
    """
    record = kind("invoicing.vat_return")
    c = record.c
    first: Any = await ctx.first(record, c.status.in_(_FROZEN), order=c.start)
    since = min(first.start, period.first) if first else period.first
    late = sa.select(sa.func.count().label("n")).where(
        ctx.within(VatDue),
        VatDue.c.return_id.is_(None),
        VatDue.c.due_on >= since,
        VatDue.c.due_on < period.first,
    )
    return Span(period.first, period.last, since, int((await ctx.rows(late))[0]["n"]))


async def carried_over(ctx: Context, span: Span) -> Decimal:
    """The credit of the last frozen return before."""
    record = kind("invoicing.vat_return")
    c = record.c
    before: Any = await ctx.first(
        record, c.status.in_(_FROZEN), c.end < span.first, order=c.start.desc()
    )
    return Decimal(before.credit) if before else ZERO


async def advances(ctx: Context, span: Span) -> int:
    """How many payments of customers came in a period, or before, and settle nothing yet."""
    if span.return_id is not None:
        return 0
    record = kind("invoicing.payment")
    c = record.c
    told = sa.select(sa.func.count().label("n")).where(
        ctx.within(record),
        c.direction == "in",
        c.status.in_(("posted", "reconciled")),
        c.unallocated_amount > 0,
        c.date <= span.last,
    )
    return int((await ctx.rows(told))[0]["n"])


async def groups(ctx: Context, span: Span) -> list[Group]:
    """The rows of a return, summed up by what boxes are chosen by."""
    c = VatDue.c
    alike = [c[one] for one in ALIKE]
    below = (c.tax < 0).label("below")
    statement = (
        sa.select(
            *alike,
            below,
            sa.func.sum(c.base).label("base"),
            sa.func.sum(c.tax).label("tax"),
        )
        .where(ctx.within(VatDue), *span.where())
        .group_by(*alike, below)
    )
    return [Group(**one) for one in await ctx.rows(statement)]


def behind(taken: list[Group]) -> Any:
    """The condition that the rows of those groups meet."""
    c = VatDue.c
    return sa.or_(
        sa.false(),
        *(
            sa.and_(
                *(c[one].is_not_distinct_from(getattr(group, one)) for one in ALIKE),
                (c.tax < 0) == group.below,
            )
            for group in taken
        ),
    )


async def count(ctx: Context, span: Span, return_id: UUID) -> int:
    """Bind the rows of a return to it; the database lets that happen to each row once."""
    done = 0
    where = span.where()
    while rows := await ctx.find(VatDue, *where, order=VatDue.c.id, limit=_BATCH):
        for one in rows:
            one.return_id = return_id
            await ctx.save(one)
        done += len(rows)
    return done
