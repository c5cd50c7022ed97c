"""Reports: cash as it came and went, cash as it will, and movements that nobody explained."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import Field

from eyeot import (
    Context,
    DatedRow,
    Days,
    Drill,
    Exact,
    Filters,
    Period,
    ReportRow,
    Told,
    dated,
    days,
    report,
)
from eyeot_crm.parties import Party
from eyeot_invoicing.bank.accounts import BankAccount
from eyeot_invoicing.bank.balances import at_bank
from eyeot_invoicing.bank.statements import BankTransaction, remaining
from eyeot_invoicing.ids import BankAccountId
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.entries import EntryLine, JournalEntry
from eyeot_invoicing.payments.pieces import PIECES
from eyeot_invoicing.reading import BOOKS
from eyeot_sales.trade.amounts import ZERO, rounded

Nature = Literal[
    "customers", "suppliers", "staff", "taxes", "operating_other", "investing", "financing", "internal",
]  # fmt: skip
_WEEKS = 13
_MONEY = ("bank", "cash")


class NatureRow(DatedRow):
    """What cash against accounts of a root is of."""

    root: str
    nature: Nature


NATURES = dated("eyeot_invoicing.bank", "natures.toml", NatureRow, about="natures of cash")


class CashAsked(Filters):
    """Over which days."""

    period: Period


class CashRow(ReportRow):
    """Cash of one nature in one month."""

    month: str
    nature: Nature
    received: Exact
    paid: Exact
    net: Exact


@report(
    "invoicing.report.cash_flow_statement",
    row=CashRow,
    en=(
        "Cash flow statement; cash received and paid by nature; where did the money go; past cash by month"
    ),
    fr=(
        "Tableau des flux de trésorerie; encaissements et décaissements par nature; où est passé l'argent; "
        "trésorerie passée par mois"
    ),
    permission=BOOKS,
    example={"period": "2026"},
)
async def cash_flow_statement(ctx: Context, data: CashAsked) -> Told:
    """Tell what came and went by banks and cash in a period, by month and by nature."""
    span = days(data.period)
    entries = await _money_entries(ctx, span)
    found: dict[tuple[str, Nature], list[Decimal]] = {}
    for lines in entries.values():
        for nature, amount in shared_out(lines, span.first):
            cell = found.setdefault((lines[0]["month"], nature), [ZERO, ZERO])
            cell[0 if amount > 0 else 1] += amount
    rows = [
        CashRow(
            month=month,
            nature=nature,
            received=came,
            paid=-went,
            net=came + went,
            drill=Drill(
                action="invoicing.journal_entry.list",
                arguments={"date_from": f"{month}-01", "date_to": _end_of(month).isoformat()},
            ),
        )
        for (month, nature), (came, went) in sorted(found.items())
    ]
    totals = {
        "received": sum((one.received for one in rows), ZERO),
        "paid": sum((one.paid for one in rows), ZERO),
        "net": sum((one.net for one in rows), ZERO),
    }
    return Told(rows=rows, totals=totals)


def _end_of(month: str) -> dt.date:
    return days(month).last


async def _money_entries(ctx: Context, span: Days) -> dict[Any, list[dict[str, Any]]]:
    """The lines of every entry that touches a bank or cash account, by entry."""
    line, entry, account = EntryLine.c, JournalEntry.c, LedgerAccount.c
    amount = (line.debit - line.credit).label("amount")
    month = sa.func.to_char(line.date, "YYYY-MM").label("month")
    statement = (
        sa.select(line.entry_id, month, account.code, account.type, amount)
        .join(LedgerAccount.meta.table, _of_account())
        .join(
            JournalEntry.meta.table,
            sa.and_(entry.org_id == line.org_id, entry.id == line.entry_id),
        )
        .where(
            ctx.within(EntryLine),
            ctx.within(JournalEntry),
            ctx.within(LedgerAccount),
            entry.status != "draft",
            line.entry_id.in_(_touching(ctx, span)),
        )
        .order_by(line.entry_id, line.position)
    )
    found: dict[Any, list[dict[str, Any]]] = {}
    for row in await ctx.rows(statement):
        found.setdefault(row["entry_id"], []).append(row)
    return found


def _of_account() -> sa.ColumnElement[bool]:
    line, account = EntryLine.c, LedgerAccount.c
    return sa.and_(account.org_id == line.org_id, account.id == line.account_id)


def _touching(ctx: Context, span: Days) -> sa.Select[Any]:
    """The entries of a span with a line on a bank or cash account."""
    line, account = EntryLine.c, LedgerAccount.c
    return (
        sa.select(line.entry_id)
        .join(LedgerAccount.meta.table, _of_account())
        .where(
            ctx.within(EntryLine),
            ctx.within(LedgerAccount),
            account.type.in_(_MONEY),
            line.date.between(span.first, span.last),
        )
    )


def shared_out(lines: Sequence[dict[str, Any]], on: dt.date) -> list[tuple[Nature, Decimal]]:
    """What an entry's cash is of: by the accounts on its other side, to the cent.

    Where cash and something else are on one side (a fee kept by the bank), each of the other lines tells its
    part: they sum up to the cash, since the entry balances.
    """
    found: dict[Nature, Decimal] = {}
    for one in lines:
        if one["type"] not in _MONEY:
            nature = nature_of(one["code"], on)
            found[nature] = found.get(nature, ZERO) - Decimal(one["amount"])
    return [(nature, amount) for nature, amount in found.items() if amount]


def nature_of(code: str, on: dt.date) -> Nature:
    """What cash against an account is of: by the longest root that its code begins with."""
    rows = NATURES.on(on, lambda row: code.startswith(row.root))
    best = max(rows, key=lambda row: len(row.root), default=None)
    return best.nature if best else "operating_other"


class ForecastAsked(Filters):
    """How far ahead."""

    weeks: Annotated[int, Field(ge=1, le=53)] = _WEEKS


class WeekRow(ReportRow):
    """One week."""

    week: str
    first: dt.date
    last: dt.date
    opening: Exact
    due_in: Annotated[
        Exact, Field(description="What customers owe then; what is late, in the first week.")
    ]
    due_out: Annotated[Exact, Field(description="What we owe then.")]
    closing: Exact


@report(
    "invoicing.report.cash_position_forecast",
    row=WeekRow,
    en=(
        "Cash forecast; cash position of the next 13 weeks; will we have enough money; expected receipts and "
        "payments"
    ),
    fr=(
        "Prévision de trésorerie; trésorerie des 13 prochaines semaines; aurons-nous assez d'argent; "
        "encaissements et décaissements attendus"
    ),
    permission=BOOKS,
    example={"weeks": 13},
)
async def cash_position_forecast(ctx: Context, data: ForecastAsked) -> Told:
    """Tell the cash of the coming weeks: what is at the banks now, and what falls due by posted documents."""
    house = await ctx.organization()
    start, notes = await _at_banks(ctx, house.currency)
    due = await _due(ctx, house.currency)
    rows, at, first = list[WeekRow](), start, ctx.today
    for number in range(data.weeks):
        week = _week(due, at, first, late=number == 0)
        rows.append(week)
        at, first = week.closing, week.last + dt.timedelta(days=1)
    least = min(one.closing for one in rows)
    totals = {"opening": start, "closing": at, "least": least}
    return Told(rows=rows, totals=totals, notes=tuple(notes))


async def _at_banks(ctx: Context, currency: str) -> tuple[Decimal, list[str]]:
    """What is at the banks now, and what is not known of it."""
    start, notes = ZERO, ["Salaries, taxes and orders not invoiced yet are not in it."]
    for one in await ctx.find(BankAccount, BankAccount.c.status == "active"):
        balance, until = await at_bank(ctx, one, ctx.today)
        if one.currency != currency or balance is None:
            notes.append(
                f"{one.name}: not counted ({one.currency}; no statement, or not {currency})"
            )
            continue
        start += balance
        if until and until < ctx.today:
            notes.append(f"{one.name}: by its statement until {until.isoformat()}")
    return start, notes


def _week(
    due: Sequence[tuple[dt.date, str, Decimal]], opening: Decimal, first: dt.date, *, late: bool
) -> WeekRow:
    """The week that a day is in, from that day; `late`: with all that was due before."""
    last = first + dt.timedelta(days=6 - first.weekday())
    since = dt.date.min if late else first
    come, gone = (
        sum((amount for day, way, amount in due if way == wanted and since <= day <= last), ZERO)
        for wanted in ("in", "out")
    )
    year, week, _ = first.isocalendar()
    return WeekRow(
        week=f"{year}-W{week:02}",
        first=first,
        last=last,
        opening=opening,
        due_in=come,
        due_out=gone,
        closing=opening + come - gone,
        drill=Drill(action="invoicing.invoice.list", arguments={"due_date_to": last.isoformat()}),
    )


async def _due(ctx: Context, currency: str) -> list[tuple[dt.date, str, Decimal]]:
    """What falls due when, in or out, of documents in the currency of the books and others."""
    found: list[tuple[dt.date, str, Decimal]] = []
    for kind in PIECES.values():
        rows: list[Any] = await ctx.find(kind.record, kind.record.c.status.in_(kind.open))
        for one in rows:
            rate = Decimal(1) if one.currency == currency else one.exchange_rate or Decimal(1)
            found += [
                (day, kind.direction, rounded(amount * rate))
                for day, amount in still_due(one, kind.due(one), ctx.today)
            ]
    return found


def still_due(document: Any, due: Decimal, today: dt.date) -> list[tuple[dt.date, Decimal]]:
    """What is due when of a document: what was paid counts for the first parts; a promise moves them."""
    promised = getattr(document, "promised_on", None)
    told: list[Any] = list(getattr(document, "instalments", None) or [])
    parts = [(dt.date.fromisoformat(one["due_date"]), Decimal(one["amount"])) for one in told]
    parts = parts or [(document.due_date or today, due)]
    found = []
    for day, amount in sorted(parts, reverse=True):
        part = min(amount, due)
        due -= part
        if part:
            found.append((max(day, promised) if promised else day, part))
    return found[::-1]


class UnmatchedAsked(Filters):
    """Which movements."""

    bank_account_id: BankAccountId | None = None
    older_than: Annotated[int, Field(ge=0, le=3_650, description="Days since it was booked.")] = 0


class UnmatchedRow(ReportRow):
    """A movement that nothing explains."""

    booked_on: dt.date
    days: int
    account: str
    amount: Exact
    remaining: Exact
    currency: str
    told: str
    party: str
    status: str


@report(
    "invoicing.report.unmatched_bank",
    row=UnmatchedRow,
    en=(
        "Unmatched bank movements; old bank lines that nobody explained; what is left to "
        "reconcile; bank movements that are not explained"
    ),
    fr=(
        "Mouvements bancaires non rapprochés; vieilles lignes de banque sans justification; ce "
        "qui reste à rapprocher en banque; mouvements bancaires inexpliqués"
    ),
    permission=BOOKS,
    example={"older_than": 0},
)
async def unmatched_bank(ctx: Context, data: UnmatchedAsked) -> Told:
    """Tell which movements nothing explains, the oldest first."""
    c = BankTransaction.c
    where = [
        c.status.in_(("unmatched", "suggested")),
        c.booked_on <= ctx.today - dt.timedelta(days=data.older_than),
    ]
    if data.bank_account_id:
        where.append(c.bank_account_id == data.bank_account_id)
    found = await ctx.find(BankTransaction, *where, order=(c.booked_on, c.id))
    accounts = {one.id: one.name for one in await ctx.find(BankAccount)}
    ids = [one.party_id for one in found if one.party_id]
    parties = await ctx.find(Party, Party.c.id.in_(ids)) if ids else []
    names = {one.id: one.name for one in parties}
    rows = [
        UnmatchedRow(
            booked_on=one.booked_on,
            days=(ctx.today - one.booked_on).days,
            account=accounts[one.bank_account_id],
            amount=one.amount.amount,
            remaining=remaining(one),
            currency=one.amount.currency,
            told=one.remittance or one.counterparty or "",
            party=names.get(one.party_id, "") if one.party_id else "",
            status=one.status,
            drill=Drill(action="invoicing.bank_transaction.list", arguments=_day(one)),
        )
        for one in found
    ]
    came = sum((one.remaining for one in rows if one.remaining > 0), ZERO)
    went = sum((one.remaining for one in rows if one.remaining < 0), ZERO)
    return Told(rows=rows, totals={"movements": len(rows), "in": came, "out": went})


def _day(transaction: BankTransaction) -> dict[str, str]:
    """What lists a movement: those of its day that are not explained."""
    day = transaction.booked_on.isoformat()
    return {"booked_on_from": day, "booked_on_to": day, "status": transaction.status}
