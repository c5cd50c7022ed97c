"""Reaching: what a record names must be within what its writer may read."""

import contextlib
from collections.abc import Container, Iterable
from typing import TYPE_CHECKING, Any

from eyeot.declare.access import Reach
from eyeot.declare.anyref import RecordRef
from eyeot.declare.problem import NotFound, OutOfReach
from eyeot.declare.reach import Attached
from eyeot.declare.record import Record, records
from eyeot.runtime.scope import not_found
from eyeot.storage.view import view

if TYPE_CHECKING:
    from eyeot.runtime.records import Records


async def opened(unit: "Records", ref: RecordRef, *, lock: bool, write: bool) -> Record:
    """The record of any kind that the caller may `get` (and `update`, to `write`), or `NotFound`."""
    record = records.get(ref.kind)
    if record is None:
        raise NotFound(kind=ref.kind, id=ref.typeid)
    if not await _within(unit, record, ref, "get"):
        raise not_found(record, ref.id)
    if write and not await _within(unit, record, ref, "update"):
        raise OutOfReach(
            reason=f"You may read this {ref.kind} but not change it.",
            remedy="Ask who looks after it, or an administrator.",
        )
    return await unit.get(record, ref.id, lock=lock, beyond=True)


async def _within(unit: "Records", record: type[Record], ref: RecordRef, verb: str) -> bool:
    level = unit.sight(record, verb)
    if level == Reach.ORGANISATION:
        return True
    statement = view(record, unit.permissions).among(level)
    values = statement.arguments(unit.bind({"ids": [ref.id]}))
    # Not through `fetch`, which writes what is pending first: that may be what asks.
    return bool(await unit.connection.fetch(statement.tx, *values))


async def check(unit: "Records", record: Record, names: Container[str]) -> None:
    """Refuse a reference beyond the caller's reach; foreign keys already bind it to the organisation.

    No key binds a reference to any kind, so that is always looked up.
    """
    for name in record.meta.references:
        one, value = record.meta.fields[name], record.__dict__[name]
        if value is None or name not in names:
            continue
        if one.target:
            if unit.level(records[one.target]) != Reach.ORGANISATION:
                await unit.get(records[one.target], value)
        else:
            await _named(unit, [value] if one.kind == "record" else value, record.stored(name))


async def _named(unit: "Records", refs: Iterable[str], before: Any) -> None:
    """Look up the references that were not there before."""
    for ref in refs:
        if not before or ref not in before:
            await unit.open(RecordRef(ref))


async def may_change(unit: "Records", record: Record) -> None:
    """Refuse a change of what hangs on records that the caller may only read, unless it is their own."""
    rule = record.meta.reach
    if not isinstance(rule, Attached) or record.is_new or not unit.module:
        return
    if unit.changes.began(record):
        # Who brings something in places it too, also who is nobody: the command line, a schedule.
        return
    own = ((rule.owner, unit.user_id), (rule.key, unit.credential_id))
    if any(name and who and record.stored(name) == who for name, who in own):
        return
    named = record.stored(rule.by)
    for ref in [named] if isinstance(named, str) else named:
        with contextlib.suppress(NotFound, OutOfReach):
            await unit.open(RecordRef(ref), write=True)
            return
    raise OutOfReach(
        reason=f"You may read this {record.meta.name}, but change nothing that it is attached to.",
        remedy="Ask who brought it in, or who looks after what it is attached to.",
    )
