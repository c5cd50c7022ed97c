"""App: the REST addresses as a bare ASGI application."""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import ClientDisconnect
from starlette.requests import Request as Http
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from eyeot.declare.action import Action
from eyeot.declare.problem import InsufficientScope, Internal, Problem, invalid
from eyeot.runtime.request import Caller, Engine, Keys, Request
from eyeot.surface.discovery import NOTHING, Discovery
from eyeot.surface.rest import arguments, headers
from eyeot.surface.rest.directory import Directory
from eyeot.surface.rest.document import Document
from eyeot.surface.rest.problems import BodyTooLarge, MethodNotAllowed, NoSuchAddress, refusal
from eyeot.surface.rest.watch import unless_gone
from eyeot.surface.wire import Gone, TooLarge, body_of, dumps

log = logging.getLogger("eyeot.rest")
_ROOT = "/api/v1/"
_READS = ("GET", "HEAD")
_LONGEST_NOTICE = 2_000
_CALLS = "calls"
"""What the audit names a batch that could not be read."""
_BODY_LIMIT = 4 * 1024 * 1024


class RestApp:
    """Serves the actions of one engine and their description; holds nothing about its clients."""

    def __init__(
        self, engine: Engine, discovery: Discovery = NOTHING, *, body_limit: int = _BODY_LIMIT
    ) -> None:
        self._engine, self._discovery = engine, discovery
        self._body_limit = body_limit
        self._derive()

    def _derive(self) -> None:
        self._catalogue = self._engine.catalogue
        self._directory = Directory(self._catalogue)
        self._document = Document(self._catalogue, self._engine.public_url)

    async def warm(self) -> None:
        """Make what is derived from the catalogue now, so that no caller waits for it."""
        await self._document.made()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        http = Http(scope, receive)
        try:
            response = await self._answered(http)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _answered(self, http: Http) -> Response:
        try:
            return await self._routed(http)
        except ClientDisconnect:
            raise
        except Problem as problem:
            return refusal(problem, self._challenge(problem, http))
        except Exception:  # whatever it is, the caller learns its trace id only
            trace = headers.trace_of(http.headers) or secrets.token_hex(16)
            log.exception("fault in a REST call, trace %s", trace)
            return refusal(Internal(trace_id=trace))

    def _challenge(self, problem: Problem, http: Http) -> str | None:
        host = http.headers.get("host")
        if problem.status == 401:  # noqa: PLR2004
            sent = headers.token_of(http.headers) is not None
            return self._discovery.missing(host, self._engine, sent=sent)
        cause = getattr(problem, "refused", problem)
        if isinstance(cause, InsufficientScope):
            return self._discovery.insufficient(host, cause.scope)
        return None

    async def _routed(self, http: Http) -> Response:
        if self._catalogue is not self._engine.catalogue:
            # Modules were switched on or off for the whole deployment.
            self._derive()
        place, _, name = http.scope["path"].partition(_ROOT)[2].partition("/")
        if place == "actions" and name:
            return await self._action(http, name)
        if place == "calls" and not name:
            return await self._several(http)
        if place not in ("actions", "openapi.json") or name:
            raise NoSuchAddress
        if found := _other_method(http, _READS):
            return found
        if place == "actions":
            caller = await self._caller(http)
            return _json(self._directory.page(caller.access))
        return (await self._document.made()).response(http.headers)

    async def _action(self, http: Http, name: str) -> Response:
        action = self._engine.catalogue.actions.get(name)
        # What takes a POST, takes any: its schema need not be looked at.
        if http.method != "POST" and (found := _other_method(http, _methods(action))):
            return found
        caller = await self._caller(http)
        request = await self._audited(http, caller, name, action)
        answer = await unless_gone(self._engine.execute(request), http.receive)
        return _json(dumps(answer.told()), request.notes, replayed=answer.replayed)

    async def _several(self, http: Http) -> Response:
        """Several calls in one transaction: `{"calls": [{"action", "arguments"}], "dry_run"?}`."""
        if found := _other_method(http, ("POST",)):
            return found
        caller = await self._caller(http)
        try:
            batch = arguments.batch_of(await self._arguments(http, None))
        except Problem as problem:
            await self._engine.refuse(_asked(http, caller, _CALLS), problem)
            raise
        requests = [_asked(http, caller, name) for name, _ in batch.calls]
        for request, (_, given) in zip(requests, batch.calls, strict=True):
            request.arguments = given
        dry_run = batch.dry_run or headers.dry_run_of(http.headers)
        keys = replace(batch.keys, header=headers.key_of(http.headers))
        work = self._engine.execute_all(requests, dry_run=dry_run, keys=keys)
        answer = await unless_gone(work, http.receive)
        notes = [note for request in requests for note in request.notes]
        return _json(dumps(answer.told()), notes, replayed=answer.replayed)

    async def _audited(
        self, http: Http, caller: Caller, name: str, action: Action | None
    ) -> Request:
        """The request; when it is refused here, that is audited as if the engine had."""
        try:
            return await self._request(http, caller, name, action)
        except Problem as problem:
            await self._engine.refuse(_asked(http, caller, name), problem)
            raise

    async def _caller(self, http: Http) -> Caller:
        return await self._engine.authenticate(headers.token_of(http.headers), _ip(http), "rest")

    async def _request(
        self, http: Http, caller: Caller, name: str, action: Action | None
    ) -> Request:
        request = _asked(http, caller, name)
        request.arguments = await self._arguments(http, action)
        if (key := headers.key_of(http.headers)) is not None:
            request.keys = Keys(header=key)
        request.dry_run = headers.dry_run_of(http.headers)
        return request

    async def _body(self, http: Http) -> bytes:
        length = http.headers.get("content-length", "").encode("latin-1")
        try:
            return await body_of(http.receive, length, self._body_limit)
        except TooLarge:
            raise BodyTooLarge(limit=self._body_limit) from None
        except Gone:
            raise ClientDisconnect from None

    async def _arguments(self, http: Http, action: Action | None) -> dict[str, object]:
        query: bytes = http.scope["query_string"]
        raw = await self._body(http)
        if http.method in _READS:
            if raw:
                raise invalid("", "a GET takes its arguments from the query; its body is not read")
            return arguments.from_query(action, query)
        if query:
            # Passed over in silence, `?dry_run=true` would do the thing.
            raise invalid("", "a POST takes its arguments from the body; its query is not read")
        if raw or "content-type" in http.headers:
            arguments.check_form(http.headers)
        return arguments.from_body(raw)


