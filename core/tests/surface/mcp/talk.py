"""Talk: requests as clients of each era send them."""

from typing import Any

import httpx
import orjson

MODERN = "2026-07-28"
LEGACY = "2025-11-25"
PATH = "/api/v1/mcp"
PREFIX = "io.modelcontextprotocol/"
KEY = "eyk_all"
NAMED = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}

META: dict[str, Any] = {
    f"{PREFIX}protocolVersion": MODERN,
    f"{PREFIX}clientCapabilities": {},
    f"{PREFIX}clientInfo": {"name": "probe", "version": "1.0"},
}


class Talk:
    """Sends requests; every method gives the HTTP response."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def raw(
        self,
        body: bytes | dict[str, Any] | list[Any],
        headers: dict[str, str] | list[tuple[str, str]] | None = None,
        *,
        key: str | None = KEY,
    ) -> httpx.Response:
        """POST a body as it is."""
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        given = headers.items() if isinstance(headers, dict) else headers or []
        sent = [(name.lower(), value) for name, value in given]
        names = {name for name, _ in sent}
        if key is not None and "authorization" not in names:
            sent.append(("authorization", f"Bearer {key}"))
        if "content-type" not in names:
            sent.append(("content-type", "application/json"))
        sent = [(name, value) for name, value in sent if value != ""]
        return await self.client.post(PATH, content=content, headers=sent)

    async def modern(
        self,
        method: str,
        params: dict[str, Any] | None = None,
        *,
        headers: dict[str, str] | None = None,
        key: str = KEY,
        **meta: Any,
    ) -> httpx.Response:
        """A request of 2026-07-28."""
        params = {**(params or {}), "_meta": {**META, **meta}}
        sent = {
            "mcp-protocol-version": MODERN,
            "mcp-method": method,
            "accept": "application/json, text/event-stream",
        }
        if named := params.get(NAMED.get(method, "")):
            sent["mcp-name"] = named
        return await self.raw(request(method, params), {**sent, **(headers or {})}, key=key)

    async def legacy(
        self,
        method: str,
        params: dict[str, Any] | None = None,
        *,
        headers: dict[str, str] | None = None,
        key: str = KEY,
    ) -> httpx.Response:
        """A request of 2025-11-25."""
        sent = {"mcp-protocol-version": LEGACY, "accept": "application/json, text/event-stream"}
        return await self.raw(request(method, params), {**sent, **(headers or {})}, key=key)

    async def plain(
        self,
        method: str,
        params: dict[str, Any] | None = None,
        *,
        headers: dict[str, str] | None = None,
        key: str | None = KEY,
    ) -> httpx.Response:
        """A request as curl sends it."""
        sent = {"accept": "*/*", **(headers or {})}
        return await self.raw(request(method, params), sent, key=key)

    async def tool(self, name: str, arguments: Any = None, **more: Any) -> dict[str, Any]:
        """A tool call's result, in the modern era."""
        params = {"name": name} if arguments is None else {"name": name, "arguments": arguments}
        answer = await self.modern("tools/call", params, **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["result"]
        return found


def request(method: str, params: dict[str, Any] | None = None, id: str | int = 1) -> dict[str, Any]:
    """A JSON-RPC request."""
    body: dict[str, Any] = {"jsonrpc": "2.0", "id": id, "method": method}
    return body if params is None else {**body, "params": params}
