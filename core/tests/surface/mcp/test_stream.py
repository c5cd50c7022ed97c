"""Stream: JSON at once, events when there is something to tell, and clients that leave."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import orjson
import pytest

from core.tests.surface.mcp.live import Live, live, until
from core.tests.surface.mcp.talk import LEGACY, META, Talk, request


@pytest.fixture
def server() -> Iterator[Live]:
    """A server that is quick to stream."""
    with live() as running:
        yield running


@pytest.fixture
async def far(server: Live) -> AsyncIterator[Talk]:
    """A way to talk to it."""
    async with httpx.AsyncClient(base_url=server.base, timeout=20) as client:
        yield Talk(client)


def wait(token: str | int | None = None, **arguments: Any) -> dict[str, Any]:
    """A call that takes a while."""
    params: dict[str, Any] = {"name": "wait", "arguments": arguments}
    return params if token is None else {**params, "_meta": {"progressToken": token}}


def events(answer: httpx.Response) -> list[dict[str, Any]]:
    """The JSON of every event of a stream."""
    lines = answer.text.splitlines()
    return [orjson.loads(line[6:]) for line in lines if line.startswith("data: ")]


async def test_a_quick_call_is_answered_with_json(far: Talk) -> None:
    answer = await far.modern("tools/call", wait())

    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("token", ["t", 7])
async def test_progress_turns_the_answer_into_a_stream(far: Talk, token: str | int) -> None:
    answer = await far.modern("tools/call", wait(steps=3), progressToken=token)

    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.headers["x-accel-buffering"] == "no"
    assert answer.headers["cache-control"] == "no-cache, no-transform"
    *told, last = events(answer)
    assert [one["method"] for one in told] == ["notifications/progress"] * 3
    assert [one["params"]["progress"] for one in told] == [1, 2, 3]
    assert told[0]["params"] == {
        "progressToken": token,
        "progress": 1,
        "total": 3,
        "message": "step 1",
    }
    assert last["id"] == 1
    assert last["result"]["isError"] is False


async def test_a_legacy_client_is_told_progress_too(far: Talk) -> None:
    answer = await far.legacy("tools/call", wait("t", steps=2))

    assert len(events(answer)) == 3
    assert "resultType" not in events(answer)[-1]["result"]


async def test_without_a_token_nothing_is_told(far: Talk) -> None:
    answer = await far.modern("tools/call", wait(steps=3))

    assert answer.headers["content-type"] == "application/json"


async def test_a_client_that_takes_no_stream_gets_none(far: Talk) -> None:
    headers = {"accept": "application/json"}
    answer = await far.modern(
        "tools/call", wait(steps=3, seconds=0.5), headers=headers, progressToken="t"
    )

    assert answer.headers["content-type"] == "application/json"


async def test_a_plain_client_gets_no_stream(far: Talk) -> None:
    answer = await far.plain("tools/call", wait("t", steps=3, seconds=0.5))

    assert answer.headers["content-type"] == "application/json"


async def test_a_long_silent_call_becomes_a_stream_that_stays_alive(far: Talk) -> None:
    answer = await far.modern("tools/call", wait(seconds=1.0))

    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.text.count(": ping\n\n") >= 2
    assert events(answer)[-1]["result"]["structuredContent"] == {"waited": 1.0}


async def test_a_refusal_may_come_at_the_end_of_a_stream(far: Talk) -> None:
    answer = await far.modern("tools/call", wait(steps=1, fail=True), progressToken="t")

    assert answer.status_code == 200
    assert events(answer)[-1]["result"]["isError"] is True


async def test_endless_progress_is_thinned_out(far: Talk) -> None:
    answer = await far.modern("tools/call", wait(steps=5000), progressToken="t")

    told = [one["params"]["progress"] for one in events(answer)[:-1]]
    assert told == sorted(set(told))
    assert events(answer)[-1]["result"]["isError"] is False


async def leave(server: Live, headers: dict[str, str], params: dict[str, Any]) -> None:
    """Send a call, wait until it runs, and hang up."""
    body = orjson.dumps(request("tools/call", params))
    lines = {
        "host": f"127.0.0.1:{server.port}",
        "authorization": "Bearer eyk_all",
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "content-length": str(len(body)),
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"POST /api/v1/mcp HTTP/1.1\r\n{head}\r\n".encode() + body)
    await writer.drain()
    await until(lambda: server.engine.lab.started)
    writer.close()
    await writer.wait_closed()


MODERN_HEADERS = {
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    "mcp-name": "wait",
}


def modern(**arguments: Any) -> dict[str, Any]:
    """A modern call."""
    params = wait(**arguments)
    return {**params, "_meta": {**META, "progressToken": "t"}}


async def test_a_modern_client_that_leaves_cancels_its_call(server: Live) -> None:
    await leave(server, MODERN_HEADERS, modern(seconds=30))

    await until(lambda: server.engine.lab.cancelled)
    assert server.engine.lab.finished == 0


async def test_so_does_one_that_leaves_amid_a_stream(server: Live) -> None:
    await leave(server, MODERN_HEADERS, modern(seconds=30, steps=3))

    await until(lambda: server.engine.lab.cancelled)


async def test_a_plain_client_that_leaves_cancels_its_call(server: Live) -> None:
    await leave(server, {"accept": "*/*"}, wait(seconds=30))

    await until(lambda: server.engine.lab.cancelled)


async def test_a_legacy_client_that_leaves_does_not(server: Live) -> None:
    await leave(server, {"mcp-protocol-version": LEGACY}, wait(seconds=0.5))

    await until(lambda: server.engine.lab.finished)
    assert server.engine.lab.cancelled == 0


async def test_the_server_lives_on_after_clients_leave(server: Live, far: Talk) -> None:
    for _ in range(5):
        await leave(server, MODERN_HEADERS, modern(seconds=30, steps=3))

    assert (await far.modern("tools/list")).status_code == 200


async def test_many_calls_at_once_do_not_disturb_each_other(far: Talk) -> None:
    calls = [
        far.modern("tools/call", wait(steps=n % 3, seconds=0.01 * (n % 5)), progressToken=n)
        for n in range(50)
    ]
    answers = await asyncio.gather(*calls)

    assert all(answer.status_code == 200 for answer in answers)
    streams = [a for a in answers if a.headers["content-type"] == "text/event-stream"]
    tokens = {one["params"]["progressToken"] for a in streams for one in events(a)[:1]}
    assert len(tokens) == len(streams) == 33
