"""General ledger: the lines of accounts with the balance after each."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Drill, Exact, Filters, Period, Ref, ReportRow, Told, days, report
from eyeot_crm.parties import Party
from eyeot_invoicing.ids import EntryId, EntryLineId, PartyId
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.balances import any_of
from eyeot_invoicing.ledger.entries import ZERO, EntryLine, JournalEntry
from eyeot_invoicing.ledger.journals import Journal
from eyeot_invoicing.ledger.sums import summed
from eyeot_invoicing.reading import BOOKS

_a, _e, _j, _l, _p = LedgerAccount.c, JournalEntry.c, Journal.c, EntryLine.c, Party.c
_MOST = 50_000


class Asked(Filters):
    """When, and which lines."""

    period: Annotated[Period | None, Field(description="The present year when left out.")] = None
    codes: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=20)]],
        Field(max_length=50, description="How their codes begin, e.g. 411."),
    ] = Field(default_factory=list)
    party_id: PartyId | None = None
    letter: Annotated[str | None, Field(max_length=20, description="Lines of that letter.")] = None
    lettered: Annotated[
        bool | None, Field(description="false: open lines only; true: lettered ones only.")
    ] = None


class Row(ReportRow):
    """A line, with the balance of its account after it."""

    code: str
    date: date
    journal: str
    number: str
    piece: str | None = None
    label: str
    party: str | None = None
    debit: Exact
    credit: Exact
    letter: str | None = None
    balance: Exact
    line_id: EntryLineId
    entry_id: EntryId


@report(
    "invoicing.report.general_ledger",
    row=Row,
    en=(
        "General ledger; lines of an account; account statement; all movements of account 411; "
        "open lines of a customer's account; ledger of an account"
    ),
    fr=(
        "Grand livre; lignes d'un compte; extrait de compte; tous les mouvements du compte 411; "
        "écritures non lettrées d'un client; grand livre d'un compte"
    ),
    permission=BOOKS,
    example={"codes": ["411"]},
)
async def general_ledger(ctx: Context, data: Asked) -> Told:
    """The validated lines of accounts over a period, in order, with running balances from the opening."""
    span = days(data.period or str(ctx.today.year))
    begins = [_a.code.startswith(one, autoescape=True) for one in data.codes]
    whole = data.party_id is None and data.letter is None and data.lettered is None
    accounts: list[Any] = [any_of(begins)] if begins else []
    # A part of an account's lines has no balance of its own before the period.
    opening = (await summed(ctx, span, *accounts)).accounts if whole else []
    balances = {one.code: one.opening for one in opening}
    found = await ctx.rows(_statement(ctx, data, span).where(*accounts).limit(_MOST + 1))
    rows: list[Row] = []
    for one in found[:_MOST]:
        id = Ref(JournalEntry.meta.name).write(one["entry_id"])
        drill = Drill(action="invoicing.journal_entry.get", arguments={"id": id})
        if not one.pop("is_opening") or not whole or one["date"] != span.first:
            balance = balances.get(one["code"], ZERO) + one["debit"] - one["credit"]
            balances[one["code"]] = balance
        rows.append(Row(**one, balance=balances.get(one["code"], ZERO), drill=drill))
    notes = (f"Only the first {_MOST:,} lines: narrow it.",) if len(found) > _MOST else ()
    totals: dict[str, Decimal | int] = {
        "debit": sum((one.debit for one in rows), ZERO),
        "credit": sum((one.credit for one in rows), ZERO),
    }
    return Told(rows, totals, notes)


def _statement(ctx: Context, data: Asked, span: Any) -> sa.Select[Any]:
    table = (
        EntryLine.meta.table.join(
            JournalEntry.meta.table, sa.and_(_e.org_id == _l.org_id, _e.id == _l.entry_id)
        )
        .join(LedgerAccount.meta.table, sa.and_(_a.org_id == _l.org_id, _a.id == _l.account_id))
        .join(Journal.meta.table, sa.and_(_j.org_id == _l.org_id, _j.id == _e.journal_id))
        .outerjoin(Party.meta.table, sa.and_(_p.org_id == _l.org_id, _p.id == _l.party_id))
    )
    label = sa.func.coalesce(_l.label, _e.label).label("label")
    statement = (
        sa.select(
            _a.code, _l.date, _j.code.label("journal"), _e.number, _e.piece_ref.label("piece"),
            label, _p.name.label("party"), _l.debit, _l.credit, _l.letter,
            _l.id.label("line_id"), _l.entry_id, _e.is_opening,
        )
        .select_from(table)
        .where(
            ctx.within(EntryLine), ctx.within(JournalEntry), _e.status != "draft",
            _l.date.between(span.first, span.last),
        )
        .order_by(_a.code, _l.date, _e.rank, _l.position, _l.id)
    )  # fmt: skip
    if data.party_id:
        statement = statement.where(_l.party_id == data.party_id)
    if data.letter:
        statement = statement.where(_l.letter == data.letter)
    if data.lettered is not None:
        letter = _l.letter
        statement = statement.where(letter.is_not(None) if data.lettered else letter.is_(None))
    return statement
