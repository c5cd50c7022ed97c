"""Outgoing: the one way that the product calls an address which somebody wrote down.

Each name is resolved once, every address it has is checked, and the connection goes to one of those that
were: what a second look-up would say does not matter. Redirects are not followed, no proxy is taken from the
environment, and neither the time nor the size of an answer is the other side's to choose.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import httpcore

from eyeot.runtime.network import Network, Refused, Where, literal, permitted, reachable

LARGEST = 64 * 1024
"""Bytes of an answer that are read."""
_MOST_ADDRESSES = 4
_CONNECT = 5.0
_LOOK_UPS = ThreadPoolExecutor(32, "look-up")
"""Of their own: a name server that does not answer must not keep others from being asked."""


class Failed(Exception):
    """No answer came: not found, not reached, not trusted, too slow, or no HTTP."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes
    """At most as many bytes as were to be read."""
    seconds: float
    whole: bool = True
    """Whether that is all of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is sent to whom, and how much of an answer is waited for."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    largest: int = LARGEST
    patience: float | None = None
    """Seconds that the whole exchange may take; as long as any unless said otherwise."""


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """Calls over HTTP to the open Internet, and to networks that the operator allows."""

    allowed: Sequence[Network] = ()
    patience: float = 15.0
    """Seconds that a whole exchange may take."""
    trust: ssl.SSLContext | None = field(default=None, repr=False)
    """Whose certificates are believed; the usual authorities' unless said otherwise."""

    def fault(self, url: str) -> str | None:
        """Why an address is never called, as far as its text tells."""
        try:
            where = Where(url)
            self._check_scheme(where, bool(self.allowed))
            address = literal(where.host)
        except Refused as refused:
            return str(refused)
        if address is not None and not reachable(str(address), self.allowed):
            return "it is no address of the open Internet"
        return None

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """Send something; `Refused` when the address is not called, `Failed` when no answer came."""
        return await self.ask(Asked("POST", url, headers, body))

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answered:
        """Ask for something; as `post`."""
        return await self.ask(Asked("GET", url, headers or {}))

    async def ask(self, asked: Asked) -> Answered:
        """One exchange; as `post`."""
        began = time.perf_counter()
        where, patience = Where(asked.url), asked.patience or self.patience
        try:
            async with asyncio.timeout(patience):
                addresses = await self._resolved(where)
                return await self._sent(
                    _Call(asked, where, addresses, began), self.trust or _usual_authorities()
                )
        except TimeoutError:
            raise Failed(f"no whole answer within {patience:g} seconds") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as wrong:
            raise Failed(f"{type(wrong).__name__}: {wrong}"[:300]) from None

    async def _resolved(self, where: Where) -> list[str]:
        """Every address of a host, all of which must be ones that may be called."""
        look_up = partial(socket.getaddrinfo, where.host, where.port, type=socket.SOCK_STREAM)
        try:
            found = await asyncio.get_running_loop().run_in_executor(_LOOK_UPS, look_up)
        except (OSError, UnicodeError) as unknown:
            raise Failed(f"the host {where.host} is not found: {unknown}") from None
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        if not addresses:
            raise Failed(f"the host {where.host} has no address")
        if any(not reachable(one, self.allowed) for one in addresses):
            # Which one it is would tell what the network looks like inside.
            raise Refused(f"the host {where.host} has an address that is not of the open Internet")
        known = (literal(one.partition("%")[0]) for one in addresses)
        every = all(one is not None and permitted(one, self.allowed) for one in known)
        self._check_scheme(where, every)
        return addresses[:_MOST_ADDRESSES]

    def _check_scheme(self, where: Where, allowed: bool) -> None:  # noqa: FBT001 - a fact, not a mode
        if where.scheme == "http" and not allowed:
            raise Refused("it must begin with https://: what is sent is for its reader only")

    async def _sent(self, call: "_Call", trust: ssl.SSLContext) -> Answered:
        where = call.where
        default = 443 if where.scheme == "https" else 80
        name = f"[{where.host}]" if ":" in where.host else where.host
        host = name if where.port == default else f"{name}:{where.port}"
        lines: dict[bytes | str, bytes | str] = {
            "host": host,
            "accept-encoding": "identity",
            "connection": "close",
        }
        lines.update(call.asked.headers)
        url = httpcore.URL(
            scheme=where.scheme, host=where.host, port=where.port, target=where.target
        )
        backend = _Pinned(call.addresses)
        async with (
            httpcore.AsyncConnectionPool(
                ssl_context=trust, network_backend=backend, max_connections=1, retries=0
            ) as pool,
            pool.stream(
                call.asked.method, url, headers=lines, content=call.asked.body,
                extensions={"timeout": {"connect": _CONNECT}},
            ) as answer,
        ):  # fmt: skip
            read = await _read(answer, call.asked.largest + 1)
        told = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in answer.headers
        }
        seconds, whole = time.perf_counter() - call.began, len(read) <= call.asked.largest
        return Answered(answer.status, told, read[: call.asked.largest], seconds, whole)


@dataclass(frozen=True, slots=True)
class _Call:
    asked: Asked
    where: Where
    addresses: list[str]
    began: float


async def _read(answer: httpcore.Response, most: int) -> bytes:
    """The beginning of an answer; the rest is not waited for."""
    read = bytearray()
    async for piece in answer.aiter_stream():
        read += piece
        if len(read) >= most:
            break
    return bytes(read[:most])


class _Pinned(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were checked, whatever host is named."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(self, host: str, port: int, **given: Any) -> httpcore.AsyncNetworkStream:  # type: ignore[override]  # noqa: ARG002
        """A connection to the first address that answers."""
        *others, last = self._addresses
        for one in others:
            try:
                return await self._network.connect_tcp(one, port, **given)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(last, port, **given)

    async def connect_unix_socket(self, path: str, **given: Any) -> httpcore.AsyncNetworkStream:  # type: ignore[override]  # noqa: ARG002
        """Never."""
        raise Refused("no socket of this machine is called")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


@cache
def _usual_authorities() -> ssl.SSLContext:
    return ssl.create_default_context()
