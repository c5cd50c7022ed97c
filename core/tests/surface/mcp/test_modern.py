"""Modern: the ladder of 2026-07-28, row by row, and the form of its results."""

from typing import Any

import pytest

from core.tests.surface.mcp.fake import FakeEngine
from core.tests.surface.mcp.talk import LEGACY, META, MODERN, PREFIX, Talk, request

CACHED = {
    "server/discover": {},
    "tools/list": {},
    "prompts/list": {},
    "resources/list": {},
    "resources/templates/list": {},
    "resources/read": {"uri": "eyeot://customers/cus_001"},
}


def sent(method: str, version: str = MODERN) -> dict[str, str]:
    """Headers that repeat a body."""
    return {"mcp-protocol-version": version, "mcp-method": method}


async def test_discover_says_what_is_served_and_how_to_behave(talk: Talk) -> None:
    found = (await talk.modern("server/discover")).json()["result"]

    assert found["supportedVersions"][0] == MODERN
    assert LEGACY in found["supportedVersions"]
    assert found["capabilities"] == {
        "tools": {"listChanged": True},
        "resources": {"listChanged": True, "subscribe": True},
        "prompts": {"listChanged": True},
        "completions": {},
    }
    assert "never cite an organisation" in found["instructions"][:512]
    assert found["cacheScope"] == "public"


@pytest.mark.parametrize("method", CACHED)
async def test_every_listing_says_how_long_it_may_be_kept_and_by_whom(
    talk: Talk, method: str
) -> None:
    found = (await talk.modern(method, CACHED[method])).json()["result"]

    assert found["resultType"] == "complete"
    assert found["ttlMs"] >= 0
    assert found["cacheScope"] == ("public" if method == "server/discover" else "private")
    assert found["_meta"][f"{PREFIX}serverInfo"]["name"] == "eyeot"


async def test_a_tool_result_is_complete_and_not_to_be_kept(talk: Talk) -> None:
    found = await talk.tool("whoami")

    assert found["resultType"] == "complete"
    assert "ttlMs" not in found


@pytest.mark.parametrize("key", ["protocolVersion", "clientCapabilities"])
async def test_a_missing_meta_key_is_named(talk: Talk, key: str) -> None:
    meta = {name: value for name, value in META.items() if name != PREFIX + key}
    answer = await talk.raw(request("tools/list", {"_meta": meta}), sent("tools/list"))

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32602
    assert key in answer.json()["error"]["message"]
    assert answer.json()["id"] == 1


async def test_no_meta_at_all_is_invalid(talk: Talk) -> None:
    answer = await talk.raw(request("tools/list"), sent("tools/list"))

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32602


@pytest.mark.parametrize(
    "wrong",
    [
        {"clientCapabilities": []},
        {"clientInfo": "probe"},
        {"protocolVersion": 5},
        {"clientCapabilities": None},
    ],
)
async def test_a_meta_key_of_a_wrong_type_is_invalid(talk: Talk, wrong: dict[str, Any]) -> None:
    meta = {**META, **{PREFIX + name: value for name, value in wrong.items()}}
    answer = await talk.raw(request("tools/list", {"_meta": meta}), sent("tools/list"))

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32602


async def test_the_client_need_not_say_its_name(talk: Talk) -> None:
    meta = {name: value for name, value in META.items() if "clientInfo" not in name}
    answer = await talk.raw(request("tools/list", {"_meta": meta}), sent("tools/list"))

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"mcp-protocol-version": MODERN},
        {"mcp-protocol-version": MODERN, "mcp-method": "tools/call"},
        {"mcp-protocol-version": MODERN, "mcp-method": "Tools/List"},
        {"mcp-protocol-version": "2027-01-01", "mcp-method": "tools/list"},
        {"mcp-protocol-version": MODERN, "mcp-method": "tools/list", "mcp-name": "x"},
    ][:4],
)
async def test_headers_that_do_not_repeat_the_body_are_a_mismatch(
    talk: Talk, headers: dict[str, str]
) -> None:
    answer = await talk.raw(request("tools/list", {"_meta": META}), headers)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32020


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/call", {"name": "whoami"}),
        ("prompts/get", {"name": "weekly"}),
        ("resources/read", {"uri": "eyeot://customers/cus_001"}),
    ],
)
@pytest.mark.parametrize("name", ["", "other", "=?base64?!!?=", "=?base64?d2hvYW1p=?="])
async def test_the_name_must_be_repeated_too(
    talk: Talk, method: str, params: dict[str, str], name: str
) -> None:
    answer = await talk.modern(method, params, headers={"mcp-name": name})

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32020


