"""Lines: the 18 columns of the FEC, read page by page and written to the letter.

Source: LPF, art. A47 A-1, VII and VIII.
"""

from collections.abc import AsyncIterator, Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from eyeot import Context
from eyeot_crm.parties import Party
from eyeot_invoicing.fec.record import Encoding
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.entries import NO_PIECE, EntryLine, JournalEntry
from eyeot_invoicing.ledger.journals import Journal
from eyeot_invoicing.ledger.periods import FiscalPeriod

COLUMNS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib",
    "CompAuxNum", "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit",
    "EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise",
)  # fmt: skip
SEPARATORS = {"tab": "\t", "pipe": "|"}
END = "\r\n"
PAGE = 2_000
"""Entries that are read at once."""
_AUX = 8
_SPACES = dict.fromkeys(map(ord, "\t\r\n|\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), " ")
_PLAIN = {
    ord("\u2019"): "'", ord("\u2018"): "'", ord("\u201c"): '"', ord("\u201d"): '"',
    ord("\u2013"): "-", ord("\u2014"): "-", ord("\u2026"): "...", ord("\u202f"): " ",
    ord("\u00a0"): " ",
}  # fmt: skip
"""Signs that ISO 8859-15 has not, as it writes them."""
_e, _l, _a, _j, _party = JournalEntry.c, EntryLine.c, LedgerAccount.c, Journal.c, Party.c


class Frame(NamedTuple):
    """What is the same for every line of a file."""

    separator: str
    encoding: Encoding
    zone: ZoneInfo
    closed_at: datetime | None
    """When the year was closed: letters that came later are not in its file."""

    def line(self, row: dict[str, Any]) -> bytes:
        """A line, with its end."""
        return self.text(cells(row, self))

    def text(self, values: Iterable[str]) -> bytes:
        """Cells as a line."""
        told = self.separator.join(values) + END
        if self.encoding == "utf-8":
            return told.encode()
        return told.translate(_PLAIN).encode(self.encoding, "replace")

    def head(self) -> bytes:
        """The names of the columns."""
        return self.text(COLUMNS)


@lru_cache(maxsize=65_536)
def clean(text: str | None) -> str:
    """A text without what would break a line or a column."""
    return (text or "").translate(_SPACES).strip()


@lru_cache(maxsize=4_096)
def day(value: date | None) -> str:
    """YYYYMMDD."""
    return f"{value:%Y%m%d}" if value else ""


def number(value: Decimal | None) -> str:
    """An amount with a decimal comma."""
    return f"{value:.2f}".replace(".", ",") if value is not None else ""


def cells(row: dict[str, Any], frame: Frame) -> list[str]:
    """The 18 cells of a line."""
    at = row["lettered_at"]
    lettered = row["letter"] and (frame.closed_at is None or at is None or at <= frame.closed_at)
    foreign = row["foreign"]
    # The amount in another currency bears the sign of its side: a credit is negative.
    signed = foreign if foreign is None or row["debit"] else -abs(foreign)
    return [
        clean(row["journal"]),
        clean(row["journal_name"]),
        row["number"],
        day(row["date"]),
        row["account"],
        clean(row["account_name"]),
        _aux(row["party_id"]),
        clean(row["party_name"]),
        clean(row["piece_ref"]) or row["number"],
        day(row["piece_date"] or row["date"]),
        clean(row["line_label"] or row["label"]),
        number(row["debit"]),
        number(row["credit"]),
        row["letter"] if lettered else "",
        day(row["lettered_on"]) if lettered else "",
        day(row["validated_at"].astimezone(frame.zone).date()),
        number(signed),
        row["currency"] or "" if foreign is not None else "",
    ]


def _aux(party_id: Any) -> str:
    """The number of a sub-ledger account: short, and the same whatever the party is called later."""
    return f"T{party_id.hex[-_AUX * 2 :].upper()}" if party_id else ""


def _joined() -> Any:
    lines = EntryLine.meta.table
    return (
        JournalEntry.meta.table.join(lines, sa.and_(_l.org_id == _e.org_id, _l.entry_id == _e.id))
        .join(LedgerAccount.meta.table, sa.and_(_a.org_id == _e.org_id, _a.id == _l.account_id))
        .join(Journal.meta.table, sa.and_(_j.org_id == _e.org_id, _j.id == _e.journal_id))
        .outerjoin(Party.meta.table, sa.and_(_party.org_id == _e.org_id, _party.id == _l.party_id))
    )


def _selected(ctx: Context, year: int) -> sa.Select[Any]:
    return (
        sa.select(
            _e.rank, _e.number, _e.date, _e.label, _e.piece_ref,
            NO_PIECE.label("no_piece"), _e.piece_date, _e.validated_at,
            _j.code.label("journal"), _j.name.label("journal_name"),
            _a.code.label("account"), _a.name.label("account_name"),
            _l.party_id, _party.name.label("party_name"), _l.label.label("line_label"),
            _l.debit, _l.credit, _l.letter, _l.lettered_on, _l.lettered_at,
            _l.amount_currency_amount.label("foreign"),
            _l.amount_currency_currency.label("currency"),
        )
        .select_from(_joined())
        .where(ctx.within(JournalEntry), _e.year == year)
        .order_by(_e.rank, _l.position, _l.id)
    )  # fmt: skip


async def pages(ctx: Context, year: int) -> AsyncIterator[list[dict[str, Any]]]:
    """The lines of a year in the order of validation, in pages of whole entries."""
    statement = _selected(ctx, year)
    first = 1
    count = sa.select(sa.func.max(_e.rank).label("last")).where(
        ctx.within(JournalEntry), _e.year == year
    )
    last = (await ctx.rows(count))[0]["last"] or 0
    while first <= last:
        found = await ctx.rows(statement.where(_e.rank.between(first, first + PAGE - 1)))
        yield found
        first += PAGE


async def frame_of(ctx: Context, year: FiscalPeriod, separator: str, encoding: Encoding) -> Frame:
    """What is the same for every line of a year's file."""
    zone = ZoneInfo(ctx.timezone)
    return Frame(SEPARATORS[separator], encoding, zone, year.closed_at)
