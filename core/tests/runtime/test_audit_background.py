"""Audit of what nobody waits for: jobs, schedules, reactions, calls that are cancelled or that break."""

import asyncio
from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any

import pytest

from core.tests.raw import connected
from eyeot import Context, Input, Plugin, RecordEvent, action, after, app
from eyeot.declare.job import Step, job
from eyeot.declare.problem import Internal
from eyeot.platform.jobs import occurrence
from eyeot.platform.teams import Team
from eyeot.runtime.engine import Engine
from eyeot.runtime.relay import Relay
from eyeot.runtime.request import Request
from eyeot.runtime.worker import Worker
from eyeot.storage.pool import taken
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase
from eyeot.testing.licence import trusting

WAITING = asyncio.Event()


class Wish(Input):
    """What should happen."""

    name: str = "x"


async def _work(ctx: Context, data: Wish, cursor: dict[str, Any] | None) -> Step:
    await ctx.add(Team(name=f"{data.name} {len(cursor or ())}"))
    return Step(cursor=None if cursor else {"at": 1}, done=1, total=2)


work = job("doors.team.make")(_work)


@after("core.tag.created")
async def mirror(ctx: Context, event: RecordEvent) -> None:
    """Make a team for every tag."""
    await ctx.add(Team(name=f"Reflet de {event.id}"))


@action("doors.team.begin", risk="w", en="Begin", fr="Commencer", permission="core:write")
async def begin(ctx: Context, data: Wish) -> dict[str, Any]:
    """Begin a job."""
    await ctx.enqueue(work, data)
    return {}


@action("doors.team.break", risk="w", en="Break", fr="Casser", permission="core:write")
async def broken(ctx: Context, data: Wish) -> dict[str, Any]:
    """Break in the middle of a write."""
    await ctx.add(Team(name=data.name))
    raise KeyError(data.name)


@action("doors.team.wait", risk="w", en="Wait", fr="Attendre", permission="core:write")
async def wait(ctx: Context, data: Wish) -> dict[str, Any]:
    """Write, and wait for ever."""
    await ctx.add(Team(name=data.name))
    WAITING.set()
    await asyncio.Event().wait()
    return {}


def _plugin() -> Plugin:
    module = ModuleType(__name__)
    every = {"work": work, "mirror": mirror, "begin": begin, "broken": broken, "wait": wait}
    module.__dict__.update(every)
    return Plugin(name="doors", doc="Doors.", modules=(module,))


@pytest.fixture
async def doors(database: TestDatabase) -> AsyncIterator[Engine]:
    """An engine with these doors."""
    found = app.catalogue_of([*app.load_plugins()[0], _plugin()])
    made = await app.start(found, database.app, database.relay, licensing=trusting())
    async with taken(made.database.relay) as connection:
        await connection.execute(
            "UPDATE core_job SET status = 'cancelled' WHERE finished_at IS NULL"
        )
        await connection.execute("UPDATE core_outbox SET done_at = now() WHERE done_at IS NULL")
    yield made
    await app.stop(made)


@pytest.fixture
async def agent(doors: Engine) -> Desk:
    """An agent's key, on behalf of a person."""
    house = await House.open(doors)
    await house.person("owner", "owner")
    return await house.desk("core:read", "core:write", "core.job:write", owner="owner")


async def since(agent: Desk, database: TestDatabase, last: str = "") -> list[dict[str, Any]]:
    """The whole events of its organisation after one."""
    query = (
        "SELECT *, duration_ms > 0 AS took FROM core_audit_event"
        " WHERE org_id = $1 AND id::text > $2 ORDER BY id"
    )
    async with connected(database.admin) as admin:
        return [dict(row) for row in await admin.fetch(query, agent.caller.org_id, last)]


async def newest(agent: Desk, database: TestDatabase) -> str:
    return str((await since(agent, database))[-1]["id"])


