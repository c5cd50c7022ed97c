"""Rates: how often one may ask, whoever counts; and how many calls are under way at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from core.tests.runtime.redis import RealRedis
from core.tests.surface.rest.live import client_of, serving
from eyeot import app
from eyeot.declare.ids import uuid7
from eyeot.declare.problem import Problem, RateLimited, Unauthenticated, Unavailable
from eyeot.deploy.bounds import bounds_of
from eyeot.deploy.settings import WrongSettings, load
from eyeot.runtime.bounds import Bounds
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.engine import Engine
from eyeot.runtime.guards.crowd import Crowd
from eyeot.runtime.guards.rate import Doors, Limiter, Rate, Rates, network_of
from eyeot.runtime.request import Caller, Request
from eyeot.storage import tokens
from eyeot.storage.pool import taken
from eyeot.storage.tokens import Failover, RedisTokens, TableTokens, Tokens, Wish
from eyeot.surface.mcp import McpApp, McpSettings
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase
from eyeot.testing.licence import trusting

# Nothing flows in while a test runs, so what was given can be counted.
STILL = Rates(Rate(1, 40), Rate(1, 1000), Rate(1, 5))
WHO = {"action": "core.session.whoami", "surface": "mcp"}


@pytest.fixture(scope="module")
def redis() -> Iterator[RealRedis]:
    made = RealRedis()
    made.start()
    yield made
    made.kill()


@pytest.fixture(params=["redis", "table"])
async def store(
    request: pytest.FixtureRequest, engine: Engine, redis: RealRedis
) -> AsyncIterator[Any]:
    """What makes another connection to a shared store, as another worker would."""
    made: list[Tokens] = []

    def another() -> Tokens:
        one = (
            RedisTokens(redis.url)
            if request.param == "redis"
            else TableTokens(engine.database.relay)
        )
        made.append(one)
        return one

    yield another
    for one in made:
        await one.close()


async def _tries(limiter: Limiter, request: Request, count: int) -> int:
    """How many of so many calls are let through."""
    passed = 0
    for _ in range(count):
        try:
            if not limiter.passes(request):
                await limiter.admit(request)
            passed += 1
        except RateLimited:
            pass
    return passed


def _asking(call: Desk, **more: UUID) -> Request:
    return Request(arguments={}, caller=replace(call.caller, **more), **WHO)  # type: ignore[arg-type]


async def test_workers_together_admit_what_one_would(store: Any, call: Desk) -> None:
    """Leased tokens are out of the bucket, so however many workers there are, the bucket is all they have."""
    workers = [Limiter(STILL, Failover([store()])) for _ in range(4)]
    request = _asking(call, credential_id=uuid7(), org_id=uuid7())
    passed = await asyncio.gather(*(_tries(one, request, 60) for one in workers))
    assert sum(passed) <= 40
    # What a worker still holds is all that can be missing.
    largest = max(1, 40 // 8)
    assert sum(passed) >= 40 - len(workers) * largest


async def test_one_credential_leaves_the_others_alone_until_the_organisation_is_out(
    store: Any, call: Desk
) -> None:
    limiter = Limiter(Rates(Rate(1, 16), Rate(1, 40), None), Failover([store()]))
    org_id = uuid7()
    asking = [_asking(call, credential_id=uuid7(), org_id=org_id) for _ in range(4)]
    passed = [await _tries(limiter, one, 30) for one in asking]
    assert passed[:2] == [16, 16]
    assert sum(passed) == 40
    stranger = _asking(call, credential_id=uuid7(), org_id=uuid7())
    assert await _tries(limiter, stranger, 5) == 5


async def test_a_refusal_says_whose_limit_and_how_long(store: Any, call: Desk) -> None:
    limiter = Limiter(Rates(Rate(60, 2), None, None), Failover([store()]))
    request = _asking(call, credential_id=uuid7())
    assert await _tries(limiter, request, 2) == 2
    with pytest.raises(RateLimited) as refused:
        await limiter.admit(request)
    told = refused.value.body()
    assert (told["policy"], told["limit"], told["window"]) == ("credential", 60, 60)
    assert told["retry_after"] == 1


async def test_a_store_that_dies_costs_no_call_and_is_used_again_when_it_is_back(
    engine: Engine, call: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis = RealRedis()
    redis.start()
    monkeypatch.setattr(tokens, "REST", 0.0)
    own = RedisTokens(redis.url)
    failover = Failover([own, TableTokens(engine.database.relay)])
    limiter = Limiter(Rates(Rate(1, 1000), None, None), failover)
    request = _asking(call, credential_id=uuid7())
    wish = Wish(str(uuid7()), 1, 1, 1.0, 10)
    try:
        assert await _tries(limiter, request, 200) == 200
        redis.kill()
        assert await _tries(limiter, request, 600) == 600
        for _ in range(5):
            assert (await failover.take(wish)).tokens == 1
        redis.start()
        assert (await failover.take(wish)).tokens == 1
        assert await own.redis.exists(f"eyeot:rate:{wish.key}")
    finally:
        await own.close()
        redis.kill()


async def test_without_any_store_each_worker_counts_for_itself(call: Desk) -> None:
    class Gone:
        async def take(self, wish: Wish) -> Any:
            raise ConnectionError(wish.key)

        async def close(self) -> None: ...

    limiter = Limiter(STILL, Failover([Gone(), Gone()]))
    assert await _tries(limiter, _asking(call, credential_id=uuid7()), 60) == 40


@asynccontextmanager
async def _bounded(
    database: TestDatabase, catalogue: Catalogue, bounds: Bounds
) -> AsyncIterator[Engine]:
    made = await app.start(
        catalogue,
        database.app,
        database.relay,
        public_url="http://localhost",
        licensing=trusting(),
        bounds=bounds,
    )
    try:
        yield made
    finally:
        await app.stop(made)


async def test_a_flood_is_answered_429_and_leaves_few_traces_in_the_log(
    database: TestDatabase, catalogue: Catalogue, house: House, call: Desk
) -> None:
    made = await house.make_key("core:read", "core:audit", owner="owner")
    bounds = Bounds(rates=Rates(Rate(60, 10), Rate(6000, 1000), None))
    async with _bounded(database, catalogue, bounds) as engine, serving(engine) as address:
        async with client_of(address, made["key"]) as client:
            answers = [await client.get("/actions/core.user.list") for _ in range(60)]
        codes = Counter(one.status_code for one in answers)
        assert codes[200] >= 10
        assert codes.keys() == {200, 429}
        refused = next(one for one in answers if one.status_code == 429)
        assert refused.headers["ratelimit-policy"] == '"credential";q=60;w=60'
        assert refused.headers["ratelimit"].startswith('"credential";r=0;t=')
        assert refused.headers["retry-after"] == "1"
    events = (
        await call("core.audit_event.list", credential_id=made["id"], outcome="refused", limit=100)
    )["items"]
    assert [one["action"] for one in events if one["action"] == "core.user.list"] == [
        "core.user.list"
    ]
    [rest] = [one for one in events if one["action"] == "core.session.throttled"]
    assert rest["code"] == "rate_limited"
    assert rest["input"]["refused"] == codes[429] - 1


async def test_an_mcp_client_is_told_by_a_result_and_a_plain_one_by_429(
    database: TestDatabase, catalogue: Catalogue, house: House, call: Desk
) -> None:
    made = await house.make_key("core:read", owner="owner")
    bounds = Bounds(rates=Rates(Rate(1, 1), None, None))
    async with _bounded(database, catalogue, bounds) as engine:
        settings = McpSettings(allowed_hosts=frozenset({"localhost"}), secrets=(b"x" * 32,))
        transport = httpx.ASGITransport(McpApp(engine, settings))
        asked = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": "whoami", "arguments": {}},
        }
        head = {"authorization": f"Bearer {made['key']}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", headers=head
        ) as client:
            await client.post("/", json=asked)
            plain = await client.post("/", json=asked)
            era = {
                "accept": "application/json, text/event-stream",
                "mcp-protocol-version": "2025-06-18",
            }
            told = await client.post("/", json=asked, headers=era)
    assert plain.status_code == 429
    assert plain.headers["ratelimit-policy"] == '"credential";q=1;w=60'
    assert plain.json()["error"]["data"]["code"] == "rate_limited"
    assert told.status_code == 200
    result = told.json()["result"]
    assert result["isError"]
    assert result["structuredContent"]["error"]["code"] == "rate_limited"


async def test_guessing_keys_is_stopped_at_the_door_and_known_keys_still_enter(
    database: TestDatabase, catalogue: Catalogue, house: House, call: Desk
) -> None:
    bounds = Bounds(rates=STILL)
    async with _bounded(database, catalogue, bounds) as engine:
        await engine.authenticate(call.key, "203.0.113.9")
        codes = Counter[str]()
        for at in range(20):
            try:
                await engine.authenticate(f"eyk_guess{at}", "203.0.113.9")
            except Problem as refused:
                codes[refused.code] += 1
        assert codes == {"unauthenticated": 5, "rate_limited": 15}
        assert await engine.authenticate(call.key, "203.0.113.9")
        with pytest.raises(Unauthenticated):
            await engine.authenticate("eyk_guess", "203.0.113.10")
        fresh = await house.make_key("core:read", owner="owner")
        with pytest.raises(RateLimited):
            await engine.authenticate(fresh["key"], "203.0.113.9")
        assert await engine.authenticate(fresh["key"], "203.0.113.10")


def test_an_address_is_what_one_client_holds() -> None:
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2:ffff::1")
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("::ffff:203.0.113.9") == "203.0.113.9"
    Doors(Rate(1, 1)).check("not an address")


async def test_one_organisation_in_a_flood_leaves_places_for_another(
    database: TestDatabase, catalogue: Catalogue, house: House, call: Desk
) -> None:
    """500 clients of one at once: some wait, the rest hear 503 at once; the other's calls all go through."""
    other = await House.open(house.engine)
    await other.person("owner", "owner")
    desk = await other.desk("*", owner="owner")
    async with _bounded(
        database, catalogue, Bounds(rates=Rates(None, None, None), calls=100)
    ) as engine:

        async def one(caller: Caller) -> str:
            request = Request(action="core.user.list", arguments={}, caller=caller, surface="rest")
            try:
                await engine.execute(request)
            except Unavailable:
                return "unavailable"
            return "ok"

        flood = [asyncio.create_task(one(call.caller)) for _ in range(500)]
        await asyncio.sleep(0)
        assert engine.crowd.inside == 50
        assert [await one(desk.caller) for _ in range(10)] == ["ok"] * 10
        assert Counter(await asyncio.gather(*flood)) == {"ok": 50, "unavailable": 450}
        assert engine.crowd.inside == 0
        async with taken(engine.database.reads) as connection:
            assert await connection.fetchval("SELECT 1")


