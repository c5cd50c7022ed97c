"""Loopback: where a native client waits for its person to come back (RFC 8252 §7.3)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

_PATH = "/callback"
_DONE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\nDone."


@dataclass
class Loopback:
    """A free port of this machine, and what came to it."""

    address: str
    came: "asyncio.Future[dict[str, str]]"


@asynccontextmanager
async def listening() -> AsyncIterator[Loopback]:
    """A callback address for one sign-in."""
    came: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        target = urlsplit(head.split(b" ", 2)[1].decode())
        writer.write(_DONE)
        await writer.drain()
        writer.close()
        if target.path == _PATH and not came.done():
            came.set_result(dict(parse_qsl(target.query, keep_blank_values=True)))

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield Loopback(f"http://127.0.0.1:{port}{_PATH}", came)
