"""Entries: what is written in journals, in double entry; once validated they stand for ever."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from eyeot import (
    Conflict,
    Context,
    Lifecycle,
    Lines,
    Money,
    Record,
    RecordRef,
    Resource,
    by_hand,
    field,
    invalid,
    ref,
)
from eyeot_invoicing.ledger.journals import Journal
from eyeot_invoicing.reading import BOOKS

ZERO = Decimal(0)
Day = date
"""A date, where a field is called so."""
_FREE = frozenset({"status", "reversed_by_id", "updated_at", "version"})


class JournalEntry(
    Record,
    name="invoicing.journal_entry",
    prefix="ent",
    needs=BOOKS,
    label="label",
    hint=("number",),
    search=("label", "number", "piece_ref"),
    exact=("number",),
    index=(("date",), ("source",), ("year", "rank")),
    state="status",
    sort="-date",
    archivable=False,
):
    """An entry: lines whose debits equal their credits."""

    journal_id: UUID = ref("invoicing.journal", "The journal it is written in.")
    date: Day = field("The day it counts on.")
    label: str = field("What it is about.", max_length=200)
    piece_ref: str | None = field("The piece it is made from.", max_length=100, default=None)
    piece_date: Day | None = field("The date of that piece.", default=None)
    number: str | None = field(
        "Its number within the fiscal year; none until it is validated.",
        access="read",
        default=None,
    )
    validated_at: datetime | None = field("Since when it stands.", access="read", default=None)
    source: RecordRef | None = field("The record it was made by.", access="read", default=None)
    total: Decimal = field("Its debits, which are its credits too.", access="read", default=Decimal)
    reverses_id: UUID | None = ref(
        "invoicing.journal_entry", "The entry it takes back.", access="read", default=None
    )
    reversed_by_id: UUID | None = ref(
        "invoicing.journal_entry", "The entry that took it back.", access="read", default=None
    )
    year: int | None = field("Its fiscal year, once validated.", access="read", default=None)
    rank: int | None = field("Its place in the chain of that year.", access="read", default=None)
    is_opening: bool = field(
        "Whether it brings forward the balances of the year before.", access="read", default=False
    )
    former_number: str | None = field(
        "Its number in the software that it was taken over from.",
        access="read",
        max_length=40,
        default=None,
    )
    seal_version: int | None = field("Which fields its seal covers.", access="read", default=None)
    prev_hash: str | None = field("The seal before its own.", access="read", default=None)
    hash: str | None = field("Its seal, over the seal before.", access="read", default=None)
    status: Literal["draft", "validated", "reversed"] = field(
        "draft: may be changed; validated, reversed: stands.", access="read", default="draft"
    )

    def complete(self) -> None:
        """Refuse any change of what stands, whoever asks (PCG, art. 1031-2 and 1031-3)."""
        if self.stored("status") in (None, "draft"):
            return
        changed = {n for n in self.meta.fields if self.__dict__[n] != self.stored(n)}
        if not _FREE.issuperset(changed):
            raise Conflict(
                reason=f"The entry {self.number} is validated: it never changes.",
                remedy="Take it back with invoicing.journal_entry.reverse, and write the right one.",
            )


class EntryLine(
    Record,
    name="invoicing.entry_line",
    prefix="enl",
    needs=BOOKS,
    label="label",
    index=(("account_id", "date"), ("party_id",), ("letter",), ("carries_id",)),
    sort="position",
    archivable=False,
):
    """One line of an entry: a debit or a credit on an account."""

    entry_id: UUID = ref(
        "invoicing.journal_entry", "Its entry.", access="create", on_delete="CASCADE"
    )
    position: int = field("Its place, from 1.", ge=1, le=100_000, default=0)
    account_id: UUID = ref("invoicing.ledger_account", "Its account.")
    party_id: UUID | None = ref("crm.party", "Whose sub-ledger account it is.", default=None)
    label: str | None = field(
        "What it says; the entry's label when left out.", max_length=200, default=None
    )
    debit: Decimal = field("Debit, in the currency of the books.", ge=0, default=Decimal)
    credit: Decimal = field("Credit, in the currency of the books.", ge=0, default=Decimal)
    amount_currency: Money | None = field(
        "The amount in another currency, if it was made in one.", default=None
    )
    due_date: Day | None = field("When it is to be paid.", default=None)
    date: Day | None = field("The entry's day.", access="read", default=None)
    letter: str | None = field(
        "What it is lettered with.", access="read", max_length=20, default=None
    )
    lettered_on: Day | None = field("Since when.", access="read", default=None)
    lettered_at: datetime | None = field(
        "The moment of it, by which a closed year keeps the letters it had.",
        access="read",
        default=None,
    )
    carries_id: UUID | None = ref(
        "invoicing.entry_line",
        "Of an opening entry: the line of the year before that it goes on with.",
        access="read",
        default=None,
    )

    def complete(self) -> None:
        """Refuse a line that is both or neither, and any change of amounts that stand."""
        if (self.debit > 0) == (self.credit > 0):
            raise invalid("debit", "give either a debit or a credit, above 0")
        if any(amount != round(amount, 2) for amount in (self.debit, self.credit)):
            raise invalid("debit", "amounts have 2 decimals at most")


NO_PIECE: sa.ColumnElement[bool] = (
    sa.func.coalesce(sa.func.btrim(JournalEntry.c.piece_ref), "") == ""
)
"""That an entry names no piece: the FEC tells its own number for it (LPF, art. A47 A-1, VII)."""


# The highest letter of an account is looked for at each lettering.
sa.Index(
    "ix_invoicing_entry_line_lettering",
    EntryLine.c.org_id,
    EntryLine.c.account_id,
    sa.func.length(EntryLine.c.letter),
    EntryLine.c.letter,
)


async def total(ctx: Context, entry: Any) -> None:
    """Sum up an entry and give its lines its day."""
    lines = await lines_of(ctx, entry)
    for line in lines:
        line.date = entry.date
    entry.total = sum((one.debit for one in lines), ZERO)


async def lines_of(ctx: Context, entry: JournalEntry) -> list[EntryLine]:
    """An entry's lines, in order."""
    c = EntryLine.c
    return await ctx.find(EntryLine, c.entry_id == entry.id, order=(c.position, c.id))


