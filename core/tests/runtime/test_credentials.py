"""Credentials: what a key may do ends the moment it is cut, here and in other processes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.tests.raw import connected
from eyeot.app import sensitive_permissions
from eyeot.declare.problem import Unauthenticated, Unavailable
from eyeot.runtime.engine import Engine
from eyeot.runtime.guards import authenticate as credentials
from eyeot.runtime.guards.authenticate import Credentials
from eyeot.runtime.policy import Compiler
from eyeot.testing import House
from eyeot.testing.fixtures import TestDatabase


@pytest.fixture(scope="module")
async def elsewhere(engine: Engine, database: TestDatabase) -> AsyncIterator[Credentials]:
    """The credentials of another process on the same database."""
    compiler = Compiler(
        engine.catalogue.actions.values(), sensitive_permissions(engine.catalogue) | {"*"}
    )
    other = Credentials(engine.database.writes, database.app, compiler)
    other.start()
    await _until(lambda: _true(other._heard))
    yield other
    await other.stop()


async def _true(value: object) -> bool:
    return bool(value)


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await condition():
            await asyncio.sleep(0)


async def _role(house: House, name: str) -> str:
    found = await house.operator.call("core.role.list", name=name)
    role: str = found.result["items"][0]["id"]
    return role


async def _refused(where: Credentials | Engine, key: str, ip: str | None = None) -> bool:
    ask = where.authenticate if isinstance(where, Engine) else where.caller
    try:
        await ask(key, ip)
    except Unauthenticated:
        return True
    return False


_END_WAITING = """
SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND query LIKE '%eyeot_gate_key%'
"""
Cut = Callable[[House, dict[str, Any]], Awaitable[Any]]


async def _revoke(house: House, key: dict[str, Any]) -> None:
    await house.operator.call("core.api_key.revoke", id=key["id"], reason="lost")


async def _suspend(house: House, key: dict[str, Any]) -> None:
    await house.operator.call("core.user.suspend", id=house.people["anne"], reason="left")


async def _archive_organisation(house: House, key: dict[str, Any]) -> None:
    async with connected(key["admin"]) as admin:
        await admin.execute(
            "UPDATE core_organization SET archived_at = now() WHERE org_id = $1", house.org_id
        )


async def _archive_role(house: House, key: dict[str, Any]) -> None:
    await house.operator.call("core.role.archive", id=await _role(house, "sales"))


async def _strip_role(house: House, key: dict[str, Any]) -> None:
    role = await _role(house, "sales")
    await house.operator.call("core.role.update", id=role, permissions=[])


@pytest.mark.parametrize("cut", [_revoke, _suspend])
async def test_a_key_that_is_cut_is_refused_by_the_next_call(
    house: House, engine: Engine, elsewhere: Credentials, cut: Cut
) -> None:
    await house.person("anne", "sales")
    key = await house.make_key(role="sales", owner="anne")
    await engine.authenticate(key["key"], None)
    await elsewhere.caller(key["key"], None)

    await cut(house, key)

    assert await _refused(engine, key["key"])
    await _until(lambda: _refused(elsewhere, key["key"]))


async def test_an_archived_organisation_has_no_callers(
    house: House, engine: Engine, database: TestDatabase
) -> None:
    key = await house.make_key("crm:read")
    await engine.authenticate(key["key"], None)

    await _archive_organisation(house, {"admin": database.admin})

    await _until(lambda: _refused(engine, key["key"]))


@pytest.mark.parametrize("cut", [_archive_role, _strip_role])
@pytest.mark.parametrize("scopes", [(), ("crm:read",), ("*",)])
async def test_a_key_loses_with_its_role_and_never_gains(
    house: House, engine: Engine, elsewhere: Credentials, cut: Cut, scopes: tuple[str, ...]
) -> None:
    await house.person("anne", "sales")
    key = await house.make_key(*scopes, role="sales", owner="anne")
    assert (await engine.authenticate(key["key"], None)).access.actions
    await elsewhere.caller(key["key"], None)

    await cut(house, key)

    assert (await engine.authenticate(key["key"], None)).access.actions == {}

    async def powerless() -> bool:
        return not (await elsewhere.caller(key["key"], None)).access.actions

    await _until(powerless)


async def test_a_process_that_hears_nothing_still_obeys_its_own_cuts(
    house: House, engine: Engine
) -> None:
    deaf = Credentials(engine.database.writes, "", engine.credentials._compiler)
    alone = Engine(engine.catalogue, engine.database, deaf, public_url="")
    house.operator.engine = alone
    key = await house.make_key("crm:read")
    await alone.authenticate(key["key"], None)

    await _revoke(house, key)

    assert await _refused(alone, key["key"])


async def test_a_credential_that_cannot_be_looked_up_is_told_to_come_again(
    house: House, engine: Engine, database: TestDatabase
) -> None:
    key = await house.make_key("crm:read")
    async with (
        connected(database.admin) as killer,
        connected(database.admin) as admin,
        admin.transaction(),
    ):
        await admin.execute("LOCK core_api_key IN ACCESS EXCLUSIVE MODE")
        asked = asyncio.create_task(engine.authenticate(key["key"], None))
        await _until(lambda: killer.fetchval(_END_WAITING))

        with pytest.raises(Unavailable):
            await asked

    assert (await engine.authenticate(key["key"], None)).org_id == house.org_id


async def test_a_process_whose_database_had_no_connection_free_hears_again(
    house: House, engine: Engine, database: TestDatabase
) -> None:
    other = Credentials(engine.database.writes, database.app, engine.credentials._compiler)
    tried = 0

    async def renew() -> None:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise Unavailable(reason="The database has no free connection.")

    other.renew = renew
    other.start()
    try:
        await _until(lambda: _true(tried > 1 and other._heard))
        key = await house.make_key("crm:read")
        await other.caller(key["key"], None)

        await _revoke(house, key)

        await _until(lambda: _refused(other, key["key"]))
    finally:
        await other.stop()


async def test_a_permission_taken_from_a_role_is_gone_with_the_next_call(house: House) -> None:
    await house.person("anne", "sales")
    desk = await house.desk(role="sales", owner="anne")
    role = await _role(house, "sales")

    await house.operator.call("core.role.revoke_permission", id=role, permission="crm:write")

    caller = await house.engine.authenticate(desk.key, None)
    assert "crm.lead.create" not in caller.access.actions
    assert "crm.lead.list" in caller.access.actions


async def test_leaving_a_team_narrows_the_next_call(house: House, engine: Engine) -> None:
    user = await house.person("boris", "sales_manager")
    team = (await house.operator.call("core.team.create", name="Lyon")).result["id"]
    await house.operator.call("core.team.add_member", id=team, user_id=user)
    key = await house.make_key(role="sales_manager", owner="boris")
    assert len((await engine.authenticate(key["key"], None)).team_ids) == 1

    await house.operator.call("core.team.remove_member", id=team, user_id=user)

    assert (await engine.authenticate(key["key"], None)).team_ids == ()


async def test_a_dry_run_that_cuts_a_key_leaves_it_whole(house: House, engine: Engine) -> None:
    key = await house.make_key("crm:read")
    await house.operator.call("core.api_key.revoke", dry_run=True, id=key["id"], reason="test")

    assert not await _refused(engine, key["key"])


async def test_a_key_expires_while_it_is_remembered(house: House, engine: Engine) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    key = await house.make_key("crm:read", expires_at=soon.isoformat())
    await engine.authenticate(key["key"], None)

    await _until(lambda: _refused(engine, key["key"]))

    assert datetime.now(UTC) >= soon


NETWORKS = ["203.0.113.0/24", "2001:db8::/32", "::ffff:192.0.2.0/120"]


@pytest.mark.parametrize(
    ("ip", "inside"),
    [
        ("203.0.113.7", True),
        ("::ffff:203.0.113.7", True),
        ("::FFFF:CB00:7107", True),
        ("2001:db8::1", True),
        ("192.0.2.9", True),
        ("198.51.100.7", False),
        ("::ffff:198.51.100.7", False),
        ("2001:db9::1", False),
        ("203.0.114.7", False),
        ("203.0.113.7, 198.51.100.7", False),
        ("", False),
        ("localhost", False),
        (None, False),
    ],
)
async def test_a_key_with_addresses_works_from_those_only(
    house: House, engine: Engine, ip: str | None, *, inside: bool
) -> None:
    key = await house.make_key("crm:read", ip_allowlist=NETWORKS)

    assert await _refused(engine, key["key"], ip) != inside


async def test_a_rotated_key_works_until_its_overlap_ends(
    house: House, engine: Engine, database: TestDatabase
) -> None:
    old = await house.make_key("crm:read")
    new = (await house.operator.call("core.api_key.rotate", id=old["id"], overlap_hours=2)).result
    first = await engine.authenticate(old["key"], None)
    assert (await engine.authenticate(new["key"], None)).credential_id == first.credential_id

    async with connected(database.admin) as admin:
        await admin.execute(
            "UPDATE core_api_key SET former_until = now() + interval '0.5 s' WHERE org_id = $1",
            house.org_id,
        )
    await engine.authenticate(old["key"], None)

    await _until(lambda: _refused(engine, old["key"]))
    assert not await _refused(engine, new["key"])


async def test_a_key_rotated_without_overlap_stops_at_once(house: House, engine: Engine) -> None:
    old = await house.make_key("crm:read")
    await engine.authenticate(old["key"], None)
    new = (await house.operator.call("core.api_key.rotate", id=old["id"], overlap_hours=0)).result

    assert await _refused(engine, old["key"])
    assert not await _refused(engine, new["key"])


async def test_a_former_secret_dies_with_the_key(house: House, engine: Engine) -> None:
    old = await house.make_key("crm:read")
    await house.operator.call("core.api_key.rotate", id=old["id"])
    await _revoke(house, old)

    assert await _refused(engine, old["key"])


async def test_callers_are_remembered_within_bounds(
    house: House, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "_MOST", 3)
    for _ in range(7):
        key = await house.make_key("crm:read")
        await engine.authenticate(key["key"], None)
        assert len(engine.credentials._known) <= 3


async def test_what_is_no_key_is_refused_and_not_remembered(engine: Engine) -> None:
    before = set(engine.credentials._known)
    for token in (None, "", "eyk_", "eyk_" + "a" * 500, "eyk_unknown", "Bearer eyk_x", "eyk_\x00é"):
        with pytest.raises(Unauthenticated):
            await engine.authenticate(token, None)

    # Fewer is fine: what another test revoked may be forgotten meanwhile.
    assert set(engine.credentials._known) <= before
