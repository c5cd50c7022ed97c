"""App: the addresses by which apps are connected, as an ASGI application."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from eyeot.declare.problem import Problem, RateLimited
from eyeot.platform.oauth import limits
from eyeot.surface.discovery import Discovery
from eyeot.surface.oauth import consent, device, metadata
from eyeot.surface.oauth.connecting import Connecting
from eyeot.surface.oauth.registration import register
from eyeot.surface.oauth.server import Asked, Told, TooMany, settled
from eyeot.surface.pages import Kit
from eyeot.surface.wire import Gone, TooLarge, body_of, dumps

log = logging.getLogger("eyeot.oauth")
_LARGEST_BODY = 32 * 1024
_MOST_FIELDS = 50
_FORM = "application/x-www-form-urlencoded"
_GUESSED = frozenset({"invalid_client", "invalid_grant"})
_OPEN = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "www-authenticate, retry-after",
}
_PREFLIGHT = {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type, mcp-protocol-version",
    "access-control-max-age": "600",
}
_ABSENT = {
    "code": "not_found",
    "status": 404,
    "message": "There is nothing here: no app can be connected under this address.",
}
Answering = Callable[[Request], Awaitable[Response]]


class OAuthApp:
    """Serves what apps read and ask, and the pages on which people decide."""

    def __init__(self, kit: Kit, discovery: Discovery) -> None:
        self._engine, self._discovery = kit.engine, discovery
        self._connecting = Connecting(kit.engine, discovery)
        pages = (*consent.pages(self._connecting), *device.pages(self._connecting))
        self._pages = kit.router(pages)
        self._posts: dict[str, Answering] = {
            "/oauth/token": self._token,
            "/oauth/revoke": self._revoke,
            "/oauth/register": self._register,
            "/oauth/device_authorization": self._device,
        }

    def open_to_all(self, path: str) -> bool:
        """Whether web pages of others may ask there: what they read tells nothing that is not public."""
        return path in metadata.SERVER or path in metadata.RESOURCES or path in self._posts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        path = scope["path"]
        if not self._discovery.told_to(request.headers.get("host")):
            await _json(404, _ABSENT)(scope, receive, send)
        elif self.open_to_all(path):
            await (await self._answered(request, path))(scope, receive, send)
        elif path.startswith("/oauth/"):
            await self._pages(scope, receive, send)
        else:
            await _json(404, _ABSENT)(scope, receive, send)

    async def _answered(self, request: Request, path: str) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={**_OPEN, **_PREFLIGHT})
        if path not in self._posts:
            tell = metadata.server if path in metadata.SERVER else metadata.resource
            return _read(request, tell(self._engine, self._discovery))
        if request.method != "POST":
            return _json(405, {"error": "invalid_request"}, {"allow": "POST, OPTIONS"})
        try:
            return await self._posts[path](request)
        except OAuth2Error as error:
            return self._refused(error, request)
        except (Gone, TooLarge):
            return _json(413, {"error": "invalid_request", "error_description": "Send less."})
        except Problem as problem:
            return self._refused(_as_error(problem), request)
        except Exception:  # whatever it is, the caller learns its trace id only
            trace = secrets.token_hex(16)
            log.exception("fault in %s, trace %s", path, trace)
            return _json(500, {"error": "server_error", "error_description": f"Trace {trace}."})

    def _refused(self, error: OAuth2Error, request: Request) -> Response:
        told = Told(*error(None))
        return self._told(told, request)

    def _told(self, told: Told, request: Request) -> Response:
        """An answer of Authlib's; a guess counts against its address."""
        headers = {name.lower(): value for name, value in told.headers}
        error = told.body.get("error") if isinstance(told.body, dict) else None
        status = told.status
        if error in _GUESSED:
            self._engine.credentials.doors.failed(_ip(request))
        if error == InvalidClientError.error:
            # Apps that hear this register anew; the status is for all, the scheme for who tried it.
            status = 401
            if "authorization" in request.headers:
                headers["www-authenticate"] = 'Basic realm="eyeot"'
        return _json(status, told.body, headers)

    async def _asked(self, request: Request) -> Asked:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _FORM:
            raise InvalidRequestError(f"Send the parameters as {_FORM}.")
        raw = await _body(request)
        try:
            pairs = parse_qsl(
                raw.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
            )
        except ValueError:
            raise InvalidRequestError("The parameters cannot be read.") from None
        names = [name for name, _ in pairs if name != "resource"]
        if len(set(names)) < len(names):
            raise InvalidRequestError("A parameter is given twice.")
        headers = {name.title(): value for name, value in request.headers.items()}
        uri = f"{self._discovery.issuer}{request.scope['path']}"
        # An empty one is as none (RFC 6749 §3.2).
        given = [(name, value) for name, value in pairs if value]
        return Asked("POST", uri, given, headers, _ip(request))

    async def _token(self, request: Request) -> Response:
        self._engine.credentials.doors.check(_ip(request))
        asked = await self._asked(request)
        work = self._connecting.server.create_token_response
        return self._told(await _safely(work, asked), request)

    async def _revoke(self, request: Request) -> Response:
        self._engine.credentials.doors.check(_ip(request))
        asked = await self._asked(request)
        work = self._connecting.server.create_endpoint_response
        return self._told(await _safely(work, "revocation", asked), request)

    async def _device(self, request: Request) -> Response:
        await limits.admit(self._engine, limits.DEVICES, limits.address(_ip(request)))
        asked = await self._asked(request)
        work = self._connecting.server.create_endpoint_response
        return self._told(await _safely(work, "device_authorization", asked), request)

    async def _register(self, request: Request) -> Response:
        engine = self._engine
        await limits.admit(engine, limits.REGISTRATIONS, limits.address(_ip(request)))
        await limits.admit(engine, limits.ALL_REGISTRATIONS)
        told = await register(engine, await _body(request), self._connecting.scopes)
        return _json(201, told)


async def _safely(work: Callable[..., Told], *args: Any) -> Told:
    """What Authlib answers; it cannot say every character of what it was sent in its refusals."""
    try:
        return await settled(work, *args)
    except ValueError as unsayable:
        raise InvalidRequestError("A parameter holds characters that it must not.") from unsayable


async def _body(request: Request) -> bytes:
    length = request.headers.get("content-length", "").encode("latin-1")
    return await body_of(request.receive, length, _LARGEST_BODY)


def _as_error(problem: Problem) -> OAuth2Error:
    if isinstance(problem, RateLimited):
        return TooMany(problem.reason, problem.retry_after)
    return OAuth2Error(error="temporarily_unavailable", status_code=problem.status)


def _ip(request: Request) -> str | None:
    return request.client.host if request.client else None


def _json(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    told = {"cache-control": "no-store", "pragma": "no-cache", **_OPEN, **(headers or {})}
    told.pop("content-type", None)
    return Response(dumps(body), status, told, "application/json")


def _read(request: Request, document: dict[str, Any]) -> Response:
    if request.method not in ("GET", "HEAD"):
        return _json(405, {"error": "invalid_request"}, {"allow": "GET, HEAD, OPTIONS"})
    told = {"cache-control": "max-age=300", **_OPEN}
    return Response(dumps(document), 200, told, "application/json")
