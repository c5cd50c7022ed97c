"""Booking: how the product writes entries by itself, and what validating one means."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from eyeot import Conflict, Context, Money, RecordRef
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.chaining import seal
from eyeot_invoicing.ledger.entries import (
    ZERO,
    EntryLine,
    JournalEntry,
    lifecycle,
    lines_of,
)
from eyeot_invoicing.ledger.journals import Journal, JournalKind, journal_of
from eyeot_invoicing.ledger.periods import check_open, sequence_code


@dataclass(frozen=True, slots=True)
class Leg:
    """One line to book: a positive amount is a debit, a negative one a credit."""

    account: LedgerAccount
    amount: Decimal
    party_id: UUID | None = None
    label: str | None = None
    due_date: date | None = None
    foreign: Money | None = None
    carries_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """What is to be booked."""

    journal: JournalKind | Journal
    on: date
    label: str
    legs: Sequence[Leg] = field(default_factory=tuple)
    piece_ref: str | None = None
    piece_date: date | None = None
    source: RecordRef | None = None
    is_opening: bool = False
    reverses_id: UUID | None = None
    closing: bool = False
    """Whether it is a part of closing a period, which a soft close lets through."""


async def book(ctx: Context, booking: Booking) -> JournalEntry:
    """Write an entry that stands at once; legs of 0 are left out."""
    legs = [one for one in booking.legs if one.amount]
    known = booking.journal
    journal = known if isinstance(known, Journal) else await journal_of(ctx, known)
    entry = JournalEntry(
        journal_id=journal.id,
        date=booking.on,
        label=booking.label[:200],
        piece_ref=booking.piece_ref,
        piece_date=booking.piece_date or booking.on,
        source=booking.source,
        is_opening=booking.is_opening,
        reverses_id=booking.reverses_id,
    )
    entry.total = sum((one.amount for one in legs if one.amount > 0), ZERO)
    await ctx.add(entry)
    lines = [
        await ctx.add(
            EntryLine(
                entry_id=entry.id,
                position=at,
                account_id=leg.account.id,
                party_id=leg.party_id,
                label=leg.label,
                debit=max(leg.amount, ZERO),
                credit=max(-leg.amount, ZERO),
                amount_currency=leg.foreign,
                carries_id=leg.carries_id,
                due_date=leg.due_date,
                date=booking.on,
            )
        )
        for at, leg in enumerate(legs, start=1)
    ]
    await validate(ctx, entry, lines, closing=booking.closing or booking.is_opening)
    return entry


async def validate(
    ctx: Context, entry: JournalEntry, lines: Sequence[EntryLine] = (), *, closing: bool = False
) -> None:
    """Number an entry in the order of validation, seal it and let it stand; one that balances only.

    Source: LPF, art. A47 A-1 (continuous numbers in the order of validation); PCG, art. 1031-2.
    """
    lines = lines or await lines_of(ctx, entry)
    refuse_unbalanced(entry, lines)
    month = await check_open(ctx, entry.date, closing=closing)
    lifecycle.check(entry, "validate")
    entry.validated_at, entry.year = entry.validated_at or ctx.now, month.year
    entry.number = await ctx.number(
        sequence_code(month.year), on=ctx.today, record=RecordRef.to(entry.meta.name, entry.id)
    )
    await seal(ctx, entry, lines)
    # Last: what stands is not written once more.
    lifecycle.take(entry, "validate")


def refuse_unbalanced(entry: JournalEntry, lines: Sequence[EntryLine]) -> None:
    """Refuse an entry of nothing, or one whose debits are not its credits, to the cent."""
    debit = sum((one.debit for one in lines), ZERO)
    credit = sum((one.credit for one in lines), ZERO)
    if not lines or debit != credit:
        raise Conflict(
            reason=f"The entry '{entry.label}' does not balance: debit {debit:f}, credit {credit:f}.",
            remedy="Mend its lines with invoicing.journal_entry.update, or add the missing one.",
        )
