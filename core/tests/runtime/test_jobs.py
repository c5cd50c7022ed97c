"""Jobs: work in steps, each kept exactly once, whoever dies; as whoever asked for it."""

import asyncio
from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest

from eyeot import Context, Input, Plugin, action, app
from eyeot.declare.job import Job, Step, job
from eyeot.declare.problem import Conflict
from eyeot.platform.jobs import occurrence
from eyeot.platform.teams import Team
from eyeot.runtime.engine import Engine
from eyeot.runtime.performing import Performance
from eyeot.runtime.request import Request
from eyeot.runtime.worker import Worker
from eyeot.storage.pool import taken
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase
from eyeot.testing.licence import trusting


class Trouble:
    """At which step the job fails, and how; where it waits."""

    fails_at: int | None = None
    with_what: Exception = Conflict(reason="not today")
    reached: asyncio.Event
    go_on: asyncio.Event


class Made(Input):
    """How many teams to make, and whether all or none."""

    count: int
    together: bool = False


async def _work(ctx: Context, data: Made, cursor: dict[str, Any] | None) -> Step:
    """Make teams, one a step."""
    at = cursor["at"] if cursor else 0
    await ctx.add(Team(name=f"Équipe {at}"))
    if Trouble.fails_at == at:
        Trouble.reached.set()
        if Trouble.go_on.is_set():
            raise Trouble.with_what
        await Trouble.go_on.wait()
    done = at + 1
    more = done < data.count
    return Step(
        cursor={"at": done} if more else None,
        done=done,
        total=data.count,
        result=None if more else {"made": done},
    )


make = job("maker.team.make", together=lambda data: data.together)(_work)


@action(
    "maker.team.start", risk="w", en="Make teams", fr="Faire des équipes", permission="core:write"
)
async def start(ctx: Context, data: Made) -> dict[str, Any]:
    """Make teams in the background."""
    made = await ctx.enqueue(make, data, total=data.count)
    return {"job_id": str(made.id)}


def _plugin() -> Plugin:
    module = ModuleType(__name__)
    module.__dict__.update({"start": start, "make": make})
    assert isinstance(make, Job)
    return Plugin(name="maker", doc="Makes.", modules=(module,))


@pytest.fixture
async def maker(database: TestDatabase) -> AsyncIterator[Engine]:
    """An engine with the job."""
    Trouble.fails_at, Trouble.with_what = None, Conflict(reason="not today")
    Trouble.reached, Trouble.go_on = asyncio.Event(), asyncio.Event()
    Trouble.go_on.set()
    found = app.catalogue_of([*app.load_plugins()[0], _plugin()])
    made = await app.start(found, database.app, database.relay, licensing=trusting())
    async with taken(made.database.relay) as connection:
        await connection.execute(
            "UPDATE core_job SET status = 'cancelled' WHERE finished_at IS NULL"
        )
    yield made
    await app.stop(made)


@pytest.fixture
async def asker(maker: Engine) -> Desk:
    """A key of somebody's in an organisation of its own."""
    house = await House.open(maker)
    await house.person("owner", "owner")
    return await house.desk(
        "core:read", "core:write", "core:audit", "core.job:write", owner="owner"
    )


async def begun(asker: Desk, **given: Any) -> str:
    await asker("maker.team.start", **given)
    found = await asker("core.job.list", limit=1)
    return str(found["items"][0]["id"])


async def teams(asker: Desk) -> list[str]:
    found = await asker("core.team.list", sort="name", limit=100)
    return [one["name"] for one in found["items"]]


async def _sql(engine: Engine, text: str) -> None:
    async with taken(engine.database.relay) as connection:
        await connection.execute(text)


async def _lapse(engine: Engine) -> None:
    """Let the leases of dead workers run out."""
    await _sql(
        engine, "UPDATE core_job SET lease_until = now() - interval '1 s' WHERE status = 'running'"
    )


async def test_a_job_does_each_step_once_and_tells_how_far_it_is(asker: Desk) -> None:
    id = await begun(asker, count=5)

    assert (await asker("core.job.get", id=id))["status"] == "queued"
    await Worker(asker.engine, occurrence).drain()

    told = await asker("core.job.get", id=id)
    assert (told["status"], told["progress"], told["result"]) == ("done", 100, {"made": 5})
    assert (told["done"], told["total"], told["attempts"]) == (5, 5, 1)
    assert await teams(asker) == [f"Équipe {n}" for n in range(5)]


async def test_what_a_job_does_is_audited_as_its_asker_s_own(asker: Desk) -> None:
    await begun(asker, count=2)
    await Worker(asker.engine, occurrence).drain()

    found = await asker("core.audit_event.list", action="maker.team.make")
    assert {(one["actor"], one["surface"]) for one in found["items"]} == {
        (asker.caller.actor, "job")
    }
    assert len(found["items"]) == 2
    assert len({one["trace_id"] for one in found["items"]}) == 1


