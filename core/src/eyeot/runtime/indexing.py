"""Indexing: the search entries that a unit of work leaves behind."""

from typing import Any
from uuid import UUID

from eyeot.declare.record import Record, extended_by
from eyeot.runtime.unit import Unit
from eyeot.storage import rows, search

Entries = list[dict[str, Any]]


async def index(unit: Unit) -> tuple[Entries, list[tuple[str, UUID]]]:
    """The search entries to write, and the records to forget, by kind and id."""
    written: dict[tuple[type[Record], UUID], None] = {}
    gone: list[tuple[str, UUID]] = []
    for change in unit.changes:
        if change.operation == "deleted":
            gone.append((change.record.meta.name, change.id))
            continue
        written[change.record, change.id] = None
        for child in extended_by.get(change.record.meta.name, ()):
            created = change.operation == "created"
            for id in await _showing(unit, child, change.id, created=created):
                written[child, id] = None
    entries = [await _entry(unit, record, id) for record, id in written if record.meta.search]
    return [one for one in entries if one], gone


async def _showing(unit: Unit, child: type[Record], id: UUID, *, created: bool) -> list[UUID]:
    """The records that show this one's fields inline."""
    assert child.meta.inline
    link = child.meta.inline.field
    known = [row.id for row in unit.held(child) if getattr(row, link) == id]
    if known or created:
        return known
    return [one["id"] for one in await unit.fetch(rows.pointing(child, link), {"id": id})]


async def _entry(unit: Unit, record: type[Record], id: UUID) -> dict[str, Any] | None:
    # The index is the organisation's, whatever the reach of who changed it.
    row = await unit.get(record, id, beyond=True)
    values, fields = row.values(), dict(record.meta.fields)
    if record.meta.inline:
        link = getattr(row, record.meta.inline.field)
        other = await unit.get(record.meta.inline.record, link, beyond=True)
        values = {**other.values(), **values}
        fields = {**other.meta.fields, **fields}
    return search.entry(record, values, fields)
