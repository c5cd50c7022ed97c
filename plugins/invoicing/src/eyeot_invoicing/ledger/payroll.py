"""Payroll: the journal that a payroll program exports becomes one draft entry of the month."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from eyeot import Conflict, Context, Days, Period, Uploaded, action, bytes_of, days, invalid
from eyeot_invoicing.bank.formats.sheet import Unreadable, decoded, text
from eyeot_invoicing.bank.formats.spreadsheet import amount_in, day_in, folded
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.entries import ZERO, EntryLine, JournalEntry
from eyeot_invoicing.ledger.journals import Journal
from eyeot_invoicing.ledger.kinds import account_of
from eyeot_invoicing.ledger.periods import check_open

Column = Literal["date", "account", "label", "debit", "credit"]
_NAMES: dict[Column, tuple[str, ...]] = {
    "date": ("date", "date ecriture", "ecrituredate", "date piece", "jour"),
    "account": ("compte", "numero de compte", "numero compte", "no compte", "n compte", "comptenum",
                "compte general", "account"),
    "label": ("libelle", "libelle ecriture", "ecriturelib", "intitule", "label", "description"),
    "debit": ("debit", "montant debit", "debit eur"),
    "credit": ("credit", "montant credit", "credit eur"),
}  # fmt: skip
_NEEDED: tuple[Column, ...] = ("account", "debit", "credit")
_DELIMITERS = ";\t,"
_MOST_BEFORE = 15
_MOST_LINES = 5_000
_JOURNAL = "PAI"
_SERIES = "PAIE"
_SHOWN = 20


class PayrollFile(Uploaded):
    """A month, and the journal of its payroll."""

    period: Annotated[Period, Field(description="The month, e.g. 2026-10.")]
    filename: Annotated[str, Field(min_length=1, max_length=200)] = "paie.csv"
    columns: Annotated[
        dict[Column, str] | None,
        Field(max_length=5, description="Which head holds what, where names do not tell."),
    ] = None
    create_accounts: Annotated[
        bool, Field(description="Make accounts of the chart that the file names and are not there.")
    ] = False
    is_supplement: Annotated[
        bool, Field(description="Say so where a second payroll of that month is meant.")
    ] = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file; a positive amount is a debit."""

    number: int
    on: date | None
    account: str
    label: str
    amount: Decimal


@action(
    "invoicing.journal_entry.post_payroll",
    risk="w",
    en=(
        "Post the payroll; book the payroll journal; import the payroll entry; enter wages in the books; "
        "take in the payroll file"
    ),
    fr=(
        "Comptabiliser la paie; passer le journal de paie; importer l'écriture de paie; passer les "
        "salaires; intégrer le fichier de paie"
    ),
    example={
        "period": "2026-10",
        "text": "Date;Compte;Libellé;Débit;Crédit\n"
        "31/10/2026;641000;Salaires bruts;3 000,00;\n"
        "31/10/2026;645000;Charges patronales;1 260,00;\n"
        "31/10/2026;421000;Net à payer;;2 340,00\n"
        "31/10/2026;431000;Urssaf;;1 920,00\n",
    },
    record=JournalEntry,
    next=("invoicing.journal_entry.validate",),
)
async def post_payroll(ctx: Context, data: PayrollFile) -> JournalEntry:
    """Write a payroll journal (CSV: date, account, label, debit, credit) as one draft entry of its month.

    Refused with what is off where it does not balance, names accounts that are not there, or tells of
    another month; and where that month's payroll was written already, unless it is said to be a second one.
    """
    span = _month(data.period)
    try:
        rows = list(_rows(bytes_of(data.content, data.text), data.columns or {}))
    except Unreadable as wrong:
        raise invalid("content", f"the file {wrong}") from None
    _refuse_off(rows, span, data.period)
    on = max((one.on for one in rows if one.on), default=span.last)
    await check_open(ctx, on)
    journal = await _journal(ctx)
    piece = f"{_SERIES}-{data.period}"
    if not data.is_supplement:
        await _refuse_repeated(ctx, piece, data.period)
    accounts = await _accounts(ctx, rows, create=data.create_accounts)
    entry = await ctx.add(
        JournalEntry(
            journal_id=journal.id,
            date=on,
            label=f"Paie {span.first:%m/%Y}",
            piece_ref=piece,
            piece_date=on,
        )
    )
    entry.total = sum((one.amount for one in rows if one.amount > 0), ZERO)
    await _written(ctx, entry, rows, accounts)
    return entry


async def _written(
    ctx: Context, entry: JournalEntry, rows: Sequence[Row], accounts: Mapping[str, LedgerAccount]
) -> None:
    for position, one in enumerate(rows, start=1):
        await ctx.add(
            EntryLine(
                entry_id=entry.id,
                position=position,
                account_id=accounts[one.account].id,
                label=one.label or None,
                debit=max(one.amount, ZERO),
                credit=max(-one.amount, ZERO),
                date=entry.date,
            )
        )


def _month(period: str) -> Days:
    span = days(period)
    if (span.first.year, span.first.month) != (span.last.year, span.last.month):
        raise invalid("period", "payroll is of a month, e.g. 2026-10")
    return span


