"""Views: a record as a caller may see it, and the rows it is made of."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_args, get_origin
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.dialects.postgresql import ARRAY, array

from eyeot.declare import ids
from eyeot.declare.access import Level, Reach
from eyeot.declare.anyref import RecordRef
from eyeot.declare.field import Field
from eyeot.declare.money import Money
from eyeot.declare.record import Meta, Record, records, shown
from eyeot.storage.memory import remembered
from eyeot.storage.reach import predicate
from eyeot.storage.statement import ORG, Statement, compiled

Encode = Callable[[Any], Any]
_NOTHING: frozenset[str] = frozenset()


def instant(value: datetime) -> str:
    """A time in UTC, ISO 8601 with milliseconds."""
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat(timespec="milliseconds")[:-6] + "Z"


def amount(value: Decimal) -> str:
    """An amount with the decimals people expect: at least two, none lost."""
    text = format(value.normalize(), "f")
    whole, _, cents = text.partition(".")
    return f"{whole}.{cents.ljust(2, '0')}"


def _money(value: Money) -> dict[str, str]:
    return {"amount": amount(value.amount), "currency": value.currency}


def encoder(one: Field, prefix: str = "") -> Encode | None:
    """How a stored value of a field is answered; None when as it is."""
    if one.name == "id":
        return lambda value: ids.encode(prefix, value)
    if one.target:
        kind = records[one.target].meta.prefix
        return lambda value: ids.encode(kind, value)
    found: dict[str, Encode] = {
        "datetime": instant,
        "date": date.isoformat,
        "decimal": lambda value: format(value, "f"),
        "uuid": str,
        "money": _money,
        "record": lambda value: RecordRef(value).typeid,
        "records": lambda value: [RecordRef(one).typeid for one in value],
    }
    return found.get(one.kind)


class View:
    """The fields of a record that a caller sees, as columns and as an answer."""

    def __init__(self, record: type[Record], hidden: frozenset[str]) -> None:
        self.record = record
        self.meta: Meta = record.meta
        self.fields = tuple(one for one in shown(self.meta) if one.name not in hidden)
        self.names = frozenset(one.name for one in self.fields)
        self.encoders = {one.name: encoder(one, self.meta.prefix) for one in self.fields}
        self._plan = _planned(self.fields, self.encoders)
        self._marked = tuple(one for one in self.fields if one.marked)
        self.table = self.meta.table.alias("r0")
        self.other = self.meta.inline.record.meta.table.alias("r1") if self.meta.inline else None
        self._statements: dict[Any, Statement] = {}

    def field(self, name: str) -> Field:
        """A visible field by its name."""
        return next(one for one in self.fields if one.name == name)

    def column(self, name: str) -> sa.ColumnElement[Any]:
        """The column a value is compared and sorted by; a money's is its amount."""
        one = self.field(name)
        table = self.table if name in self.meta.fields else self.other
        assert table is not None
        if name == "version" and self.other is not None:
            # Either part's change must refuse a stale writer; both only grow, so their sum does.
            return self.table.c.version + self.other.c.version
        if name == "updated_at" and self.other is not None:
            latest = sa.func.greatest(self.table.c.updated_at, self.other.c.updated_at)
            return sa.type_coerce(latest, self.table.c.updated_at.type)
        found: sa.ColumnElement[Any] = table.c[one.columns[0]]
        return found

    def currency(self, name: str) -> sa.ColumnElement[Any]:
        """The column of a money's currency."""
        one = self.field(name)
        table = self.table if name in self.meta.fields else self.other
        assert table is not None
        found: sa.ColumnElement[Any] = table.c[one.columns[1]]
        return found

    def columns(self) -> list[sa.ColumnElement[Any]]:
        """The columns of every visible field."""
        out: list[sa.ColumnElement[Any]] = []
        for one in self.fields:
            out.append(self.column(one.name).label(one.columns[0]))
            if one.kind == "money":
                out.append(self.currency(one.name))
        return out

    def source(self) -> sa.FromClause:
        """The table, joined to the one shown inline."""
        if self.other is None or self.meta.inline is None:
            return self.table
        link = self.table.c[self.meta.inline.field]
        return self.table.join(
            self.other, sa.and_(self.other.c.org_id == self.table.c.org_id, self.other.c.id == link)
        )

    def guarded(self, level: Level) -> list[sa.ColumnElement[bool]]:
        """What every statement on it must meet: the organisation and the reach."""
        return [self.table.c.org_id == ORG, predicate(self.record, self.table, level)]

    def one(self, level: Level) -> Statement:
        """The record of an id."""
        return self._made(
            ("one", level),
            lambda: (
                sa.select(*self.columns())
                .select_from(self.source())
                .where(
                    *self.guarded(level),
                    self.table.c.id == sa.bindparam("id", type_=self.table.c.id.type),
                )
            ),
        )

    def among(self, level: Level) -> Statement:
        """Which of some ids are within reach."""
        id_ = self.table.c.id
        return self._made(
            ("among", level),
            lambda: (
                sa.select(id_)
                .select_from(self.source())
                .where(
                    *self.guarded(level), id_ == sa.any_(sa.bindparam("ids", type_=ARRAY(id_.type)))
                )
            ),
        )

    def by_key(self, level: Level) -> Statement:
        """The ids of the records with a natural key; two at most, to tell an ambiguous one."""
        key = sa.bindparam("key", type_=sa.Text())
        return self._made(
            ("key", level),
            lambda: (
                sa.select(self.table.c.id)
                .select_from(self.source())
                .where(
                    *self.guarded(level),
                    sa.or_(
                        sa.false(),
                        *(self._holds(n, key) for n in self.meta.exact if n in self.names),
                    ),
                )
                .limit(2)
            ),
        )

    def forms(self, key: str) -> Iterator[str]:
        """A natural key as each field that may hold it would keep it: a SIREN without its spaces."""
        for name in self.meta.exact:
            if name in self.names:
                kind = self.field(name).type
                one = get_args(kind)[0] if get_origin(kind) in (list, set) else kind
                with contextlib.suppress(ValidationError):
                    yield _adapter(one).validate_python(key)

    def _holds(self, name: str, key: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        table = self.table if name in self.meta.fields else self.other
        assert table is not None
        column = table.c[name]
        one = self.meta.fields.get(name) or self.meta.inline.record.meta.fields[name]  # type: ignore[union-attr]
        if one.kind == "tags":
            return column.contains(sa.cast(array([key]), ARRAY(sa.Text)))
        return column == key

    def _made(self, shape: Any, build: Callable[[], sa.Select[Any]]) -> Statement:
        found = self._statements.get(shape)
        if found is None:
            found = self._statements[shape] = compiled(build())
        return found

    def answer(self, row: Any, only: Iterable[str] = ()) -> dict[str, Any]:
        """A row of `columns`, in their order, as the caller sees it; empty values are left out."""
        wanted = set(only)
        out: dict[str, Any] = {}
        for (name, encode), value in zip(self._plan, row.values(), strict=False):
            if value is None or (wanted and name not in wanted):
                continue
            if encode is None:
                out[name] = value
            elif encode is _CURRENCY:
                out[name]["currency"] = value
            else:
                out[name] = encode(value)
        if self._marked:
            self._mark(row, out)
        return out

    def _mark(self, row: Any, out: dict[str, Any]) -> None:
        """Give references the prefix of the kind that the row's tags tell."""
        for one in self._marked:
            if one.name in out:
                out[one.name] = self.marked(one, row[one.name], row["tags"])

    def marked(self, one: Field, value: UUID, tags: Iterable[str]) -> Any:
        """A reference with the prefix of the kind that tags tell."""
        told = next((prefix for mark, prefix in one.marked if mark in tags), None)
        encode = self.encoders[one.name]
        assert encode
        return ids.encode(told, value) if told else encode(value)

    def of(self, values: dict[str, Any]) -> dict[str, Any]:
        """Field values, as a unit of work holds them, as the caller sees them."""
        out: dict[str, Any] = {}
        for name, value in values.items():
            if value is not None and name in self.names:
                encode = self.encoders[name]
                out[name] = value if encode is None else encode(value)
        return out


def _amount_alone(value: Decimal) -> dict[str, str]:
    return {"amount": amount(value)}


def _CURRENCY(value: Any) -> Any:  # noqa: N802 - a mark: this column completes the one before
    return value


def _planned(
    fields: Iterable[Field], encoders: dict[str, Encode | None]
) -> list[tuple[str, Encode | None]]:
    """Name and encoder of each column; a money's two columns are one answer."""
    plan: list[tuple[str, Encode | None]] = []
    for one in fields:
        if one.kind == "money":
            plan += [(one.name, _amount_alone), (one.name, _CURRENCY)]
        else:
            plan.append((one.name, encoders[one.name]))
    return plan


@remembered
def _adapter(kind: Any) -> TypeAdapter[str]:
    return TypeAdapter(kind)


@remembered
def _view(record: type[Record], hidden: frozenset[str]) -> View:
    return View(record, hidden)


@remembered
def sensitive(record: type[Record]) -> tuple[tuple[str, str], ...]:
    """The fields that need a permission of their own, and which."""
    return tuple((one.name, one.sensitive) for one in shown(record.meta) if one.sensitive)


def hidden(record: type[Record], permissions: dict[str, Reach]) -> frozenset[str]:
    """The fields that do not exist for this caller."""
    guarded = sensitive(record)
    if not guarded:
        return _NOTHING
    return frozenset(name for name, needed in guarded if needed not in permissions)


def view(record: type[Record], permissions: dict[str, Reach]) -> View:
    """The record without the fields whose permission the caller lacks."""
    return _view(record, hidden(record, permissions))


def plain(id: UUID | None) -> str | None:
    """A UUID as text, where no kind is known."""
    return str(id) if id else None
