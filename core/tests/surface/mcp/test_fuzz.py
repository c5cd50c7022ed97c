"""Fuzz: whatever is sent, the answer is one of the protocol and the process lives."""

import asyncio
from typing import Any

import httpx
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tests.surface.mcp.fake import FakeEngine
from core.tests.surface.mcp.talk import LEGACY, META, MODERN, PREFIX, Talk, request
from eyeot.surface.mcp import McpApp
from eyeot.surface.mcp.methods import METHODS

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    [
        "whoami",
        "list_customers",
        "get_customer",
        "create_customer",
        "eyeot_help",
        "eyeot_read",
        "eyeot_call",
        "ask",
        "meet_customer",
    ]
)
WORDS = [
    "action arguments args params name tool query module resource limit cursor id uri ref argument",
    "inputResponses requestState notifications toolsListChanged resourceSubscriptions customer tone who",
    "value type calls dry_run idempotency_key plan_token protocolVersion level fields",
]
KEYS = st.sampled_from(" ".join(WORDS).split()) | TEXT
VALUES = (
    JSON
    | NAMES
    | st.sampled_from(["crm.customer.create", "eyeot://customers/cus_001", "core", "{}", "["])
)
ARGUMENTS = st.dictionaries(KEYS, VALUES, max_size=5)
PARAMS = ARGUMENTS | st.fixed_dictionaries({"name": NAMES, "arguments": ARGUMENTS | VALUES})
METHOD = st.sampled_from([*METHODS, "subscriptions/listen"]) | TEXT
EXTRA = st.dictionaries(
    st.sampled_from(
        [
            "eyeot/dryRun",
            "eyeot/idempotencyKey",
            "traceparent",
            "progressToken",
            f"{PREFIX}clientCapabilities",
        ]
    ),
    JSON | st.sampled_from([{"elicitation": {}}, {"elicitation": {"form": {}}, "roots": {}}]),
)
PATIENT = settings(max_examples=300)


def answer_of(body: bytes | dict[str, Any], headers: dict[str, str]) -> httpx.Response:
    """What a fresh server answers."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=McpApp(FakeEngine()))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await Talk(client).raw(body, headers)

    return asyncio.run(ask())


def check(answer: httpx.Response) -> None:
    """It is JSON-RPC, and no fault of ours."""
    assert answer.status_code < 500, answer.text
    if answer.status_code == 202:
        return
    told = answer.json()
    assert told["jsonrpc"] == "2.0"
    assert ("result" in told) != ("error" in told)
    if "error" in told:
        assert isinstance(told["error"]["code"], int)
        assert told["error"]["code"] != -32603
        assert told["error"]["message"]
    elif "structuredContent" in told["result"]:
        shown = told["result"]["structuredContent"]
        assert shown.get("error", {}).get("code") != "internal"


@PATIENT
@given(METHOD, PARAMS | JSON, EXTRA)
def test_any_modern_request_is_answered(method: str, params: Any, extra: dict[str, Any]) -> None:
    if isinstance(params, dict):
        params = {**params, "_meta": {**META, **extra}}
    headers = {"mcp-protocol-version": MODERN, "accept": "application/json"}
    if method.isascii() and method.isprintable() and method == method.strip():
        headers["mcp-method"] = method
    name = params.get("name", params.get("uri")) if isinstance(params, dict) else None
    if isinstance(name, str) and name.isascii() and name.isprintable() and name == name.strip():
        headers["mcp-name"] = name

    check(answer_of({**request(method), "params": params}, headers))


@PATIENT
@given(METHOD, PARAMS | JSON, st.sampled_from([{}, {"mcp-protocol-version": LEGACY}]))
def test_any_legacy_or_plain_request_is_answered(
    method: str, params: Any, headers: dict[str, str]
) -> None:
    check(answer_of({**request(method), "params": params}, headers))


@PATIENT
@given(
    JSON, st.sampled_from([{}, {"mcp-protocol-version": LEGACY}, {"mcp-protocol-version": MODERN}])
)
def test_any_json_is_answered(body: Any, headers: dict[str, str]) -> None:
    check(
        answer_of(orjson.dumps(body, default=str) if not isinstance(body, int) else b"1", headers)
    )


@PATIENT
@given(st.binary(max_size=200), st.sampled_from([{}, {"mcp-protocol-version": MODERN}]))
def test_any_bytes_are_answered(body: bytes, headers: dict[str, str]) -> None:
    check(answer_of(body, headers))
