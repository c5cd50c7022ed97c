"""Envelope: bodies that are no request, and hostile ones; the process lives."""

import time
from typing import Any

import orjson
import pytest

from core.tests.surface.mcp.fake import FakeEngine
from core.tests.surface.mcp.talk import LEGACY, META, MODERN, Talk, request

HEADERS = [{}, {"mcp-protocol-version": LEGACY}, {"mcp-protocol-version": MODERN}]
MARK = pytest.mark.parametrize("headers", HEADERS, ids=["plain", "legacy", "modern"])


@MARK
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"\xff"}}',
        b'{"jsonrpc":"2.0","id":1,"method":"\\ud800"}',
        b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}',
        b"\x00",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=["empty", "cut", "utf16", "latin1", "surrogate", "nan", "nul", "deep list", "deep object"],
)
async def test_what_is_not_json_is_a_parse_error(
    talk: Talk, headers: dict[str, str], body: bytes
) -> None:
    answer = await talk.raw(body, headers)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32700
    assert answer.json()["id"] is None


@MARK
@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"1",
        b'"ping"',
        b"null",
        b"{}",
        b'{"jsonrpc":"1.0","id":1,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":1}',
        b'{"jsonrpc":"2.0","id":1,"method":5}',
        b'{"jsonrpc":"2.0","id":null,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":true,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":[1],"method":"ping"}',
        b'{"jsonrpc":"2.0","id":123456789012345678901234567890,"method":"ping"}',
    ],
)
async def test_what_is_no_request_is_invalid(
    talk: Talk, headers: dict[str, str], body: bytes
) -> None:
    answer = await talk.raw(body, headers)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32600


@MARK
async def test_batches_are_not_served(talk: Talk, headers: dict[str, str]) -> None:
    answer = await talk.raw([request("ping"), request("ping")], headers)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32600


@MARK
async def test_a_body_nested_beyond_reason_is_refused(talk: Talk, headers: dict[str, str]) -> None:
    deep: Any = {}
    for _ in range(100):
        deep = {"a": deep}

    answer = await talk.raw(request("tools/call", {"name": "whoami", "arguments": deep}), headers)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32600


@MARK
async def test_wide_bodies_are_fine(talk: Talk, headers: dict[str, str]) -> None:
    body = request("ping", {"wide": [{} for _ in range(500)], "_meta": META})
    sent = {**headers, "mcp-method": "ping"}

    assert (await talk.raw(body, sent)).json().get("error", {}).get("code") != -32600


@MARK
@pytest.mark.parametrize("params", [[], "x", 5, None])
async def test_params_must_be_an_object(talk: Talk, headers: dict[str, str], params: Any) -> None:
    answer = await talk.raw({**request("ping"), "params": params}, headers)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32602
    assert answer.json()["id"] == 1


@MARK
@pytest.mark.parametrize("method", ["notifications/initialized", "notifications/cancelled", "x/y"])
async def test_notifications_are_taken_without_a_word(
    talk: Talk, headers: dict[str, str], method: str
) -> None:
    answer = await talk.raw({"jsonrpc": "2.0", "method": method}, headers)

    assert answer.status_code == 202
    assert answer.content == b""


@pytest.mark.parametrize(
    ("headers", "status"), [(HEADERS[1], 202), (HEADERS[0], 202), (HEADERS[2], 400)]
)
async def test_an_answer_posted_by_a_client_is_only_expected_in_the_legacy_era(
    talk: Talk, headers: dict[str, str], status: int
) -> None:
    answer = await talk.raw({"jsonrpc": "2.0", "id": 1, "result": {}}, headers)

    assert answer.status_code == status


@pytest.mark.parametrize("id", [0, -5, "", "a", "é", 2**53])
async def test_the_id_comes_back_as_it_went(talk: Talk, id: int | str) -> None:
    ok = await talk.raw(request("ping", None, id))
    wrong = await talk.raw(request("no/such", None, id))

    assert ok.json()["id"] == id
    assert wrong.json()["id"] == id


async def test_nul_characters_are_refused_as_input_wherever_they_stand(
    talk: Talk, fake: FakeEngine
) -> None:
    inner = orjson.dumps({"name": "a\x00b"}).decode()
    for arguments in (
        {"action": "crm.customer.create", "arguments": {"name": "a\x00b"}},
        {"action": "crm.customer.create", "arguments": inner},
        {"action": "crm.cust\x00omer"},
    ):
        found = await talk.tool("eyeot_call", arguments)

        assert found["isError"] is True
        assert found["structuredContent"]["error"]["code"] == "invalid"
    assert fake.lab.requests == []


async def test_what_a_client_says_of_itself_is_cleaned_for_the_audit(
    talk: Talk, fake: FakeEngine
) -> None:
    info = {"name": "bad\x00\n" + "x" * 500, "version": "1"}
    await talk.tool("whoami", **{"io.modelcontextprotocol/clientInfo": info})

    client = fake.lab.requests[-1].client
    assert client is not None
    assert client.isprintable()
    assert len(client) <= 120


HUGE = "x" * 1_000_000


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("eyeot_call", {"action": HUGE}),
        ("eyeot_call", {"action": "crm.customer.create", HUGE: 1}),
        ("eyeot_help", {"query": HUGE}),
        ("eyeot_help", {"action": HUGE}),
        ("eyeot_help", {"resource": HUGE}),
        ("get_customer", {"id": HUGE}),
        (HUGE, {}),
    ],
    ids=["action", "argument", "query", "described", "resource", "id", "tool"],
)
async def test_a_huge_name_costs_little_and_is_not_echoed(
    talk: Talk, tool: str, arguments: dict[str, Any]
) -> None:
    started = time.process_time()
    for lane in (talk.legacy, talk.plain):
        answer = await lane("tools/call", {"name": tool, "arguments": arguments})
        assert len(answer.content) < 50_000

    assert time.process_time() - started < 1.0


async def test_a_fault_before_the_call_is_answered_and_the_process_lives(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("eyeot.surface.mcp.envelope.read", None)
        answer = await talk.legacy("ping")

    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == -32603
    assert (await talk.legacy("ping")).status_code == 200
