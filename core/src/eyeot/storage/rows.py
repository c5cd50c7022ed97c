"""Rows: records read from and written to their own table, by compiled statements."""

from typing import Any

import sqlalchemy as sa

from eyeot.declare.access import Level
from eyeot.declare.anyref import RecordRef
from eyeot.declare.field import Field
from eyeot.declare.money import Money
from eyeot.declare.record import Record
from eyeot.storage.memory import remembered
from eyeot.storage.reach import predicate
from eyeot.storage.statement import ORG, ORG_MARK, Statement, compiled

KEPT_AS = Statement.of(
    f"SELECT kept_id FROM core_merged WHERE org_id = {ORG_MARK} AND kind = $1 AND id = $2",
    ("kind", "id"),
)
"""What a record that is gone was merged into."""
HISTORY = Statement.of(
    f"""
    SELECT e.id, e.at, e.actor, e.actor_type, e.action, e.changes
    FROM (SELECT DISTINCT event_id FROM core_audit_subject
          WHERE org_id = {ORG_MARK} AND record = ANY($1::text[]) AND event_id < $2
          ORDER BY event_id DESC LIMIT $3) s
    JOIN core_audit_event e ON e.org_id = {ORG_MARK} AND e.id = s.event_id ORDER BY e.id DESC
    """,
    ("record", "before", "limit"),
)
"""The events that changed some records, newest first, before one of them."""


@remembered
def select_one(record: type[Record], level: Level, *, lock: bool) -> Statement:
    """The row of an id within reach, locked against other writers on demand."""
    table = record.meta.table
    select = sa.select(*_columns(record)).where(
        table.c.org_id == ORG,
        table.c.id == sa.bindparam("id", type_=table.c.id.type),
        predicate(record, table, level),
    )
    # Against other writers only: whoever refers to the row meanwhile need not wait, since its id stays.
    return compiled(select.with_for_update(of=table, key_share=True) if lock else select)


def select_where(
    record: type[Record],
    within: sa.ColumnElement[bool],
    where: tuple[Any, ...],
    order: Any,
    limit: int,
) -> sa.Select[Any]:
    """A handler's own query on one record."""
    ordered = order if isinstance(order, tuple) else (record.c.id if order is None else order,)
    return sa.select(*_columns(record)).where(within, *where).order_by(*ordered).limit(limit)


@remembered
def pointing(record: type[Record], name: str) -> Statement:
    """The ids of the records that point to an id with this field, whatever the reach."""
    column = record.c[name]
    given = sa.bindparam("id", type_=column.type)
    return compiled(sa.select(record.c.id).where(record.c.org_id == ORG, column == given))


def _columns(record: type[Record]) -> list[Any]:
    return [c for c in record.meta.table.c if c.name != "org_id"]


def _quoted(name: str) -> str:
    """A column that may be called as a word of SQL is, such as end."""
    return f'"{name}"'


@remembered
def insert_text(record: type[Record]) -> str:
    """The insertion of a whole row; the organisation first."""
    names = [_quoted(c.name) for c in record.meta.table.c]
    places = ", ".join(f"${i + 1}" for i in range(len(names)))
    return f"INSERT INTO {record.meta.table.name} ({', '.join(names)}) VALUES ({places})"


@remembered
def update_text(record: type[Record], columns: tuple[str, ...]) -> str:
    """The change of some columns, refused when the row is no longer at the version that was read."""
    sets = ", ".join(f"{_quoted(name)} = ${i + 4}" for i, name in enumerate(columns))
    return (
        f"UPDATE {record.meta.table.name} SET {sets}, version = version + 1"
        " WHERE org_id = $1 AND id = $2 AND version = $3"
    )


@remembered
def stamp_text(record: type[Record]) -> str:
    """The time of a change that is stored elsewhere."""
    return f"UPDATE {record.meta.table.name} SET updated_at = $3 WHERE org_id = $1 AND id = $2"


@remembered
def delete_text(record: type[Record]) -> str:
    """The deletion of a row."""
    return f"DELETE FROM {record.meta.table.name} WHERE org_id = $1 AND id = $2"


def to_columns(one: Field, value: Any) -> list[Any]:
    """A field's value as its columns hold it."""
    if one.kind == "money":
        return [value.amount, value.currency] if value is not None else [None, None]
    return [value]


def insert_values(row: Record) -> list[Any]:
    """The values of `insert_text`, without the organisation."""
    return [
        part
        for name, one in row.meta.fields.items()
        for part in to_columns(one, row.__dict__[name])
    ]


def loaded(record: type[Record], found: Any) -> dict[str, Any]:
    """The field values of a stored row."""
    values: dict[str, Any] = {}
    for name, one in record.meta.fields.items():
        value = found[one.columns[0]]
        if value is not None:
            if one.kind == "money":
                value = Money.stored(value, found[one.columns[1]])
            elif one.kind == "record":
                value = RecordRef(value)
            elif one.kind == "records":
                value = [RecordRef(ref) for ref in value]
        values[name] = value
    return values
