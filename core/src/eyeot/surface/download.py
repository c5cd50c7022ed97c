"""Download: the address where a link to a document's content is used up."""

import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import quote

from starlette.requests import Request as Http
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from eyeot.declare.problem import Internal, Problem
from eyeot.surface.wire import dumps, trace_of

log = logging.getLogger("eyeot.download")
_LONGEST_CLIENT = 200
_ALLOWED = "GET, OPTIONS"
# Whatever the file is, no browser shall run it here, keep it or tell others of its address.
GUARDED = {
    "cache-control": "no-store",
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""The headers of a file that somebody gave us."""
Redeem = Callable[..., Awaitable[Any]]


class DownloadApp:
    """Answers `GET /api/v1/documents/{token}`; `redeem` uses the link up and finds the content."""

    def __init__(self, redeem: Redeem, path: str) -> None:
        self._redeem = redeem
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            http = Http(scope, receive)
            response = await self._answered(http)
            await response(scope, receive, send)

    async def _answered(self, http: Http) -> Response:
        if http.method != "GET":
            # HEAD too: who only looks must not use a link up.
            status = 204 if http.method == "OPTIONS" else 405
            return Response(status_code=status, headers={"allow": _ALLOWED})
        trace = trace_of(http.headers.get("traceparent"))
        try:
            found = await self._redeem(
                http.scope["path"].removeprefix(self._path),
                ip=http.client.host if http.client else None,
                client=http.headers.get("user-agent", "")[:_LONGEST_CLIENT] or None,
                trace_id=trace,
            )
            first = await anext(found.pieces, b"")
        except Problem as problem:
            return _refusal(problem)
        except Exception:  # whatever it is, the caller learns its trace id only
            trace = trace or secrets.token_hex(16)
            log.exception("fault in a download, trace %s", trace)
            return _refusal(Internal(trace_id=trace))
        return StreamingResponse(
            _from(first, found.pieces),
            media_type=None,
            headers={
                **GUARDED,
                "content-type": found.mime,
                "content-length": str(found.size),
                "content-disposition": disposition(found.filename),
            },
        )


async def _from(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


def disposition(filename: str) -> str:
    """How a file is to be saved (RFC 6266): its name in ASCII, and as it is."""
    plain = filename.encode("ascii", "replace").decode()
    plain = "".join("_" if sign in '"\\?%' or not sign.isprintable() else sign for sign in plain)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _refusal(problem: Problem) -> Response:
    headers = dict(GUARDED)
    if problem.status == 401:  # noqa: PLR2004
        headers["www-authenticate"] = 'Bearer realm="eyeot", error="invalid_token"'
    return Response(dumps(problem.body()), problem.status, headers, "application/problem+json")
