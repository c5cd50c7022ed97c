"""HTTP: the head of a request, its body, and the way back, on bare ASGI."""

from functools import lru_cache
from typing import Any, NamedTuple

from starlette.types import Receive, Scope, Send

from eyeot.surface.mcp.wire import INVALID_REQUEST, Fault, Headers
from eyeot.surface.wire import TooLarge, body_of

_WANTED = frozenset(
    b"host origin authorization x-api-key content-type content-length content-encoding accept"
    b" mcp-protocol-version mcp-method mcp-name mcp-session-id user-agent traceparent"
    b" x-dry-run idempotency-key access-control-request-headers".split()
)
ROUTING = (b"mcp-protocol-version", b"mcp-method", b"mcp-name")
"""Headers that a proxy may route by, so that two different ones are refused."""

_JSON: list[tuple[bytes, bytes]] = [
    (b"content-type", b"application/json"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
]
_STREAM: list[tuple[bytes, bytes]] = [
    (b"content-type", b"text/event-stream"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]


class Accepts(NamedTuple):
    """What a client takes."""

    json: bool
    stream: bool
    names_stream: bool
    """Whether `text/event-stream` stands there by name: the mark of an MCP client."""


@lru_cache(maxsize=256)
def accepts(value: bytes | None) -> Accepts:
    """Read an `Accept` header; a missing one takes everything."""
    if not value:
        return Accepts(json=True, stream=True, names_stream=False)
    taken = {kind for kind in map(_media, value.decode("latin-1").lower().split(",")) if kind}
    anything = "*/*" in taken
    named = "text/event-stream" in taken
    return Accepts(
        json=anything or not taken.isdisjoint(("application/json", "application/*")),
        stream=anything or named or "text/*" in taken,
        names_stream=named,
    )


def _media(part: str) -> str:
    kind, *options = (piece.strip() for piece in part.split(";"))
    refused = any(option.replace(" ", "") in ("q=0", "q=0.0", "q=0.00") for option in options)
    return "" if refused else kind


class Head:
    """The headers that matter, each once; those of `ROUTING` that differ are remembered."""

    __slots__ = ("_found", "clashing", "ip", "verb")

    def __init__(self, scope: Scope) -> None:
        found: dict[bytes, bytes] = {}
        self.clashing: set[bytes] = set()
        for name, value in scope["headers"]:
            if name in _WANTED:
                value = value.strip(b" \t")  # noqa: PLW2901
                if name in found:
                    self.clashing.add(name)
                    value = _merged(name, found[name], value)  # noqa: PLW2901
                found[name] = value
        self._found = found
        self.verb: str = scope["method"]
        client = scope.get("client")
        self.ip: str | None = client[0] if client else None

    def raw(self, name: bytes) -> bytes | None:
        """A header as it was sent."""
        return self._found.get(name)

    def get(self, name: bytes) -> str | None:
        """A header as text."""
        value = self._found.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def version(self) -> str | None:
        """The protocol version, also when a proxy made 'x, x' of it."""
        said = self.get(b"mcp-protocol-version")
        if said is None or "," not in said:
            return said
        first, *rest = (part.strip() for part in said.split(","))
        return first if set(rest) == {first} else said

    @property
    def accepts(self) -> Accepts:
        """What the client takes."""
        return accepts(self._found.get(b"accept"))


def _merged(name: bytes, first: bytes, second: bytes) -> bytes:
    return b"%b, %b" % (first, second) if name == b"accept" else first


class Http:
    """One request and the way back."""

    __slots__ = ("cors", "head", "receive", "send", "started")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.head = Head(scope)
        self.receive = receive
        self.send = send
        self.cors: Headers = ()
        self.started = False

    async def body(self, limit: int) -> bytes:
        """The body, however it is cut up; refused as soon as it is over the limit."""
        try:
            return await body_of(self.receive, self.head.raw(b"content-length"), limit)
        except TooLarge:
            raise _too_large(limit) from None

    async def json(self, status: int, body: bytes, headers: Headers = ()) -> None:
        """Answer with JSON."""
        length = (b"content-length", b"%d" % len(body))
        await self._start(status, [*_JSON, length, *headers, *self.cors])
        await self.send({"type": "http.response.body", "body": body})

    async def empty(self, status: int, headers: Headers = ()) -> None:
        """Answer without a body."""
        length = () if status == 204 else ((b"content-length", b"0"),)  # noqa: PLR2004
        await self._start(status, [*length, *headers, *self.cors])
        await self.send({"type": "http.response.body", "body": b""})

    async def stream(self) -> None:
        """Begin to answer with a stream of events."""
        await self._start(200, [*_STREAM, *self.cors])

    async def event(self, frame: bytes, *, last: bool = False) -> None:
        """Send a part of the stream."""
        await self.send({"type": "http.response.body", "body": frame, "more_body": not last})

    async def _start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.started = True
        start: dict[str, Any] = {"type": "http.response.start", "status": status}
        await self.send({**start, "headers": headers})


def _too_large(limit: int) -> Fault:
    return Fault(
        INVALID_REQUEST,
        f"The body is larger than {limit:,} bytes; send less at once.",
        status=413,
    )
