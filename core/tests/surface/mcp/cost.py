"""Cost: what the MCP address itself spends on a call, with an engine that does nothing.

Run from the root of the repository: `PYTHONPATH=core/src:. python core/tests/surface/mcp/cost.py`.
"""

import gc
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import orjson

from core.tests.surface.mcp.fake import FakeEngine
from core.tests.surface.mcp.shop import TOOLS
from core.tests.surface.mcp.talk import META, MODERN, request
from eyeot.runtime.request import Answer, Caller, Request, Surface
from eyeot.surface.mcp import McpApp

ROUNDS, CALLS = 7, 3_000
RECORD = {
    "id": "cus_01h4z3k8q2e5s9v7b6n0m1x4c3",
    "name": "Boulangerie Petit",
    "email": "contact@boulangerie-petit.fr",
    "siren": "552100554",
    "city": "Lyon",
    "status": "customer",
    "owner_id": "usr_01h4z3k8q2e5s9v7b6n0m1x4c3",
    "version": 3,
    "created_at": "2026-11-22T10:00:00.000Z",
    "updated_at": "2026-11-22T10:00:00.000Z",
}
Job = Callable[[], Awaitable[None]]


class Idle(FakeEngine):
    """An engine that answers at once."""

    def __init__(self) -> None:
        super().__init__()
        self.caller: Caller | None = None
        self.answer = Answer(result=RECORD)
        tools = {f"{t.name}_{n}": replace(t, name=f"{t.name}_{n}") for n in range(5) for t in TOOLS}
        self.catalogue = replace(self.catalogue, tools={**self.catalogue.tools, **tools})

    async def authenticate(
        self, token: str | None, ip: str | None, surface: Surface = "mcp"
    ) -> Caller:
        """Always the same."""
        if self.caller is None:
            self.caller = await super().authenticate(token, ip, surface)
        return self.caller

    async def execute(self, _: Request) -> Answer:
        """Nothing."""
        return self.answer


def job(app: McpApp, method: str, params: dict[str, Any], *, modern: bool) -> Job:
    """One request, as uvicorn hands it over."""
    headers = [
        (b"host", b"127.0.0.1:8000"),
        (b"accept", b"application/json, text/event-stream"),
        (b"content-type", b"application/json"),
        (b"authorization", b"Bearer eyk_all"),
        (b"user-agent", b"probe/1.0"),
        (b"accept-encoding", b"gzip, deflate"),
    ]
    if modern:
        params = {**params, "_meta": META}
        headers += [
            (b"mcp-protocol-version", MODERN.encode()),
            (b"mcp-method", method.encode()),
        ]
        if "name" in params:
            headers.append((b"mcp-name", params["name"].encode()))
    else:
        headers.append((b"mcp-protocol-version", b"2025-11-25"))
    body = orjson.dumps(request(method, params))
    headers.append((b"content-length", str(len(body)).encode()))
    scope = {"type": "http", "method": "POST", "headers": headers, "client": ("127.0.0.1", 5)}
    event = {"type": "http.request", "body": body, "more_body": False}

    async def receive() -> dict[str, Any]:
        return event

    async def send(_: Any) -> None:
        return None

    async def once() -> None:
        await app(dict(scope), receive, send)

    return once


async def measured(once: Job) -> float:
    """CPU microseconds a call: the best of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        gc.collect()
        started = time.process_time()
        for _ in range(CALLS):
            await once()
        best = min(best, (time.process_time() - started) / CALLS * 1e6)
    return best


async def main() -> None:
    """Print the table."""
    engine = Idle()
    app = McpApp(engine)
    get = {"name": "get_customer", "arguments": {"id": RECORD["id"]}}
    rows = {
        "tools/call, modern": job(app, "tools/call", get, modern=True),
        "tools/call, legacy": job(app, "tools/call", get, modern=False),
        "tools/list, modern": job(app, "tools/list", {}, modern=True),
        "ping, legacy": job(app, "ping", {}, modern=False),
    }
    for name, once in rows.items():
        sys.stdout.write(f"{name:22} {await measured(once):7.1f} µs CPU\n")


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