def test_a_place_is_given_back_and_the_process_has_an_end() -> None:
    crowd, first, second, third = Crowd(4, 0.5), uuid7(), uuid7(), uuid7()
    for one in (first, first, second, second):
        crowd.enter(one)
    with pytest.raises(Unavailable):
        crowd.enter(third)
    crowd.leave(first)
    crowd.enter(third)
    with pytest.raises(Unavailable):
        crowd.enter(first)


@pytest.mark.parametrize(
    "name", ["EYEOT_RATE_CREDENTIAL", "EYEOT_RATE_ORGANISATION", "EYEOT_RATE_FAILURES"]
)
def test_settings_say_a_rate_or_none_and_nothing_else(name: str, tmp_path: Path) -> None:
    field = {"CREDENTIAL": "credential", "ORGANISATION": "organisation", "FAILURES": "failures"}

    def read(value: str) -> Rate | None:
        bounds = bounds_of(load({name: value}, tmp_path))
        found: Rate | None = getattr(bounds.rates, field[name.rpartition("_")[2]])
        return found

    assert read("600/120") == Rate(600, 120)
    assert read("600") == Rate(600, 120)
    assert read("0") is None
    for wrong in ("-1", "ten", "600/0", "1.5", "0/5", "600/"):
        with pytest.raises(WrongSettings, match=name):
            read(wrong)
