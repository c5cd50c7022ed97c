"""Methods: what may be asked, in which era, and how long an answer may be kept."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from eyeot.surface.mcp import wire
from eyeot.surface.mcp.call import tools_call
from eyeot.surface.mcp.completion import complete
from eyeot.surface.mcp.desk import Desk
from eyeot.surface.mcp.envelope import Message
from eyeot.surface.mcp.eras import ADVERTISED, negotiated
from eyeot.surface.mcp.prompts import prompts_get, prompts_list
from eyeot.surface.mcp.resources import (
    acknowledge,
    resource_templates_list,
    resources_list,
    resources_read,
)
from eyeot.surface.mcp.wire import INVALID_PARAMS, METHOD_NOT_FOUND, Fault, Reply
from eyeot.surface.wire import dumps

Handler = Callable[[Desk, Message], Awaitable[Reply]]

CAPABILITIES: dict[str, Any] = {
    "tools": {"listChanged": True},
    "resources": {"listChanged": True, "subscribe": True},
    "prompts": {"listChanged": True},
    "completions": {},
}
"""What `subscriptions/listen` tells of is pushed."""
LEGACY_CAPABILITIES: dict[str, Any] = {name: {} for name in CAPABILITIES}
"""That method came later: to older clients nothing is pushed."""

_HOUR, _FIVE_MINUTES = 3_600_000, 300_000


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the protocol."""

    run: Handler
    keep_ms: int | None = None
    """How long a client may keep the answer; None where the protocol knows no such hint."""
    scope: str = "private"
    legacy_only: bool = False


async def discover(desk: Desk, message: Message) -> Reply:
    """What this server is and speaks."""
    return wire.members(
        {
            "supportedVersions": list(ADVERTISED),
            "capabilities": CAPABILITIES if message.era.complete else LEGACY_CAPABILITIES,
            "instructions": desk.instructions,
        }
    )


async def initialize(desk: Desk, message: Message) -> Reply:
    """The legacy handshake; the session id it gives tells conversations apart, and is never asked for."""
    settings = desk.settings
    reply = wire.members(
        {
            "protocolVersion": negotiated(message.params.get("protocolVersion")),
            "capabilities": LEGACY_CAPABILITIES,
            "serverInfo": {"name": settings.name, "title": "Eyeot", "version": settings.version},
            "instructions": desk.instructions,
        }
    )
    reply.headers = ((b"mcp-session-id", secrets.token_hex(16).encode()),)
    return reply


async def nothing(_: Desk, __: Message) -> Reply:
    """An empty result."""
    return Reply(b"")


async def tools_list(desk: Desk, message: Message) -> Reply:
    """The tools of this caller, on one page."""
    if message.params.get("cursor") not in (None, ""):
        raise Fault(INVALID_PARAMS, "params.cursor is not one this server gave.")
    return Reply(desk.shelf.listing(message.caller.access))


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "tools/call": Method(tools_call),
        "tools/list": Method(tools_list, _FIVE_MINUTES),
        "server/discover": Method(discover, _HOUR, "public"),
        "resources/list": Method(resources_list, 0),
        "resources/templates/list": Method(resource_templates_list, _FIVE_MINUTES),
        "resources/read": Method(resources_read, 0),
        "prompts/list": Method(prompts_list, _FIVE_MINUTES),
        "prompts/get": Method(prompts_get),
        "completion/complete": Method(complete),
        "initialize": Method(initialize, legacy_only=True),
        "ping": Method(nothing, legacy_only=True),
        "logging/setLevel": Method(nothing, legacy_only=True),
        "resources/subscribe": Method(acknowledge, legacy_only=True),
        "resources/unsubscribe": Method(nothing, legacy_only=True),
    }
)


def method_of(message: Message, methods: Mapping[str, Method] = METHODS) -> Method:
    """The method a request names, if its era has it."""
    method = methods.get(message.method)
    if method is None or (method.legacy_only and message.era.complete):
        raise Fault(METHOD_NOT_FOUND, f"There is no method {message.method[:80]!r}.")
    return method


def rendered(message: Message, method: Method, reply: Reply, server: bytes) -> bytes:
    """The JSON-RPC answer, as the caller's era writes results."""
    parts = [reply.members] if reply.members else []
    notes = dumps(reply.meta)[1:-1] if reply.meta else b""
    if message.era.complete:
        parts.append(b'"resultType":"%b"' % reply.kind)
        # What came of an answer is the caller's alone, at that moment.
        if method.keep_ms is not None and reply.kind == b"complete":
            parts.append(b'"ttlMs":%d,"cacheScope":"%b"' % (method.keep_ms, method.scope.encode()))
        parts.append(b'"_meta":{%b}' % (b"%b,%b" % (server, notes) if notes else server))
    elif notes:
        parts.append(b'"_meta":{%b}' % notes)
    return b'{"jsonrpc":"2.0","id":%b,"result":{%b}}' % (message.id, b",".join(parts))
