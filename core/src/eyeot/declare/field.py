"""Fields: what is said once about a column, and read everywhere from there."""

import types
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel

from eyeot.declare.anyref import RecordRef
from eyeot.declare.money import Money

Writable = Literal["write", "create", "read", "secret"]
"""write: create and update · create: once · read: computed, never input · secret: never answered."""

Kind = Literal[
    "text",
    "integer",
    "decimal",
    "boolean",
    "date",
    "datetime",
    "uuid",
    "ref",
    "money",
    "enum",
    "tags",
    "json",
    "record",
    "records",
]

_UNSET: Any = object()
LONGEST_TEXT = 10_000
"""Of a text whose field does not say."""


@dataclass(frozen=True, slots=True)
class Ref:
    """Annotation of an identifier: `Annotated[UUID, Ref("crm.customer")]`."""

    target: str
    also: tuple[str, ...] = ()
    """Other kinds whose ids are taken too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a record."""

    name: str
    doc: str
    kind: Kind
    type: Any
    """The annotation without `| None`, as pydantic validates it."""
    nullable: bool
    default: Any = _UNSET
    access: Writable = "write"
    max_length: int | None = None
    ge: Decimal | int | None = None
    le: Decimal | int | None = None
    choices: tuple[str, ...] = ()
    target: str | None = None
    also: tuple[str, ...] = ()
    marked: tuple[tuple[str, str], ...] = ()
    """Where `tags` holds the first of a pair, its id has the second as prefix: another kind than `target`."""
    on_delete: str = "RESTRICT"
    soft: bool = False
    sensitive: str | None = None
    personal: bool | None = None
    """Whether it tells something of a person; None where that was not said."""
    filter: bool = True
    few: bool = False
    """Whether its values are few beside the rows, and an index begins with it: those are looked through."""

    @property
    def required(self) -> bool:
        """Whether create must be given it."""
        return not self.nullable and self.default is _UNSET

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it is stored in."""
        if self.kind == "money":
            return (f"{self.name}_amount", f"{self.name}_currency")
        return (self.name,)

    def initial(self) -> Any:
        """The value of a new record that was given none."""
        if self.default is _UNSET:
            return None
        return self.default() if callable(self.default) else self.default


@dataclass(frozen=True, slots=True)
class Spec:
    """What `field()` and `ref()` note until the class is made."""

    doc: str
    options: dict[str, Any]


def field(  # noqa: PLR0913 - each is one fact about a column
    doc: str,
    *,
    default: Any = _UNSET,
    access: Writable = "write",
    max_length: int | None = None,
    ge: Decimal | int | None = None,
    le: Decimal | int | None = None,
    sensitive: str | None = None,
    personal: bool | None = None,
    filter: bool = True,
    few: bool = False,
    on_delete: Literal["STAY", "CASCADE"] = "STAY",
    init: bool = True,  # noqa: ARG001 - read by type checkers
) -> Any:
    """Say what a field means, its limits and who may write it.

    `sensitive` names the permission without which the field does not exist for a caller. `personal`: it
    tells something of a person, who may ask for it and have it erased (`eyeot.declare.privacy`). `few`: its
    values are few beside the rows, and an index begins with it.
    `on_delete="CASCADE"`, of a record of any kind: this one is deleted with what it names.
    """
    given = {
        "default": default,
        "access": access,
        "max_length": max_length,
        "ge": ge,
        "le": le,
        "sensitive": sensitive,
        "personal": personal,
        "filter": filter,
        "few": few,
        "on_delete": on_delete,
    }
    return Spec(doc, given)


def ref(  # noqa: PLR0913 - each is one fact about a column
    target: str,
    doc: str,
    *,
    default: Any = _UNSET,
    access: Writable = "write",
    on_delete: Literal["RESTRICT", "CASCADE"] = "RESTRICT",
    soft: bool = False,
    also: tuple[str, ...] = (),
    marked: tuple[tuple[str, str], ...] = (),
    personal: bool | None = None,
    init: bool = True,  # noqa: ARG001 - read by type checkers
) -> Any:
    """A reference to a record of this organisation, kept by a foreign key.

    `on_delete="CASCADE"`: it is deleted with what it refers to, by the unit of work, which tells of it.

    `soft` leaves the key out: a log outlives what it names. `also`: it may be of these kinds too, and is then
    asked for by their ids; `marked`: by which of the record's tags they are told, with which prefix.
    `personal`: the record is about whom it names.
    """
    given = {
        "default": default,
        "access": access,
        "target": target,
        "on_delete": on_delete,
        "soft": soft,
        "also": also,
        "marked": marked,
        "personal": personal,
    }
    return Spec(doc, given)


_PLAIN: dict[Any, Kind] = {
    str: "text",
    int: "integer",
    Decimal: "decimal",
    bool: "boolean",
    date: "date",
    datetime: "datetime",
    UUID: "uuid",
    Money: "money",
    RecordRef: "record",
}


def _optional(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [part for part in get_args(annotation) if part is not type(None)]
        if len(rest) == 1:
            return rest[0], True
    return annotation, False


def _kind(annotation: Any) -> Kind:
    base = annotation
    while get_origin(base) is Annotated:
        base = get_args(base)[0]
    origin = get_origin(base)
    if origin is Literal:
        return "enum"
    if base in _PLAIN:
        return _PLAIN[base]
    if origin in (list, set):
        inner = _kind(get_args(base)[0])
        found: dict[Kind, Kind] = {"text": "tags", "enum": "tags", "record": "records"}
        return found.get(inner, "json")
    if origin is dict or (isinstance(base, type) and issubclass(base, BaseModel)):
        return "json"
    raise TypeError(f"no column type is known for {annotation!r}")


def build(name: str, annotation: Any, spec: Spec) -> Field:
    """The field of an annotation and what was said about it."""
    inner, nullable = _optional(annotation)
    kind = "ref" if "target" in spec.options else _kind(inner)
    choices = tuple(get_args(inner)) if kind == "enum" else ()
    return Field(
        name=name,
        doc=spec.doc,
        kind=kind,
        type=inner,
        nullable=nullable,
        choices=choices,
        **spec.options,
    )
