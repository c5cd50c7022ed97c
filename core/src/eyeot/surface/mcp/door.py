"""Door: who may knock at the address, and in what form."""

from typing import Any

from eyeot.declare.problem import InsufficientScope, Problem
from eyeot.runtime.request import Engine
from eyeot.surface import wire
from eyeot.surface.discovery import Discovery
from eyeot.surface.mcp.http import Accepts, Head, Http
from eyeot.surface.mcp.refusals import fault_of
from eyeot.surface.mcp.settings import McpSettings
from eyeot.surface.mcp.wire import INVALID_REQUEST, Fault, Headers
from eyeot.surface.names import Names

_ALLOWED_HEADERS = (
    "authorization, x-api-key, content-type, accept, mcp-protocol-version, mcp-method, mcp-name,"
    " mcp-session-id, last-event-id, traceparent, tracestate, baggage, idempotency-key, x-dry-run"
)
_PREFLIGHT: Headers = (
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-max-age", b"600"),
)
_EXPOSED = (
    b"mcp-session-id, www-authenticate, retry-after, ratelimit, ratelimit-policy,"
    b" idempotent-replayed, eyeot-notice"
)
_MIRRORED = "mcp-param-"


class Door:
    """The checks that need no body and no credential."""

    def __init__(self, public_url: str, settings: McpSettings) -> None:
        self._names = Names(public_url, settings.allowed_hosts, settings.allowed_origins)

    def admits_host(self, head: Head) -> bool:
        """Whether the request names this server: a page cannot reach it under another name."""
        return self._names.hosts(head.raw(b"host"))

    def admits_origin(self, head: Head) -> bool:
        """Whether the web page that calls, if one does, may."""
        return self._names.welcomes(head.raw(b"origin"), head.raw(b"host"))

    async def enter(self, http: Http) -> bool:
        """Answer who may not enter, and preflights; True for who goes on."""
        if not self.admits_host(http.head):
            await http.empty(421)
            return False
        if not self.admits_origin(http.head):
            raise Fault(INVALID_REQUEST, "This web origin may not call this address.", status=403)
        if origin := http.head.raw(b"origin"):
            http.cors = _cors(origin)
        if http.head.verb == "OPTIONS":
            await http.empty(204, (*_PREFLIGHT, _allowed_headers(http.head)))
            return False
        return True


def _cors(origin: bytes) -> Headers:
    return (
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", _EXPOSED),
        (b"vary", b"origin"),
    )


def _allowed_headers(head: Head) -> tuple[bytes, bytes]:
    asked = (head.get(b"access-control-request-headers") or "").lower().split(",")
    extra = [one.strip() for one in asked if one.strip().startswith(_MIRRORED)]
    return b"access-control-allow-headers", ", ".join((_ALLOWED_HEADERS, *extra)).encode("latin-1")


def token_of(head: Head) -> str | None:
    """The credential of a request."""
    return wire.token_of(head.get(b"authorization"), head.get(b"x-api-key"))


class Challenges:
    """What a client is told that lacks a valid credential, or a scope."""

    def __init__(self, engine: Engine, discovery: Discovery) -> None:
        self._engine, self._discovery = engine, discovery

    def refused(self, problem: Problem, head: Head) -> Fault:
        """A refusal before the body is read: HTTP says it, in every era."""
        fault = fault_of(problem.body())
        if problem.status == 401:  # noqa: PLR2004
            sent = token_of(head) is not None
            why = "The credential is not valid." if sent else ""
            told = self._discovery.missing(head.get(b"host"), self._engine, sent=sent, why=why)
            fault.headers = (*fault.headers, (b"www-authenticate", told.encode()))
        return fault

    def lacking(self, refusal: dict[str, Any], head: Head) -> str | None:
        """The challenge that goes with a refusal for a scope; None with others."""
        if refusal["code"] != InsufficientScope.code:
            return None
        return self._discovery.insufficient(head.get(b"host"), refusal["scope"])


def check_verb(head: Head) -> None:
    """Only POST: streams to listen to and sessions to end do not exist here."""
    if head.verb != "POST":
        raise Fault(
            INVALID_REQUEST,
            "Only POST is served here.",
            status=405,
            headers=((b"allow", b"POST"),),
        )


def check_stream(taken: Accepts) -> None:
    """What is answered by a stream alone is for clients that take one."""
    if not taken.stream:
        raise Fault(INVALID_REQUEST, "Send 'Accept: text/event-stream'.", status=406)


def check_form(head: Head) -> Accepts:
    """JSON in, JSON out; answers what the client takes."""
    kind = (head.raw(b"content-type") or b"").partition(b";")[0].strip().lower()
    if kind != b"application/json":
        raise Fault(INVALID_REQUEST, "Send 'Content-Type: application/json'.", status=415)
    if head.raw(b"content-encoding") not in (None, b"identity"):
        raise Fault(INVALID_REQUEST, "Send the body without a Content-Encoding.", status=415)
    taken = head.accepts
    if not taken.json:
        raise Fault(
            INVALID_REQUEST,
            "Send 'Accept: application/json, text/event-stream'.",
            status=406,
        )
    return taken
