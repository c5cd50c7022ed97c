"""Patience: what happens when the engine cannot answer, fails, or its client leaves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from core.tests.surface.rest.live import BAKERY, client_of, serving
from core.tests.surface.together import Together
from eyeot.declare.problem import Problem, RateLimited, Unavailable
from eyeot.runtime.engine import Engine
from eyeot.runtime.request import Answer, Caller, Request, Surface
from eyeot.storage.pool import taken
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

CREATE = "/actions/crm.customer.create"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Failing(Together):
    """An engine that answers every call with the same trouble."""

    def __init__(self, engine: Engine, trouble: Exception, place: str = "execute") -> None:
        self.catalogue = engine.catalogue
        self.public_url = engine.public_url
        self._engine = engine
        self._trouble = trouble
        self._place = place

    async def authenticate(
        self, token: str | None, ip: str | None, surface: Surface = "mcp"
    ) -> Caller:
        if self._place == "authenticate":
            raise self._trouble
        return await self._engine.authenticate(token, ip, surface)

    async def refuse(self, request: Request, refused: Problem) -> None:
        await self._engine.refuse(request, refused)

    async def execute(self, request: Request) -> Answer:  # noqa: ARG002 - the engine's signature
        raise self._trouble


@asynccontextmanager
async def failing(call: Desk, trouble: Exception, place: str) -> AsyncIterator[httpx.Response]:
    """The answer of an engine in trouble."""
    async with (
        serving(Failing(call.engine, trouble, place)) as address,
        client_of(address, call.key) as client,
    ):
        parent = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
        yield await client.post(CREATE, json=BAKERY, headers=parent)


@pytest.mark.parametrize(
    ("problem", "status", "wait"),
    [(RateLimited(retry_after=7), 429, "7"), (Unavailable(retry_after=3), 503, "3")],
)
@pytest.mark.parametrize("place", ["authenticate", "execute"])
async def test_a_refusal_for_now_says_how_long(
    call: Desk, problem: Problem, status: int, wait: str, place: str
) -> None:
    async with failing(call, problem, place) as answer:
        assert answer.status_code == status
        assert answer.headers["retry-after"] == wait
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("place", ["authenticate", "execute"])
async def test_a_fault_is_500_with_its_trace_and_nothing_else(
    call: Desk, caplog: pytest.LogCaptureFixture, place: str
) -> None:
    async with failing(call, KeyError("secret detail"), place) as answer:
        assert answer.status_code == 500
        assert answer.json()["code"] == "internal"
        assert answer.json()["trace_id"] == TRACE
        assert "secret detail" not in answer.text
    assert TRACE in caplog.text
    assert "secret detail" in caplog.text


class Slow(Failing):
    """The real engine, whose commits wait until the test lets them go on."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, RuntimeError())
        self.begun = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.done = asyncio.Event()

    async def execute(self, request: Request) -> Answer:
        self.begun.set()
        try:
            return await self._engine.execute(request)
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        finally:
            self.done.set()


@asynccontextmanager
async def held(house: House, id: str) -> AsyncIterator[None]:
    """A customer that another transaction keeps locked."""
    async with taken(house.engine.database.writes) as connection, connection.transaction():
        await connection.execute(f"SET LOCAL app.org_id = '{house.org_id}'")
        await connection.execute("SELECT 1 FROM crm_customer FOR UPDATE")
        yield


async def test_a_client_that_leaves_takes_its_call_with_it(
    house: House, call: Desk, customer: str
) -> None:
    slow = Slow(call.engine)
    change = {"id": customer, "tier": "A"}
    async with serving(slow) as address, client_of(address, call.key) as client:
        async with held(house, customer):
            calling = asyncio.create_task(client.post("/actions/crm.customer.update", json=change))
            await slow.begun.wait()
            await asyncio.sleep(0.2)
            calling.cancel()
            async with asyncio.timeout(5):
                await slow.cancelled.wait()
        assert slow.done.is_set()
        read = await client.get("/actions/crm.customer.get", params={"id": customer})

    assert "tier" not in read.json()


async def test_a_slow_call_is_answered_to_who_waits(
    house: House, call: Desk, customer: str
) -> None:
    slow = Slow(call.engine)
    change = {"id": customer, "tier": "A"}
    async with serving(slow) as address, client_of(address, call.key) as client:
        async with held(house, customer):
            calling = asyncio.create_task(client.post("/actions/crm.customer.update", json=change))
            await slow.begun.wait()
            await asyncio.sleep(0.2)
        answer = await calling

    assert answer.json()["tier"] == "A"
    assert not slow.cancelled.is_set()


async def test_a_client_that_leaves_amid_its_body_is_forgotten(
    address: str, call: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    host, _, port = address.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"POST /api/v1/actions/crm.customer.create HTTP/1.1\r\nHost: x\r\n"
        b"Content-Type: application/json\r\nContent-Length: 1000\r\n"
        b"X-API-Key: " + call.key.encode() + b'\r\n\r\n{"name":'
    )
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(0.1)

    assert await call("crm.customer.count") == {"count": 0}
    assert "fault" not in caplog.text


async def test_a_database_that_is_gone_is_503_and_its_return_is_noticed(
    call: Desk, address: str, database: TestDatabase
) -> None:
    async with client_of(address, call.key) as client:
        database.server.stop()
        try:
            read = await client.get("/actions/crm.customer.count")
            written = await client.post(CREATE, json=BAKERY)
        finally:
            database.server.start()
            await _heard(call.engine)
        again = await client.get("/actions/crm.customer.count")

    assert [one.status_code for one in (read, written)] == [503, 503]
    assert int(read.headers["retry-after"]) > 0
    assert again.json() == {"count": 0}


async def _heard(engine: Engine) -> None:
    """Wait until changes of keys are heard again, as the tests that follow expect."""
    async with asyncio.timeout(10):
        while not engine.credentials._heard:
            await asyncio.sleep(0.05)
