"""Migrations: up, down and up again, with nothing left behind and nothing missing."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.tests.raw import connected, in_database
from eyeot import app
from eyeot.declare.schema import metadata
from eyeot.deploy import migrate, roles
from eyeot.storage.pool import Database
from eyeot.testing import House
from eyeot.testing.fixtures import TestDatabase

THINGS = """
SELECT 'table ' || relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
UNION ALL SELECT 'function ' || p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
UNION ALL SELECT 'policy ' || polname FROM pg_policy
UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'type ' || typname FROM pg_type t
WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
"""
PARTS = "SELECT nspname FROM pg_namespace WHERE nspname = 'eyeot_parts'"
LEFT = {"table alembic_version"}
COUNTED = {"table core_outbox_place_seq"}


@pytest.fixture
async def empty(database: TestDatabase) -> AsyncIterator[TestDatabase]:
    """A database with nothing in it."""
    async with connected(database.admin) as admin:
        await admin.execute("CREATE DATABASE emptied")
        actions, relay = (in_database(url, "emptied") for url in (database.app, database.relay))
        found = TestDatabase(
            actions, relay, in_database(database.admin, "emptied"), database.server
        )
        yield found
        await admin.execute("DROP DATABASE emptied WITH (FORCE)")


async def _things(database: TestDatabase) -> set[str]:
    async with connected(database.admin) as admin:
        return {row[0] for row in await admin.fetch(THINGS)}


def _ours(drift: list[Any]) -> list[Any]:
    return [one for one in drift if "lab_" not in repr(one)]


async def test_an_empty_database_is_brought_to_what_is_declared(empty: TestDatabase) -> None:
    plugins, _ = app.load_plugins()
    assert await migrate.behind(empty.admin, plugins) != set()

    await migrate.upgrade(empty.admin, plugins)

    assert _ours(await migrate.drift(empty.admin, plugins)) == []
    assert await migrate.behind(empty.admin, plugins) == set()
    things = await _things(empty)
    declared = (name for name in metadata.tables if not name.startswith("lab_"))
    assert {f"table {name}" for name in declared} | LEFT | COUNTED == {
        one for one in things if one.startswith("table")
    }


async def test_every_branch_goes_down_without_a_trace_and_up_again(empty: TestDatabase) -> None:
    plugins, _ = app.load_plugins()
    with_tables = [one for one in plugins if one.migrations]
    await migrate.upgrade(empty.admin, plugins)
    first = await _things(empty)

    for plugin in reversed(with_tables):
        await migrate.downgrade(empty.admin, plugins, f"{plugin.name}@base")
        left = await _things(empty)
        assert not [one for one in left if f" {plugin.name}_" in one], plugin.name
    assert left == LEFT

    await migrate.upgrade(empty.admin, plugins)
    assert await _things(empty) == first
    assert _ours(await migrate.drift(empty.admin, plugins)) == []


async def test_every_revision_goes_down_and_up_by_itself(empty: TestDatabase) -> None:
    plugins, _ = app.load_plugins()
    await migrate.upgrade(empty.admin, plugins)
    first = await _things(empty)
    # What stands on another goes first, and wholly: its first tables may need the other's last.
    for plugin in reversed([one for one in plugins if one.migrations]):
        revisions = migrate.branch(plugins, plugin.name)
        for _ in revisions[1:]:
            await migrate.downgrade(empty.admin, plugins, f"{plugin.name}@-1")
        if plugin.name != "core":
            await migrate.downgrade(empty.admin, plugins, f"{plugin.name}@base")
    await migrate.upgrade(empty.admin, plugins)

    assert await _things(empty) == first
    assert _ours(await migrate.drift(empty.admin, plugins)) == []


async def test_an_upgrade_of_what_is_up_changes_nothing_and_loses_nothing(
    empty: TestDatabase,
) -> None:
    plugins, _ = app.load_plugins()
    await migrate.upgrade(empty.admin, plugins)
    engine = await app.start(app.assemble(), empty.app, empty.relay)
    house = await House.open(engine)
    key = await house.make_key("crm:read")
    before = await _things(empty)

    await migrate.upgrade(empty.admin, plugins)

    assert await _things(empty) == before
    assert (await engine.authenticate(key["key"], None)).org_id == house.org_id
    await app.stop(engine)


async def test_a_login_of_its_own_is_made_and_may_work(empty: TestDatabase) -> None:
    """As `eyeot db upgrade` does it for the URLs of a database of one's own."""
    plugins, _ = app.load_plugins()
    logins = [roles.Login("shop app", 'it\'s "secret"'), roles.Login("shop relay", None)]
    await migrate.upgrade(empty.admin, plugins, *logins)

    actions, relay = (empty.server.url(login.name, "emptied") for login in logins)
    opened = await Database.open(actions, relay, size=1)

    await opened.close()
    async with connected(empty.admin) as admin:
        for login in logins:
            await admin.execute(f'DROP ROLE "{login.name}"')
