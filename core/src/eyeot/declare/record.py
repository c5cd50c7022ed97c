"""Records: tables, declared once."""

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import (
    Any,
    ClassVar,
    NamedTuple,
    Self,
    TypedDict,
    Unpack,
    dataclass_transform,
    get_type_hints,
)
from uuid import UUID

import sqlalchemy as sa

from eyeot.declare.anyref import prefixes
from eyeot.declare.field import LONGEST_TEXT, Field, Spec, build, field, ref
from eyeot.declare.governing import Governs
from eyeot.declare.problem import invalid
from eyeot.declare.reach import Organisation, Rule
from eyeot.declare.schema import columns_of, constraints_of, metadata

SYSTEM = ("id", "version", "created_at", "updated_at", "archived_at")
LET_GO = "let_go"
"""Marks a record that its unit of work writes no more, until it is taken in hand again."""
_NAME = re.compile(r"[a-z][a-z0-9]*\.[a-z][a-z0-9_]*")


_MUTABLE = frozenset({"json", "tags", "records"})
WHOLE = Organisation()


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """Everything known of a record."""

    name: str
    prefix: str
    doc: str
    fields: dict[str, Field]
    table: sa.Table
    archivable: bool
    reach: Rule = WHOLE
    label: str = "name"
    hint: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    state: str | None = None
    sort: str = "-created_at"
    inline: "Inline | None" = None
    governs: Governs | None = None
    """Set on what decides who may do what: only a person widens it."""
    unique: tuple[tuple[str, ...], ...] = ()
    """The fields that no two records share the values of, together."""
    references: tuple[str, ...] = ()
    """The fields that name other records; but not what the framework notes in a log."""
    mutable: tuple[str, ...] = ()
    """The fields whose values could change in place."""
    journal: str | None = None
    spread: "Spread | None" = None
    needs: str = ""
    """The permission that reading it needs, where that of its module is not enough."""

    @property
    def reading(self) -> str:
        """The permission that reading it needs."""
        return self.needs or f"{self.module}:read"

    @property
    def module(self) -> str:
        """The plugin it belongs to."""
        return self.name.partition(".")[0]

    @property
    def noun(self) -> str:
        """Its name within the module."""
        return self.name.partition(".")[2]


class Facts(TypedDict, total=False):
    """How a record is shown, found and reached."""

    reach: Rule
    label: str
    """The field people know it by."""
    hint: tuple[str, ...]
    """Fields that tell two apart."""
    search: tuple[str, ...]
    """Fields found by words."""
    exact: tuple[str, ...]
    """Identifiers found exactly, and taken by `get`."""
    state: str | None
    """The field that only the lifecycle sets."""
    sort: str
    """The order of lists unless asked otherwise."""
    journal: str | None
    """Of a log: the field of changes to other records, whose sensitive values are told by permission."""
    spread: "Spread | None"
    """Of a log of millions: how it is found in, whatever conditions are mixed."""
    needs: str
    """The permission that reading it needs; `module:read` when left out."""
    governs: Governs
    """It decides who may do what: keys may only cut it, by any action of any plugin."""


@dataclass(frozen=True, slots=True)
class Inline:
    """One-to-one extension: the fields of `record`, reached by `field`, show among one's own."""

    field: str
    record: "type[Record]"
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How the indexes of a log of millions are made: heads, then the few values, then the time and the id."""

    heads: tuple[str, ...]
    """Fields of which one or two begin an index."""
    few: tuple[str, ...]
    """Fields with a closed list of values."""
    first: str
    """A list that always has a first value, of which there are few."""
    mark: str
    """What first values begin with, and no others."""


records: dict[str, "type[Record]"] = {}
"""Record classes by name, as SQLAlchemy's MetaData knows tables: filled when a class is made."""


def kind(name: str) -> "type[Record]":
    """The record of a name, e.g. `core.sequence`: of a module that this one stands on."""
    return records[name]


cascading: dict[str, list[tuple["type[Record]", str]]] = {}
"""The records that go with another when that is deleted, and the field that says so, by its name."""

clinging: list[tuple["type[Record]", str]] = []
"""The records that go with whatever record of any kind they name, and the field that names it."""

