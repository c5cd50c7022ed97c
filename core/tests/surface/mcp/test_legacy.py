"""Legacy: the handshake and the methods of 2025-11-25 and before."""

from typing import Any

import pytest

from core.tests.surface.mcp.fake import FakeEngine
from core.tests.surface.mcp.talk import LEGACY, MODERN, Talk, request


@pytest.mark.parametrize("version", ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"])
async def test_a_served_version_is_agreed_to(talk: Talk, version: str) -> None:
    params = {
        "protocolVersion": version,
        "capabilities": {},
        "clientInfo": {"name": "a", "version": "1"},
    }
    answer = await talk.raw(request("initialize", params))

    assert answer.status_code == 200
    assert answer.json()["result"]["protocolVersion"] == version
    assert answer.headers["mcp-session-id"].isalnum()


@pytest.mark.parametrize("version", [MODERN, "2099-01-01", "", None, 5, [1], {}])
@pytest.mark.parametrize(
    "headers", [{}, {"mcp-protocol-version": MODERN}, {"mcp-protocol-version": "x"}]
)
async def test_any_other_is_answered_with_the_newest_legacy_one(
    talk: Talk, version: Any, headers: dict[str, str]
) -> None:
    answer = await talk.raw(request("initialize", {"protocolVersion": version}), headers)

    assert answer.status_code == 200
    assert answer.json()["result"]["protocolVersion"] == LEGACY


async def test_the_handshake_tells_who_answers_and_how_to_behave(talk: Talk) -> None:
    found = (await talk.legacy("initialize", {"protocolVersion": LEGACY})).json()["result"]

    assert found["serverInfo"]["name"] == "eyeot"
    assert "listChanged" not in str(found["capabilities"])
    assert "never cite" in found["instructions"][:512]
    assert len(found["instructions"]) < 2000


@pytest.mark.parametrize("session", [None, "anything", "0" * 500])
async def test_no_session_is_ever_asked_for(talk: Talk, session: str | None) -> None:
    headers = {"mcp-session-id": session} if session else {}

    assert (await talk.legacy("tools/list", headers=headers)).status_code == 200


async def test_a_client_may_discover_and_then_shake_hands(talk: Talk) -> None:
    assert (await talk.modern("server/discover")).status_code == 200
    assert (await talk.legacy("initialize", {"protocolVersion": LEGACY})).status_code == 200
    assert (await talk.legacy("server/discover")).json()["result"]["supportedVersions"]


@pytest.mark.parametrize("method", ["tools/list", "resources/list", "prompts/list", "ping"])
async def test_results_hold_nothing_of_the_modern_era(talk: Talk, method: str) -> None:
    found = (await talk.legacy(method)).json()["result"]

    assert not {"resultType", "ttlMs", "cacheScope", "_meta"} & found.keys()


async def test_log_levels_are_taken_and_change_nothing(talk: Talk) -> None:
    assert (await talk.legacy("logging/setLevel", {"level": "info"})).json()["result"] == {}


@pytest.mark.parametrize("method", ["no/such", "subscriptions/listen"])
async def test_an_unknown_method_is_an_error_under_200(talk: Talk, method: str) -> None:
    answer = await talk.legacy(method, {"uri": "eyeot://customers/cus_001"})

    assert answer.status_code == 200
    assert answer.json()["error"]["code"] == -32601


async def test_a_subscription_is_taken_for_what_may_be_read(talk: Talk) -> None:
    for method in ("resources/subscribe", "resources/unsubscribe"):
        known = await talk.legacy(method, {"uri": "eyeot://customers/cus_001"})
        assert known.json()["result"] == {}
    unknown = await talk.legacy("resources/subscribe", {"uri": "eyeot://customers/cus_no"})
    assert unknown.json()["error"]["code"] == -32002


async def test_an_unknown_tool_is_an_error_under_200(talk: Talk) -> None:
    answer = await talk.legacy("tools/call", {"name": "list_customer"})

    assert answer.status_code == 200
    assert answer.json()["error"]["code"] == -32602
    assert "list_customers" in answer.json()["error"]["data"]["nearest"]


async def test_a_missing_resource_has_its_old_code(talk: Talk) -> None:
    answer = await talk.legacy("resources/read", {"uri": "eyeot://customers/cus_no"})

    assert answer.json()["error"]["code"] == -32002
    assert answer.json()["error"]["data"] == {"uri": "eyeot://customers/cus_no"}


async def test_the_agreed_version_need_not_be_repeated(talk: Talk) -> None:
    for version in ("2025-03-26", "2024-11-05", f"{LEGACY}, {LEGACY}"):
        answer = await talk.legacy("tools/list", headers={"mcp-protocol-version": version})
        assert answer.status_code == 200


async def test_a_header_sent_twice_is_no_concern_of_this_era(talk: Talk) -> None:
    headers = [("mcp-protocol-version", LEGACY), ("mcp-protocol-version", LEGACY)]

    assert (await talk.raw(request("tools/list"), headers)).status_code == 200


async def test_the_user_agent_stands_in_for_the_clients_name(talk: Talk, fake: FakeEngine) -> None:
    await talk.legacy("tools/call", {"name": "whoami"}, headers={"user-agent": "Cursor/1.2"})

    assert fake.lab.requests[-1].client == "Cursor/1.2"
