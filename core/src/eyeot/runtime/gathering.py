"""Gathering: what all modules hold of a person, for who handles their request."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from eyeot.declare import ids, privacy
from eyeot.declare.access import Reach
from eyeot.declare.anyref import RecordRef
from eyeot.declare.context import Context
from eyeot.declare.privacy import Gathered, Privacy, personal
from eyeot.declare.record import Record, records
from eyeot.runtime.catalogue import Catalogue
from eyeot.storage.view import sensitive, view

if TYPE_CHECKING:
    from eyeot.runtime.unit import Unit

_MOST = 1_000


def handlers(catalogue: Catalogue) -> dict[type[Record], Privacy]:
    """How each kind of record with personal data is gathered, in the modules in use here."""
    return {one.record: one for plugin in catalogue.plugins for one in plugin.privacy()}


async def gathered(unit: "Unit", subject: RecordRef) -> list[Gathered]:
    """Every row about the person that a record is."""
    known = handlers(unit.catalogue)
    rows = await privacy.gather(cast("Context", unit), known.values(), subject.kind, subject.id)
    return [_told(unit.catalogue, known[type(row)], row) for row in rows]


def _told(catalogue: Catalogue, handler: Privacy, row: Record) -> Gathered:
    meta, guarded = row.meta, sensitive(type(row))
    seen = view(type(row), {needed: Reach.ORGANISATION for _, needed in guarded})
    values = seen.of(row.values())
    resource = catalogue.resources.get(meta.name)
    label = [text.split(";")[min(1, text.count(";"))].strip() for text in _names(resource)]
    module = meta.reading
    return Gathered(
        row=row,
        id=ids.encode(meta.prefix, row.id),
        values=values,
        personal=tuple(one.name for one in personal(type(row)) if one.name in values),
        plan=handler.preview(handler, row),
        needs=(module, *(needed for name, needed in guarded if name in values)),
        label=(label[0] or meta.name, label[1] or meta.name),
    )


def _names(resource: Any) -> tuple[str, str]:
    return (resource.en, resource.fr) if resource else ("", "")


async def restricted(unit: "Unit", rows: Iterable[Gathered]) -> list[Record]:
    """Put rows away where they can be; those that were."""
    known, done = handlers(unit.catalogue), list[Record]()
    for one in rows:
        handler, was = known[type(one.row)], one.row.values()
        await handler.restrict(handler, cast("Context", unit), one.row)
        if one.row.values() != was:
            done.append(one.row)
    return done


async def attached(unit: "Unit", rows: Sequence[Record]) -> list[Record]:
    """The documents that hang on these rows, oldest first."""
    document = records["core.document"]
    places = [RecordRef.to(one.meta.name, one.id) for one in rows]
    if not places:
        return []
    named: sa.ColumnElement[bool] = document.c.records.overlap(places)
    return await unit.find(document, named, order=document.c.id, limit=_MOST)