extended_by: dict[str, list["type[Record]"]] = {}
"""The records that show another's fields inline, by that other's name."""


@dataclass_transform(kw_only_default=True, field_specifiers=(field, ref))
class Record:
    """A row of one organisation. Subclasses declare fields; the unit of work reads and writes them."""

    meta: ClassVar[Meta]
    c: ClassVar[Any]

    id: UUID = field("Its identifier.", access="read", init=False)
    version: int = field(
        "Grows with every change; give it as expected_version.", access="read", init=False
    )
    created_at: datetime = field("When it was created.", access="read", init=False)
    updated_at: datetime = field("When it last changed.", access="read", init=False)
    archived_at: datetime | None = field("When it was put away.", access="read", init=False)

    def __init_subclass__(  # noqa: PLR0913 - each is one fact about the table
        cls,
        *,
        name: str,
        prefix: str,
        unique: tuple[tuple[str, ...], ...] = (),
        index: tuple[tuple[str, ...], ...] = (),
        inline: tuple[str, "type[Record]"] | None = None,
        archivable: bool = True,
        bare: bool = False,
        **facts: Unpack["Facts"],
    ) -> None:
        """Declare a table; see `Facts` for how it is shown and reached.

        name: `module.noun`; prefix: of its TypeIDs; unique, index: within the organisation; inline:
        `(field, Record)` whose fields show among one's own; archivable: may be put away; bare: no
        version, times or archive (append-only rows).
        """
        super().__init_subclass__()
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not module.noun")
        if name in records:
            raise ValueError(f"two records are named {name!r}")
        fields = _fields(cls, archivable=archivable and not bare, bare=bare)
        cls.meta = Meta(
            name=name,
            prefix=prefix,
            doc=" ".join((cls.__doc__ or "").split()),
            fields=fields,
            table=_table(name, fields, unique, (*index, *_keys(fields, unique, facts))),
            archivable=archivable and not bare,
            inline=_inline(inline, fields),
            unique=unique,
            references=tuple(n for n, one in fields.items() if _refers(one)),
            mutable=tuple(n for n, one in fields.items() if one.kind in _MUTABLE),
            **facts,
        )
        cls.c = cls.meta.table.c
        _note(cls)

    def __init__(self, **values: Any) -> None:
        """Make a new row; fields not given take their default."""
        unknown = values.keys() - self.meta.fields.keys()
        if unknown:
            raise TypeError(f"{self.meta.name} has no field {', '.join(sorted(unknown))}")
        self.__dict__["loaded"] = None
        for name, one in self.meta.fields.items():
            self.__dict__[name] = values[name] if name in values else one.initial()

    @classmethod
    def load(cls, row: dict[str, Any]) -> Self:
        """The record of stored values."""
        self = cls.__new__(cls)
        self.__dict__.update(row)
        self.settle()
        return self

    def settle(self) -> None:
        """Take the present values as the stored ones."""
        values = self.__dict__
        stored = {name: values[name] for name in self.meta.fields}
        for name in self.meta.mutable:
            stored[name] = deepcopy(stored[name])
        values["loaded"] = stored

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a field; only the lifecycle sets the state."""
        if name == self.meta.state:
            raise AttributeError(f"{self.meta.name}.{name} is set by its lifecycle only")
        if name not in self.meta.fields:
            raise AttributeError(f"{self.meta.name} has no field {name!r}")
        if LET_GO in self.__dict__:
            raise RuntimeError(f"this {self.meta.name} was let go of; get it again to change it")
        self.__dict__[name] = value

    def __repr__(self) -> str:
        return f"<{self.meta.name} {self.__dict__.get('id')}>"

    @property
    def is_new(self) -> bool:
        """Whether it is not stored yet."""
        return self.__dict__["loaded"] is None

    def stored(self, name: str) -> Any:
        """A field's value as it is stored, whatever it was set to since."""
        loaded = self.__dict__["loaded"]
        return loaded[name] if loaded else None

    @property
    def is_changed(self) -> bool:
        """Whether a field differs from what is stored."""
        stored = self.__dict__["loaded"] or {}
        return any(self.__dict__[name] != stored.get(name) for name in self.meta.fields)

    def complete(self) -> None:
        """Derive computed fields and refuse contradictions; runs before every write of the record."""

    def refuse_excess(self, names: Iterable[str]) -> None:
        """Refuse values beyond what the fields say; whoever set them, each limit is said once."""
        for name in names:
            one, value = self.meta.fields[name], self.__dict__[name]
            if isinstance(value, str) and one.kind == "text":
                given = one.access in ("write", "create")
                if len(value) > (one.max_length or LONGEST_TEXT) or (given and not value):
                    raise invalid(name, f"give 1 to {one.max_length or LONGEST_TEXT} characters")
            low, high = one.ge, one.le
            if isinstance(value, int | Decimal) and (
                (low is not None and value < low) or (high is not None and value > high)
            ):
                raise invalid(name, f"must lie between {low} and {high}")

    def values(self) -> dict[str, Any]:
        """Its fields as they are now."""
        return {name: self.__dict__[name] for name in self.meta.fields}


