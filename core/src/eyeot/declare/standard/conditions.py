"""Conditions: the typed filters of a record, as flat arguments."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel
from pydantic import Field as Limits

from eyeot.declare.anyref import RecordRef
from eyeot.declare.field import Field
from eyeot.declare.model import Ref
from eyeot.declare.money import Exact, Whole
from eyeot.declare.query import Condition, Operator
from eyeot.declare.record import Meta, records, shown
from eyeot.declare.resource import Resource

_ORDERED: dict[str, Any] = {
    "integer": Whole,
    "decimal": Exact,
    "money": Exact,
    "date": date,
    "datetime": datetime,
}
_SUFFIX: dict[Operator, str] = {
    "is": "",
    "in": "_in",
    "from": "_from",
    "to": "_to",
    "contains": "_contains",
    "has": "_has",
    "is_set": "_is_set",
    "tagged": "",
    "past": "",
}
SUFFIXES = tuple(sorted({one for one in _SUFFIX.values() if one}))
"""What stands after a field's name in the arguments that are conditions on it, and nothing else."""
_MOST = 100
TAG = "tag"
SORTABLE = frozenset({"text", "enum", "integer", "decimal", "money", "date", "datetime"})


def _single(one: Field) -> Any:
    if one.target:
        return Annotated[UUID, Ref(one.target, one.also)]
    if one.kind == "enum":
        return Literal[one.choices]
    if one.kind == "record":
        return RecordRef
    # A SIREN is asked for as it is kept, however it is written.
    return one.type if one.kind == "text" else bool


def operators(one: Field) -> dict[Operator, Any]:
    """The conditions a field can be put under, and the type of each."""
    if not one.filter or one.kind == "json" or one.name in ("id", "version", "archived_at"):
        return {}
    found: dict[Operator, Any] = {}
    if one.kind in _ORDERED:
        found["from"] = found["to"] = _ORDERED[one.kind]
    if one.kind in ("text", "enum", "ref", "boolean", "record"):
        found["is"] = _single(one)
    if one.kind in ("text", "enum", "ref", "record"):
        single = _single(one)
        found["in"] = Annotated[list[single], Limits(max_length=_MOST)]  # type: ignore[valid-type]
    if one.kind == "text":
        found["contains"] = Annotated[str, Limits(min_length=1, max_length=200)]
    if one.kind in ("tags", "records"):
        found["has"] = str if one.kind == "tags" else RecordRef
    if one.nullable:
        found["is_set"] = bool
    return found


def arguments(meta: Meta) -> dict[str, tuple[Any, Any]]:
    """The filter arguments of a list, for `create_model`."""
    made: dict[str, tuple[Any, Any]] = {}
    for one in shown(meta):
        for operator, kind in operators(one).items():
            name = f"{one.name}{_SUFFIX[operator]}"
            if name in made or (operator != "is" and name in meta.fields):
                raise ValueError(
                    f"{meta.name}: the filter {name!r} clashes with a field; rename the field"
                )
            told = one.doc if operator in ("is", "has") else None
            made[name] = (kind | None, Limits(default=None, description=told))
    return made


def is_tagged(resource: Resource) -> bool:
    """Whether its records may carry tags: they can be found in a list, and changed."""
    return resource.verbs >= {"list", "update"} and TAG not in resource.record.meta.fields


def filters(resource: Resource) -> dict[str, tuple[Any, Any]]:
    """What may be asked of a resource's records: their fields, and their tag."""
    made = arguments(resource.record.meta)
    if is_tagged(resource) and "core.tag" in records:
        told = Limits(default=None, description="Only those with this tag: its id or name.")
        made[TAG] = (Annotated[UUID, Ref("core.tag")] | None, told)
    return made


def asked(resource: Resource, data: BaseModel, now: datetime) -> list[Condition]:
    """The conditions that a call gave, and that what sleeps until later is left out unless asked for."""
    found = conditions(resource.record.meta, data)
    if is_tagged(resource) and (tag := getattr(data, TAG, None)) is not None:
        found.append(Condition(TAG, "tagged", tag))
    sleeping = resource.sleeping
    if sleeping and all(one.field != sleeping for one in found):
        found.append(Condition(sleeping, "past", now))
    return found


def named(fields: Iterable[str]) -> frozenset[str]:
    """Every argument of a standard verb by which one of these fields could be written or asked for."""
    return frozenset(f"{one}{suffix}" for one in fields for suffix in _SUFFIX.values())


def conditions(meta: Meta, data: BaseModel) -> list[Condition]:
    """The conditions that a call gave."""
    given = data.model_fields_set
    found: list[Condition] = []
    for one in shown(meta):
        for operator in operators(one):
            name = f"{one.name}{_SUFFIX[operator]}"
            if name in given and (value := getattr(data, name)) is not None:
                found.append(Condition(one.name, operator, value))
    return found


def sortable(meta: Meta) -> list[str]:
    """The fields a list can be ordered by."""
    return [one.name for one in shown(meta) if one.kind in SORTABLE]
