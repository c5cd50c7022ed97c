"""Chaining: the seals of validated entries, each over the one before it in its fiscal year.

What a version covers never changes: a field that comes later is covered by a version of its own, and entries
keep the version that they were sealed by. Source: CGI, art. 286, I-3° bis; PCG, art. 1031-2.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from eyeot import Context
from eyeot_invoicing.ledger.entries import EntryLine, JournalEntry
from eyeot_invoicing.sealing import GENESIS, Chain, sealed

VERSION = 1
COVERED = (
    "number", "journal_id", "date", "label", "piece_ref", "piece_date", "validated_at", "source",
    "total", "reverses_id", "is_opening", "former_number",
)  # fmt: skip
COVERED_LINE = (
    "position", "account_id", "label", "debit", "credit", "amount_currency", "due_date",
    "carries_id",
)  # fmt: skip
chain = Chain(
    JournalEntry,
    EntryLine,
    "entry_id",
    {VERSION: (COVERED, COVERED_LINE)},
    within="year",
    moment="validated_at",
    sells=False,
)
_e = JournalEntry.c


async def seal(ctx: Context, entry: JournalEntry, lines: Sequence[EntryLine]) -> None:
    """Seal a numbered entry over the one before; the lock of its number keeps others waiting."""
    last = sa.select(_e.rank, _e.hash).where(
        ctx.within(JournalEntry), _e.year == entry.year, _e.rank.is_not(None)
    )
    before = await ctx.rows(last.order_by(_e.rank.desc()).limit(1))
    entry.rank = before[0]["rank"] + 1 if before else 1
    entry.prev_hash = before[0]["hash"] if before else GENESIS
    entry.seal_version = VERSION
    entry.hash = sealed(entry.prev_hash, VERSION, chain.content(entry, lines, VERSION))
