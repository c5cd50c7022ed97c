"""Fixtures: an engine that may call this machine, with a clock that the test moves."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.tests.outside.receiver import LOOPBACK, Receiver, receiving
from core.tests.raw import connected
from eyeot.runtime.engine import Engine
from eyeot.runtime.hooks.courier import Courier
from eyeot.runtime.outgoing import Outgoing
from eyeot.runtime.outside import Outside
from eyeot.runtime.relay import Relay
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

SECRETS = (b"k" * 32,)


@dataclass
class Clock:
    """The engine's clock, some time ahead."""

    engine: Engine
    ahead: timedelta = timedelta()

    def __post_init__(self) -> None:
        self._real = self.engine.clock
        self.engine.clock = self.now

    def now(self) -> datetime:
        return self._real() + self.ahead

    def passes(self, **time: float) -> None:
        self.ahead += timedelta(**time)

    def back(self) -> None:
        self.engine.clock = self._real


@pytest.fixture
def clock(engine: Engine) -> Iterator[Clock]:
    made = Clock(engine)
    yield made
    made.back()


@pytest.fixture
async def receiver(engine: Engine) -> AsyncIterator[Receiver]:
    """A server that takes webhooks, in a network that the operator allows."""
    before = engine.outside
    http = Outgoing(allowed=LOOPBACK, patience=5)
    engine.outside = Outside(secrets=lambda: SECRETS, http=http)
    async with receiving() as made:
        yield made
    engine.outside = before


@dataclass
class Hooks:
    """An organisation whose events are sent on."""

    house: House
    desk: Desk
    database: TestDatabase
    receiver: Receiver
    courier: Courier

    async def endpoint(self, *events: str, url: str = "", **more: Any) -> dict[str, Any]:
        """An endpoint, made by the person at the machine."""
        given = {
            "url": url or self.receiver.url(),
            "events": list(events) or ["core.team.*"],
            **more,
        }
        return (await self.house.operator.call("core.webhook_endpoint.create", **given)).result

    async def team(self, name: str = "Nord") -> str:
        made = await self.house.operator.call("core.team.create", name=name)
        return str(made.result["id"])

    async def rename(self, id: str, *names: str) -> None:
        for name in names:
            await self.house.operator.call("core.team.update", id=id, name=name)

    async def deliver(self) -> int:
        """Hand on and deliver all that is due now; how many attempts were made."""
        relay = Relay(self.house.engine)
        while await relay.work():
            pass
        return await self.courier.drain()

    async def deliveries(self, **conditions: Any) -> list[dict[str, Any]]:
        listed = await self.desk(
            "core.webhook_delivery.list", limit=100, sort="created_at", **conditions
        )
        found: list[dict[str, Any]] = listed["items"]
        return found

    async def raw(self, text: str, *values: Any) -> list[Any]:
        async with connected(self.database.admin) as admin:
            rows: list[Any] = await admin.fetch(text, *values)
            return rows


@pytest.fixture
async def hooks(
    house: House, call: Desk, database: TestDatabase, receiver: Receiver, clock: Clock
) -> AsyncIterator[Hooks]:
    yield Hooks(house, call, database, receiver, Courier(house.engine))
    async with connected(database.admin) as admin:
        # Nothing of this test's is due in the next one.
        for table in ("core_webhook_delivery", "core_webhook_endpoint"):
            await admin.execute(f"DELETE FROM {table}")
        await admin.execute("UPDATE core_outbox SET done_at = now() WHERE done_at IS NULL")