def _table(
    name: str,
    fields: dict[str, Field],
    unique: tuple[tuple[str, ...], ...],
    index: tuple[tuple[str, ...], ...],
) -> sa.Table:
    title = name.replace(".", "_")
    constraints = constraints_of(title, fields, unique, index)
    return sa.Table(title, metadata, *columns_of(fields), *constraints)


def _keys(
    fields: dict[str, Field], unique: tuple[tuple[str, ...], ...], facts: "Facts"
) -> Iterator[tuple[str, ...]]:
    """What records are named by is looked up, so each such field has an index of its own."""
    return ((n,) for n in facts.get("exact", ()) if n in fields and (n,) not in unique)


def _refers(one: Field) -> bool:
    noted = one.soft and one.access == "read"
    return one.kind in ("record", "records") or (one.target is not None and not noted)


def _note(record: type[Record]) -> None:
    """Let the record be found by its name, by what it goes with and by what it shows inline."""
    meta = record.meta
    records[meta.name] = record
    prefixes[meta.name] = meta.prefix
    for one in meta.fields.values():
        if one.kind == "record" and one.on_delete == "CASCADE":
            clinging.append((record, one.name))
        if one.target and one.on_delete == "CASCADE":
            cascading.setdefault(one.target, []).append((record, one.name))
    if meta.inline:
        extended_by.setdefault(meta.inline.record.meta.name, []).append(record)


def _fields(cls: type[Record], *, archivable: bool, bare: bool) -> dict[str, Field]:
    hints = get_type_hints(cls, include_extras=True)
    specs: dict[str, Spec] = {}
    for base in reversed(cls.__mro__):
        specs.update({k: v for k, v in vars(base).items() if isinstance(v, Spec)})
    dropped = SYSTEM[1:] if bare else () if archivable else ("archived_at",)
    for name in dropped:
        specs.pop(name)
    for name in specs:
        if name in vars(cls):
            delattr(cls, name)
    own = [name for name in specs if name not in SYSTEM]
    order = ["id", *own, *(name for name in SYSTEM[1:] if name in specs)]
    return {name: build(name, hints[name], specs[name]) for name in order}


def _inline(given: tuple[str, type[Record]] | None, own: dict[str, Field]) -> Inline | None:
    if given is None:
        return None
    field_name, record = given
    names = tuple(n for n in record.meta.fields if n not in SYSTEM and n not in own)
    return Inline(field_name, record, names)


class Way(NamedTuple):
    """A kind whose records name others by a field, so that their ids may stand for those."""

    record: type[Record]
    field: str


def through(kind: str, prefix: str) -> Way | None:
    """The records with this prefix that show one of that kind inline, and the field that names it."""
    for other in extended_by.get(kind, ()):
        if other.meta.prefix == prefix and other.meta.inline:
            return Way(other, other.meta.inline.field)
    return None


def shown(meta: Meta) -> Iterator[Field]:
    """The fields a caller sees: one's own, then the inlined ones; never secret ones."""
    own = [one for one in meta.fields.values() if one.access != "secret"]
    head = [one for one in own if one.name not in SYSTEM[1:]]
    yield from head
    if meta.inline:
        other = meta.inline.record.meta.fields
        yield from (other[n] for n in meta.inline.names if other[n].access != "secret")
    yield from (one for one in own if one.name in SYSTEM[1:])
