"""Plant: what must never be seen, put where it could be: another organisation's records, sensitive values."""

from collections.abc import Iterator
from uuid import UUID

import asyncpg

from eyeot.declare.field import Field
from eyeot.declare.ids import encode, uuid7
from eyeot.declare.record import Record
from eyeot.runtime.catalogue import Catalogue

# No trigger and no foreign key looks at a row written under this role; the copy of one row is all we want.
_UNTRIED = "SET session_replication_role = replica"
_ONE = "SELECT id FROM {0} WHERE org_id = $1 LIMIT 1"
_COPY = """
INSERT INTO {0} SELECT (jsonb_populate_record(t, jsonb_build_object(
  'org_id', $2::uuid, 'id', $3::uuid))).* FROM {0} t WHERE org_id = $1 LIMIT 1
"""
_VALUES: dict[str, tuple[str, str]] = {
    "text": ("'Zqvxkj'", "Zqvxkj"),
    "decimal": ("7654321.25", "7654321.25"),
    "integer": ("7654321", "7654321"),
    "money": ("7654321.25", "7654321.25"),
    "date": ("DATE '1907-03-11'", "1907-03-11"),
    "datetime": ("TIMESTAMPTZ '1907-03-11'", "1907-03-11"),
    "tags": ("ARRAY['Zqvxkj']", "Zqvxkj"),
    "json": ("'[\"Zqvxkj\"]'::jsonb", "Zqvxkj"),
}
"""By kind of field: a value as SQL, and the text by which an answer would betray it."""


def records_of(catalogue: Catalogue) -> Iterator[type[Record]]:
    """Every table of the installed plugins."""
    return (one for plugin in catalogue.plugins for one in plugin.records())


async def abroad(admin: str, catalogue: Catalogue, ours: UUID, theirs: UUID) -> dict[str, str]:
    """A record of every kind in another organisation, copies of ours where it has none; their ids by kind."""
    made: dict[str, str] = {}
    connection = await asyncpg.connect(admin)
    try:
        await connection.execute(_UNTRIED)
        for record in records_of(catalogue):
            meta = record.meta
            id = await connection.fetchval(_ONE.format(meta.table.name), theirs)
            if id is None:
                id = uuid7()
                await connection.execute(_COPY.format(meta.table.name), ours, theirs, id)
            made[meta.name] = encode(meta.prefix, id)
    finally:
        await connection.close()
    return made


async def plant(admin: str, catalogue: Catalogue, org_id: UUID) -> frozenset[str]:
    """Give every sensitive field of the demo company a value that can be told from all others."""
    told = set[str]()
    connection = await asyncpg.connect(admin)
    try:
        await connection.execute(_UNTRIED)
        for record in records_of(catalogue):
            for one in _sensitive(record):
                literal, text = _VALUES[one.kind]
                table, column = record.meta.table.name, one.columns[0]
                statement = f"UPDATE {table} SET {column} = {literal}"  # noqa: S608 - names of ours
                await connection.execute(f"{statement}{_currency(one)} WHERE org_id = $1", org_id)
                told.add(text)
    finally:
        await connection.close()
    return frozenset(told)


def _sensitive(record: type[Record]) -> Iterator[Field]:
    return (f for f in record.meta.fields.values() if f.sensitive and f.kind in _VALUES)


def _currency(one: Field) -> str:
    return f", {one.columns[1]} = 'EUR'" if one.kind == "money" else ""
