"""Taking back: the opposite of an entry that the product wrote, when what it was for is undone."""

from datetime import date
from uuid import UUID

from eyeot import Context, Money, RecordRef
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.booking import Booking, Leg, book
from eyeot_invoicing.ledger.entries import EntryLine, JournalEntry, lifecycle, lines_of
from eyeot_invoicing.ledger.journals import Journal
from eyeot_invoicing.ledger.lettering import closed_months, free


async def take_back(
    ctx: Context, entry_id: UUID, on: date, cause: RecordRef
) -> JournalEntry | None:
    """Book the opposite of an entry, line by line, and link both; nothing when that was done before."""
    entry = await ctx.get(JournalEntry, entry_id, lock=True)
    if entry.status != "validated":
        return None
    legs = [
        Leg(
            await ctx.get(LedgerAccount, line.account_id),
            line.credit - line.debit,
            line.party_id,
            line.label,
            line.due_date,
            _opposite(line.amount_currency),
        )
        for line in await lines_of(ctx, entry)
    ]
    opposite = await book(
        ctx,
        Booking(
            journal=await ctx.get(Journal, entry.journal_id),
            on=on,
            label=f"Annulation {entry.label}",
            legs=legs,
            piece_ref=entry.piece_ref,
            source=cause,
            reverses_id=entry.id,
        ),
    )
    entry.reversed_by_id = opposite.id
    lifecycle.take(entry, "reverse")
    return opposite


def _opposite(amount: Money | None) -> Money | None:
    return amount and Money(amount=-amount.amount, currency=amount.currency)


async def unletter(ctx: Context, entry_id: UUID) -> None:
    """Take the letters off that an entry's lines share with others: they are even no more."""
    c = EntryLine.c
    lines = await ctx.find(EntryLine, c.entry_id == entry_id, c.letter.is_not(None))
    for account, letter in {(one.account_id, one.letter) for one in lines}:
        group = await ctx.find(EntryLine, c.account_id == account, c.letter == letter)
        # What a closed year had lettered stays so: its opening entry has taken nothing of it over.
        if not await closed_months(ctx, group, ("closed",)):
            free(group)
