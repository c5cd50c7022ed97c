"""Providers: what an action asks outside is asked between two runs, with nothing held meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

import orjson
import pytest

from core.tests.outside.asking import REGISTER, plugin
from core.tests.outside.receiver import LOOPBACK, Got, Receiver, answer, receiving
from core.tests.raw import connected
from eyeot import app
from eyeot.deploy.outside import outside_of
from eyeot.deploy.settings import WrongSettings, load
from eyeot.platform.jobs import occurrence
from eyeot.runtime.batch import CallRefused
from eyeot.runtime.engine import Engine
from eyeot.runtime.outgoing import Outgoing
from eyeot.runtime.outside import Outside
from eyeot.runtime.relay import Relay
from eyeot.runtime.request import Request
from eyeot.runtime.worker import Worker
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase
from eyeot.testing.licence import trusting

_CONNECTIONS = 10


def _known(got: Got) -> bytes:
    """A register in which every number has a name, and a platform that gives every document an id."""
    what = got.path.partition("?")[0].strip("/").replace("/", "-")
    return answer(200, orjson.dumps({"name": f"Société {what}", "id": f"id {len(got.body)}"}))


@dataclass
class World:
    """An organisation on an engine that asks outside, and whom it asks."""

    engine: Engine
    house: House
    desk: Desk
    receiver: Receiver
    database: TestDatabase

    async def names(self) -> list[str]:
        return sorted(one["name"] for one in (await self.desk("core.team.list"))["items"])

    async def tags(self, action: str) -> list[str]:
        async with connected(self.database.admin) as admin:
            text = (
                "SELECT tags FROM core_audit_event WHERE org_id = $1 AND action = $2"
                " ORDER BY id DESC LIMIT 1"
            )
            found: list[str] = await admin.fetchval(text, self.house.org_id, action)
            return found


@pytest.fixture(scope="module")
async def asking(database: TestDatabase) -> AsyncIterator[Engine]:
    plugins, _ = app.load_plugins()
    catalogue = app.catalogue_of([*plugins, plugin()])
    made = await app.start(catalogue, database.app, database.relay, licensing=trusting())
    yield made
    await app.stop(made)


@pytest.fixture
async def world(asking: Engine, database: TestDatabase) -> AsyncIterator[World]:
    house = await House.open(asking)
    await house.person("owner", "owner")
    scopes = sorted({one.needs for one in asking.catalogue.actions.values()})
    async with receiving() as receiver:
        receiver.answers = _known
        asking.outside = Outside(
            http=Outgoing(allowed=LOOPBACK),
            providers={"register": receiver.url("/v1"), "platform": receiver.url("/p/")},
        )
        desk = await house.desk(*scopes, owner="owner")
        yield World(asking, house, desk, receiver, database)


async def test_what_is_not_switched_on_is_refused_by_name(world: World) -> None:
    world.engine.outside = replace(world.engine.outside, providers={})

    refused = await world.desk.refused("ask.company.look_up", number="1")

    assert (refused["code"], refused["status"]) == ("provider_not_configured", 409)
    assert "register" in refused["message"]
    assert "EYEOT_PROVIDERS=register" in refused["hint"]


@pytest.mark.parametrize("action", ["ask.company.look_up", "ask.company.look_through"])
async def test_a_read_is_asked_once_for_each_question(world: World, action: str) -> None:
    told = await world.desk(action, number="12 é/?", times=3)

    assert told["name"] == "Société v1-companies-12%20%C3%A9-%3F"
    assert [one.path for one in world.receiver.got] == [
        f"/v1/companies/12%20%C3%A9/%3F?at={at}" for at in range(3)
    ]
    assert "asked:register" in await world.tags(action)
    assert (await world.desk.refused(action, number="12", times=9))["code"] == "conflict"


async def test_a_path_never_leaves_the_providers_own_address(world: World) -> None:
    refused = await world.desk.refused("ask.company.look_up", number="../../admin")

    assert refused["code"] == "internal"
    assert not world.receiver.got


async def test_more_wait_for_an_answer_than_there_are_connections(world: World) -> None:
    world.receiver.held = asyncio.Event()
    world.engine.outside = replace(world.engine.outside, http=Outgoing(allowed=LOOPBACK))
    slow = replace(REGISTER, patience=30.0)
    object.__setattr__(REGISTER, "patience", slow.patience)
    waiting = [
        asyncio.create_task(world.desk("ask.company.add", number=str(at)))
        for at in range(_CONNECTIONS + 5)
    ]
    try:
        async with asyncio.timeout(20):
            while len(world.receiver.got) < len(waiting):
                await asyncio.sleep(0.01)
            # Others read and write meanwhile, and nobody holds a transaction open.
            assert await world.names() == []
            await world.desk("ask.company.join", number="meanwhile")
            async with connected(world.database.admin) as admin:
                held = (
                    "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
                )
                assert await admin.fetchval(held) == 0
    finally:
        object.__setattr__(REGISTER, "patience", 0.5)
        world.receiver.held.set()
    await asyncio.gather(*waiting)

    assert len(await world.names()) == len(waiting)


def _moved(_: Got) -> bytes:
    return answer(302, b"", "location: http://127.0.0.1/elsewhere")


def _large(_: Got) -> bytes:
    return answer(200, b'{"name": "' + b"x" * 2_000 + b'"}')


def _hung_up(_: Got) -> bytes:
    raise ConnectionResetError


@pytest.mark.parametrize(
    ("answers", "why", "tries"),
    [
        (_moved, "302", 2),
        (_large, "larger than 2,000 bytes", 2),
        (_hung_up, "", 2),
        (lambda _: answer(500, b"oops"), "500", 2),
        (lambda _: answer(429, b"", "retry-after: 7"), "429", 2),
        (lambda _: answer(200, b"<html>"), "no JSON", 1),
    ],
)
async def test_what_cannot_be_used_is_told_and_asked_for_twice(
    world: World, answers: Callable[[Got], bytes], why: str, tries: int
) -> None:
    world.receiver.answers = answers

    refused = await world.desk.refused("ask.company.look_up", number="1")

    assert (refused["code"], refused["status"]) == ("provider_unavailable", 503)
    assert why in refused["message"]
    assert refused["retry_after"] == (7 if why == "429" else 60)
    assert len(world.receiver.got) == tries
    assert (await world.desk("ask.company.add", number="77"))["name"] == "77"
    assert "asked:register" in await world.tags("ask.company.add")


async def test_a_slow_one_is_not_waited_for(world: World) -> None:
    world.receiver.held = asyncio.Event()

    refused = await world.desk.refused("ask.company.look_up", number="1")

    assert refused["code"] == "provider_unavailable"
    world.receiver.held.set()


async def test_an_answer_that_says_no_is_the_handlers_to_read(world: World) -> None:
    world.receiver.answers = lambda _: answer(404, b"")

    assert (await world.desk("ask.company.look_up", number="1"))["name"] == "none: 404"
    assert len(world.receiver.got) == 1


async def test_no_private_address_is_asked(world: World) -> None:
    world.engine.outside = replace(world.engine.outside, http=Outgoing())

    refused = await world.desk.refused("ask.company.look_up", number="1")

    assert refused["code"] == "provider_unavailable"
    assert not world.receiver.got


async def test_a_dry_run_asks_but_sends_nothing(world: World) -> None:
    preview = await world.desk.preview("ask.company.add", number="5")
    sending = await world.desk.preview("ask.company.submit", number="5")

    assert preview["created"][0]["values"]["name"] == "Société v1-companies-5"
    assert [one.path for one in world.receiver.got] == ["/v1/companies/5"]
    assert sending["external"] == [{"provider": "platform", "method": "POST", "path": "/flows"}]
    assert sending["created"][0]["values"]["name"] == "sent 5"
    assert await world.names() == []


async def test_a_plan_is_held_to_what_it_told_before_anything_is_sent(world: World) -> None:
    planned = await world.desk.answer("ask.company.submit", dry=True, number="5")
    told = await world.desk("ask.company.submit", plan_token=planned.plan_token)

    assert told["name"] == "id 14"
    [sent] = world.receiver.got
    assert (sent.path, sent.headers["authorization"]) == ("/p/flows", "Bearer secret")
    assert await world.names() == ["id 14"]

    again = await world.desk("ask.company.submit", plan_token=planned.plan_token)
    assert again["name"] == "id 14", "a plan is its own idempotency key"
    stale = await world.desk.answer("ask.company.submit", dry=True, number="67")
    await world.house.operator.call("core.team.create", name="67")
    refused = await world.desk.refused("ask.company.submit", plan_token=stale.plan_token)
    assert refused["code"] == "plan_stale"
    assert len(world.receiver.got) == 1


async def test_what_cannot_be_kept_is_not_sent(world: World) -> None:
    await world.house.operator.call("core.team.create", name="sent 8")

    refused = await world.desk.refused("ask.company.submit", number="8")

    assert refused["code"] == "conflict"
    assert not world.receiver.got


async def test_it_is_not_previewed_among_others(world: World) -> None:

    def calls() -> list[Request]:
        return [
            Request(action=name, arguments={"number": "3"}, caller=world.desk.caller, surface="mcp")
            for name in ("ask.company.add", "ask.company.submit")
        ]

    with pytest.raises(CallRefused) as refused:
        await world.engine.execute_all(calls(), dry_run=True)
    assert (refused.value.code, refused.value.call) == ("conflict", 2)
    done = await world.engine.execute_all(calls(), dry_run=False)

    assert [one["name"] for one in done.results] == ["Société v1-companies-3", "id 14"]
    assert [one.path for one in world.receiver.got] == ["/v1/companies/3"] * 2 + ["/p/flows"]


async def test_a_reaction_is_run_again_until_it_was_answered(world: World) -> None:
    world.receiver.answers = lambda _: answer(503, b"")
    await world.desk("ask.company.join", number="9")
    relay = Relay(world.engine)
    # What others left waits before it, and a turn takes so many.
    while await relay.work():
        pass
    assert await world.names() == []

    world.receiver.answers = _known
    async with connected(world.database.admin) as admin:
        due = "UPDATE core_outbox SET due_at = now() WHERE org_id = $1 AND done_at IS NULL"
        await admin.execute(due, world.house.org_id)
    while await relay.work():
        pass

    assert await world.names() == ["id 14"]
    assert [one.told["number"] for one in world.receiver.got].count("9") == 2
    assert "asked:platform" in await world.tags("core.tests.outside.asking.register")


async def test_each_step_of_a_job_asks_for_itself(world: World) -> None:
    await world.desk("ask.company.begin", number="1", times=10)

    await Worker(world.engine, occurrence).drain()

    assert len(world.receiver.got) == 10
    assert len(await world.names()) == 10


def test_settings_say_whom_to_ask_and_where() -> None:
    told = {"EYEOT_PROVIDERS": "register, vies=https://other.example/v1"}

    assert outside_of(load(told)).providers == {"register": "", "vies": "https://other.example/v1"}
    with pytest.raises(WrongSettings, match="EYEOT_PROVIDERS"):
        outside_of(load({"EYEOT_PROVIDERS": "vies=ftp://other.example"}))
