"""Stream: the way back of one call, JSON at once or events once there is something to tell."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from eyeot.surface.mcp import wire
from eyeot.surface.mcp.http import Http
from eyeot.surface.mcp.settings import McpSettings
from eyeot.surface.mcp.wire import Headers

PING = b": ping\n\n"
_WAITING = 64
"""Progress not yet sent; more is dropped, since only the newest matters."""


class Out(NamedTuple):
    """A finished answer."""

    status: int
    body: bytes
    headers: Headers = ()


class Exchange:
    """Runs one call; watches for its client leaving, and streams when there is cause.

    Nothing but a timer is set up at first, because most calls are over within milliseconds.
    """

    def __init__(
        self, http: Http, settings: McpSettings, *, cancels: bool, may_stream: bool
    ) -> None:
        self._http = http
        self._settings = settings
        self._cancels = cancels
        self._may_stream = may_stream
        self._gone = False
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._streamer: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._caller: asyncio.Task[Any] | None = None

    def progress(self, token: str | int) -> Callable[[float, float | None, str | None], None]:
        """What a handler calls to tell how far it is: only ever forward."""
        last = float("-inf")

        def tell(done: float, total: float | None = None, message: str | None = None) -> None:
            nonlocal last
            if not last < done < float("inf") or self._frames.qsize() >= _WAITING:
                return
            last = done
            params = {"progressToken": token, "progress": done, "total": total, "message": message}
            kept = {name: value for name, value in params.items() if value is not None}
            self.send(wire.notification("notifications/progress", kept))

        return tell

    def send(self, body: bytes) -> None:
        """Send the client a message while it waits for its answer."""
        self._open()
        self._frames.put_nowait(event(body))

    async def run(self, work: Awaitable[Out]) -> None:
        """Do the work and send its answer; a client that leaves takes its call with it."""
        self._caller = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(self._settings.watch_after, self._watch)
        try:
            out = await work
            await self._finish(out)
        except asyncio.CancelledError:
            if not self._gone or self._caller is None or self._caller.uncancel():
                raise
        finally:
            self._timer.cancel()
            for task in self._tasks:
                task.cancel()

    async def _finish(self, out: Out) -> None:
        if self._timer:
            self._timer.cancel()
        self._cancels = False
        if self._streamer is None:
            await self._http.json(*out)
            return
        self._frames.put_nowait(None)
        await self._streamer
        await self._http.event(event(out.body), last=True)

    def _watch(self) -> None:
        if self._cancels:
            self._tasks.append(asyncio.create_task(self._wait_for_leave()))
        if self._may_stream:
            rest = max(0.0, self._settings.stream_after - self._settings.watch_after)
            self._timer = asyncio.get_running_loop().call_later(rest, self._open)

    async def _wait_for_leave(self) -> None:
        while (await self._http.receive())["type"] != "http.disconnect":
            pass
        if self._cancels and self._caller:
            self._gone = True
            self._caller.cancel()

    def _open(self) -> None:
        if self._streamer is None:
            self._streamer = asyncio.create_task(self._send_frames())
            self._tasks.append(self._streamer)

    async def _send_frames(self) -> None:
        await self._http.stream()
        while True:
            try:
                async with asyncio.timeout(self._settings.ping_every):
                    frame = await self._frames.get()
            except TimeoutError:
                frame = PING
            if frame is None:
                return
            await self._http.event(frame)


def event(body: bytes) -> bytes:
    """A message as an event of a stream."""
    return b"data: %b\n\n" % body
