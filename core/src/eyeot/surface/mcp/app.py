"""App: the MCP address as a bare ASGI application."""

import logging
import secrets
from collections.abc import Mapping

from starlette.types import Receive, Scope, Send

from eyeot.declare.inputs import InputRequired, InvalidRequestState
from eyeot.declare.problem import Internal, Problem
from eyeot.runtime.guards.refusing import AgentPaused
from eyeot.runtime.request import Caller, EngineWithFeed
from eyeot.surface.mcp import door, envelope, listen, rounds, wire
from eyeot.surface.mcp.desk import Desk
from eyeot.surface.mcp.door import Door
from eyeot.surface.mcp.envelope import Message
from eyeot.surface.mcp.eras import PLAIN
from eyeot.surface.mcp.http import Accepts, Http
from eyeot.surface.mcp.listen import Listening
from eyeot.surface.mcp.methods import METHODS, Method, method_of, rendered
from eyeot.surface.mcp.refusals import protocol_fault, refuse
from eyeot.surface.mcp.settings import McpSettings
from eyeot.surface.mcp.stream import Exchange, Out
from eyeot.surface.mcp.wire import INTERNAL_ERROR, INVALID_PARAMS, Fault, Reply
from eyeot.surface.wire import Gone, dumps, trace_of

log = logging.getLogger("eyeot.mcp")


class McpApp:
    """Serves `POST /api/v1/mcp` for one engine; holds nothing about its clients."""

    def __init__(
        self,
        engine: EngineWithFeed,
        settings: McpSettings | None = None,
        methods: Mapping[str, Method] = METHODS,
    ) -> None:
        """`methods` may add to the product's own or stand before them: a test suite's fixtures do."""
        self._methods = methods
        self._settings = settings or McpSettings()
        self._engine = engine
        self._desk = Desk(engine, self._settings)
        self._door = Door(engine.public_url, self._settings)
        self._challenges = self._desk.challenges
        about = {"name": self._settings.name, "version": self._settings.version}
        self._server = dumps({wire.SERVER_KEY: about})[1:-1]
        self._listening = Listening(self._desk, self._server)

    async def close(self) -> None:
        """End the streams that have no end of their own, before the process stops."""
        await self._listening.close()

    def warm(self) -> None:
        """Make what is derived from the catalogue now, so that no caller waits for it."""
        self._desk.finder.warm()
        self._desk.instructions  # noqa: B018 - a cached property

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        http = Http(scope, receive, send)
        try:
            if await self._door.enter(http):
                await self._serve(http)
        except Fault as fault:
            await http.json(PLAIN.status(fault), wire.error(fault, fault.id), fault.headers)
        except Gone:
            return
        except Exception as error:  # noqa: BLE001 - the process must live, and the caller must hear
            trace = _traced(None, "the MCP address", error)
            told = Fault(INTERNAL_ERROR, "Internal error.", {"trace_id": trace})
            if not http.started:
                await http.json(500, wire.error(told, told.id))

    async def _serve(self, http: Http) -> None:
        caller, paused = await self._caller(http)
        door.check_verb(http.head)
        body = await http.body(self._settings.body_limit)
        accepts = door.check_form(http.head)
        message = envelope.read(body, http.head, self._settings, caller)
        if message is None:
            await http.empty(202)
            return
        message.paused = paused
        if message.method == listen.METHOD and message.era.complete and not paused:
            await self._listen(http, message, accepts)
            return
        exchange = Exchange(
            http,
            self._settings,
            cancels=message.era.cancels,
            may_stream=accepts.stream and not message.era.plain,
        )
        if accepts.stream and not message.era.plain:
            message.send = exchange.send
        self._offer_progress(message, exchange, accepts)
        await exchange.run(self._answer(message))

    async def _listen(self, http: Http, message: Message, accepts: Accepts) -> None:
        try:
            door.check_stream(accepts)
            await self._listening.serve(http, message)
        except Fault as fault:
            fault.id = message.id
            raise
        except Problem as problem:
            refused = self._said(message, problem)
            refused.id = message.id
            raise refused from None

    async def _caller(self, http: Http) -> tuple[Caller, AgentPaused | None]:
        try:
            return await self._engine.authenticate(door.token_of(http.head), http.head.ip), None
        except AgentPaused as paused:
            # Said where the model hears it, since it is the one to stop.
            return paused.caller, paused
        except Problem as problem:
            raise self._challenges.refused(problem, http.head) from None
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller learns its trace id only
            trace = _traced(trace_of(http.head.get(b"traceparent")), "authentication", error)
            raise self._challenges.refused(Internal(trace_id=trace), http.head) from None

    @staticmethod
    def _offer_progress(message: Message, exchange: Exchange, accepts: Accepts) -> None:
        token = message.meta.get("progressToken")
        if token is None:
            return
        if isinstance(token, bool) or not isinstance(token, str | int):
            raise Fault(
                INVALID_PARAMS,
                "params._meta.progressToken must be a string or an integer.",
                status=400,
                id=message.id,
            )
        if accepts.stream and not message.era.plain:
            message.progress = exchange.progress(token)

    async def _answer(self, message: Message) -> Out:
        try:
            method = method_of(message, self._methods)
            message.inputs = rounds.inputs_of(self._desk, message)
            reply = await self._reply(method, message)
            return Out(200, rendered(message, method, reply, self._server), reply.headers)
        except Fault as fault:
            return _faulty(message, fault)
        except Problem as problem:
            return _faulty(message, self._said(message, problem))
        except Exception as error:  # noqa: BLE001 - as above
            trace = _traced(message.trace_id, message.method, error)
            told = {"code": "internal", "trace_id": trace}
            return _faulty(message, Fault(INTERNAL_ERROR, "Internal error.", told))

    async def _reply(self, method: Method, message: Message) -> Reply:
        if message.paused:
            if message.method == "tools/call":
                return refuse(message, message.paused.body())
            raise message.paused
        try:
            return await method.run(self._desk, message)
        except InputRequired as asked:
            if not message.era.complete:
                raise
            return rounds.ask(self._desk, message, asked)
        except InvalidRequestState as refused:
            raise rounds.spent(refused) from None

    def _said(self, message: Message, problem: Problem) -> Fault:
        if problem.status == 401:  # noqa: PLR2004 - revoked since it was checked
            return self._challenges.refused(problem, message.head)
        refusal = problem.body()
        return protocol_fault(message, refusal, self._challenges.lacking(refusal, message.head))


def _faulty(message: Message, fault: Fault) -> Out:
    return Out(message.era.status(fault), wire.error(fault, message.id), fault.headers)


def _traced(trace: str | None, where: str, error: Exception) -> str:
    trace = trace or secrets.token_hex(16)
    log.error("fault in %s, trace %s", where[:80], trace, exc_info=error)
    return trace
