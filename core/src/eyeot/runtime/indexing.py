"""Indexing: the search entries that a unit of work leaves behind."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from eyeot.declare.record import Record, extended_by
from eyeot.runtime.unit import Unit
from eyeot.storage import rows, search

Entries = list[dict[str, Any]]


async def index(units: Sequence[Unit]) -> tuple[Entries, list[tuple[str, UUID]]]:
    """The search entries to write, and the records to forget, by kind and id; the last unit knows best."""
    gone: dict[tuple[str, UUID], None] = {}
    last: dict[tuple[type[Record], UUID], Unit] = {}
    for unit in units:
        unit.rest()
        for key in await _written(unit, gone):
            last[key] = unit
    entries = [
        told
        for (record, id), unit in last.items()
        if record.meta.search
        # An earlier unit may have written what a later one deleted with all that it shows.
        and (record.meta.name, id) not in gone
        and (told := await _entry(unit, record, id))
    ]
    return entries, list(gone)


async def _written(
    unit: Unit, gone: dict[tuple[str, UUID], None]
) -> dict[tuple[type[Record], UUID], None]:
    """The records whose entry may read differently now; those that were deleted are noted in `gone`."""
    written: dict[tuple[type[Record], UUID], None] = {}
    showing: dict[type[Record], dict[UUID, list[UUID]]] = {}
    for change in unit.changes:
        if change.operation == "deleted":
            gone[change.record.meta.name, change.id] = None
            continue
        written[change.record, change.id] = None
        for child in extended_by.get(change.record.meta.name, ()):
            held = (
                showing[child]
                if child in showing
                else showing.setdefault(child, _held(unit, child))
            )
            found = held.get(change.id)
            if found is None and change.operation != "created":
                found = await _stored(unit, child, change.id)
            for id in found or ():
                written[child, id] = None
    return written


def _link(child: type[Record]) -> str:
    assert child.meta.inline
    return child.meta.inline.field


def _held(unit: Unit, child: type[Record]) -> dict[UUID, list[UUID]]:
    """The records in hand that show another's fields inline, by that other."""
    found: dict[UUID, list[UUID]] = {}
    for row in unit.held(child):
        found.setdefault(getattr(row, _link(child)), []).append(row.id)
    return found


async def _stored(unit: Unit, child: type[Record], id: UUID) -> list[UUID]:
    """The records that show this one's fields inline."""
    statement = rows.pointing(child, _link(child))
    return [one["id"] for one in await unit.select(statement, {"id": id})]


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