def _rows(content: bytes, told: Mapping[Column, str]) -> Iterator[Row]:
    """The lines of the file that bear an amount."""
    written = decoded(content)
    delimiter = max(_DELIMITERS, key=written[:5000].count)
    try:
        rows = list(csv.reader(io.StringIO(written), delimiter=delimiter, strict=True))
    except csv.Error as wrong:
        raise Unreadable(f"is no whole CSV file ({wrong})") from None
    if len(rows) > _MOST_LINES:
        raise Unreadable(f"has more than {_MOST_LINES:,} lines; export it summed up by account")
    head, places = _heads(rows, told)
    for number, row in enumerate(rows[head + 1 :], start=head + 2):
        if found := _row(row, places, number):
            yield found


def _heads(
    rows: Sequence[Sequence[str]], told: Mapping[Column, str]
) -> tuple[int, dict[Column, int]]:
    for number, row in enumerate(rows[:_MOST_BEFORE]):
        heads = [folded(cell) for cell in row]
        places: dict[Column, int] = {}
        for name, known in _NAMES.items():
            wanted = [folded(told[name])] if name in told else known
            at = next((heads.index(one) for one in wanted if one in heads), None)
            if at is not None:
                places[name] = at
        if all(name in places for name in _NEEDED):
            return number, places
    raise Unreadable(
        "names no columns for the account, the debit and the credit in its first lines; tell them in"
        " columns, e.g. {'account': 'Cpte', 'debit': 'Deb', 'credit': 'Cre'}"
    )


def _row(row: Sequence[str], places: Mapping[Column, int], number: int) -> Row | None:
    def cell(name: Column) -> str:
        at = places.get(name)
        return row[at].strip() if at is not None and at < len(row) else ""

    account = cell("account").replace(" ", "")
    amount = amount_in(cell("debit") or "0", number) - amount_in(cell("credit") or "0", number)
    if not account and not amount:
        return None
    if not account.isalnum() or not account[:1].isdigit():
        # The line of totals, which most programs write below the others, names no account.
        if cell("debit") and cell("credit"):
            return None
        raise Unreadable(f"names no account in line {number}: '{text(account, 40)}'")
    if amount != round(amount, 2):
        raise Unreadable(f"has an amount of more than 2 decimals in line {number}")
    if not amount:
        return None
    on = day_in(cell("date"), number) if cell("date") else None
    return Row(number, on, account, text(cell("label"), 200), amount)


def _refuse_off(rows: Sequence[Row], span: Days, period: str) -> None:
    """Refuse a journal that holds nothing, is of another month, or whose debits are not its credits."""
    if not rows:
        raise invalid("content", "the file holds no line with an amount")
    if apart := [one for one in rows if one.on and not span.first <= one.on <= span.last]:
        told = ", ".join(f"line {one.number}: {one.on}" for one in apart[:5])
        raise invalid("period", f"the file is of other days than {period}: {told}")
    debit = sum((one.amount for one in rows if one.amount > 0), ZERO)
    credit = -sum((one.amount for one in rows if one.amount < 0), ZERO)
    if debit != credit:
        gap = debit - credit
        likely = [one for one in rows if one.amount in (gap, gap / 2)]
        hint = f"; line {likely[0].number} ({likely[0].account}) is of that much" if likely else ""
        raise Conflict(
            reason=f"The payroll does not balance: debit {debit:f}, credit {credit:f}, {gap:+f} is off"
            f"{hint}.",
            remedy="Export it again from the payroll program, whole.",
            field="content",
        )


async def _journal(ctx: Context) -> Journal:
    """The payroll journal, made with its first entry; locked, so that two calls follow each other."""
    found = await ctx.first(Journal, Journal.c.code == _JOURNAL)
    if found is None:
        return await ctx.add(Journal(code=_JOURNAL, name="Paie", kind="general"))
    if found.status != "active" or found.archived_at is not None:
        raise Conflict(
            reason=f"The journal {_JOURNAL} is closed.",
            remedy="Enter the payroll with invoicing.journal_entry.create in another journal.",
        )
    return await ctx.get(Journal, found.id, lock=True)


async def _refuse_repeated(ctx: Context, piece: str, period: str) -> None:
    c = JournalEntry.c
    found = await ctx.first(JournalEntry, c.piece_ref == piece, c.status != "reversed")
    if found:
        raise Conflict(
            reason=f"The payroll of {period} was written already ({found.status}, {found.total:f}).",
            remedy="Delete that draft or take it back with invoicing.journal_entry.reverse; or say"
            " is_supplement=true where a second payroll of the month is meant.",
            field="period",
        )


async def _accounts(ctx: Context, rows: Sequence[Row], *, create: bool) -> dict[str, LedgerAccount]:
    """The accounts by the codes of the file: 421 and 4210000 are 421000."""
    chart = await ctx.find(LedgerAccount, LedgerAccount.c.archived_at.is_(None))
    exact = {one.code: one for one in chart}
    short = {one.code.rstrip("0"): one for one in sorted(chart, key=lambda one: -len(one.code))}
    labels = {one.account: one.label for one in reversed(rows)}
    found = {code: exact.get(code) or short.get(code.rstrip("0")) for code in dict.fromkeys(labels)}
    missing = sorted(code for code, one in found.items() if one is None)
    if missing and not create:
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise Conflict(
            reason=f"Not in the chart of accounts: {', '.join(missing[:_SHOWN])}{more}.",
            remedy="Create them with invoicing.ledger_account.create, or say create_accounts=true.",
            field="content",
        )
    for code in missing:
        found[code] = await ctx.add(account_of(code, labels[code] or code))
    return {code: one for code, one in found.items() if one is not None}
