"""Exporting: the records of a question as a file, page by page, as the caller sees them."""

import tempfile
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from eyeot.declare.field import Field
from eyeot.declare.problem import Conflict
from eyeot.declare.query import Exported, Form, Query
from eyeot.declare.record import Record
from eyeot.runtime.sheets import Sheet, sheet
from eyeot.storage.listing import Listing
from eyeot.storage.view import View, sensitive, view

if TYPE_CHECKING:
    from eyeot.runtime.unit import Unit

PAGE = 500
MOST_ROWS = 5_000
"""In a call that somebody waits for."""
MOST_IN_BACKGROUND = 1_000_000
"""A worksheet has 1,048,576."""
_IN_MEMORY = 4 * 1024 * 1024


async def exported(unit: "Unit", record: type[Record], query: Query, form: Form) -> Exported | None:
    """A file of the records that meet the conditions; memory stays flat, whatever their number.

    None when they are more than one call may take.
    """
    seen = view(record, unit.permissions)
    listing = Listing(seen, query, unit.level(record))
    chosen = [one for one in seen.fields if not query.fields or one.name in query.fields]
    heads = [head for one in chosen for head in _heads(one)]
    told = {"locale": unit.locale, "zone": unit.caller.timezone, "day": unit.today}
    file = cast(BinaryIO, tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - closed with the transaction
    unit.keeping.closing.append(file)
    written = sheet(file, form, heads, told)
    rows = await _pages(unit, listing, written, chosen)
    written.close()
    if rows is None:
        return None
    return Exported(file, rows, needs(unit, record, seen))


def needs(unit: "Unit", record: type[Record], seen: View) -> list[str]:
    """The permissions by which the caller saw what is in the file: whoever opens it must hold them too."""
    hidden = {needed for name, needed in sensitive(record) if name in seen.names}
    return sorted({unit.catalogue.actions[f"{record.meta.name}.list"].needs, *hidden})


async def _pages(unit: "Unit", listing: Listing, written: Sheet, chosen: list[Field]) -> int | None:
    """Write every page; how many rows, or None when they are too many for a call."""
    query, rows, total = listing.query, 0, None
    query.limit = PAGE
    while True:
        found = await unit.select(listing.page(), unit.bind(listing.arguments()))
        if found and total is None:
            total = found[0]["total__"]
            if total > MOST_ROWS and not unit.in_background:
                return None
        for row in unit.told(listing.view, found[:PAGE]):
            written.row(_cells(listing.view, row, chosen), listing.view.answer(row, query.fields))
        rows += len(found[:PAGE])
        unit.progress(rows, total if total is not None and rows <= total else None)
        if len(found) <= PAGE:
            return rows
        if rows >= MOST_IN_BACKGROUND:
            raise Conflict(
                reason=f"These are more than {MOST_IN_BACKGROUND:,} rows, which one file does not hold.",
                remedy="Narrow them, by owner or period, and export them in parts.",
            )
        query.cursor = listing.cursor(found[PAGE - 1])
        listing = Listing(listing.view, query, listing.level)


def _heads(one: Field) -> tuple[str, ...]:
    return one.columns if one.kind == "money" else (one.name,)


def _cells(seen: View, row: Any, chosen: list[Field]) -> list[Any]:
    cells: list[Any] = []
    for one in chosen:
        value = row[one.columns[0]]
        if one.kind == "money":
            cells += [value, row[one.columns[1]]]
        elif value is None or one.kind in ("datetime", "date", "decimal"):
            cells.append(value)
        elif one.marked:
            cells.append(seen.marked(one, value, row["tags"]))
        else:
            encode = seen.encoders[one.name]
            cells.append(value if encode is None else encode(value))
    return cells
