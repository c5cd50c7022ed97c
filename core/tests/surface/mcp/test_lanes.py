"""Lanes: skewed clients, whose header and body disagree, and plain ones, who know no MCP."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from core.tests.surface.mcp.fake import FakeEngine
from core.tests.surface.mcp.talk import LEGACY, META, MODERN, PREFIX, Talk, request
from eyeot.surface.mcp import McpApp, McpSettings

SKEWED = [{"mcp-protocol-version": LEGACY}, {}, {"mcp-protocol-version": "2025-06-18"}]


@pytest.mark.parametrize("headers", SKEWED)
@pytest.mark.parametrize("method", ["server/discover", "tools/list", "prompts/list"])
async def test_a_modern_body_under_an_older_header_is_served_as_modern(
    talk: Talk, headers: dict[str, str], method: str
) -> None:
    answer = await talk.raw(request(method, {"_meta": META}), headers)

    assert answer.status_code == 200
    assert answer.json()["result"]["resultType"] == "complete"


@pytest.mark.parametrize("headers", SKEWED)
async def test_headers_that_a_skewed_client_does_send_must_agree(
    talk: Talk, headers: dict[str, str]
) -> None:
    call = request("tools/call", {"name": "whoami", "_meta": META})

    right = {**headers, "mcp-method": "tools/call", "mcp-name": "whoami"}
    assert (await talk.raw(call, right)).status_code == 200
    for wrong in ({"mcp-method": "tools/list"}, {"mcp-name": "search"}):
        answer = await talk.raw(call, {**right, **wrong})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32020)


@pytest.mark.parametrize("headers", SKEWED)
async def test_without_tolerance_skew_is_a_mismatch(
    fake: FakeEngine, headers: dict[str, str]
) -> None:
    app = McpApp(fake, McpSettings(skew=False))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://localhost"
    ) as client:
        answer = await Talk(client).raw(request("tools/list", {"_meta": META}), headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32020)


async def test_a_skewed_handshake_still_gets_a_handshake(talk: Talk) -> None:
    answer = await talk.raw(
        request("initialize", {"protocolVersion": LEGACY, "_meta": META}),
        {"mcp-protocol-version": LEGACY},
    )

    assert answer.json()["result"]["protocolVersion"] == LEGACY


async def test_a_legacy_body_under_a_legacy_header_is_legacy(talk: Talk) -> None:
    meta = {**META, f"{PREFIX}protocolVersion": LEGACY}
    answer = await talk.raw(request("ping", {"_meta": meta}), {"mcp-protocol-version": LEGACY})

    assert answer.json()["result"] == {}


async def test_an_unknown_body_version_is_not_skew(talk: Talk) -> None:
    meta = {**META, f"{PREFIX}protocolVersion": "2099-01-01"}
    answer = await talk.raw(
        request("tools/list", {"_meta": meta}), {"mcp-protocol-version": LEGACY}
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32020)


@pytest.mark.parametrize("value", [f"{MODERN}, {MODERN}", f"{MODERN},{MODERN}"])
async def test_a_proxy_that_repeats_the_header_does_no_harm(talk: Talk, value: str) -> None:
    headers = {"mcp-protocol-version": value, "mcp-method": "tools/list"}
    answer = await talk.raw(request("tools/list", {"_meta": META}), headers)

    assert answer.status_code == 200


PLAIN_REFUSALS: list[tuple[str, dict[str, Any], str, int, int, str]] = [
    ("get_customer", {"id": "cus_no"}, "eyk_all", 404, 40400, "not_found"),
    ("create_customer", {}, "eyk_all", 422, 42200, "invalid"),
    ("create_customer", {"name": "A"}, "eyk_reads", 403, 40300, "permission_denied"),
    ("conflict", {}, "eyk_all", 409, 40900, "conflict"),
    ("crash", {}, "eyk_all", 500, 50000, "internal"),
    ("no_such_tool", {}, "eyk_all", 404, 40400, "not_found"),
    ("eyeot_call", {"action": "hr.employee.list"}, "eyk_all", 404, 40401, "module_not_installed"),
    (
        "eyeot_call",
        {"action": "core.role.grant", "arguments": {"id": "x"}},
        "eyk_all",
        403,
        40302,
        "human_required",
    ),
]


@pytest.mark.parametrize("case", PLAIN_REFUSALS, ids=lambda case: f"{case[0]} {case[-1]}")
async def test_a_plain_caller_is_refused_under_the_true_status(
    talk: Talk, case: tuple[str, dict[str, Any], str, int, int, str]
) -> None:
    tool, arguments, key, status, number, code = case
    answer = await talk.plain("tools/call", {"name": tool, "arguments": arguments}, key=key)

    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["code"] == number
    assert not -32768 <= number <= -32000
    assert error["data"]["code"] == code
    assert error["data"]["hint"]
    assert answer.json()["id"] == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"accept": "application/json, text/event-stream"},
        {"accept": "*/*", "mcp-session-id": "x"},
        {"accept": "*/*", "mcp-protocol-version": LEGACY},
    ],
)
async def test_any_sign_of_mcp_makes_a_refusal_a_result(
    talk: Talk, headers: dict[str, str]
) -> None:
    call = {"name": "get_customer", "arguments": {"id": "cus_no"}}
    answer = await talk.raw(request("tools/call", call), headers)

    assert answer.status_code == 200
    assert answer.json()["result"]["isError"] is True


async def test_a_plain_caller_gets_plain_results(talk: Talk) -> None:
    answer = await talk.plain("tools/call", {"name": "whoami"})

    assert answer.json()["result"]["structuredContent"]["organisation"] == "demo"
    assert "resultType" not in answer.json()["result"]


async def test_a_plain_caller_is_told_of_unknown_methods_by_404(talk: Talk) -> None:
    answer = await talk.plain("no/such")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, -32601)


async def test_a_plain_callers_headers_preview_and_carry_keys(talk: Talk, fake: FakeEngine) -> None:
    call = {"name": "create_customer", "arguments": {"name": "A"}}

    preview = await talk.plain("tools/call", call, headers={"x-dry-run": "true"})
    wrong = await talk.plain("tools/call", call, headers={"idempotency-key": "k-1"})
    key = {"idempotency-key": f'"{uuid4()}"'}
    keyed = [await talk.plain("tools/call", call, headers=key) for _ in range(2)]

    assert preview.json()["result"]["structuredContent"]["dry_run"] is True
    assert wrong.status_code == 422
    assert ["idempotent-replayed" in one.headers for one in keyed] == [False, True]
    assert keyed[1].json()["result"]["_meta"] == {"eyeot/replayed": True}


async def test_a_plain_callers_header_means_nothing_for_a_read(talk: Talk) -> None:
    key = {"idempotency-key": str(uuid4())}
    answer = await talk.plain("tools/call", {"name": "whoami"}, headers=key)

    assert answer.status_code == 200


@pytest.mark.parametrize("lane", ["modern", "legacy"])
async def test_an_mcp_clients_static_headers_are_noted_and_ignored(
    talk: Talk, fake: FakeEngine, lane: str
) -> None:
    call = {"name": "create_customer", "arguments": {"name": "A"}}
    headers = {"x-dry-run": "true", "idempotency-key": "k-1"}
    answer = await getattr(talk, lane)("tools/call", call, headers=headers)

    result = answer.json()["result"]
    assert result["isError"] is False
    assert "dry_run" not in result["structuredContent"]
    assert len(result["_meta"]["eyeot/notes"]) == 2
    assert fake.lab.requests[-1].dry_run is False
    assert fake.lab.keys == {None}