async def test_the_name_may_be_wrapped_in_base64(talk: Talk) -> None:
    answer = await talk.modern(
        "tools/call", {"name": "whoami"}, headers={"mcp-name": "=?base64?d2hvYW1p?="}
    )

    assert answer.status_code == 200


async def test_blanks_around_a_header_mean_nothing(talk: Talk) -> None:
    headers = {"mcp-name": " whoami \t", "mcp-method": "tools/call  "}
    answer = await talk.modern("tools/call", {"name": "whoami"}, headers=headers)

    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["mcp-protocol-version", "mcp-method", "mcp-name"])
async def test_a_routing_header_sent_twice_is_refused(talk: Talk, name: str) -> None:
    values = {**sent("tools/call"), "mcp-name": "whoami"}
    headers = [*values.items(), (name, values[name])]
    answer = await talk.raw(request("tools/call", {"name": "whoami", "_meta": META}), headers)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32020


async def test_an_unknown_version_is_answered_with_the_known_ones(talk: Talk) -> None:
    meta = {**META, f"{PREFIX}protocolVersion": "2099-01-01"}
    headers = sent("tools/list", "2099-01-01")
    answer = await talk.raw(request("tools/list", {"_meta": meta}), headers)
    discovered = (await talk.modern("server/discover")).json()["result"]["supportedVersions"]

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == -32022
    assert error["data"]["requested"] == "2099-01-01"
    assert set(error["data"]["supported"]) <= set(discovered)


async def test_a_mismatch_is_told_before_an_unknown_version(talk: Talk) -> None:
    meta = {**META, f"{PREFIX}protocolVersion": "v999.0.0"}
    answer = await talk.raw(request("tools/list", {"_meta": meta}), sent("tools/list"))

    assert answer.json()["error"]["code"] == -32020


async def test_an_unknown_version_without_meta_is_refused(talk: Talk) -> None:
    answer = await talk.raw(request("tools/list"), {"mcp-protocol-version": "1999-01-01"})

    assert answer.status_code == 400
    assert answer.json()["error"]["data"]["requested"] == "1999-01-01"


@pytest.mark.parametrize(
    "method",
    [
        "initialize",
        "ping",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe",
        "tasks/get",
        "no/such",
    ],
)
async def test_removed_and_unknown_methods_are_not_found(talk: Talk, method: str) -> None:
    answer = await talk.modern(method)

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == -32601


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/call", {}),
        ("tools/call", {"name": 5}),
        ("tools/call", {"name": "whoami", "arguments": [1]}),
        ("tools/list", {"cursor": "x"}),
        ("resources/list", {"cursor": "!!"}),
        ("resources/list", {"cursor": 5}),
        ("resources/list", {"cursor": "WzksbnVsbF0="}),
        ("resources/read", {}),
        ("resources/read", {"uri": "eyeot://nothing/1"}),
        ("prompts/get", {"name": "weekly"}),
        ("completion/complete", {}),
        ("completion/complete", {"ref": {}, "argument": {"name": "id"}}),
        ("tools/list", {"_meta": {**META, "progressToken": [1]}}),
    ],
)
async def test_wrong_params_are_invalid(talk: Talk, method: str, params: dict[str, Any]) -> None:
    headers = sent(method)
    if name := params.get("name", params.get("uri")):
        headers["mcp-name"] = str(name)
    answer = await talk.raw(request(method, {"_meta": META, **params}), headers)

    if isinstance(params.get("name"), int):
        assert answer.json()["error"]["code"] in (-32602, -32020)
    else:
        assert answer.json()["error"]["code"] == -32602
    assert answer.status_code == 400


async def test_the_trace_and_the_client_reach_the_engine(talk: Talk, fake: FakeEngine) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    await talk.tool("whoami", traceparent=f"00-{trace}-00f067aa0ba902b7-01")

    told = fake.lab.requests[-1]
    assert (told.trace_id, told.client, told.surface, told.tool) == (
        trace,
        "probe/1.0",
        "mcp",
        "whoami",
    )


@pytest.mark.parametrize("wrong", ["", "x", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", 5, ["x"]])
async def test_a_malformed_trace_is_left_out(talk: Talk, fake: FakeEngine, wrong: Any) -> None:
    await talk.tool("whoami", traceparent=wrong)

    assert fake.lab.requests[-1].trace_id is None
