"""Aggregates: figures over what a view shows, in one statement, compiled once per shape of question."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from eyeot.declare.access import Level
from eyeot.declare.field import Field
from eyeot.declare.problem import invalid
from eyeot.declare.query import Figures, Query
from eyeot.declare.record import Record, records
from eyeot.declare.standard.aggregate import DATED, DIMENSIONS, PERIODS, dimensions, numbers
from eyeot.storage.listing import Listing
from eyeot.storage.statement import ORG, Statement, compiled
from eyeot.storage.view import View, amount

Seen = Callable[[type[Record]], tuple[View, Level]]
_AGGREGATES: dict[Any, Statement] = {}
_MOST_SHAPES = 5_000
_DECIMALS = 4
_LABEL_WIDTH = 200
_PERIOD: dict[str, Callable[[date], str]] = {
    "day": date.isoformat,
    "week": lambda day: f"{day:%G-W%V}",
    "month": lambda day: f"{day:%Y-%m}",
    "quarter": lambda day: f"{day.year}-Q{(day.month + 2) // 3}",
    "year": lambda day: f"{day:%Y}",
}


@dataclass(frozen=True, slots=True)
class Dimension:
    """What records are grouped by: a field, a period of a date, or the currency of a money."""

    name: str
    field: Field
    period: str | None = None
    currency: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a field."""

    how: str
    field: Field


