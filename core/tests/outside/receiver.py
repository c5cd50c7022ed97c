"""Receiver: an HTTP server of a test's own, which keeps what it was sent and answers as it was told."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

import orjson

LOOPBACK = (ip_network("127.0.0.0/8"),)


@dataclass(frozen=True, slots=True)
class Got:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    method: str = "POST"

    @property
    def told(self) -> dict[str, Any]:
        """What it says."""
        found: dict[str, Any] = orjson.loads(self.body)
        return found

    @property
    def id(self) -> str:
        """Its webhook-id."""
        return self.headers["webhook-id"]


def _fine(_: Got) -> bytes:
    return answer(200, b"thanks")


def answer(status: int, body: bytes = b"", *lines: str) -> bytes:
    """An answer of HTTP/1.1."""
    head = [f"HTTP/1.1 {status} Any", f"content-length: {len(body)}", "connection: close", *lines]
    return "\r\n".join([*head, "", ""]).encode() + body


@dataclass(eq=False)
class Receiver:
    """What came, and what is answered; `answers` may raise to hang up without a word."""

    answers: Callable[[Got], bytes] = _fine
    got: list[Got] = field(default_factory=list)
    held: asyncio.Event | None = None
    """Answers wait for this, if it is set."""
    port: int = 0
    most: int = 0
    """The most requests that were being answered at once."""
    _now: int = 0

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def types(self) -> list[str]:
        return [one.told["type"] for one in self.got]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            lines = [line.partition(":") for line in head[1:] if line]
            headers = {name.lower(): value.strip() for name, _, value in lines}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            one = Got(head[0].split()[1], headers, body, head[0].split()[0])
            self.got.append(one)
            if self.held:
                await self.held.wait()
            with contextlib.suppress(ConnectionError):
                writer.write(self.answers(one))
                await writer.drain()
        except asyncio.IncompleteReadError:
            # Who called died before all was said.
            pass
        finally:
            self._now -= 1
            writer.close()


@contextlib.asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver while the block lasts."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver._serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    async with server:
        yield receiver
