"""Fixtures: the REST addresses on a real server, in front of the shared engine."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
import uvicorn

from eyeot.runtime.engine import Engine
from eyeot.runtime.request import Engine as Served
from eyeot.surface.rest import RestApp
from eyeot.testing import Desk

BAKERY = {
    "name": "Boulangerie du Pont Neuf",
    "addresses": [{"line1": "12 rue de la République", "postcode": "69002", "city": "Lyon"}],
}


@asynccontextmanager
async def serving(engine: Served) -> AsyncIterator[str]:
    """The addresses of an engine on a port of their own; gives the address before `/api`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(RestApp(engine), lifespan="off", log_config=None, ws="none")
        server = uvicorn.Server(config)
        # Its own would take the signals of the test run.
        server.capture_signals = suppress  # type: ignore[method-assign, assignment]
        task = asyncio.create_task(server.serve([listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await task


@asynccontextmanager
async def client_of(address: str, key: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the addresses, with a key or without."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx.AsyncClient(base_url=f"{address}/api/v1", headers=headers) as made:
        yield made


@pytest.fixture(scope="session")
async def address(engine: Engine) -> AsyncIterator[str]:
    async with serving(engine) as found:
        yield found


@pytest.fixture
async def http(address: str, call: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """A client that may do everything in the house."""
    async with client_of(address, call.key) as made:
        yield made


@pytest.fixture
async def anyone(address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key."""
    async with client_of(address) as made:
        yield made


@pytest.fixture
async def customer(call: Desk) -> str:
    """A customer of the house."""
    made = await call("crm.customer.create", **BAKERY)
    return str(made["id"])