async def prepare(ctx: Context, row: Any, _values: dict[str, Any]) -> None:
    """Refuse a journal that nobody writes in by hand any more."""
    journal = await ctx.get(Journal, row.journal_id)
    if journal.status != "active" or journal.archived_at is not None:
        raise Conflict(
            reason=f"The journal {journal.code} is closed.",
            remedy="invoicing.journal.list(status=active) shows those in use.",
            field="journal_id",
        )


lifecycle = Lifecycle(
    "status",
    "draft",
    (
        by_hand("validate", "draft", to="validated"),
        by_hand("reverse", "validated", to="reversed"),
    ),
)
entries = Resource(
    JournalEntry,
    profile="doc",
    adding="import bulk_create",
    en="journal entry; journal entries; accounting entry; booking",
    fr="écriture comptable; écritures comptables; écriture; pièce comptable",
    gender="f",
    said={
        "create": (
            "book an entry; write in the books",
            "passer une écriture; saisir une OD",
        ),
    },
    lifecycle=lifecycle,
    prepare=prepare,
    editable=("draft",),
    instead="Take it back with invoicing.journal_entry.reverse, and write the right one.",
    lines=Lines(EntryLine, "entry_id", total=total, watch=("date",)),
    example={
        "journal_id": "$invoicing.journal?code=OD",
        "date": "2026-10-31",
        "label": "Loyer d'octobre",
        "piece_ref": "LOYER-10",
        "lines": [
            {"account_id": "$invoicing.ledger_account?code=613000", "debit": "900.00"},
            {"account_id": "$invoicing.ledger_account?code=512000", "credit": "900.00"},
        ],
    },
)
