"""ASGI: the surfaces of one engine behind one address."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import orjson

from eyeot.platform import downloads
from eyeot.platform.identity import passwords
from eyeot.runtime.engine import Engine
from eyeot.runtime.linking import PATH as LINKED
from eyeot.runtime.public import PATH as PUBLIC
from eyeot.storage.pool import taken
from eyeot.surface.console import ConsoleApp
from eyeot.surface.discovery import MCP, Discovery
from eyeot.surface.download import DownloadApp
from eyeot.surface.linked import LinkApp
from eyeot.surface.mcp import McpApp, McpSettings
from eyeot.surface.names import Names
from eyeot.surface.oauth import OAuthApp
from eyeot.surface.pages import Kit
from eyeot.surface.public import PublicApp
from eyeot.surface.rest import RestApp
from eyeot.surface.sending import guarded

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

CONSOLE = "/console"
REST = ("/api/v1/actions", "/api/v1/calls", "/api/v1/openapi.json")
CONNECTING = ("/oauth/", "/.well-known/", f"{MCP}/.well-known/")
_MISDIRECTED = {
    "code": "misdirected_request",
    "status": 421,
    "message": "This server does not answer under that name.",
    "hint": "Call it by the host of its public address (EYEOT_PUBLIC_URL).",
}
_FOREIGN = {
    "code": "origin_refused",
    "status": 403,
    "message": "This web origin may not call this address.",
    "hint": "Call it from a program, or from a page of the same address.",
}


def local_names(public_url: str) -> tuple[str, ...]:
    """The host names under which this deployment answers."""
    named = urlsplit(public_url).hostname
    return tuple(dict.fromkeys(name for name in ("localhost", "127.0.0.1", "[::1]", named) if name))


class Site:
    """Routes by path prefix; nothing else stands between a request and its surface."""

    def __init__(
        self,
        start: Callable[[], Awaitable[Engine]],
        stop: Callable[[Engine], Awaitable[None]],
        secrets: tuple[bytes, ...] = (),
        discovery: Discovery = Discovery(on=True),  # noqa: B008 - it is frozen
    ) -> None:
        """`secrets`: the deployment's, the same for all its workers (`McpSettings.secrets`)."""
        self._start, self._stop, self._secrets = start, stop, secrets
        self._discovery = discovery
        self._oauth: Any = None
        self.engine: Engine | None = None
        self.kit: Any = None
        self._console: Any = None
        self._mcp: Any = None
        self._rest: Any = None
        self._ending: asyncio.Task[None] | None = None
        self._downloads: Any = None
        self._links: Any = None
        self._public: Any = None
        self._names = Names("")

    @classmethod
    def over(
        cls,
        engine: Engine,
        secrets: tuple[bytes, ...] = (),
        discovery: Discovery = Discovery(on=True),  # noqa: B008 - as above
    ) -> "Site":
        """The surfaces of an engine that runs already, and that others stop."""

        async def given() -> Engine:
            return engine

        async def kept(_: Engine) -> None:
            """It goes on."""

        site = cls(given, kept, secrets, discovery)
        site.engine = engine
        site._surface(engine)
        return site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        path = scope["path"]
        if path == MCP or path == MCP + "/":
            await self._mcp(scope, receive, send)
        else:
            await self._beside(path, scope, receive, guarded(send))

    async def _beside(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is not MCP, which has its headers ready."""
        if path in ("/", CONSOLE):
            await onward(send, CONSOLE + "/")
        elif path.startswith(downloads.PATH):
            await self._entered(self._downloads, scope, receive, send)
        elif path.startswith((LINKED, PUBLIC)):
            app = self._links if path.startswith(LINKED) else self._public
            await self._entered(app, scope, receive, send, everyone=True)
        elif path.startswith(REST):
            await self._entered(self._rest, scope, receive, send)
        elif path.startswith(CONSOLE + "/"):
            await self._entered(self._console, scope, receive, send)
        elif path.startswith(CONNECTING):
            everyone = self._oauth.open_to_all(path)
            await self._entered(self._oauth, scope, receive, send, everyone=everyone)
        elif path in ("/healthz", "/readyz"):
            await self._health(path, send)
        else:
            await answer(
                send,
                404,
                {"code": "not_found", "status": 404, "message": f"There is nothing at {path}."},
            )

    async def _entered(
        self, app: Any, scope: Scope, receive: Receive, send: Send, *, everyone: bool = False
    ) -> None:
        """Let in who calls this server by its name, and no web page of another unless for `everyone`."""
        given = dict(scope["headers"])
        host = given.get(b"host")
        if not self._names.hosts(host):
            await answer(send, 421, _MISDIRECTED)
        elif not everyone and not self._names.welcomes(given.get(b"origin"), host):
            await answer(send, 403, _FOREIGN)
        else:
            await app(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            self.engine = await self._start()
        except Exception as error:  # noqa: BLE001 - told to the server, which stops
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        self._surface(self.engine)
        hashed = passwords.warm()
        self._mcp.warm()
        await hashed
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.kit.settled()
        await self._stop(self.engine)
        await send({"type": "lifespan.shutdown.complete"})

    def _surface(self, engine: Engine) -> None:
        discovery = replace(self._discovery, public_url=engine.public_url)
        names = (*local_names(engine.public_url), *filter(None, (discovery.key_host,)))
        self._names = Names(engine.public_url, names)
        settings = McpSettings(
            allowed_hosts=frozenset(names), secrets=self._secrets, discovery=discovery
        )
        self.kit = kit = Kit(engine, self._secrets)
        self._mcp, self._rest = McpApp(engine, settings), RestApp(engine, discovery)
        self._console, self._oauth = ConsoleApp(kit), OAuthApp(kit, discovery)
        self._links, self._public = LinkApp(kit), PublicApp(kit)
        self._downloads = DownloadApp(partial(downloads.redeem, engine), downloads.PATH)

    def end_streams(self) -> None:
        """End the streams that have no end of their own: a server waits for them before it stops."""
        if self._mcp and not self._ending:
            self._ending = asyncio.create_task(self._mcp.close())

    async def _health(self, path: str, send: Send) -> None:
        """`/healthz`: the process lives; `/readyz`: its database answers."""
        well = True
        if path == "/readyz":
            assert self.engine
            try:
                async with asyncio.timeout(2):
                    async with taken(self.engine.database.reads) as connection:
                        await connection.execute("SELECT 1")
            except Exception:  # noqa: BLE001 - whatever it is, not ready
                well = False
        await answer(send, 200 if well else 503, {"status": "ok" if well else "unavailable"})


async def answer(send: Send, status: int, body: dict[str, Any]) -> None:
    """A small JSON answer."""
    told = orjson.dumps(body)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(told)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": told})


async def onward(send: Send, path: str) -> None:
    """Send a browser on to a page of ours."""
    headers = [(b"location", path.encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