async def test_another_worker_goes_on_where_one_died(asker: Desk) -> None:
    id = await begun(asker, count=5)
    Trouble.fails_at = 3
    Trouble.go_on.clear()
    dying = Worker(asker.engine, occurrence)
    await dying.begin()
    await Trouble.reached.wait()
    await dying.stop()
    Trouble.fails_at = None

    assert await Worker(asker.engine, occurrence).drain() == 0
    await _lapse(asker.engine)
    await Worker(asker.engine, occurrence).drain()

    told = await asker("core.job.get", id=id)
    assert (told["status"], told["attempts"]) == ("done", 2)
    assert await teams(asker) == [f"Équipe {n}" for n in range(5)]


async def test_a_worker_that_was_taken_for_dead_keeps_nothing(asker: Desk) -> None:
    await begun(asker, count=3)
    Trouble.fails_at = 1
    Trouble.go_on.clear()
    slow = Worker(asker.engine, occurrence)
    await slow.begin()
    await Trouble.reached.wait()
    Trouble.fails_at = None
    await _lapse(asker.engine)
    other = Worker(asker.engine, occurrence)
    await other.begin()
    Trouble.go_on.set()
    await asyncio.gather(*slow._running, *other._running)

    assert await teams(asker) == [f"Équipe {n}" for n in range(3)]


async def test_a_failed_job_keeps_its_finished_steps_and_a_retry_goes_on(asker: Desk) -> None:
    id = await begun(asker, count=4)
    Trouble.fails_at = 2
    await Worker(asker.engine, occurrence).drain()

    told = await asker("core.job.get", id=id)
    assert (told["status"], told["error"]["code"]) == ("failed", "conflict")
    assert await teams(asker) == ["Équipe 0", "Équipe 1"]

    Trouble.fails_at = None
    await asker("core.job.retry", job_id=id)
    await Worker(asker.engine, occurrence).drain()

    assert (await asker("core.job.get", id=id))["status"] == "done"
    assert await teams(asker) == [f"Équipe {n}" for n in range(4)]


async def test_together_keeps_all_steps_or_none(asker: Desk) -> None:
    id = await begun(asker, count=4, together=True)
    Trouble.fails_at = 3
    await Worker(asker.engine, occurrence).drain()

    assert (await asker("core.job.get", id=id))["status"] == "failed"
    assert await teams(asker) == []

    Trouble.fails_at = None
    await asker("core.job.retry", job_id=id)
    await Worker(asker.engine, occurrence).drain()
    assert await teams(asker) == [f"Équipe {n}" for n in range(4)]


async def test_what_time_may_mend_is_tried_again_later(asker: Desk) -> None:
    id = await begun(asker, count=2)
    Trouble.fails_at, Trouble.with_what = 1, RuntimeError("the network")
    await Worker(asker.engine, occurrence).drain()

    told = await asker("core.job.get", id=id)
    assert (told["status"], told["error"]["code"]) == ("queued", "internal")
    assert "network" not in str(told)
    Trouble.fails_at = None
    await _sql(asker.engine, "UPDATE core_job SET due_at = now() WHERE status = 'queued'")
    await Worker(asker.engine, occurrence).drain()
    assert (await asker("core.job.get", id=id))["status"] == "done"


async def test_a_job_stops_between_two_steps_when_it_is_cancelled(asker: Desk) -> None:
    id = await begun(asker, count=4)
    Trouble.fails_at = 1
    Trouble.go_on.clear()
    worker = Worker(asker.engine, occurrence)
    await worker.begin()
    await Trouble.reached.wait()
    await asker("core.job.cancel", job_id=id)
    Trouble.fails_at = None
    Trouble.go_on.set()
    await asyncio.gather(*worker._running)

    told = await asker("core.job.get", id=id)
    assert told["status"] == "cancelled"
    assert await teams(asker) == ["Équipe 0"]
    refused = await asker.refused("core.job.cancel", job_id=id)
    assert refused["code"] == "state_refused"


async def test_a_job_of_a_cut_key_does_nothing(asker: Desk) -> None:
    house_key = asker.caller.credential_id
    id = await begun(asker, count=2)
    await _cut(asker, house_key)
    await Worker(asker.engine, occurrence).drain()

    assert await _status(asker.engine, id) == ("failed", "unauthenticated")


async def _cut(asker: Desk, key: UUID | None) -> None:
    from eyeot.deploy.operator import Operator  # noqa: PLC0415

    operator = Operator(asker.engine, asker.caller.org_id, asker.caller.org_slug)
    await operator.call("core.api_key.revoke", id=key, reason="test")


