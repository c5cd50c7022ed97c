"""Roles: each login can do what it must in the database, and nothing else."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from core.tests.raw import connected
from eyeot.app import load_plugins
from eyeot.declare.schema import GLOBAL_TABLES, metadata
from eyeot.deploy import migrate, roles
from eyeot.storage.pool import Database, UnsafeRole
from eyeot.testing.fixtures import TestDatabase

RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN")
HELD = """
SELECT c.relname AS "table", p.priv AS "right" FROM pg_class c, unnest($2::text[]) p(priv)
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'S', 'v', 'm')
  AND has_table_privilege($1, c.oid, p.priv)
"""
RELAY = {
    "eyeot_organisation": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "eyeot_module": {"SELECT", "INSERT", "UPDATE"},
    "eyeot_backup": {"SELECT"},
    "eyeot_rate": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "eyeot_account": {"SELECT", "INSERT", "UPDATE"},
    "eyeot_session": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "eyeot_recovery_code": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "eyeot_link": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "eyeot_attempt": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "eyeot_oauth_client": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "eyeot_oauth_code": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "eyeot_oauth_device": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "core_oauth_token": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "core_oauth_grant": {"SELECT"},
    "core_outbox": {"SELECT", "UPDATE", "DELETE"},
    "core_audit_event": {"INSERT"},
    "core_read": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "core_audit_leaf": {"SELECT", "INSERT"},
    "core_audit_checkpoint": {"SELECT", "INSERT"},
    "core_job": {"SELECT", "INSERT", "UPDATE"},
    "core_schedule": {"SELECT", "UPDATE"},
    "core_plan": {"SELECT", "INSERT", "DELETE"},
    "core_idempotency": {"SELECT", "DELETE"},
    "core_webhook_endpoint": {"SELECT", "UPDATE"},
    "core_webhook_delivery": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "core_mail": {"SELECT", "UPDATE", "DELETE"},
}
GATE: dict[str, set[str]] = {
    **{name: {"SELECT"} for name in (*roles._GATE_READS, "eyeot_organisation", "eyeot_module")},
    "eyeot_recovery_code": {"DELETE"},
    "core_search_word": {"SELECT", "DELETE"},
}
WRITES = {"SELECT", "INSERT", "UPDATE", "DELETE"}


def _app() -> dict[str, set[str]]:
    tenant = {
        name: WRITES
        for name in metadata.tables
        if name not in GLOBAL_TABLES and not name.startswith("lab_")
    }
    return {
        **tenant,
        "core_audit_event": {"SELECT", "INSERT"},
        "core_audit_subject": {"SELECT", "INSERT"},
        "core_audit_leaf": {"SELECT"},
        "core_audit_checkpoint": {"SELECT"},
        "core_sequence_number": {"SELECT", "INSERT"},
        "alembic_version": {"SELECT"},
        "eyeot_module": {"SELECT"},
    }


async def _held(admin: Any, role: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in await admin.fetch(HELD, role, list(RIGHTS)):
        found.setdefault(row["table"], set()).add(row["right"])
    return found


@pytest.mark.parametrize(
    ("role", "expected"),
    [(roles.APP, _app), (roles.RELAY, RELAY.copy), (roles.GATE, GATE.copy)],
    ids=[roles.APP, roles.RELAY, roles.GATE],
)
async def test_a_role_has_these_rights_and_no_other(
    database: TestDatabase, role: str, expected: Callable[[], dict[str, set[str]]]
) -> None:
    async with connected(database.admin) as admin:
        assert await _held(admin, role) == expected()


@pytest.mark.parametrize("role", [roles.APP, roles.RELAY, roles.GATE])
async def test_a_role_that_runs_calls_has_no_power_beyond_its_tables(
    database: TestDatabase, role: str
) -> None:
    async with connected(database.admin) as admin:
        row = await admin.fetchrow("SELECT * FROM pg_roles WHERE rolname = $1", role)
        others = await admin.fetch(
            "SELECT rolname FROM pg_roles WHERE rolname <> $1 AND pg_has_role($1, oid, 'MEMBER')",
            role,
        )
        creates = await admin.fetchval("SELECT has_schema_privilege($1, 'public', 'CREATE')", role)

    assert not any(row[power] for power in ("rolsuper", "rolbypassrls", "rolcreaterole"))
    assert others == []
    assert not creates


async def test_only_the_role_that_runs_actions_may_ask_the_gate(database: TestDatabase) -> None:
    asked = "SELECT has_function_privilege($1, 'eyeot_gate_key(bytea)', 'EXECUTE')"
    async with connected(database.admin) as admin:
        held = {role: await admin.fetchval(asked, role) for role in (roles.APP, roles.RELAY)}
        public = await admin.fetchval(
            "SELECT count(*) FROM pg_proc p,"
            " aclexplode(coalesce(proacl, acldefault('f', proowner))) a"
            " WHERE p.pronamespace = 'public'::regnamespace"
            " AND p.proname LIKE 'eyeot%' AND a.grantee = 0"
        )
        gate = await admin.fetchrow(
            "SELECT prosecdef, proconfig, pg_get_userbyid(proowner) AS owner FROM pg_proc"
            " WHERE proname = 'eyeot_gate_key'"
        )

    assert held == {roles.APP: True, roles.RELAY: False}
    assert public == 0
    assert gate["prosecdef"]
    assert gate["owner"] == roles.GATE
    assert gate["proconfig"] == ["search_path=pg_catalog, public, pg_temp"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_audit_event SET outcome = 'ok'",
        "DELETE FROM core_audit_event",
        "TRUNCATE core_audit_event",
        "SELECT * FROM eyeot_account",
        "SELECT * FROM eyeot_organisation",
        "CREATE TABLE public.mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE core_role DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE core_role NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON core_role",
        "DROP TABLE core_role",
        "CREATE INDEX ON core_role (name)",
        "SET ROLE eyeot_owner",
        "SET ROLE eyeot_gate",
        "SET ROLE eyeot_relay",
        "SET SESSION AUTHORIZATION postgres",
        "SET row_security = off; SELECT * FROM core_role",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY core_role TO PROGRAM 'true'",
        "UPDATE alembic_version SET version_num = ''",
    ],
)
async def test_the_role_that_runs_actions_is_refused(
    database: TestDatabase, statement: str
) -> None:
    async with connected(database.app, uuid4()) as app:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(statement)


async def test_the_relay_sees_outboxes_and_cannot_read_the_audit(database: TestDatabase) -> None:
    async with connected(database.relay, uuid4()) as relay:
        await relay.fetch("SELECT count(*) FROM core_outbox")
        for table in ("core_api_key", "crm_customer"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await relay.fetch(f"SELECT count(*) FROM {table}")
        # It must know which events wait for their seal, and nothing that they tell.
        await relay.fetch("SELECT org_id, id FROM core_audit_event LIMIT 1")
        for name in set(metadata.tables["core_audit_event"].c.keys()) - {"org_id", "id"}:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await relay.fetch(f"SELECT {name} FROM core_audit_event LIMIT 1")


PARTITIONS = """
SELECT inhrelid::regclass::text AS name, relrowsecurity AND relforcerowsecurity AS bound
FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
WHERE inhparent = 'core_audit_event'::regclass
"""


@pytest.mark.parametrize("login", ["app", "relay"])
async def test_a_month_of_the_audit_can_be_reached_through_the_whole_only(
    database: TestDatabase, login: str
) -> None:
    async with (
        connected(database.admin) as admin,
        connected(getattr(database, login), uuid4()) as caller,
    ):
        found = await admin.fetch(PARTITIONS)
        assert len(found) >= 5
        for month in found:
            assert month["bound"]
            for statement in (
                "SELECT * FROM {}",
                "SELECT id FROM {}",
                "INSERT INTO {} (id) VALUES (gen_random_uuid())",
                "UPDATE {} SET outcome = 'ok'",
                "DELETE FROM {}",
                "TRUNCATE {}",
                "ALTER TABLE core_audit_event DETACH PARTITION {}",
                "DROP TABLE {}",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await caller.execute(statement.format(month["name"]))


async def test_months_are_made_ahead_once_and_rows_before_them_stay_where_they_are(
    database: TestDatabase,
) -> None:
    insert = """
    INSERT INTO core_audit_event (org_id, id, at, actor_type, actor, tags, surface, action, outcome)
    SELECT id, '01000000-0000-7000-8000-000000000000', now(), 'system', 'x', '{via:job}', 'job', 'x', 'ok'
    FROM eyeot_organisation WHERE slug = 'm'"""
    async with connected(database.admin) as admin, admin.transaction():
        await admin.execute(
            "INSERT INTO eyeot_organisation (id, slug) VALUES (gen_random_uuid(), 'm')"
        )
        await admin.execute(insert)
        day = await admin.fetchval("SELECT to_timestamp(x'010000000000'::bigint / 1000.0)::date")
        made = [await admin.fetchval("SELECT eyeot_audit_month($1)", day) for _ in range(2)]
        ahead = await admin.fetchval("SELECT eyeot_audit_months()")
        far = await admin.fetchval("SELECT eyeot_audit_month('2041-12-31')")
        await admin.execute(insert.replace("01000000-0000", "0210aefa-bc00"))
        month = await admin.fetchval(
            "SELECT tableoid::regclass::text FROM core_audit_event"
            " WHERE id = '0210aefa-bc00-7000-8000-000000000000'"
        )
        await admin.execute("ROLLBACK; BEGIN")

    assert made == [False, False]
    assert ahead == 0
    assert far
    assert month == "eyeot_parts.core_audit_event_2041_12"


async def test_the_engine_knows_with_its_own_login_whether_the_database_is_behind(
    database: TestDatabase,
) -> None:
    plugins, _ = load_plugins()

    assert await migrate.behind(database.app, plugins) == set()


@pytest.fixture(params=["SUPERUSER", "BYPASSRLS", "eyeot_owner", "eyeot_gate", "eyeot_relay"])
async def unsafe(request: pytest.FixtureRequest, database: TestDatabase) -> AsyncIterator[str]:
    """A login of the app role that is also something it must not be."""
    power: str = request.param
    name = f"unsafe_{power.lower()}"
    async with connected(database.admin) as admin:
        await admin.execute(f"CREATE ROLE {name} LOGIN IN ROLE eyeot_app")
        given = f"GRANT {power} TO {name}" if power.islower() else f"ALTER ROLE {name} {power}"
        await admin.execute(given)
        yield database.server.url(name)
        await admin.execute(f"DROP ROLE {name}")


async def test_a_login_that_row_security_would_not_bind_is_refused(
    unsafe: str, database: TestDatabase
) -> None:
    with pytest.raises(UnsafeRole):
        await Database.open(unsafe, database.relay, size=1)


async def test_a_database_that_cannot_be_opened_wholly_is_closed(database: TestDatabase) -> None:
    count = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'half_open'"
    async with connected(database.admin) as admin:
        await admin.execute("CREATE ROLE half_open LOGIN IN ROLE eyeot_app")
        with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
            await Database.open(
                database.server.url("half_open"), database.server.url("nobody"), size=1
            )
        while await admin.fetchval(count):
            await admin.execute("SELECT pg_stat_clear_snapshot()")
        await admin.execute("DROP ROLE half_open")


async def test_a_plain_member_of_the_app_role_is_taken(database: TestDatabase) -> None:
    async with connected(database.admin) as admin:
        await admin.execute("CREATE ROLE plain_member LOGIN IN ROLE eyeot_app")
    opened = await Database.open(database.server.url("plain_member"), database.relay, size=1)
    await opened.close()
    async with connected(database.admin) as admin:
        await admin.execute("DROP ROLE plain_member")