class Aggregate:
    """The groups of a question, bounded by the caller's view, reach and permissions."""

    def __init__(self, view: View, query: Query, figures: Figures, level: Level) -> None:
        self.view, self.figures, self.level = view, figures, level
        self.listing = Listing(view, query, level)
        measures = [(how, n) for how in ("sum", "avg", "min", "max") for n in getattr(figures, how)]
        self.measures = tuple(dict.fromkeys(self._measure(how, name) for how, name in measures))
        asked = [self._dimension(name) for name in dict.fromkeys(figures.by)]
        moneys = dict.fromkeys(one.field for one in self.measures if one.field.kind == "money")
        asked += [Dimension(f"{one.name}_currency", one, currency=True) for one in moneys]
        self.dimensions = tuple(asked)

    def _measure(self, how: str, name: str) -> Measure:
        known = numbers(list(self.view.fields))
        if name not in known:
            raise invalid(how, f"'{name}' is not one of: {', '.join(known) or 'none'}")
        return Measure(how, self.view.field(name))

    def _dimension(self, asked: str) -> Dimension:
        name, _, period = asked.partition(":")
        fields = list(self.view.fields)
        field = next((one for one in fields if one.name == name), None)
        if field is not None and field.kind in DATED:
            if period in PERIODS:
                return Dimension(asked, field, period)
            raise invalid(
                "by", f"say by which period, as {name}:month; known: {', '.join(PERIODS)}"
            )
        if field is None or period or field.kind not in DIMENSIONS or name == "id":
            raise invalid("by", f"'{asked}' is not one of: {', '.join(dimensions(fields))}")
        return Dimension(asked, field)

    def values(self, zone: str) -> dict[str, Any]:
        """The statement's parameters."""
        return {**self.listing.values, "zone": zone, "limit": self.figures.limit + 1}

    def statement(self, seen: Seen) -> Statement:
        """The groups, largest first, each with how many there are; references with their label."""
        targets = {
            one.name: seen(records[one.field.target])
            for one in self.dimensions
            if one.field.target and not one.currency
        }
        asked = tuple((one.name, one.period) for one in self.dimensions)
        told = tuple((one.how, one.field.name) for one in self.measures)
        key = (self.view, self.level, self.listing.shape, asked, told, *targets.items())
        if key not in _AGGREGATES:
            if len(_AGGREGATES) >= _MOST_SHAPES:
                _AGGREGATES.clear()
            _AGGREGATES[key] = compiled(self._select(targets))
        return _AGGREGATES[key]

    def _select(self, targets: dict[str, tuple[View, Level]]) -> sa.Select[Any]:
        keys = [self._key(one).label(f"d{i}") for i, one in enumerate(self.dimensions)]
        figures = [self._figure(one).label(f"m{i}") for i, one in enumerate(self.measures)]
        count = sa.func.count().label("n")
        grouped: sa.Select[Any] = (
            sa.select(*keys, *figures, count, sa.func.count().over().label("groups"))
            .select_from(self.view.source())
            .where(*self.listing.where())
        )
        # By position: SQLAlchemy would look the labels up among all columns of the tables.
        places: list[sa.ColumnElement[Any]] = [
            sa.literal_column(str(i + 1)) for i in range(len(keys))
        ]
        first = next((i for i, one in enumerate(self.measures) if one.how == "sum"), None)
        counted = f"{len(keys) + len(figures) + 1} DESC"
        largest = [] if first is None else [f"{len(keys) + first + 1} DESC NULLS LAST"]
        order: list[sa.ColumnElement[Any]] = [sa.literal_column(one) for one in (*largest, counted)]
        ordered = grouped.group_by(*places).order_by(*order, *places)
        top = ordered.limit(sa.bindparam("limit", type_=sa.BigInteger())).subquery("g")
        labels = [
            _label(top, f"d{i}", *targets[one.name]).label(f"l{i}")
            for i, one in enumerate(self.dimensions)
            if one.name in targets
        ]
        return sa.select(*top.c, *labels, *self._tags(top))

    def _tags(self, top: sa.FromClause) -> list[sa.ColumnElement[Any]]:
        """Tags of one row of each group, where they tell of which kind a reference is.

        Sought for the groups that are shown: among all rows they would keep an index from being enough.
        """
        found: list[sa.ColumnElement[Any]] = []
        for i, one in enumerate(self.dimensions):
            if one.field.marked:
                rows = self.view.meta.table.alias(f"t{i}")
                same = rows.c[one.field.columns[0]] == top.c[f"d{i}"]
                tags = sa.select(rows.c.tags).where(rows.c.org_id == ORG, same).limit(1)
                found.append(tags.correlate(top).scalar_subquery().label(f"t{i}"))
        return found

    def _key(self, one: Dimension) -> sa.ColumnElement[Any]:
        column = self.view.column(one.field.name)
        if one.currency:
            return self.view.currency(one.field.name)
        if one.period is None:
            return column
        if one.field.kind == "datetime":
            column = sa.func.timezone(sa.bindparam("zone", type_=sa.Text()), column)
        else:
            column = sa.cast(column, sa.DateTime())
        period: sa.ColumnElement[str] = sa.literal_column(f"'{one.period}'")
        return sa.cast(sa.func.date_trunc(period, column), sa.Date())

    def _figure(self, one: Measure) -> sa.ColumnElement[Any]:
        made: sa.ColumnElement[Any] = getattr(sa.func, one.how)(self.view.column(one.field.name))
        whole = one.field.kind == "integer" and one.how in ("min", "max")
        return made if whole else sa.func.round(sa.cast(made, sa.Numeric()), _places())

    def answer(self, rows: Sequence[Any]) -> dict[str, Any]:
        """The groups as the caller sees them."""
        kept = rows[: self.figures.limit]
        return {
            "groups": [self._group(row) for row in kept],
            "total_groups": rows[0]["groups"] if rows else 0,
            "cut": len(rows) > len(kept),
        }

    def _group(self, row: Any) -> dict[str, Any]:
        by: dict[str, Any] = {}
        for i, one in enumerate(self.dimensions):
            by[one.name] = self._told(one, row, i)
        group: dict[str, Any] = {"by": by, "count": row["n"]}
        for i, measure in enumerate(self.measures):
            value = row[f"m{i}"]
            if value is not None:
                told = group.setdefault(measure.how, {})
                told[measure.field.name] = self._number(measure.field, value, by)
        return group

    def _told(self, one: Dimension, row: Any, i: int) -> Any:
        value = row[f"d{i}"]
        if value is None or one.currency:
            return value
        if one.period:
            return _PERIOD[one.period](value)
        encode = self.view.encoders[one.field.name]
        told = value if encode is None else encode(value)
        if one.field.marked:
            told = self.view.marked(one.field, value, row[f"t{i}"] or ())
        if not one.field.target:
            return told
        label = row[f"l{i}"]
        return {"id": told, "label": label} if label is not None else {"id": told}

    def _number(self, field: Field, value: Any, by: dict[str, Any]) -> Any:
        if field.kind == "money":
            return {"amount": amount(value), "currency": by[f"{field.name}_currency"]}
        if isinstance(value, Decimal):
            whole = value == value.to_integral_value()
            if field.kind == "integer" and whole:
                return int(value)
            return format(value.quantize(Decimal(1)) if whole else value.normalize(), "f")
        return value


def _places() -> sa.ColumnElement[int]:
    return sa.literal_column(str(_DECIMALS))


def _label(groups: sa.FromClause, name: str, view: View, level: Level) -> sa.ColumnElement[Any]:
    """What people call the record that a group is about, when the caller may read it."""
    if view.meta.label not in view.names:
        return sa.null()
    column = sa.func.left(
        sa.cast(view.column(view.meta.label), sa.Text()), sa.literal_column(str(_LABEL_WIDTH))
    )
    return (
        sa.select(column)
        .select_from(view.source())
        .where(*view.guarded(level), view.table.c.id == groups.c[name])
        .correlate(groups)
        .scalar_subquery()
    )
