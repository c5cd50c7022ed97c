"""Year: closes a fiscal year for good, and opens the next one with its balances."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field

from eyeot import Conflict, Context, Days, Event, Exact, Input, Money, Output, action, invalid
from eyeot_invoicing.closing.checklist import looked_at
from eyeot_invoicing.closing.months import months_of_period
from eyeot_invoicing.ids import AccountId, EntryId, PeriodId
from eyeot_invoicing.ledger.accounts import Accounts, LedgerAccount
from eyeot_invoicing.ledger.booking import Booking, Leg, book
from eyeot_invoicing.ledger.entries import ZERO, EntryLine, JournalEntry, lines_of
from eyeot_invoicing.ledger.lettering import free
from eyeot_invoicing.ledger.periods import FiscalPeriod, lifecycle
from eyeot_invoicing.ledger.sums import RESULT, opened_on, result_of, summed

_a, _e, _l, _p = LedgerAccount.c, JournalEntry.c, EntryLine.c, FiscalPeriod.c


_WHOLE = ("bank", "cash", "financial")
"""Accounts of which the balance alone is brought forward: the bank's statement is their detail."""


class YearClosed(Event, name="invoicing.fiscal_period.closed"):
    """A fiscal year takes nothing any more."""

    period_id: PeriodId
    year: int


class CloseYear(Input):
    """A fiscal year, and where its result goes if not to the account of profits or losses."""

    year: Annotated[
        int | None, Field(ge=1950, le=2200, description="The calendar year in which it ends.")
    ] = None
    period_id: Annotated[PeriodId | None, Field(description="Or the year by its id.")] = None
    result_account_id: Annotated[
        AccountId | None, Field(description="120 for a profit, 129 for a loss when left out.")
    ] = None


class Closed(Output):
    """How the year ended."""

    period_id: PeriodId
    year: int
    result: Annotated[Exact, Field(description="Above 0: a profit.")]
    opening_entry_id: EntryId | None = None
    opening_number: str | None = None
    opened_lines: int


@action(
    "invoicing.fiscal_period.close_year",
    risk="x",
    en=(
        "Close a fiscal year; year-end closing; close the books; carry balances forward; open "
        "the new year's balances; close the accounting year"
    ),
    fr=(
        "Clôturer l'exercice; clôture annuelle; arrêter les comptes; passer les à-nouveaux; "
        "reporter les soldes; clôturer l'année; clôturer l'année comptable"
    ),
    example={"period_id": "$invoicing.fiscal_period?status=open"},
    events=("invoicing.fiscal_period.closed",),
    record=FiscalPeriod,
    next=("invoicing.fec_export.generate", "invoicing.fiscal_seal.close_year"),
)
async def close_year(ctx: Context, data: CloseYear) -> Closed:
    """Close a fiscal year for good and write the opening entry of the next: balances and open lines.

    Expenses and income are closed by calculation, so that no such entry is in the FEC (LPF, art. A47 A-1).
    Source: Code de commerce, art. L123-12 and L123-19 (the opening balance is the closing one); PCG,
    art. 1031-3.
    """
    if (data.year is None) == (data.period_id is None):
        raise invalid("year", "give either year or period_id")
    wanted = _p.id == data.period_id if data.period_id else _p.year == data.year
    found = await ctx.first(FiscalPeriod, _p.month.is_(None), wanted)
    if found is None:
        raise invalid("year", "no such fiscal year; invoicing.fiscal_period.list shows them")
    year = await ctx.get(FiscalPeriod, found.id, lock=True)
    span = Days(year.start, year.end)
    if year.end >= ctx.today:
        raise Conflict(
            reason=f"The fiscal year {year.name} ends on {year.end}: it is not over.",
            remedy="Close it from the day after; soft_close stops ordinary posting in a month.",
        )
    months = await months_of_period(ctx, year)
    for one in months:
        lifecycle.check(one, "close_year")
    await _refuse_unready(ctx, span)
    result, entry, count = await _opening(ctx, year, span, data)
    for one in months:
        one.closed_at, one.closed_by_id = ctx.now, ctx.user_id
        lifecycle.take(one, "close_year")
    ctx.emit(YearClosed(period_id=year.id, year=year.year))
    return Closed(
        period_id=year.id,
        year=year.year,
        result=result,
        opening_entry_id=entry.id if entry else None,
        opening_number=entry.number if entry else None,
        opened_lines=count,
    )


