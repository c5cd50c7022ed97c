"""Sums: what accounts come to, from the opening of the books or of the last fiscal year that was opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from eyeot import Context, Days
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.entries import ZERO, EntryLine, JournalEntry
from eyeot_invoicing.ledger.periods import FiscalPeriod, year_of

RESULT = ("6", "7")
"""The classes of accounts that begin each year at 0."""
_a, _e, _l, _p = LedgerAccount.c, JournalEntry.c, EntryLine.c, FiscalPeriod.c


@dataclass(slots=True)
class Sum:
    """An account's opening balance and what moved on it; a positive balance is a debit."""

    account_id: UUID
    code: str
    name: str
    type: str
    opening: Decimal = ZERO
    debit: Decimal = ZERO
    credit: Decimal = ZERO

    @property
    def closing(self) -> Decimal:
        """Its balance at the end."""
        return self.opening + self.debit - self.credit


@dataclass(frozen=True, slots=True)
class Sums:
    """The accounts that have anything on them, by code, and the results of years that are not closed yet."""

    accounts: list[Sum]
    pending: Decimal
    """What classes 6 and 7 of earlier years came to that no opening entry has taken over; a profit is < 0."""


async def opened_on(ctx: Context, day: date) -> date | None:
    """The first day of the last fiscal year, up to a day, whose opening entry stands."""
    previous = await ctx.find(
        FiscalPeriod, _p.month.is_(None), _p.status == "closed", _p.end < day, order=_p.end.desc(),
        limit=1,
    )  # fmt: skip
    return date.fromordinal(previous[0].end.toordinal() + 1) if previous else None


async def summed(ctx: Context, span: Days, *where: Any) -> Sums:
    """What stands on accounts in a span of days, with their balances before it.

    `where`: conditions on accounts or lines. What closed years hold comes in by the opening entry alone.
    """
    house = await ctx.organization()
    begins = year_of(span.first, house.fiscal_year_start).first
    known = await _year(ctx, span.first)
    begins = known.start if known else begins
    since = await opened_on(ctx, begins)
    statement = _statement(ctx, span, begins, since).where(*where)
    found: list[Sum] = []
    pending = ZERO
    for row in await ctx.rows(statement):
        pending += row.pop("pending")
        one = Sum(**row)
        if one.opening or one.debit or one.credit:
            found.append(one)
    return Sums(found, pending)


async def _year(ctx: Context, day: date) -> FiscalPeriod | None:
    return await ctx.first(
        FiscalPeriod, _p.month.is_(None), _p.start <= day, _p.end >= day, order=_p.start
    )


def _statement(ctx: Context, span: Days, begins: date, since: date | None) -> sa.Select[Any]:
    before = sa.and_(_l.date < span.first, _e.status != "draft")
    within = _l.date >= span.first
    of_result = sa.func.left(_a.code, 1).in_(RESULT)
    net = _l.debit - _l.credit

    def total(amount: Any, *conditions: Any) -> Any:
        return sa.func.coalesce(sa.func.sum(amount).filter(*conditions), 0)

    # Openings of later years within the span repeat what its lines have told already.
    again = sa.and_(_e.is_opening.is_(sa.true()), _l.date > begins)
    kept = [_e.status != "draft", _l.date <= span.last, sa.not_(again)]
    if since is not None:
        kept.append(_l.date >= since)
    early = sa.and_(of_result, _l.date < begins)
    # An opening entry is dated the first day of its year, and counts as what was there before it.
    opens = _is_opening(begins, span.first)
    return (
        sa.select(
            _a.id.label("account_id"),
            _a.code,
            _a.name,
            _a.type,
            total(net, sa.or_(before, opens), sa.not_(early)).label("opening"),
            total(_l.debit, within, sa.not_(opens)).label("debit"),
            total(_l.credit, within, sa.not_(opens)).label("credit"),
            total(net, early).label("pending"),
        )
        .select_from(
            EntryLine.meta.table.join(
                JournalEntry.meta.table, sa.and_(_e.org_id == _l.org_id, _e.id == _l.entry_id)
            ).join(
                LedgerAccount.meta.table, sa.and_(_a.org_id == _l.org_id, _a.id == _l.account_id)
            )
        )
        .where(ctx.within(EntryLine), ctx.within(JournalEntry), ctx.within(LedgerAccount), *kept)
        .group_by(_a.id, _a.code, _a.name, _a.type)
        .order_by(_a.code)
    )


def _is_opening(begins: date, first: date) -> Any:
    """Whether a line is of the year's opening entry, and the span begins with that year."""
    if first != begins:
        return sa.false()
    return sa.and_(_e.is_opening.is_(sa.true()), _l.date == begins)


def result_of(sums: Sequence[Sum]) -> Decimal:
    """The result of classes 6 and 7: a profit is positive."""
    return -sum((one.closing for one in sums if one.code.startswith(RESULT)), ZERO)
