"""Spread: a log of millions answered from its newest end, whatever mixture of conditions is asked for.

Conditions of which each is common may never be met together; whoever walks one of them in the order of time
looks at millions of rows. Where the fields of few values stand in an index before the time, each mixture of
their values is one stretch of it, already in order: the newest rows of each stretch are merged.
"""

from collections.abc import Sequence
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from eyeot.declare.query import Condition
from eyeot.declare.record import Spread
from eyeot.storage.statement import ORG
from eyeot.storage.view import View

_EQUAL = ("is", "in")
FIRST: Literal["first"] = "first"
"""The operator: a list begins with a value."""


def pointed(spread: Spread | None, conditions: Sequence[Condition]) -> list[Condition]:
    """The conditions, those on a list's first value said as such, which an index can answer."""
    if spread is None:
        return [*conditions]
    return [
        Condition(one.field, FIRST, one.value)
        if one.operator == "has"
        and one.field == spread.first
        and str(one.value).startswith(spread.mark)
        else one
        for one in conditions
    ]


def serves(view: View, conditions: Sequence[Condition]) -> Spread | None:
    """The spread of a record, if it serves these conditions; else an index on the time does as well."""
    spread = view.meta.spread
    if spread is None or not {spread.first, *spread.few} <= view.names:
        return None
    served = any(
        (one.operator == "is" and one.field in spread.heads)
        or (one.operator in _EQUAL and one.field in spread.few)
        or one.operator == FIRST
        for one in conditions
    )
    return spread if served else None


class Stretches:
    """Every mixture of the few values that conditions leave, to be joined to the rows of each.

    The planner is kept from seeing which values are asked for: of one that is common it would believe that
    the newest rows of all hold enough, and look through every one for a mixture that does not exist.
    """

    def __init__(self, view: View, spread: Spread, conditions: Sequence[Condition]) -> None:
        self.asked = frozenset(
            at
            for at, one in enumerate(conditions)
            if one.operator == FIRST or (one.operator in _EQUAL and one.field in spread.few)
        )
        """The conditions that the mixtures already meet, by their places."""
        asked = [(at, one) for at, one in enumerate(conditions) if at in self.asked]
        self._within: list[sa.ColumnElement[bool]] = []
        self._sources: list[sa.FromClause] = []
        firsts = [at for at, one in asked if one.operator == FIRST]
        given = sa.bindparam(f"p{firsts[0]}", type_=sa.Text()) if firsts else None
        ways = _ways(view, spread.first) if given is None else sa.select(given.label("value"))
        self._add(ways, view.column(spread.first)[1], [(at, conditions[at]) for at in firsts[1:]])
        for name in spread.few:
            values = sa.literal(list(view.field(name).choices), ARRAY(sa.Text()))
            each = sa.func.unnest(values).table_valued("value").render_derived()
            wanted = [(at, one) for at, one in asked if one.field == name]
            self._add(sa.select(each.c.value), view.column(name), wanted)

    def _add(
        self, values: sa.Select[Any], column: Any, asked: Sequence[tuple[int, Condition]]
    ) -> None:
        """One more part of a mixture: the values of a column that meet what is asked of it."""
        for at, one in asked:
            value = values.selected_columns.value
            values = values.where(_equal(value, one, f"p{at}"))
        source = values.offset(sa.literal_column("0")).subquery()
        self._sources.append(source)
        self._within.append(column == source.c.value)

    def joined(self, rows: sa.Select[Any]) -> tuple[sa.FromClause, sa.FromClause]:
        """The rows of each mixture, and where they come from."""
        found = rows.where(*self._within).correlate(*self._sources).lateral()
        source: sa.FromClause = self._sources[0]
        for one in (*self._sources[1:], found):
            source = source.join(one, sa.true())
        return found, source


def _equal(value: Any, one: Condition, name: str) -> sa.ColumnElement[bool]:
    if one.operator == "in":
        return value == sa.any_(sa.bindparam(name, type_=ARRAY(sa.Text())))  # type: ignore[no-any-return]
    return value == sa.bindparam(name, type_=sa.Text())  # type: ignore[no-any-return]


def _ways(view: View, field: str) -> sa.Select[Any]:
    """The first values that lists have, each found once, from one to the next in the index."""
    table = view.meta.table.alias()
    value = table.c[field][1]
    least = sa.select(sa.func.min(value).label("value")).where(table.c.org_id == ORG)
    each = least.cte(recursive=True)
    further = least.where(value > each.c.value).scalar_subquery()
    each = each.union_all(sa.select(further).where(each.c.value.is_not(None)))
    return sa.select(each.c.value).where(each.c.value.is_not(None))
