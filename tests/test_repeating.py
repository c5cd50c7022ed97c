"""Repeating: a hundred clients that send the same call at once, to several processes over HTTP."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.demo import Demo, served

EYEOT = str(Path(sys.executable).with_name("eyeot"))
CREATE = "crm.party.create"
CLIENTS, OTHERS = 100, 40


@pytest.fixture(scope="module")
def two() -> Iterator[Demo]:
    """Two processes that answer."""
    with served((EYEOT, "serve", "--demo", "--workers", "2", "--no-jobs")) as running:
        yield running


async def _post(demo: Demo, action: str, body: dict[str, Any], **headers: str) -> httpx.Response:
    """A call by a client of its own, so that the processes share the clients."""
    address = demo.endpoint.replace("/mcp", f"/actions/{action}")
    async with httpx.AsyncClient(timeout=30) as client:
        return await client.post(address, json=body, headers={"X-API-Key": demo.key, **headers})


async def _tool(demo: Demo, body: dict[str, Any], key: str) -> httpx.Response:
    call = {"name": "eyeot_call", "arguments": {"action": CREATE, "arguments": body}}
    params = {**call, "_meta": {"eyeot/idempotencyKey": key}}
    async with httpx.AsyncClient(timeout=30) as client:
        return await client.post(
            demo.endpoint,
            json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params},
            headers={"X-API-Key": demo.key},
        )


async def test_a_hundred_clients_with_one_key_do_one_thing_and_get_one_answer(two: Demo) -> None:
    key, name = str(uuid4()), f"Moulin {uuid4()}"

    keyed = [_post(two, CREATE, {"name": name}, **{"Idempotency-Key": key}) for _ in range(CLIENTS)]
    others = [_post(two, CREATE, {"name": f"Autre {name} {n}"}) for n in range(OTHERS)]
    done = await asyncio.gather(*keyed, *others)
    by_tool = await _tool(two, {"name": name}, key)

    assert [one.status_code for one in done] == [200] * (CLIENTS + OTHERS)
    answers = done[:CLIENTS]
    assert len({one.content for one in answers}) == 1
    assert sum("idempotent-replayed" not in one.headers for one in answers) == 1
    assert by_tool.headers["idempotent-replayed"] == "true"
    assert by_tool.json()["result"]["structuredContent"] == answers[0].json()
    found = await _post(two, "crm.party.list", {"name": name})
    assert [one["id"] for one in found.json()["items"]] == [answers[0].json()["id"]]
    log = {"action": CREATE, "outcome": "replayed"}
    assert (await _post(two, "core.audit_event.count", log)).json()["count"] == CLIENTS