def _asked(http: Http, caller: Caller, name: str) -> Request:
    """What is known of a call before its arguments are read."""
    return Request(
        action=name,
        arguments={},
        caller=caller,
        surface="rest",
        client=headers.client_of(http.headers),
        ip=_ip(http),
        trace_id=headers.trace_of(http.headers),
    )


def _json(body: bytes, notes: Sequence[str] = (), *, replayed: bool = False) -> Response:
    told = {"cache-control": "no-store", **({"idempotent-replayed": "true"} if replayed else {})}
    if notes:
        text = " ".join(notes)[:_LONGEST_NOTICE]
        # Names that a caller chose may stand in it, and a header holds but so much.
        told["eyeot-notice"] = "".join(one if " " <= one <= "~" else "?" for one in text)
    return Response(body, 200, told, "application/json")


def _ip(http: Http) -> str | None:
    return http.client.host if http.client else None


def _methods(action: Action | None) -> tuple[str, ...]:
    by_query = action is None or arguments.asked_by_query(action)
    return (*_READS, "POST") if by_query else ("POST",)


def _other_method(http: Http, allowed: tuple[str, ...]) -> Response | None:
    """The answer to OPTIONS, or the refusal of a method that is not offered."""
    allow = ", ".join((*allowed, "OPTIONS"))
    if http.method == "OPTIONS":
        return Response(status_code=204, headers={"allow": allow})
    if http.method not in allowed:
        raise MethodNotAllowed(method=http.method[:20], allow=allow)
    return None