async def _refuse_unready(ctx: Context, span: Days) -> None:
    left = [one for one in await looked_at(ctx, span, ctx.locale) if one.blocks and not one.done]
    if left:
        told = "; ".join(f"{one.label}: {one.left} ({one.look})" for one in left)
        raise Conflict(
            reason=f"The year cannot be closed yet. {told}.",
            remedy="invoicing.fiscal_period.checklist shows what is left to do.",
        )


async def _opening(
    ctx: Context, year: FiscalPeriod, span: Days, data: CloseYear
) -> tuple[Decimal, JournalEntry | None, int]:
    """The result, the entry that opens the next year, and its number of lines."""
    accounts = Accounts(ctx)
    sums = await summed(ctx, span)
    result = result_of(sums.accounts)
    legs: list[Leg] = []
    for one in sums.accounts:
        if one.code.startswith((*RESULT, "8")):
            continue
        account = await ctx.get(LedgerAccount, one.account_id)
        legs += await _carried(ctx, year, account, one.closing)
    if result:
        role = "profit" if result > 0 else "loss"
        goes = (
            await ctx.get(LedgerAccount, data.result_account_id)
            if data.result_account_id
            else await accounts.role(role)
        )
        if not goes.code.startswith("12"):
            raise invalid("result_account_id", "the result of a year goes to an account of 12")
        legs.append(Leg(goes, -result, label=f"Résultat de l'exercice {year.name}"))
    if not any(one.amount for one in legs):
        return result, None, 0
    on = year.end + timedelta(days=1)
    label = f"À-nouveaux {year.name}"
    entry = await book(
        ctx,
        Booking(journal="opening", on=on, label=label, legs=legs, piece_ref=label, is_opening=True),
    )
    await _move_letters(ctx, entry)
    return result, entry, len([one for one in legs if one.amount])


async def _move_letters(ctx: Context, entry: JournalEntry) -> None:
    """A letter that reaches into the next year goes over to the line that was brought forward.

    So each year's letters balance within its own file.
    """
    for one in await lines_of(ctx, entry):
        if one.carries_id is None:
            continue
        before = await ctx.get(EntryLine, one.carries_id)
        if before.letter:
            one.letter, one.lettered_on, one.lettered_at = (
                before.letter,
                before.lettered_on,
                before.lettered_at,
            )
            free([before])


async def _carried(
    ctx: Context, year: FiscalPeriod, account: LedgerAccount, balance: Decimal
) -> list[Leg]:
    """What an account brings into the next year: its balance, or line by line what is not lettered."""
    if not account.reconcilable or account.type in _WHOLE:
        return [Leg(account, balance, label=account.name)]
    lines = await _open_lines(ctx, year, account)
    legs = [
        Leg(
            account,
            one["amount"],
            one["party_id"],
            (one["label"] or one["entry_label"])[:200],
            one["due_date"],
            _foreign(one),
            one["id"],
        )
        for one in lines
    ]
    rest = balance - sum((one.amount for one in legs), ZERO)
    # What came in before the books began may not be there line by line.
    return [*legs, Leg(account, rest, label=account.name)] if rest else legs


def _foreign(row: dict[str, Any]) -> Money | None:
    amount = row["amount_currency_amount"]
    if amount is None:
        return None
    return Money(amount=amount, currency=row["amount_currency_currency"])


async def _open_lines(
    ctx: Context, year: FiscalPeriod, account: LedgerAccount
) -> Sequence[dict[str, Any]]:
    """The lines of an account that are open at the year's end, oldest first.

    Of lines that the year itself took over, its own count.
    """
    since = await opened_on(ctx, year.start)
    other = EntryLine.meta.table.alias("other")
    later = sa.select(other.c.letter).where(
        other.c.org_id == _l.org_id, other.c.account_id == account.id, other.c.date > year.end,
        other.c.letter.is_not(None),
    )  # fmt: skip
    statement = (
        sa.select(
            _l.id, _l.party_id, _l.label, _l.due_date, _l.amount_currency_amount,
            _l.amount_currency_currency, (_l.debit - _l.credit).label("amount"),
            _e.label.label("entry_label"),
        )
        .select_from(
            EntryLine.meta.table.join(
                JournalEntry.meta.table, sa.and_(_e.org_id == _l.org_id, _e.id == _l.entry_id)
            )
        )
        .where(
            ctx.within(EntryLine), _l.account_id == account.id, _e.status != "draft",
            _l.date <= year.end, sa.or_(_l.letter.is_(None), _l.letter.in_(later)),
        )
        .order_by(_l.date, _l.id)
    )  # fmt: skip
    if since is not None:
        statement = statement.where(_l.date >= since)
    return await ctx.rows(statement)
