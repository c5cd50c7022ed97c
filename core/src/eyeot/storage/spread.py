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
    """Every mixture of the few values that conditions leave, to be joined to the rows of each."""

    def __init__(self, view: View, spread: Spread, conditions: Sequence[Condition]) -> None:
        self.within: list[sa.ColumnElement[bool]] = []
        """What holds of the rows of a mixture."""
        self.sources: list[sa.FromClause] = []
        if not any(one.operator == FIRST for one in conditions):
            ways = _ways(view, spread.first)
            self.sources.append(ways)
            self.within.append(view.column(spread.first)[1] == ways.c.value)
        for name in spread.few:
            values = sa.literal(list(view.field(name).choices), ARRAY(sa.Text()))
            each = sa.func.unnest(values).table_valued("value", name=f"each_{name}")
            self.sources.append(each.render_derived())
            self.within.append(view.column(name) == self.sources[-1].c.value)

    def joined(self, rows: sa.Select[Any]) -> tuple[sa.FromClause, sa.FromClause]:
        """The rows of each mixture, and where they come from."""
        found = rows.where(*self.within).correlate(*self.sources).lateral("found")
        source: sa.FromClause = self.sources[0]
        for one in (*self.sources[1:], found):
            source = source.join(one, sa.true())
        return found, source


def _ways(view: View, field: str) -> sa.FromClause:
    """The first values that lists have, each found once, from one to the next in the index."""
    table = view.meta.table.alias()
    value = table.c[field][1]
    least = sa.select(sa.func.min(value).label("value")).where(table.c.org_id == ORG)
    each = least.cte(recursive=True)
    further = least.where(value > each.c.value).scalar_subquery()
    each = each.union_all(sa.select(further).where(each.c.value.is_not(None)))
    return sa.select(each.c.value).where(each.c.value.is_not(None)).subquery()