async def _status(engine: Engine, id: str) -> tuple[str, str]:
    from eyeot.declare import ids  # noqa: PLC0415

    found = ids.decode(id)
    assert found
    async with taken(engine.database.relay) as connection:
        row = await connection.fetchrow(
            "SELECT status, error FROM core_job WHERE id = $1", found[1]
        )
    return row["status"], row["error"]["code"]


async def test_many_workers_do_each_job_once(asker: Desk) -> None:
    for _ in range(12):
        await asker("maker.team.start", count=1)
    Trouble.fails_at = None
    workers = [Worker(asker.engine, occurrence) for _ in range(3)]
    # Twelve jobs make the same team: the first is done, the others are refused, none is done twice.
    await asyncio.gather(*(one.drain() for one in workers))

    found = await asker("core.job.list", limit=100)
    assert sorted(one["status"] for one in found["items"]) == ["done"] + ["failed"] * 11
    assert {one["attempts"] for one in found["items"]} == {1}


async def test_a_dry_run_leaves_no_job(asker: Desk) -> None:
    effects = await asker.preview("maker.team.start", count=2)

    assert [one["type"] for one in effects["created"]] == ["core.job"]
    assert (await asker("core.job.list"))["items"] == []


async def test_a_plan_runs_an_action_as_its_planner_until_it_is_taken_back(asker: Desk) -> None:
    plan = await asker("core.job.schedule", action="core.user.count", params={}, cron="*/5 * * * *")
    worker = Worker(asker.engine, occurrence)
    await worker.drain()
    assert (await asker("core.job.list", schedule_id=plan["id"]))["items"] == []
    await _overdue(asker, "3 days")
    await worker.drain()

    ran = await asker("core.job.list", schedule_id=plan["id"])
    assert [one["result"] for one in ran["items"]] == [{"count": 1}]
    assert ran["items"][0]["status"] == "done"
    again = await asker("core.schedule.get", id=plan["id"])
    assert again["next_at"] > again["last_at"]
    await asker("core.job.unschedule", schedule_id=plan["id"])
    await _overdue(asker, "1 day")
    await worker.drain()
    assert (await asker("core.job.list", schedule_id=plan["id"]))["total"] == 1


async def _overdue(asker: Desk, since: str) -> None:
    """Let this organisation's plans have been due for a while."""
    org_id = asker.caller.org_id
    await _sql(
        asker.engine,
        f"UPDATE core_schedule SET next_at = now() - interval '{since}' WHERE org_id = '{org_id}'",
    )


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"cron": "61 * * * *"}, "cron"),
        ({"cron": "every day"}, "cron"),
        ({"cron": "0 0 30 2 *"}, "cron"),
        ({"params": {"limit": "many"}}, "limit"),
    ],
)
async def test_a_plan_that_could_not_run_is_refused(
    asker: Desk, given: dict[str, Any], path: str
) -> None:
    plan: dict[str, Any] = {"action": "core.team.list", "params": {}, "cron": "0 8 * * *"}

    told = await asker.refused("core.job.schedule", **(plan | given))

    assert (told["code"], told["errors"][0]["path"]) == ("invalid", path)


async def test_nobody_plans_what_they_may_not_do(asker: Desk) -> None:
    plan: dict[str, Any] = {"cron": "0 8 * * *"}

    told = await asker.refused(
        "core.job.schedule", action="core.role.create", params={"name": "x"}, **plan
    )
    assert told["code"] == "human_required"
    told = await asker.refused("core.job.schedule", action="crm.lead.list", params={}, **plan)
    assert told["code"] == "permission_denied"


async def test_the_progress_of_a_long_step_is_seen_while_it_runs(asker: Desk) -> None:
    id = await begun(asker, count=2)
    Trouble.fails_at = 0
    Trouble.go_on.clear()
    async with taken(asker.engine.database.relay) as connection:
        from uuid import uuid4  # noqa: PLC0415

        from eyeot.runtime import queue  # noqa: PLC0415

        row = await connection.fetchrow(queue.CLAIM, 1, uuid4())
    performance = Performance(asker.engine, dict(row))
    performance._tell(30, 60, "half way")
    await performance.beat()

    told = await asker("core.job.get", id=id)
    assert (told["status"], told["progress"], told["message"]) == ("running", 50, "half way")


async def test_a_caller_who_asks_for_progress_hears_of_the_job_until_it_is_done(
    asker: Desk,
) -> None:
    told: list[tuple[float, float | None]] = []

    def tell(done: float, total: float | None = None, message: str | None = None) -> None:
        told.append((done, total))

    request = Request(
        action="maker.team.start",
        arguments={"count": 3},
        caller=asker.caller,
        surface="mcp",
        progress=tell,
    )
    worker = Worker(asker.engine, occurrence)
    worker.start()
    try:
        answer = await asker.engine.execute(request)
    finally:
        await worker.stop()

    assert (answer.result["job"]["status"], answer.result["job"]["result"]) == ("done", {"made": 3})
    assert told[-1] == (3, 3)
