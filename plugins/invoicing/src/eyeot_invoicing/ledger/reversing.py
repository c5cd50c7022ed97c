"""Reversing: takes back an entry that stands, by its opposite."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, Money, action
from eyeot_invoicing.ids import EntryId
from eyeot_invoicing.ledger.booking import validate
from eyeot_invoicing.ledger.entries import EntryLine, JournalEntry, lifecycle, lines_of


class EntryReversed(Event, name="invoicing.journal_entry.reversed"):
    """An entry was taken back by another."""

    entry_id: EntryId
    reversed_by_id: EntryId


class Reverse(Input):
    """An entry that stands, when it is taken back, and why."""

    id: EntryId
    date: Annotated[dt.date | None, Field(description="Today when left out.")] = None
    reason: Annotated[str, Field(min_length=1, max_length=150)]


@action(
    "invoicing.journal_entry.reverse",
    risk="x",
    en=(
        "Reverse a journal entry; take back an accounting entry; cancel a validated entry; write "
        "the opposite entry; correct a validated entry"
    ),
    fr=(
        "Contrepasser une écriture; extourner une écriture; annuler une écriture validée; passer "
        "l'écriture inverse; corriger une écriture validée"
    ),
    example={
        "id": "$invoicing.journal_entry?status=validated&piece_ref=LOYER-DOUBLE",
        "reason": "Saisie deux fois",
    },
    events=("invoicing.journal_entry.reversed",),
    record=JournalEntry,
    next=("invoicing.journal_entry.get",),
)
async def reverse(ctx: Context, data: Reverse) -> JournalEntry:
    """Write and validate the opposite of an entry, linked to it; what a piece made is taken back there."""
    entry = await ctx.get(JournalEntry, data.id, lock=True)
    lifecycle.check(entry, "reverse")
    _refuse_sourced(entry)
    lines = await lines_of(ctx, entry)
    if lettered := [one.letter for one in lines if one.letter]:
        raise Conflict(
            reason=f"A line of it is lettered {lettered[0]}.",
            remedy="Take the letter off with invoicing.ledger_account.unletter first.",
        )
    label = f"Contrepassation {entry.number} : {data.reason}"
    made = await reversal(ctx, entry, lines, data.date or ctx.today, label)
    await validate(ctx, made)
    entry.reversed_by_id = made.id
    lifecycle.take(entry, "reverse")
    ctx.emit(EntryReversed(entry_id=entry.id, reversed_by_id=made.id))
    return made


def _refuse_sourced(entry: JournalEntry) -> None:
    if entry.source is None and not entry.is_opening:
        return
    raise Conflict(
        reason=f"The entry {entry.number} was made by the product from another record.",
        remedy="Take that back instead: a credit note for an invoice, payment.bounce for a payment.",
    )


async def reversal(
    ctx: Context, entry: JournalEntry, lines: Sequence[EntryLine], on: dt.date, label: str
) -> JournalEntry:
    """The opposite of an entry, as a draft of that day."""
    made = await ctx.add(
        JournalEntry(
            journal_id=entry.journal_id,
            date=on,
            label=label[:200],
            piece_ref=entry.piece_ref,
            piece_date=entry.piece_date,
            reverses_id=entry.id,
            total=entry.total,
        )
    )
    for one in lines:
        foreign = one.amount_currency
        await ctx.add(
            EntryLine(
                entry_id=made.id,
                position=one.position,
                account_id=one.account_id,
                party_id=one.party_id,
                label=one.label,
                debit=one.credit,
                credit=one.debit,
                amount_currency=foreign
                and Money(amount=-foreign.amount, currency=foreign.currency),
                date=on,
            )
        )
    return made
