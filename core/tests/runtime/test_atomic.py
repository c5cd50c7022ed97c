"""Atomicity: a change, its audit, its events and its search entry are all there or none is."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from typing import Any
from uuid import UUID

import pytest

from core.tests.raw import connected
from eyeot import app
from eyeot.declare import ids
from eyeot.declare.problem import Problem
from eyeot.deploy.operator import Operator
from eyeot.runtime.catalogue import Catalogue
from eyeot.testing import House
from eyeot.testing.fixtures import TestDatabase
from eyeot.testing.licence import trusting

OURS = "usename = $1 AND application_name = 'eyeot'"
BUSY = (
    f"SELECT pid FROM pg_stat_activity WHERE {OURS} AND state <> 'idle' ORDER BY random() LIMIT 1"
)
KILL = f"SELECT pg_terminate_backend(pid) FROM ({BUSY}) one"
WAITING = f"""SELECT pid FROM pg_stat_activity WHERE {OURS}
  AND pid IN (SELECT pid FROM pg_locks WHERE NOT granted)"""


@pytest.fixture
async def operator(catalogue: Catalogue, database: TestDatabase) -> AsyncIterator[Operator]:
    """An organisation on an engine of its own, whose connections may be killed."""
    engine = await app.start(catalogue, database.app, database.relay, licensing=trusting())
    yield (await House.open(engine)).operator
    await app.stop(engine)


async def _code(call: Awaitable[Any]) -> str:
    try:
        await call
    except Problem as refused:
        return refused.code
    return "ok"


async def _traces(admin: Any, org: UUID) -> dict[str, Any]:
    """What teams left behind, by where it is."""
    teams = await admin.fetch("SELECT id, name, version FROM core_team WHERE org_id = $1", org)
    events = await admin.fetch(
        "SELECT id, records, changes FROM core_audit_event WHERE org_id = $1 AND outcome = 'ok'"
        " AND action LIKE 'core.team.%' AND records IS NOT NULL",
        org,
    )
    out = await admin.fetch(
        "SELECT cause, payload->>'id' AS record FROM core_outbox"
        " WHERE org_id = $1 AND event LIKE 'core.team.%'",
        org,
    )
    entries = await admin.fetch(
        "SELECT record_id, label FROM core_search_entry WHERE org_id = $1 AND kind = 'core.team'",
        org,
    )
    return {"teams": teams, "events": events, "out": out, "entries": entries}


def _agree(found: dict[str, Any]) -> None:
    """Every version has its event, every event its outbox row, every team its search entry."""
    written = Counter(one for event in found["events"] for one in event["records"])
    assert {f"core.team/{row['id']}": row["version"] for row in found["teams"]} == written
    assert {row["cause"] for row in found["out"]} == {event["id"] for event in found["events"]}
    labels = {row["record_id"]: row["label"] for row in found["entries"]}
    assert labels == {row["id"]: row["name"] for row in found["teams"]}


async def test_connections_killed_at_any_moment_leave_both_or_neither(
    operator: Operator, database: TestDatabase
) -> None:
    teams = [
        (await operator.call("core.team.create", name=f"Team {n}")).result["id"] for n in range(6)
    ]
    done: list[str] = []

    async def write(number: int) -> None:
        team = teams[number % len(teams)]
        name = f"Name {number}"
        done.append(await _code(operator.call("core.team.update", id=team, name=name)))
        done.append(await _code(operator.call("core.team.create", name=f"More {number}")))

    async with connected(database.admin) as admin:
        writing = [asyncio.create_task(write(number)) for number in range(150)]
        while not all(task.done() for task in writing):
            await admin.execute(KILL.replace("$1", "'eyeot_app'"))
            for _ in range(20):
                await asyncio.sleep(0)
        await asyncio.gather(*writing)
        found = await _traces(admin, operator.org_id)

    # Under load every connection may be killed in time.
    assert "unavailable" in done
    assert set(done) <= {"ok", "unavailable"}
    assert len(found["events"]) >= done.count("ok") + len(teams)
    _agree(found)


@pytest.mark.parametrize(
    "held",
    [
        "SELECT 1 FROM core_team WHERE org_id = $1 FOR UPDATE",
        "SELECT 1 FROM core_search_entry WHERE org_id = $1 FOR UPDATE",
    ],
    ids=["at the row", "at the last statement"],
)
async def test_a_write_killed_where_it_waits_leaves_nothing(
    operator: Operator, database: TestDatabase, held: str
) -> None:
    team = (await operator.call("core.team.create", name="Lyon")).result["id"]
    async with connected(database.admin) as admin, connected(database.admin) as other:
        before = await _traces(admin, operator.org_id)
        async with other.transaction():
            await other.fetch(held, operator.org_id)
            call = operator.call("core.team.update", id=team, name="Paris")
            waiting = asyncio.create_task(_code(call))
            while not (pids := await admin.fetch(WAITING, "eyeot_app")):
                await asyncio.sleep(0)
            await admin.execute("SELECT pg_terminate_backend($1)", pids[0]["pid"])
            assert await waiting == "unavailable"
        after = await _traces(admin, operator.org_id)

    assert after == before
    assert (await operator.call("core.team.get", id=team)).result["name"] == "Lyon"


@pytest.mark.parametrize("statement", ["core_team", "core_search_entry"])
async def test_a_cancelled_write_leaves_nothing_and_its_connection_serves_again(
    operator: Operator, database: TestDatabase, statement: str
) -> None:
    team = (await operator.call("core.team.create", name="Lyon")).result["id"]
    async with connected(database.admin) as admin, connected(database.admin) as other:
        before = await _traces(admin, operator.org_id)
        async with other.transaction():
            await other.fetch(
                f"SELECT 1 FROM {statement} WHERE org_id = $1 FOR UPDATE", operator.org_id
            )
            task = asyncio.create_task(operator.call("core.team.update", id=team, name="Paris"))
            while not await admin.fetch(WAITING, "eyeot_app"):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert await _traces(admin, operator.org_id) == before
    assert (await operator.call("core.team.update", id=team, name="Nice")).result["name"] == "Nice"


async def test_no_answer_leaves_unaudited_while_the_audit_is_killed(
    operator: Operator, database: TestDatabase
) -> None:
    answered: list[UUID] = []
    codes: list[str] = []

    async def read() -> None:
        try:
            answer = await operator.call("core.team.list")
        except Problem as refused:
            codes.append(refused.code)
        else:
            assert answer.event_id
            answered.append(answer.event_id)

    async with connected(database.admin) as admin:
        for wave in range(20):
            reading = [asyncio.create_task(read()) for _ in range(15)]
            while wave % 4 and not all(task.done() for task in reading):
                await admin.execute(KILL.replace("$1", "'eyeot_relay'"))
                await asyncio.sleep(0)
            await asyncio.gather(*reading)
        rows = await admin.fetch(
            "SELECT id FROM core_audit_event WHERE org_id = $1 AND outcome = 'ok'", operator.org_id
        )

    assert set(codes) <= {"unavailable"}
    assert answered
    assert set(answered) <= {row["id"] for row in rows}


async def test_a_refusal_changes_nothing_but_the_audit(
    operator: Operator, database: TestDatabase
) -> None:
    """Also one that comes after rows were written: here the second name is taken."""
    team = (await operator.call("core.team.create", name="Lyon")).result["id"]
    await operator.call("core.team.create", name="Paris")
    user = ids.encode("usr", ids.uuid7())
    async with connected(database.admin) as admin:
        before = await _traces(admin, operator.org_id)
        for action, given in (
            ("core.team.update", {"id": team, "name": "Paris"}),
            ("core.team.create", {"name": "Lyon"}),
            ("core.team.update", {"id": team, "lead_id": user}),
            ("core.team.add_member", {"id": team, "user_id": user}),
        ):
            assert await _code(operator.call(action, **given)) in ("conflict", "not_found")
        assert await _traces(admin, operator.org_id) == before
