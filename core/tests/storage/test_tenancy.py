"""Tenancy: what keeps organisations apart holds in the database, whatever the code does."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.tests.filling import fill
from core.tests.firm import furnish
from core.tests.raw import connected
from eyeot.declare.ids import uuid7
from eyeot.declare.schema import GLOBAL_TABLES, metadata
from eyeot.runtime.engine import Engine
from eyeot.testing import House
from eyeot.testing.fixtures import TestDatabase

REFUSED = (asyncpg.InsufficientPrivilegeError, asyncpg.IntegrityConstraintViolationError)
TENANT = """
SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
"""
KEYS = """
SELECT c.relname AS "table", k.conname AS name, k.contype::text AS kind,
  array(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, i)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.i) AS columns,
  f.relname AS target
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
LEFT JOIN pg_class f ON f.oid = k.confrelid
WHERE k.connamespace = 'public'::regnamespace AND k.contype IN ('p', 'u', 'f')
"""
APPEND_ONLY = (
    "core_audit_event",
    "core_audit_subject",
    "core_audit_leaf",
    "core_audit_checkpoint",
    "core_sequence_number",
)


@dataclass(frozen=True, slots=True)
class Two:
    """Two organisations with one of everything each."""

    ours: UUID
    theirs: UUID
    tables: tuple[str, ...]


@pytest.fixture(scope="module")
async def two(engine: Engine, database: TestDatabase) -> Two:
    """Two furnished organisations on one database."""
    orgs = []
    for _ in range(2):
        house = await House.open(engine)
        await house.person("owner", "owner")
        scopes = sorted({one.needs for one in engine.catalogue.actions.values()})
        await furnish(house, await house.desk(*scopes, owner="owner"))
        await fill(database.admin, house.org_id)
        orgs.append(house.org_id)
    async with connected(database.admin) as admin:
        names = {row["relname"] for row in await admin.fetch(TENANT)}
    return Two(orgs[0], orgs[1], tuple(sorted(names - GLOBAL_TABLES)))


async def _a_row(admin: Any, table: str, org: UUID) -> dict[str, Any]:
    found = await admin.fetchrow(f"SELECT * FROM {table} WHERE org_id = $1 LIMIT 1", org)
    assert found, f"{table} has no row to try with"
    return dict(found)


async def test_every_table_but_three_has_forced_row_security(database: TestDatabase) -> None:
    async with connected(database.admin) as admin:
        rows = await admin.fetch(TENANT)
    bound = {row["relname"] for row in rows if row["relrowsecurity"] and row["relforcerowsecurity"]}
    free = {row["relname"] for row in rows if not row["relrowsecurity"]}

    assert free == GLOBAL_TABLES
    ours = {name for name in metadata.tables if not name.startswith("lab_")}
    assert bound == ours - GLOBAL_TABLES


async def test_the_organisation_leads_every_key_of_every_tenant_table(
    database: TestDatabase,
) -> None:
    async with connected(database.admin) as admin:
        keys = await admin.fetch(KEYS)
        unique = await admin.fetch(
            """SELECT c.relname, i.relname AS name, a.attname FROM pg_index x
            JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
            LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0]
            WHERE x.indisunique AND c.relnamespace = 'public'::regnamespace"""
        )
    ours = [one for one in keys if one["table"] not in GLOBAL_TABLES]

    assert [one["name"] for one in ours if one["columns"][0] != "org_id"] == []
    pointing = [one for one in ours if one["kind"] == "f" and one["target"] not in GLOBAL_TABLES]
    assert pointing
    assert [one["name"] for one in pointing if len(one["columns"]) == 1] == []
    mine = [one for one in unique if one["relname"] not in GLOBAL_TABLES]
    assert [one["name"] for one in mine if one["attname"] != "org_id"] == []


async def test_without_an_organisation_nothing_is_seen_or_written(
    two: Two, database: TestDatabase
) -> None:
    async with connected(database.app) as app, connected(database.admin) as admin:
        for table in two.tables:
            assert await app.fetchval(f"SELECT count(*) FROM {table}") == 0, table
            row = await _a_row(admin, table, two.theirs)
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await _insert(app, table, row)


async def test_an_emptied_organisation_setting_is_none(two: Two, database: TestDatabase) -> None:
    async with connected(database.app) as app:
        await app.execute("BEGIN; SET LOCAL app.org_id = '" + str(two.ours) + "'; COMMIT")
        assert await app.fetchval("SELECT current_setting('app.org_id', true)") == ""
        for table in two.tables:
            assert await app.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_one_organisation_cannot_touch_anothers_rows(
    two: Two, database: TestDatabase
) -> None:
    async with connected(database.app, two.ours) as app, connected(database.admin) as admin:
        for table in two.tables:
            assert await app.fetchval(f"SELECT count(*) FROM {table}") > 0, table
            seen = f"SELECT count(*) FROM {table} WHERE org_id = $1"
            assert await app.fetchval(seen, two.theirs) == 0, table
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await _insert(app, table, await _a_row(admin, table, two.theirs))
            if table in APPEND_ONLY:
                continue
            own = f"WHERE org_id = '{two.ours}'"
            # What stands for ever is refused by its own guard first.
            with pytest.raises(REFUSED):
                await app.execute(f"UPDATE {table} SET org_id = $1 {own}", two.theirs)
            kept = f"UPDATE {table} SET org_id = org_id WHERE org_id = $1"
            assert await app.execute(kept, two.theirs) == "UPDATE 0"
            assert (
                await app.execute(f"DELETE FROM {table} WHERE org_id = $1", two.theirs)
                == "DELETE 0"
            )


async def test_no_reference_can_be_forged_to_anothers_row(two: Two, database: TestDatabase) -> None:
    async with connected(database.app, two.ours) as app, connected(database.admin) as admin:
        keys = await admin.fetch(KEYS)
        tried = 0
        for one in keys:
            if one["kind"] != "f" or one["target"] in GLOBAL_TABLES:
                continue
            theirs = await _a_row(admin, one["target"], two.theirs)
            own = await _a_row(admin, one["table"], two.ours)
            column = one["columns"][1]
            # What stands for ever refuses every change; that includes this one.
            with pytest.raises(asyncpg.IntegrityConstraintViolationError):
                await _forge(app, one["table"], own, {column: theirs["id"]})
            tried += 1
    assert tried > 20


async def _forge(app: Any, table: str, row: dict[str, Any], forged: dict[str, Any]) -> None:
    """Write a reference: into a row, or where rows cannot be changed into a new one."""
    if table in APPEND_ONLY:
        await _insert(app, table, {**row, **forged, "id": uuid7()})
    else:
        ((column, id),) = forged.items()
        await app.execute(f'UPDATE {table} SET "{column}" = $1 WHERE id = $2', id, row["id"])


async def _insert(connection: Any, table: str, row: dict[str, Any]) -> None:
    places = ", ".join(f"${i + 1}" for i in range(len(row)))
    names = ", ".join(f'"{name}"' for name in row)
    await connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *row.values())
