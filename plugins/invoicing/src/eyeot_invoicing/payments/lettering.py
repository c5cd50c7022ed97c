"""Lettering of payments: letters what was invoiced and what was paid once nothing is left of either."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from eyeot import Context, RecordRef
from eyeot_invoicing.credit.record import CreditAllocation
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.entries import EntryLine, JournalEntry
from eyeot_invoicing.ledger.lettering import MOST, difference, letter
from eyeot_invoicing.payments.record import Allocation

_a, _e, _l = Allocation.c, JournalEntry.c, EntryLine.c
_PARTIES = ("receivable", "payable")
_CREDIT, _INVOICE = "invoicing.credit_note", "invoicing.invoice"


async def letter_settled(ctx: Context, piece: RecordRef, cause: RecordRef | None = None) -> None:
    """Letter the lines of a piece and of all that settles it, if together they balance.

    Pieces and payments hang together by allocations: one payment of two invoices makes one letter. What does
    not balance yet, or is more than a letter takes, stays open.
    """
    refs = await _connected(ctx, {piece} | ({cause} if cause else set()))
    for account_id, lines in (await _open_lines(ctx, refs)).items():
        if 1 < len(lines) <= MOST and not difference(lines):
            account = await ctx.get(LedgerAccount, account_id, beyond=True)
            if account.reconcilable:
                await letter(ctx, account, lines)


async def _connected(ctx: Context, refs: set[RecordRef]) -> set[RecordRef]:
    """The pieces and payments that settle each other, directly or through others."""
    fresh = refs
    while fresh and len(refs) <= MOST:
        payments = [one.id for one in fresh if one.kind == "invoicing.payment"]
        found = await ctx.find(
            Allocation,
            _a.undone_on.is_(None),
            sa.or_(_a.settles.in_(fresh), _a.payment_id.in_(payments)),
        )
        near = {RecordRef(one.settles) for one in found}
        near |= {RecordRef.to("invoicing.payment", one.payment_id) for one in found}
        near |= await _credits(ctx, fresh)
        fresh = near - refs
        refs = refs | fresh
    return refs


async def _credits(ctx: Context, refs: Iterable[RecordRef]) -> set[RecordRef]:
    """The credit notes that settle invoices, and the invoices that credit notes settle."""
    c = CreditAllocation.c
    invoices = [one.id for one in refs if one.kind == _INVOICE]
    notes = [one.id for one in refs if one.kind == _CREDIT]
    either = sa.or_(c.invoice_id.in_(invoices), c.credit_note_id.in_(notes))
    found = await ctx.find(CreditAllocation, either)
    near = {RecordRef.to(_CREDIT, one.credit_note_id) for one in found}
    return near | {RecordRef.to(_INVOICE, one.invoice_id) for one in found}


def _entries(ctx: Context, refs: Iterable[RecordRef]) -> sa.Select[Any]:
    return sa.select(_e.id).where(
        ctx.within(JournalEntry), _e.source.in_(list(refs)), _e.status != "draft"
    )


async def _open_lines(ctx: Context, refs: set[RecordRef]) -> dict[UUID, list[EntryLine]]:
    """The lines that are not lettered yet, on accounts of customers and suppliers, by account.

    Of a line that an opening entry goes on with, the later one counts.
    """
    parties = sa.select(LedgerAccount.c.id).where(
        ctx.within(LedgerAccount), LedgerAccount.c.role.in_(_PARTIES)
    )
    wanted = _l.entry_id.in_(_entries(ctx, refs))
    lines = await ctx.find(EntryLine, wanted, _l.account_id.in_(parties), _l.letter.is_(None))
    carried = lines
    while carried:
        carried = await ctx.find(EntryLine, _l.carries_id.in_([one.id for one in carried]))
        later = {one.carries_id for one in carried}
        lines = [one for one in lines if one.id not in later]
        lines += [one for one in carried if one.letter is None]
    found: dict[UUID, list[EntryLine]] = {}
    for one in lines:
        found.setdefault(one.account_id, []).append(one)
    return found
