"""Statements: SQLAlchemy queries compiled once to text, with the tenant inside."""

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.dialects.postgresql import asyncpg

_DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]
ORG_MARK = "__eyeot_org__"

ORG: sa.ColumnElement[Any] = sa.literal_column(ORG_MARK, type_=PG_UUID())
"""The caller's organisation, in any statement built for `compiled`."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text and the names of its parameters, in order.

    `tx` is for a transaction whose tenant is set. `lean` sets the tenant itself, in one statement:
    the guarded subquery depends laterally on the row that sets it and `OFFSET 0` keeps the planner
    from merging the two, so the tenant is always set before a guarded row is looked at. Its last
    parameter is the organisation.
    """

    tx: str
    lean: str
    names: tuple[str, ...]
    constants: dict[str, Any] = field(default_factory=dict)
    """Values that the query itself brought, e.g. a separator."""

    @classmethod
    def of(
        cls, text: str, names: tuple[str, ...], constants: dict[str, Any] | None = None
    ) -> "Statement":
        """The statement of a text in which `ORG_MARK` stands for the caller's organisation."""
        inner = text.replace(ORG_MARK, "t.org")
        return cls(
            tx=text.replace(ORG_MARK, "current_setting('app.org_id')::uuid"),
            lean=(
                f"SELECT r.* FROM (SELECT set_config('app.org_id', ${len(names) + 1}, true)::uuid AS org) t"
                f" CROSS JOIN LATERAL ({inner} OFFSET 0) r"
            ),
            names=names,
            constants=constants or {},
        )

    def arguments(self, values: dict[str, Any]) -> list[Any]:
        """The values in the order of the text."""
        constants = self.constants
        return [constants[name] if name in constants else values[name] for name in self.names]


def compiled(select: sa.Select[Any]) -> Statement:
    """Compile a query; bind parameters without a value become the statement's parameters."""
    made = select.compile(dialect=_DIALECT)
    names = tuple(getattr(made, "positiontup", None) or ())
    constants = {name: value for name, value in made.params.items() if value is not None}
    return Statement.of(str(made), names, constants)


def bound(select: sa.Select[Any], reach: dict[str, Any]) -> tuple[str, list[Any]]:
    """The text and values of a handler's own query, whose values are written in it; the reach's are given."""
    made = select.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    names = getattr(made, "positiontup", None) or ()
    values = {**made.params, **reach}
    text = str(made).replace(ORG_MARK, "current_setting('app.org_id')::uuid")
    return text, [values[name] for name in names]
