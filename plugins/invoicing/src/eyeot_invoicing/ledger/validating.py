"""Validating: drafts become entries that stand, in the order of their dates."""

from typing import Annotated

from pydantic import Field

from eyeot import Context, Event, Input, Output, action
from eyeot_invoicing.ids import EntryId
from eyeot_invoicing.ledger.booking import validate
from eyeot_invoicing.ledger.entries import JournalEntry

_MOST = 200


class EntryValidated(Event, name="invoicing.journal_entry.validated"):
    """An entry was numbered and stands."""

    entry_id: EntryId
    number: str


class Chosen(Input):
    """Drafts."""

    entry_ids: Annotated[list[EntryId], Field(min_length=1, max_length=_MOST)]


class Numbered(Output):
    """An entry and the number that it was given."""

    id: EntryId
    number: str


class Validated(Output):
    """The entries that stand now, in the order of their numbers."""

    entries: list[Numbered]


@action(
    "invoicing.journal_entry.validate",
    risk="x",
    en=(
        "Validate journal entries; make entries definitive; post journal entries; lock accounting "
        "entries; close the draft entries"
    ),
    fr=(
        "Valider des écritures; rendre des écritures définitives; comptabiliser des écritures; figer "
        "les écritures en brouillard"
    ),
    example={"entry_ids": ["$invoicing.journal_entry?status=draft"]},
    events=("invoicing.journal_entry.validated",),
    record=JournalEntry,
    next=("invoicing.journal_entry.get", "invoicing.journal_entry.reverse"),
)
async def validate_entries(ctx: Context, data: Chosen) -> Validated:
    """Number balanced drafts by date, chain their seals and freeze them; one that is refused stops all.

    Source: PCG, art. 1031-2 and 1031-3; LPF, art. A47 A-1.
    """
    found = [await ctx.get(JournalEntry, one, lock=True) for one in dict.fromkeys(data.entry_ids)]
    told = []
    for entry in sorted(found, key=lambda one: (one.date, one.id)):
        await validate(ctx, entry)
        assert entry.number
        ctx.emit(EntryValidated(entry_id=entry.id, number=entry.number))
        told.append(Numbered(id=entry.id, number=entry.number))
    return Validated(entries=told)
