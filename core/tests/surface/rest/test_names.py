"""Names: REST and downloads answer under the server's own name, and no foreign web page."""

from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import httpx
import pytest

from eyeot.asgi import Site
from eyeot.runtime.engine import Engine
from eyeot.testing import Desk

PATHS = ("/api/v1/actions", "/api/v1/openapi.json", "/api/v1/documents/x", "/api/v1/mcp")


@pytest.fixture
async def site(engine: Engine) -> AsyncIterator[Site]:
    """The whole site in front of the shared engine, started as a server starts it."""

    async def start() -> Engine:
        return engine

    async def stop(_: Engine) -> None:
        """The engine is others' too."""

    made = Site(start, stop)
    sent: list[str] = []
    steps = iter(("lifespan.startup",))

    async def receive() -> dict[str, str]:
        if (step := next(steps, None)) is None:
            raise RuntimeError("enough")
        return {"type": step}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message["type"])

    with pytest.raises(RuntimeError, match="enough"):
        await made({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete"]
    yield made
    made.end_streams()


async def _status(site: Site, desk: Desk, path: str, **headers: str) -> int:
    transport = httpx.ASGITransport(site)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        sent = {"X-API-Key": desk.key, **headers}
        return (await client.get(path, headers=sent)).status_code


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_reaches_nothing_under_a_name_of_its_own(
    site: Site, call: Desk, path: str
) -> None:
    assert await _status(site, call, path, host="evil.example:8000") == 421
    assert await _status(site, call, path, host="localhost.evil.example") == 421
    assert await _status(site, call, path, origin="https://evil.example") == 403


@pytest.mark.parametrize("path", PATHS[:2])
async def test_programs_and_its_own_pages_are_let_in(site: Site, call: Desk, path: str) -> None:
    assert await _status(site, call, path) == 200
    assert await _status(site, call, path, host="127.0.0.1:9") == 200
    assert await _status(site, call, path, origin="http://localhost:8000") == 200
