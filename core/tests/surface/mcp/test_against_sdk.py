"""Against the SDK: the official server and this one refuse the same requests the same way."""

from typing import Any

import httpx
import pytest
from mcp.server.mcpserver import MCPServer

from core.tests.surface.mcp.talk import META, MODERN, PATH, PREFIX, Talk, request

HEADERS = {
    "mcp-protocol-version": MODERN,
    "mcp-method": "tools/call",
    "mcp-name": "whoami",
    "accept": "application/json, text/event-stream",
}
PARAMS = {"name": "whoami", "_meta": META}


def case(
    params: Any = PARAMS, method: str = "tools/call", **headers: str | None
) -> tuple[Any, dict[str, str]]:
    """A call, with some headers changed or left out."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {name: value for name, value in {**HEADERS, **given}.items() if value is not None}
    return request(method, params), sent


def meta(**changed: Any) -> dict[str, Any]:
    """Params whose `_meta` differs."""
    told = {**META, **{PREFIX + name: value for name, value in changed.items()}}
    return {"name": "whoami", "_meta": {n: v for n, v in told.items() if v is not None}}


CASES: dict[str, tuple[Any, dict[str, str]]] = {
    "fine": case(),
    "no meta": case({"name": "whoami"}),
    "no version": case(meta(protocolVersion=None)),
    "no capabilities": case(meta(clientCapabilities=None)),
    "no client": case(meta(clientInfo=None)),
    "no method header": case(mcp_method=None),
    "wrong method header": case(mcp_method="tools/list"),
    "no name header": case(mcp_name=None),
    "wrong name header": case(mcp_name="other"),
    "name in base64": case(mcp_name="=?base64?d2hvYW1p?="),
    "broken base64": case(mcp_name="=?base64?d2hvYW1?="),
    "unknown version": case(meta(protocolVersion="2099-01-01"), mcp_protocol_version="2099-01-01"),
    "versions differ": case(meta(protocolVersion="2099-01-01")),
    "unknown method": case({"_meta": META}, "no/such", mcp_method="no/such"),
    "removed method": case({"_meta": META}, "ping", mcp_method="ping"),
    "no tool": case({"_meta": META}, mcp_name=None),
    "bad cursor": case({"_meta": META, "cursor": 5}, "tools/list", mcp_method="tools/list"),
    "no resource": case(
        {"_meta": META, "uri": "eyeot://customers/no"},
        "resources/read",
        mcp_method="resources/read",
        mcp_name="eyeot://customers/no",
    ),
    "not json": (b"{", HEADERS),
    "batch": ([request("ping")], HEADERS),
    "nothing taken": case(accept="text/html"),
}


def told(answer: httpx.Response) -> tuple[int, int | None]:
    """The status and the code of an answer."""
    code = answer.json().get("error", {}).get("code") if answer.content else None
    return answer.status_code, code


@pytest.mark.parametrize("name", CASES)
async def test_a_modern_request_is_judged_as_the_official_server_judges_it(
    talk: Talk, name: str
) -> None:
    server = MCPServer("peer")

    @server.tool()
    def whoami() -> str:
        return "me"

    app = server.streamable_http_app(
        streamable_http_path=PATH, json_response=True, stateless_http=True
    )
    body, headers = CASES[name]
    async with server.session_manager.run():
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as peer:
            theirs = told(await Talk(peer).raw(body, headers))
    ours = told(await talk.raw(body, headers))

    status, code = theirs
    if name == "nothing taken":
        assert ours[0] == status == 406
    else:
        assert ours == (status, code)
