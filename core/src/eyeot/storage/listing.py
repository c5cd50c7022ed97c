"""Listings: pages and counts of a view, compiled once per shape of question."""

import base64
import hashlib
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.dialects.postgresql import array as pg_array

from eyeot.declare.access import Level
from eyeot.declare.problem import invalid
from eyeot.declare.query import COUNTED_UP_TO, Condition, Query
from eyeot.declare.record import records
from eyeot.declare.standard.conditions import sortable
from eyeot.storage import spread
from eyeot.storage.statement import ORG, Statement, compiled
from eyeot.storage.view import View

_LISTINGS: dict[Any, Statement] = {}
_MOST_SHAPES = 20_000


def _fold(value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.eyeot_fold(value)


def _condition(view: View, one: Condition, at: int) -> sa.ColumnElement[bool]:
    name = f"p{at}"
    if one.operator in ("tagged", "has", spread.FIRST):
        return _among(view, one, name)
    column = view.column(one.field)
    match one.operator:
        case "is":
            return column == sa.bindparam(name, type_=column.type)
        case "in":
            return column == sa.any_(sa.bindparam(name, type_=ARRAY(column.type)))
        case "from":
            return column >= sa.bindparam(name, type_=column.type)
        case "to":
            return column <= sa.bindparam(name, type_=column.type)
        case "past":
            return sa.or_(column.is_(None), column <= sa.bindparam(name, type_=column.type))
        case "contains":
            return _contains(view, one.field, _fold(sa.bindparam(name, type_=sa.Text())))
        case _:
            return column.is_not(None) if one.value else column.is_(None)


def _contains(view: View, field: str, words: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether a text holds words, whatever their accents and case."""
    column = view.column(field)
    if view.field(field).few:
        found = _holding(view, field, words)
        # Asked first: with none, no row need be looked at.
        return sa.and_(sa.func.cardinality(found) > 0, column == sa.any_(found))
    return sa.func.strpos(_fold(column), words) > 0


def _holding(view: View, field: str, words: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The values of a field that hold words: each found once, from one to the next in the index."""
    table = view.meta.table.alias()
    column = table.c[field]
    least = sa.select(sa.func.min(column).label("value")).where(table.c.org_id == ORG)
    each = least.cte(recursive=True)
    further = least.where(column > each.c.value).scalar_subquery()
    each = each.union_all(sa.select(further).where(each.c.value.is_not(None)))
    found = sa.select(each.c.value).where(sa.func.strpos(_fold(each.c.value), words) > 0)
    held = sa.func.array(found.scalar_subquery(), type_=ARRAY(sa.Text))
    # Looked for once, however often it is asked about.
    once = sa.select(sa.select(held.label("held")).cte().c.held).scalar_subquery()
    return sa.cast(once, ARRAY(sa.Text))


def _among(view: View, one: Condition, name: str) -> sa.ColumnElement[bool]:
    """Whether a list holds a value, or a record carries a tag."""
    if one.operator == "tagged":
        return _tagged(view, sa.bindparam(name, type_=PG_UUID()))
    column = view.column(one.field)
    if one.operator == spread.FIRST:
        return column[1] == sa.bindparam(name, type_=sa.Text())
    if view.field(one.field).kind == "records":
        # Containment, which an index of the list's elements answers.
        return column.contains(pg_array([sa.cast(sa.bindparam(name), sa.Text())]))
    held = sa.bindparam(name, type_=sa.Text()) == sa.any_(column)
    log = view.meta.spread
    # What is no first value stands behind one: few rows have such, and an index of their own.
    return (
        sa.and_(sa.func.cardinality(column) > 1, held) if log and log.first == one.field else held
    )


def _tagged(view: View, tag: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether a record carries a tag: looked up by the tag, which an index answers."""
    placed = records["core.record_tag"].meta.table.alias()
    return view.table.c.id.in_(
        sa.select(placed.c.record_id).where(
            placed.c.org_id == ORG, placed.c.tag_id == tag, placed.c.kind == view.meta.name
        )
    )


def _shape(query: Query) -> tuple[Any, ...]:
    """What the text of the statement depends on."""
    asked = tuple(
        (c.field, c.operator, c.value if c.operator == "is_set" else None) for c in query.conditions
    )
    return asked, query.archived


class Listing:
    """A page or count of what a view shows."""

    def __init__(self, view: View, query: Query, level: Level) -> None:
        self.view = view
        query = replace(query, conditions=spread.pointed(view.meta.spread, query.conditions))
        self.query = query
        self.level = level
        self.descending = query.sort.startswith("-")
        self.sort = query.sort.lstrip("-")
        for one in query.conditions:
            if one.operator != "tagged" and one.field not in view.names:
                raise invalid(one.field, "unknown argument")
        if self.sort not in view.names or self.sort not in sortable(view.meta):
            listed = ", ".join(n for n in sortable(view.meta) if n in view.names)
            raise invalid("sort", f"'{self.sort}' is not one of: {listed}")
        if wrong := [name for name in query.fields if name not in view.names]:
            raise invalid(
                "fields", f"unknown: {', '.join(wrong)}; known: {', '.join(sorted(view.names))}"
            )
        # Ids are UUIDv7 made at creation: ordering by them is ordering by creation, on the primary key.
        self.by_id = self.sort == "created_at"
        self.values: dict[str, Any] = {
            f"p{i}": c.value for i, c in enumerate(query.conditions) if c.operator != "is_set"
        }
        self.after = self._cursor()
        self._asked: list[sa.ColumnElement[bool]] = []

    @property
    def _nullable(self) -> bool:
        """Whether records may lack what they are ordered by."""
        return self.view.field(self.sort).nullable

    @property
    def shape(self) -> tuple[Any, ...]:
        """What the text of its conditions depends on."""
        return _shape(self.query)

    def where(self, aside: frozenset[int] = frozenset()) -> list[sa.ColumnElement[bool]]:
        """What it asks of a row, organisation and reach included; without the conditions at some places."""
        found = self.view.guarded(self.level)
        if not self._asked:
            asked = enumerate(self.query.conditions)
            self._asked = [_condition(self.view, one, at) for at, one in asked]
        found += [one for at, one in enumerate(self._asked) if at not in aside]
        if self.view.meta.archivable and self.query.archived != "all":
            column = self.view.table.c.archived_at
            found.append(
                column.is_(None) if self.query.archived == "active" else column.is_not(None)
            )
        return found

    def ids(self, *, among: bool) -> Statement:
        """The ids of the rows that meet the conditions, oldest first; perhaps only of some ids."""
        key = ("ids", self.view, self.level, _shape(self.query), among)
        if key not in _LISTINGS:
            one, where = self.view.table.c.id, self.where()
            if among:
                where.append(one == sa.any_(sa.bindparam("among", type_=ARRAY(PG_UUID()))))
            most: sa.BindParameter[Any] = sa.bindparam("limit", type_=sa.BigInteger())
            rows = sa.select(one).select_from(self.view.source()).where(*where)
            _remember(key, compiled(rows.order_by(one).limit(most)))
        return _LISTINGS[key]

    def count(self) -> Statement:
        """How many, up to the limit of exact totals."""
        key = ("count", self.view, self.level, _shape(self.query))
        if key not in _LISTINGS:
            counted = self._counted(COUNTED_UP_TO * 100)
            _remember(key, compiled(sa.select(sa.func.count().label("total")).select_from(counted)))
        return _LISTINGS[key]

    def _counted(self, most: int) -> sa.Subquery:
        """The rows that meet the conditions, up to a number of them."""
        limit: Any = sa.literal_column(str(most))
        one: sa.Select[Any] = sa.select(sa.literal_column("1").label("one"))
        stretches = self._stretches
        where = self.where(stretches.asked if stretches else frozenset())
        rows = one.select_from(self.view.source()).where(*where).limit(limit)
        if stretches:
            found, source = stretches.joined(rows)
            rows = sa.select(found.c.one).select_from(source).limit(limit)
        return rows.subquery()

    @property
    def _stretches(self) -> "spread.Stretches | None":
        """The parts of a log's index that are merged for this question, where that serves it."""
        served = spread.serves(self.view, self.query.conditions)
        if served is None or self.sort != self.view.meta.sort.lstrip("-"):
            return None
        return spread.Stretches(self.view, served, self.query.conditions)

    def page(self) -> Statement:
        """The rows of a page and one more, each with the total."""
        null = self.after is not None and self.after[0] is None
        key = (
            "page",
            self.view,
            self.level,
            _shape(self.query),
            self.query.sort,
            self.query.counted,
            self.after is not None,
            null,
        )
        if key not in _LISTINGS:
            _remember(key, compiled(self._select()))
        return _LISTINGS[key]

    def _select(self) -> sa.Select[Any]:
        stretches = self._stretches
        where = self.where(stretches.asked if stretches else frozenset())
        counted = self._counted(self.query.counted + 1)
        total = sa.select(sa.func.count()).select_from(counted).scalar_subquery().label("total__")
        column, id_ = self.view.column(self.sort), self.view.table.c.id
        order = [id_.desc() if self.descending else id_.asc()]
        if not self.by_id:
            ordered = column.desc() if self.descending else column.asc()
            # Nulls come last, and where there can be none an index serves, which a plain order asks for.
            order.insert(0, ordered.nulls_last() if self._nullable else ordered)
        if self.after is not None:
            where.append(self._beyond(column, id_, null=self.after[0] is None))
        limit: sa.BindParameter[Any] = sa.bindparam("limit", type_=sa.BigInteger())
        columns = [*self.view.columns(), column.label("sort__")]
        rows: sa.Select[Any] = sa.select(*columns).select_from(self.view.source()).where(*where)
        rows = rows.order_by(*order).limit(limit)
        if stretches:
            found, source = stretches.joined(rows)
            last = [found.c.sort__, found.c.id]
            order = [one.desc() if self.descending else one.asc() for one in last]
            merged = sa.select(*found.c, total).select_from(source)
            return merged.order_by(*order).limit(limit)
        return rows.add_columns(total)

    def _beyond(self, column: Any, id_: Any, *, null: bool) -> sa.ColumnElement[bool]:
        last = sa.bindparam("after_id", type_=id_.type)
        further = id_ < last if self.descending else id_ > last
        if self.by_id:
            return further  # type: ignore[no-any-return]
        if null:
            return sa.and_(column.is_(None), further)
        value = sa.bindparam("after", type_=column.type)
        if not self._nullable:
            pair, asked = sa.tuple_(column, id_), sa.tuple_(value, last)
            return pair < asked if self.descending else pair > asked
        beyond = column < value if self.descending else column > value
        return sa.or_(beyond, sa.and_(column == value, further), column.is_(None))

    def arguments(self) -> dict[str, Any]:
        """Values of the page's parameters; `limit` is one more than the page, to know if there is another."""
        values = {**self.values, "limit": self.query.limit + 1}
        if self.after is not None:
            values["after"], values["after_id"] = self.after
        return values

    def _digest(self) -> str:
        asked = [[c.field, c.operator, str(c.value)] for c in self.query.conditions]
        told = orjson.dumps([self.view.meta.name, self.query.sort, self.query.archived, asked])
        return hashlib.sha256(told).hexdigest()[:12]

    def cursor(self, row: Any) -> str:
        """Where the next page begins."""
        value = None if self.by_id else row["sort__"]
        told = orjson.dumps([self._digest(), _plain(value), str(row["id"])])
        return base64.urlsafe_b64encode(told).decode().rstrip("=")

    def _cursor(self) -> tuple[Any, UUID] | None:
        if not self.query.cursor:
            return None
        text = self.query.cursor
        try:
            digest, value, last = orjson.loads(
                base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            )
            last_id = UUID(str(last))
            after = _parsed(self.view.field(self.sort).kind, value)
        except (ValueError, TypeError, ArithmeticError):
            raise invalid(
                "cursor", "not a cursor of this list; leave it out to start again"
            ) from None
        if digest != self._digest():
            raise invalid(
                "cursor", "it belongs to another list, filter or order; leave it out to start again"
            )
        return after, last_id


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _parsed(kind: str, value: Any) -> Any:
    if value is None:
        return None
    readers: dict[str, Any] = {
        "date": date.fromisoformat,
        "datetime": datetime.fromisoformat,
        "decimal": Decimal,
        "money": Decimal,
        "integer": int,
    }
    return readers.get(kind, str)(value)


def _remember(key: Any, statement: Statement) -> None:
    # Shapes are few in practice; a caller that tries them all must not grow the process without bound.
    if len(_LISTINGS) >= _MOST_SHAPES:
        _LISTINGS.clear()
    _LISTINGS[key] = statement
