"""Wire: the codes, names and bytes of JSON-RPC and the protocol."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
HEADER_MISMATCH = -32020
UNSUPPORTED_VERSION = -32022
RESOURCE_NOT_FOUND_BEFORE_2026 = -32002

PROTOCOL = "io.modelcontextprotocol/"
VERSION_KEY = f"{PROTOCOL}protocolVersion"
CAPABILITIES_KEY = f"{PROTOCOL}clientCapabilities"
CLIENT_KEY = f"{PROTOCOL}clientInfo"
SERVER_KEY = f"{PROTOCOL}serverInfo"

DRY_RUN_KEY = "eyeot/dryRun"
IDEMPOTENCY_KEY = "eyeot/idempotencyKey"
NOTES_KEY = "eyeot/notes"

NO_ID = b"null"
Headers = tuple[tuple[bytes, bytes], ...]

_SENTINEL = re.compile(r"=\?base64\?(.*)\?=")
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)


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


def dumps(value: Any) -> bytes:
    """JSON of anything an action may answer."""
    try:
        return orjson.dumps(value, default=_plain)
    except TypeError:
        # Lone surrogates, integers over 64 bits and very deep values are beyond orjson.
        text = json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, set | frozenset | tuple):
        return sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
    return str(value)


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


def trace_of(traceparent: Any) -> str | None:
    """The trace id of a W3C `traceparent`, or None."""
    found = _TRACEPARENT.match(traceparent) if isinstance(traceparent, str) else None
    return found[1] if found else None
