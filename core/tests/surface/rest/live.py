"""Live: the REST addresses of an engine on a real server, and clients of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import uvicorn

from eyeot.runtime.request import Engine
from eyeot.surface.rest import RestApp

BAKERY = {
    "name": "Boulangerie du Pont Neuf",
    "addresses": [{"line1": "12 rue de la République", "postcode": "69002", "city": "Lyon"}],
}


@asynccontextmanager
async def serving(engine: Engine) -> AsyncIterator[str]:
    """The addresses on a port of their own; gives what comes before `/api`."""
    config = uvicorn.Config(
        RestApp(engine), host="127.0.0.1", port=0, lifespan="off", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    # Its own would take the signals of the test run.
    server.capture_signals = suppress  # type: ignore[method-assign, assignment]
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def client_of(address: str, key: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the addresses, with a key or without."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx.AsyncClient(base_url=f"{address}/api/v1", headers=headers) as made:
        yield made
