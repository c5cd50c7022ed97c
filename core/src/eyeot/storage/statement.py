"""Statements: SQLAlchemy queries compiled once to text, with the tenant inside."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.dialects.postgresql import asyncpg

_DIALECT = asyncpg.dialect()
_MARK = "__eyeot_org__"

ORG: sa.ColumnElement[Any] = sa.literal_column(_MARK, type_=PG_UUID())
"""The caller's organisation, in any statement built for `compiled`."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text and the names of its parameters, in order.

    `tx` is for a transaction whose tenant is set. `lean` sets the tenant itself, in one statement: the guarded
    subquery depends laterally on the row that sets it and `OFFSET 0` keeps the planner from merging the two, so the
    tenant is always set before a guarded row is looked at. Its first parameter is the organisation.
    """

    tx: str
    lean: str
    names: tuple[str, ...]

    def arguments(self, values: dict[str, Any]) -> list[Any]:
        """The values in the order of the text."""
        return [values[name] for name in self.names]


def compiled(select: sa.Select[Any], **values: Any) -> Statement:
    """Compile a query; `values` are checked to be its parameters."""
    made = select.compile(dialect=_DIALECT)
    names = tuple(getattr(made, "positiontup", None) or ())
    text = str(made)
    missing = set(values) - set(names)
    assert not missing, f"not parameters of the statement: {missing}"
    tx = text.replace(_MARK, "current_setting('app.org_id')::uuid")
    inner = text.replace(_MARK, "t.org")
    lean = (
        f"SELECT r.* FROM (SELECT set_config('app.org_id', ${len(names) + 1}, true)::uuid AS org) t"
        f" CROSS JOIN LATERAL ({inner} OFFSET 0) r"
    )
    return Statement(tx, lean, names)


def bound(select: sa.Select[Any]) -> tuple[str, list[Any]]:
    """The text and values of a query whose values are written in it (a handler's own query)."""
    made = select.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    names = getattr(made, "positiontup", None) or ()
    values = made.params
    text = str(made).replace(_MARK, "current_setting('app.org_id')::uuid")
    return text, [values[name] for name in names]
