"""Wire: the codes, names and bytes of JSON-RPC and the protocol."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from eyeot.surface.wire import dumps

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
HEADER_MISMATCH = -32020
MISSING_CAPABILITY = -32021
UNSUPPORTED_VERSION = -32022
RESOURCE_NOT_FOUND_BEFORE_2026 = -32002

PROTOCOL = "io.modelcontextprotocol/"
VERSION_KEY = f"{PROTOCOL}protocolVersion"
CAPABILITIES_KEY = f"{PROTOCOL}clientCapabilities"
CLIENT_KEY = f"{PROTOCOL}clientInfo"
SERVER_KEY = f"{PROTOCOL}serverInfo"
SUBSCRIPTION_KEY = f"{PROTOCOL}subscriptionId"

DRY_RUN_KEY = "eyeot/dryRun"
IDEMPOTENCY_KEY = "eyeot/idempotencyKey"
CONVERSATION_KEY = "eyeot/conversation"
PLAN_KEY = "eyeot/planToken"
NOTES_KEY = "eyeot/notes"
REPLAYED_KEY = "eyeot/replayed"
REPLAYED = (b"idempotent-replayed", b"true")

NO_ID = b"null"
Headers = tuple[tuple[bytes, bytes], ...]

_SENTINEL = re.compile(r"=\?base64\?(.*)\?=")


@dataclass(eq=False, slots=True)
class Fault(Exception):
    """A JSON-RPC error; without a status of its own, the era says which one its code has."""

    code: int
    message: str
    data: Any = None
    status: int | None = None
    id: bytes = NO_ID
    headers: Headers = ()


@dataclass(slots=True)
class Reply:
    """A result: its members as JSON without braces, notes for `_meta`, and HTTP headers."""

    members: bytes
    meta: dict[str, Any] | None = None
    headers: Headers = ()
    kind: bytes = b"complete"
    """`input_required` when the client has to answer something first."""


def members(value: dict[str, Any]) -> Reply:
    """A result made of a dictionary."""
    return Reply(dumps(value)[1:-1])


def error(fault: Fault, id: bytes) -> bytes:
    """The JSON-RPC error of a fault."""
    body: dict[str, Any] = {"code": fault.code, "message": fault.message}
    if fault.data is not None:
        body["data"] = fault.data
    return b'{"jsonrpc":"2.0","id":%b,"error":%b}' % (id, dumps(body))


def notification(method: str, params: dict[str, Any]) -> bytes:
    """A JSON-RPC notification."""
    return dumps({"jsonrpc": "2.0", "method": method, "params": params})


def from_header(value: str) -> str | None:
    """The text of a header value, which may be wrapped in base64; None when wrapped badly."""
    wrapped = _SENTINEL.fullmatch(value)
    if wrapped is None:
        return value
    try:
        raw = base64.b64decode(wrapped[1], validate=True)
        # Two spellings of one value would let a proxy and this server read two names.
        return raw.decode() if base64.b64encode(raw).decode() == wrapped[1] else None
    except (binascii.Error, UnicodeDecodeError):
        return None
