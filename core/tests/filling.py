"""Filling: a row for every table of an organisation that has none, from what the tables say of themselves.

So that a table which a plugin brings is held to the same rules as the others, without a line of ours.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from core.tests.raw import connected
from eyeot.declare.record import Record, records
from eyeot.declare.schema import GLOBAL_TABLES, metadata

_BY_TYPE: tuple[tuple[type[Any], Any], ...] = (
    (sa.UUID, uuid4),
    (sa.Boolean, lambda: False),
    (sa.BigInteger, lambda: 1),
    (sa.Integer, lambda: 1),
    (sa.Numeric, lambda: Decimal(1)),
    (sa.DateTime, lambda: datetime.now(UTC)),
    (sa.Date, lambda: date(2026, 1, 31)),
    (postgresql.ARRAY, list),
    (postgresql.JSONB, dict),
    (sa.LargeBinary, lambda: b"x"),
    (sa.Text, lambda: uuid4().hex),
)

_WHOLE = ("remaining_amount", "remaining_currency")
"""What is left of an amount of which nothing was taken yet."""


async def fill(admin_url: str, org_id: UUID) -> list[str]:
    """Give each empty table of an organisation one row; the tables that were filled."""
    filled: list[str] = []
    async with connected(admin_url) as admin:
        for table in metadata.sorted_tables:
            if table.name in GLOBAL_TABLES or table.name.startswith("lab_"):
                continue
            there = f'SELECT 1 FROM "{table.name}" WHERE org_id = $1 LIMIT 1'
            if await admin.fetchval(there, org_id):
                continue
            row = {one.name: await _value(admin, one, org_id) for one in table.c}
            names = ", ".join(f'"{name}"' for name in row)
            places = ", ".join(f"${at}" for at in range(1, len(row) + 1))
            await admin.execute(
                f'INSERT INTO "{table.name}" ({names}) VALUES ({places})', *row.values()
            )
            filled.append(table.name)
    return filled


async def _value(admin: Any, column: sa.Column[Any], org_id: UUID) -> Any:
    if column.name == "org_id":
        return org_id
    for constraint in column.table.foreign_key_constraints:
        names = [one.name for one in constraint.columns]
        if column.name in names and len(names) > 1:
            if column.nullable and _comes_later(column):
                return None
            target = constraint.referred_table.name
            found = await admin.fetchval(
                f'SELECT id FROM "{target}" WHERE org_id = $1 LIMIT 1', org_id
            )
            return found if found is not None or column.nullable else uuid4()
    if column.nullable and column.name not in _WHOLE:
        return None
    return (
        _first(column)
        or _choice(column)
        or next(make() for kind, make in _BY_TYPE if isinstance(column.type, kind))
    )


def _comes_later(column: sa.Column[Any]) -> bool:
    """Whether only the work on a record fills it in, as the entry of what is booked."""
    record = next((one for one in records.values() if one.meta.table is column.table), None)
    field = record.meta.fields.get(column.name) if record else None
    return bool(field and field.access == "read")


def _first(column: sa.Column[Any]) -> Any:
    """The state that a record begins in, which alone holds of one that nothing was done with."""
    record = next((one for one in records.values() if one.meta.table is column.table), None)
    field = record.meta.fields.get(column.name) if record else None
    begins = (
        field and record and record.meta.state == column.name and isinstance(field.default, str)
    )
    return field.default if field and begins else None


def _choice(column: sa.Column[Any]) -> Any:
    """The first of a closed list of values."""
    record = next((one for one in records.values() if one.meta.table is column.table), None)
    field = record.meta.fields.get(column.name) if record else None
    if field and field.choices:
        return field.choices[0]
    return "EUR" if column.name.endswith("_currency") else _named(record, column)


def _named(record: type[Record] | None, column: sa.Column[Any]) -> Any:
    field = record.meta.fields.get(column.name) if record else None
    return f"core.user/{uuid4()}" if field and field.kind == "record" else None
