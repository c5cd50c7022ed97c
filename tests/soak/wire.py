"""Wire: one keep-alive connection of a client, over REST or MCP, and what came back."""

import asyncio
import contextlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 45.0
"""Seconds for an answer: longer than any of the server's own limits."""
_REST, _MCP = "/api/v1/actions/", "/api/v1/mcp"
_META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "soak", "version": "1"},
}
_HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    "Accept: application/json, text/event-stream\r\nX-API-Key: {key}\r\n"
    "traceparent: 00-{trace}-{span}-01\r\nContent-Length: {length}\r\n{more}\r\n"
)


class Lost(Exception):
    """The connection ended before the answer: whether the call was done is not known."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call, or several of a batch, as they are sent."""

    action: str
    arguments: dict[str, Any] = field(default_factory=dict)
    calls: list[dict[str, Any]] | None = None
    key: str | None = None
    plan_token: str | None = None
    dry_run: bool = False
    reads: bool = False

    @property
    def guards(self) -> dict[str, Any]:
        """The arguments that mean the same everywhere."""
        told = {"idempotency_key": self.key, "plan_token": self.plan_token}
        found: dict[str, Any] = {name: one for name, one in told.items() if one}
        return found | {"dry_run": True} if self.dry_run else found


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered: a result, or the code of a refusal."""

    trace: str
    result: dict[str, Any]
    code: str | None = None
    status: int = 200


class Wire:
    """A connection that is opened anew when it is lost."""

    def __init__(self, port: int, key: str, *, mcp: bool) -> None:
        self.port, self.key, self.mcp = port, key, mcp
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._used = 0

    async def send(self, call: Call) -> Reply:
        """Send a call and wait for its answer, or `Lost`."""
        trace = secrets.token_hex(16)
        path, body, more = self._mcp(call) if self.mcp else self._rest(call)
        raw = json.dumps(body).encode()
        about = {"port": self.port, "key": self.key, "trace": trace, "span": trace[:16]}
        head = _HEAD.format(path=path, length=len(raw), more=more, **about)
        try:
            async with asyncio.timeout(PATIENCE):
                status, answer = await self._exchange(head.encode() + raw)
                told = json.loads(answer)
        except (OSError, asyncio.IncompleteReadError, ValueError) as lost:
            self.close()
            raise Lost(trace) from lost
        return _of_mcp(trace, status, told) if self.mcp else _of_rest(trace, status, told)

    def close(self) -> None:
        """Leave."""
        if self._open:
            with contextlib.suppress(OSError):
                self._open[1].close()
            self._open = None

    async def _exchange(self, raw: bytes) -> tuple[int, bytes]:
        if self._open is None:
            self._open = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._open
        writer.write(raw)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        at = head.index(b"content-length:") + 15
        body = await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))
        self._used += 1
        # So that processes that were started anew get their share.
        if self._used % 40 == 0 or b"connection: close" in head:
            self.close()
        return int(head[9:12]), body

    def _rest(self, call: Call) -> tuple[str, dict[str, Any], str]:
        if call.calls is not None:
            return "/api/v1/calls", {"calls": call.calls, **call.guards}, ""
        return _REST + call.action, {**call.arguments, **call.guards}, ""

    def _mcp(self, call: Call) -> tuple[str, dict[str, Any], str]:
        tool = "eyeot_read" if call.reads else "eyeot_call"
        asked: dict[str, Any] = {"action": call.action, "arguments": call.arguments}
        if call.calls is not None:
            asked = {"calls": call.calls}
        params = {"name": tool, "arguments": {**asked, **call.guards}, "_meta": _META}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        more = "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: {}\r\n"
        return _MCP, body, more.format(tool)


def _of_rest(trace: str, status: int, told: dict[str, Any]) -> Reply:
    if status == 200:
        return Reply(trace, told)
    return Reply(trace, told, str(told.get("code", status)), status)


def _of_mcp(trace: str, status: int, told: dict[str, Any]) -> Reply:
    if "error" in told:
        data = told["error"].get("data") or {}
        return Reply(trace, data, str(data.get("code", told["error"]["code"])), status)
    found = told["result"].get("structuredContent", {})
    if told["result"].get("isError"):
        refused = found["error"]
        return Reply(trace, refused, refused["code"], refused["status"])
    return Reply(trace, found)