def _whole(event: dict[str, Any], agent: Desk, surface: str) -> None:
    """It says who, for whom, with which key and by which door, and how long it took."""
    caller = agent.caller
    assert (event["actor_type"], event["actor"]) == ("agent", caller.actor)
    assert (event["user_id"], event["credential_id"]) == (caller.user_id, caller.credential_id)
    assert (event["tags"], event["surface"]) == (["via:key"], surface)
    assert len(event["input_digest"]) == 64
    assert event["took"]
    assert event["trace_id"]


async def test_each_step_of_a_job_is_one_event_of_who_asked(
    doors: Engine, agent: Desk, database: TestDatabase
) -> None:
    await agent("doors.team.begin", name="Pas")
    before = await newest(agent, database)
    await Worker(doors, occurrence).drain()
    events = await since(agent, database, before)

    assert [(one["action"], one["outcome"]) for one in events] == [("doors.team.make", "ok")] * 2
    for one in events:
        _whole(one, agent, "job")
        assert one["changes"][0]["type"] == "core.team"
    assert len({one["trace_id"] for one in events}) == 1


async def test_a_scheduled_action_is_one_event_and_its_job_another(
    doors: Engine, agent: Desk, database: TestDatabase
) -> None:
    await agent("core.job.schedule", action="core.user.count", params={}, cron="0 8 * * 1")
    async with connected(database.admin) as admin:
        await admin.execute(
            "UPDATE core_schedule SET next_at = now() WHERE org_id = $1", agent.caller.org_id
        )
    before = await newest(agent, database)
    await Worker(doors, occurrence).drain()
    events = await since(agent, database, before)

    assert {(one["action"], one["outcome"]) for one in events} == {
        ("core.user.count", "ok"),
        ("call core.user.count", "ok"),
    }
    assert len(events) == 2
    for one in events:
        _whole(one, agent, "job")


async def test_a_reaction_is_one_event_of_the_system_with_its_cause(
    doors: Engine, agent: Desk, database: TestDatabase
) -> None:
    await agent("core.tag.create", name="Équipe")
    cause = await newest(agent, database)
    while await Relay(doors).deliver():
        pass
    (event,) = await since(agent, database, cause)

    assert (event["actor_type"], event["actor"], event["surface"]) == ("system", "relay", "job")
    assert (event["action"], event["outcome"], event["tags"]) == (mirror.name, "ok", ["via:job"])
    assert event["trace_id"] == cause
    assert event["took"]
    assert event["user_id"] is event["credential_id"] is None


async def test_what_breaks_or_is_cancelled_is_one_event_and_changes_nothing(
    doors: Engine, agent: Desk, database: TestDatabase
) -> None:
    before = await newest(agent, database)

    def request(name: str) -> Request:
        return Request(
            action=f"doors.team.{name}",
            arguments={"name": "jamais"},
            caller=agent.caller,
            surface="mcp",
            tool="eyeot_call",
            client="doors/7",
            ip="192.0.2.1",
            trace_id=f"trace {name}",
        )

    with pytest.raises(Internal):
        await doors.execute(request("break"))
    WAITING.clear()
    left = asyncio.create_task(doors.execute(request("wait")))
    await WAITING.wait()
    left.cancel()
    with pytest.raises(asyncio.CancelledError):
        await left
    await agent("core.session.whoami")
    events = (await since(agent, database, before))[:-1]

    assert [(one["action"], one["outcome"], one["code"]) for one in events] == [
        ("doors.team.break", "failed", "internal"),
        ("doors.team.wait", "failed", "cancelled"),
    ]
    for one, name in zip(events, ("break", "wait"), strict=True):
        _whole(one, agent, "mcp")
        assert (one["tool"], one["client"], one["ip"]) == ("eyeot_call", "doors/7", "192.0.2.1")
        assert one["trace_id"] == f"trace {name}"
        assert one["changes"] is None
        assert "jamais" not in repr(one["code"])
    async with connected(database.admin) as admin:
        assert not await admin.fetchval("SELECT count(*) FROM core_team WHERE name = 'jamais'")
