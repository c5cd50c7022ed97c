"""Hear: a client that listens, over a real port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import orjson
import uvicorn

from core.tests.surface.mcp.talk import META, MODERN, PATH, PREFIX, request
from eyeot.runtime.request import EngineWithFeed
from eyeot.surface.mcp import McpApp, McpSettings

SUBSCRIPTION = f"{PREFIX}subscriptionId"
PATIENCE = 10.0


class Ear:
    """One stream: its events as they come."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def next(self) -> dict[str, Any]:
        """The next message; signs of life are passed over."""
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                if line.startswith("data: "):
                    found: dict[str, Any] = orjson.loads(line[6:])
                    return found
        raise EOFError

    async def sign_of_life(self) -> str:
        """The next comment."""
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                if line.startswith(":"):
                    return line
        raise EOFError

    async def ended(self) -> bool:
        """Whether nothing comes any more."""
        with suppress(EOFError):
            return not await self.next()
        return True


class Radio:
    """The address of an engine on a port of its own."""

    def __init__(self, address: McpApp, base: str) -> None:
        self.address = address
        self.base = base

    @asynccontextmanager
    async def listen(self, key: str, id: str | int = 1, **wanted: Any) -> AsyncIterator[Ear]:
        """A stream of what is wanted."""
        params = {"notifications": wanted, "_meta": META}
        headers = {
            "authorization": f"Bearer {key}",
            "mcp-protocol-version": MODERN,
            "mcp-method": "subscriptions/listen",
            "accept": "application/json, text/event-stream",
            "content-type": "application/json",
        }
        body = orjson.dumps(request("subscriptions/listen", params, id))
        async with (
            httpx.AsyncClient(timeout=PATIENCE) as http,
            http.stream("POST", self.base + PATH, content=body, headers=headers) as answer,
        ):
            yield Ear(answer)


@asynccontextmanager
async def on_air(engine: EngineWithFeed, settings: McpSettings) -> AsyncIterator[Radio]:
    """Serve an engine in this loop."""
    address = McpApp(engine, settings)
    config = uvicorn.Config(
        address, host="127.0.0.1", port=0, lifespan="off", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    # Its own would take the signals of the test run.
    server.capture_signals = suppress  # type: ignore[method-assign, assignment]
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield Radio(address, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    finally:
        await address.close()
        server.should_exit = True
        await task
