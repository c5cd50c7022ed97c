"""Envelope: what a body asks for, in which era, and whether its headers agree."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from eyeot.declare.inputs import NO_INPUTS, Inputs
from eyeot.declare.problem import Problem
from eyeot.runtime.request import Caller, Progress
from eyeot.surface.mcp import wire
from eyeot.surface.mcp.eras import LEGACY, MODERN, PLAIN, SKEWED, Era, era_of, unsupported
from eyeot.surface.mcp.http import ROUTING, Head
from eyeot.surface.mcp.settings import McpSettings
from eyeot.surface.mcp.wire import INVALID_PARAMS, INVALID_REQUEST, Fault
from eyeot.surface.wire import too_deep, trace_of

log = logging.getLogger("eyeot.mcp")

DEEPEST = 64
"""Levels of nesting a body may have; no argument of any action needs a tenth of it."""

_NAMED = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
_VERSION, _METHOD, _NAME = ROUTING
_SESSION = b"mcp-session-id"
_LONGEST_CONVERSATION = 200


@dataclass(slots=True, kw_only=True)
class Message:
    """One request, understood."""

    id: bytes
    method: str
    params: dict[str, Any]
    meta: dict[str, Any]
    era: Era
    head: Head
    caller: Caller = field(init=False)
    paused: Problem | None = None
    """Why nothing of it runs, though the caller is known."""
    holds_nul: bool = False
    progress: Progress | None = None
    inputs: Inputs = NO_INPUTS
    send: Callable[[bytes], None] | None = None
    """Sends a message on the stream of this request, where there can be one."""

    @property
    def client(self) -> str | None:
        """Name and version of the program that calls, as it says itself."""
        info = self.meta.get(wire.CLIENT_KEY)
        if isinstance(info, dict) and isinstance(info.get("name"), str):
            return _clean(f"{info['name']}/{info.get('version', '')}".rstrip("/"))
        return _clean(self.head.get(b"user-agent") or "") or None

    @property
    def conversation(self) -> str | None:
        """Which conversation it belongs to: as the body says, or by the id of a legacy session."""
        told: str | None = self.meta.get(wire.CONVERSATION_KEY)
        return told if told is not None or self.era.complete else self.head.get(_SESSION)

    @property
    def trace_id(self) -> str | None:
        """The trace the caller started, from the body first."""
        given = self.meta.get("traceparent") or self.head.get(b"traceparent")
        return trace_of(given)


def _clean(text: str) -> str:
    """What a client says of itself, fit for the audit."""
    text = text[:120]
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def read(body: bytes, head: Head, settings: McpSettings, caller: Caller) -> Message | None:
    """The request in a body; None for notifications and answers, which need no reply."""
    payload = _payload(body)
    if "method" not in payload and ("result" in payload or "error" in payload):
        _check_posted_answer(head)
        return None
    id = _id_of(payload)
    try:
        message = _read(payload, id, head, settings)
    except Fault as fault:
        fault.id = id or wire.NO_ID
        raise
    if message is not None:
        message.caller = caller
        message.holds_nul = b"\\u0000" in body
    return message


def _read(
    payload: dict[str, Any], id: bytes | None, head: Head, settings: McpSettings
) -> Message | None:
    method = payload.get("method")
    if payload.get("jsonrpc") != "2.0" or not isinstance(method, str):
        raise Fault(INVALID_REQUEST, "Not a JSON-RPC 2.0 request.", status=400)
    params = payload.get("params", {})
    if not isinstance(params, dict):
        raise Fault(INVALID_PARAMS, "params must be an object.", status=400)
    if id is None:
        return None
    meta = params.get("_meta", {})
    if not isinstance(meta, dict):
        raise Fault(INVALID_PARAMS, "params._meta must be an object.", status=400)
    _check_conversation(meta)
    era = _era(head, method, meta, settings)
    if era.complete:
        _check_meta(meta)
        _check_headers(head, method, params, meta, era)
    return Message(id=id, method=method, params=params, meta=meta, era=era, head=head)


def _payload(body: bytes) -> dict[str, Any]:
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError as wrong:
        raise Fault(wire.PARSE_ERROR, f"Not JSON: {wrong}", status=400) from None
    if isinstance(payload, list):
        raise Fault(INVALID_REQUEST, "Batches are not served; send one request.", status=400)
    if not isinstance(payload, dict):
        raise Fault(INVALID_REQUEST, "Send one JSON-RPC request object.", status=400)
    if body.count(b"{") + body.count(b"[") > DEEPEST and too_deep(payload, DEEPEST):
        raise Fault(INVALID_REQUEST, f"Nested deeper than {DEEPEST} levels.", status=400)
    return payload


def _id_of(payload: dict[str, Any]) -> bytes | None:
    if "id" not in payload:
        return None
    id = payload["id"]
    if isinstance(id, bool) or not isinstance(id, int | str):
        raise Fault(INVALID_REQUEST, "id must be a string or an integer.", status=400)
    return orjson.dumps(id)


def _check_posted_answer(head: Head) -> None:
    """Legacy clients may post answers; in the modern era no server asks anything."""
    if era_of(head.version) is MODERN:
        raise Fault(INVALID_REQUEST, "Answers are not expected here.", status=400)


def _era(head: Head, method: str, meta: dict[str, Any], settings: McpSettings) -> Era:
    said = head.version
    if wire.VERSION_KEY in meta:
        return _era_of_both(said, meta[wire.VERSION_KEY], method, settings)
    if method == "initialize":
        return LEGACY
    if said is None:
        return PLAIN if _is_plain(head, meta) else LEGACY
    era = era_of(said)
    if era is None:
        raise unsupported(said)
    return era


def _era_of_both(said: str | None, body: Any, method: str, settings: McpSettings) -> Era:
    """The body decides, unless header and body are both modern and may be held to each other."""
    if said is not None and era_of(said) is not LEGACY:
        return MODERN
    wanted = era_of(body) if isinstance(body, str) else None
    if wanted is LEGACY:
        return LEGACY
    if wanted is None or not settings.skew:
        return MODERN
    if method == "initialize":
        return LEGACY
    log.debug("version header %s under a body of %s", said, body)
    return SKEWED


def _is_plain(head: Head, meta: dict[str, Any]) -> bool:
    """A script rather than an MCP client: it says nothing of the protocol (design §5.1)."""
    return not (
        head.accepts.names_stream
        or head.raw(b"mcp-session-id") is not None
        or any(key.startswith(wire.PROTOCOL) for key in meta)
    )


def _check_meta(meta: dict[str, Any]) -> None:
    missing = [key for key in (wire.VERSION_KEY, wire.CAPABILITIES_KEY) if key not in meta]
    if missing:
        raise Fault(INVALID_PARAMS, f"params._meta lacks {' and '.join(missing)}.", status=400)
    for key, kind in (
        (wire.VERSION_KEY, str),
        (wire.CAPABILITIES_KEY, dict),
        (wire.CLIENT_KEY, dict),
    ):
        if not isinstance(meta.get(key, kind()), kind):
            raise Fault(INVALID_PARAMS, f"params._meta has a wrong {key}.", status=400)


def _check_conversation(meta: dict[str, Any]) -> None:
    told = meta.get(wire.CONVERSATION_KEY, "-")
    if not isinstance(told, str) or not 0 < len(told) <= _LONGEST_CONVERSATION:
        why = f"must be a text of 1 to {_LONGEST_CONVERSATION} characters."
        raise Fault(INVALID_PARAMS, f"params._meta.{wire.CONVERSATION_KEY} {why}", status=400)


def _check_headers(
    head: Head, method: str, params: dict[str, Any], meta: dict[str, Any], era: Era
) -> None:
    """Headers a proxy may have routed by must say what the body says."""
    for name in ROUTING:
        if name in head.clashing:
            raise _mismatch(name, "is sent more than once")
    version = meta[wire.VERSION_KEY]
    said = head.version
    if era.repeated and said != version:
        raise _mismatch(_VERSION, f"is {said!r}, but the body says {version!r}")
    if era_of(version) is not MODERN:
        raise unsupported(version)
    _agree(head, _METHOD, method, era)
    if named := _NAMED.get(method):
        _agree(head, _NAME, params.get(named), era)


def _agree(head: Head, name: bytes, expected: Any, era: Era) -> None:
    said = head.get(name)
    if said is None and (not era.repeated or expected is None):
        return
    if said is None or wire.from_header(said) != expected:
        raise _mismatch(name, f"is {said!r}, but the body says {expected!r}"[:200])


def _mismatch(name: bytes, why: str) -> Fault:
    return Fault(wire.HEADER_MISMATCH, f"The header {name.decode()} {why}.", status=400)


def nul_paths(value: Any, path: str = "") -> list[str]:
    """Where a NUL character stands: no text column can hold one."""
    if isinstance(value, str):
        return [path] if "\x00" in value else []
    if isinstance(value, list):
        return [one for at, inner in enumerate(value) for one in nul_paths(inner, f"{path}.{at}")]
    if isinstance(value, dict):
        found = [path or key for key in value if "\x00" in key]
        for key, inner in value.items():
            found += nul_paths(inner, f"{path}.{key}" if path else key)
        return found
    return []
