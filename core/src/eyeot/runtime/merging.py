"""Merging: two records become one, and whatever named the one that goes names the one that stays.

What names a record is read from the declarations of every installed module, so a new module's tables follow
without a line of their own.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from eyeot.declare import ids
from eyeot.declare.anyref import RecordRef
from eyeot.declare.field import Field
from eyeot.declare.problem import Conflict
from eyeot.declare.record import SYSTEM, Record, records

if TYPE_CHECKING:
    from eyeot.runtime.records import Records

Choice = Literal["keep", "drop"]
_EMPTY: tuple[Any, ...] = (None, [], {}, "")
_NOTE = "INSERT INTO core_merged (org_id, kind, id, kept_id, at) VALUES ($1, $2, $3, $4, $5)"
_FOLLOW = "UPDATE core_merged SET kept_id = $4 WHERE org_id = $1 AND kind = $2 AND kept_id = $3"


async def merged(
    unit: "Records", keep: Record, drop: Record, choices: Mapping[str, Choice]
) -> dict[str, int]:
    """Merge `drop` into `keep`; how many records of each kind were moved."""
    moved: dict[str, int] = {}
    wanted = _chosen(keep, drop, choices)
    for record in list(records.values()):
        if _is_log(unit, record):
            continue
        for one in record.meta.fields.values():
            await _moved(unit, record, one, (keep, drop), moved)
    await unit.flush()
    await unit.delete(drop)
    kind = keep.meta.name
    await unit.connection.execute(_FOLLOW, unit.org_id, kind, drop.id, keep.id)
    await unit.connection.execute(_NOTE, unit.org_id, kind, drop.id, keep.id, unit.now)
    # Only now: what is unique was the other's until it was gone.
    for name, value in wanted.items():
        setattr(keep, name, value)
    await unit.save(keep)
    return moved


def _is_log(unit: "Records", record: type[Record]) -> bool:
    """Whether its rows tell what was, and are left as they are."""
    resource = unit.catalogue.resources.get(record.meta.name)
    return "version" not in record.meta.fields or bool(resource and resource.profile == "log")


def _chosen(keep: Record, drop: Record, choices: Mapping[str, Choice]) -> dict[str, Any]:
    """What the record that stays takes over: what it lacks, lists together, and what was chosen."""
    wanted: dict[str, Any] = {}
    for name, one in keep.meta.fields.items():
        if name in SYSTEM or name == keep.meta.state or one.target == keep.meta.name:
            continue
        mine, theirs = getattr(keep, name), getattr(drop, name)
        if name in choices:
            value = theirs if choices[name] == "drop" else mine
        elif isinstance(mine, list) and isinstance(theirs, list):
            value = [*mine, *(part for part in theirs if part not in mine)]
        else:
            value = theirs if mine in _EMPTY else mine
        if value != mine:
            wanted[name] = value
    return wanted


async def _moved(
    unit: "Records",
    record: type[Record],
    one: Field,
    pair: tuple[Record, Record],
    moved: dict[str, int],
) -> None:
    keep, drop = pair
    condition = _naming(record, one, drop)
    if condition is None:
        return
    for row in await unit.find(record, condition):
        if row is drop or (record is type(drop) and row.id == drop.id):
            continue
        value = _exchanged(one, getattr(row, one.name), keep, drop)
        # What would name itself, such as a parent of its own, names nothing.
        if record is type(keep) and row.id == keep.id and one.target:
            value = None
        twin = await _twin(unit, row, one.name, value)
        if twin is not None:
            await merged(unit, twin, row, {})
        else:
            setattr(row, one.name, value)
            await unit.save(row)
        moved[record.meta.name] = moved.get(record.meta.name, 0) + 1


def _naming(record: type[Record], one: Field, drop: Record) -> sa.ColumnElement[bool] | None:
    """The rows that name a record with a field; none when the field names no such thing."""
    kind, column = drop.meta.name, record.c[one.columns[0]]
    named = RecordRef.to(kind, drop.id)
    if one.kind == "ref" and (one.target == kind or kind in one.also):
        return column == drop.id  # type: ignore[no-any-return]
    if one.kind == "record":
        return column == named  # type: ignore[no-any-return]
    if one.kind == "records":
        return column.contains([named])  # type: ignore[no-any-return]
    if one.kind == "json":
        text = sa.cast(column, sa.Text)
        return sa.or_(text.contains(_told(drop)), text.contains(str(drop.id)))
    return None


def _told(record: Record) -> str:
    return ids.encode(record.meta.prefix, record.id)


def _exchanged(one: Field, value: Any, keep: Record, drop: Record) -> Any:
    if one.kind == "ref":
        return keep.id
    named, instead = (RecordRef.to(keep.meta.name, which.id) for which in (drop, keep))
    if one.kind == "record":
        return instead
    if one.kind == "records":
        return list(dict.fromkeys(instead if part == named else part for part in value))
    return _replaced(value, {_told(drop): _told(keep), str(drop.id): str(keep.id)})


def _replaced(value: Any, names: Mapping[str, str]) -> Any:
    """JSON with some texts exchanged wherever they stand."""
    if isinstance(value, dict):
        return {key: _replaced(part, names) for key, part in value.items()}
    if isinstance(value, list):
        return [_replaced(part, names) for part in value]
    if isinstance(value, str):
        for old, new in names.items():
            value = value.replace(old, new)
    return value


async def _twin(unit: "Records", row: Record, name: str, value: Any) -> Record | None:
    """The record that already is what this one would become."""
    trial = type(row).load(dict(row.values()))
    setattr(trial, name, value)
    trial.complete()
    for unique in row.meta.unique:
        values = {one: getattr(trial, one) for one in unique}
        if any(part is None for part in values.values()):
            continue
        same = [row.c[one] == part for one, part in values.items()]
        found = await unit.first(type(row), *same, row.c.id != row.id)
        if found is not None:
            return found
    return None


def refuse_same(keep: Record, drop: Record) -> None:
    """Refuse to merge a record with itself."""
    if keep.id == drop.id:
        raise Conflict(
            reason="That is one record already.",
            remedy="Give the ids of two different ones.",
            field="drop_id",
        )
