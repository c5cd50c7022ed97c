"""Lane: sessions of the legacy era in which a server asks its client; the product has none."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

from eyeot.surface.mcp.envelope import Message

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
PATIENCE = 10.0


class Lane:
    """Stands in front of the address: keeps sessions, and takes the answers that clients post."""

    def __init__(self) -> None:
        self._app: App | None = None
        self._sessions: set[str] = set()
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}

    def before(self, app: App) -> App:
        """The address with sessions."""
        self._app = app
        return self._serve

    async def ask(self, message: Message, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """What the client answers on the stream of its own request."""
        assert message.send, "this client takes no stream"
        id = f"asked-{next(self._numbers)}"
        answer = self._waiting[id] = asyncio.get_running_loop().create_future()
        asked = {"jsonrpc": "2.0", "id": id, "method": method, "params": params}
        message.send(orjson.dumps(asked))
        async with asyncio.timeout(PATIENCE):
            told = await answer
        found: dict[str, Any] = told["result"]
        return found

    async def _serve(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        assert self._app
        session = dict(scope.get("headers", ())).get(b"mcp-session-id", b"").decode()
        if session and session not in self._sessions:
            await _empty(send, 404)
        elif session and scope["method"] == "DELETE":
            self._sessions.discard(session)
            await _empty(send, 200)
        elif scope["method"] != "POST":
            await self._app(scope, receive, send)
        else:
            body = await _whole(receive)
            if session and self._answered(body):
                await _empty(send, 202)
            else:
                await self._app(scope, _again(body, receive), self._noting(send))

    def _answered(self, body: bytes) -> bool:
        told = orjson.loads(body)
        if not isinstance(told, dict) or "method" in told or told.get("id") not in self._waiting:
            return False
        self._waiting.pop(told["id"]).set_result(told)
        return True

    def _noting(self, send: Send) -> Send:
        async def noting(event: Event) -> None:
            for name, value in event.get("headers", ()):
                if name == b"mcp-session-id":
                    self._sessions.add(value.decode())
            await send(event)

        return noting


async def _whole(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        event = await receive()
        body += event.get("body", b"")
        if not event.get("more_body"):
            return body


def _again(body: bytes, receive: Receive) -> Receive:
    given: list[Event] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Event:
        return given.pop() if given else await receive()

    return again


async def _empty(send: Send, status: int) -> None:
    headers = [(b"content-length", b"0")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
