"""Proxy: adds the key the suite cannot send, and passes every other byte on as it is."""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

END_OF_HEAD = b"\r\n\r\n"
LARGEST_HEAD = 64 * 1024


class Proxy:
    """Forwards one request per connection: no framing to understand, streams flow at once."""

    def __init__(self, endpoint: str, key: str) -> None:
        address = urlsplit(endpoint)
        self._host, self._port = address.hostname or "localhost", address.port or 80
        self._key = key
        self._own = b""

    async def serve(self, port: "asyncio.Future[int]", stop: asyncio.Event) -> None:
        server = await asyncio.start_server(self._forward, "127.0.0.1", limit=LARGEST_HEAD)
        own = int(server.sockets[0].getsockname()[1])
        self._own = b"localhost:%d" % own
        port.set_result(own)
        await stop.wait()
        server.close()

    async def _forward(self, caller: asyncio.StreamReader, to_caller: asyncio.StreamWriter) -> None:
        try:
            head = await caller.readuntil(END_OF_HEAD)
            server, to_server = await asyncio.open_connection(self._host, self._port)
        except (OSError, EOFError):
            to_caller.close()
            return
        to_server.write(self._with_key(head))
        await asyncio.wait(
            [
                asyncio.create_task(_pour(caller, to_server)),
                asyncio.create_task(_pour(server, to_caller)),
            ],
            return_when=asyncio.FIRST_COMPLETED,
        )
        for writer in (to_server, to_caller):
            writer.close()

    def _with_key(self, head: bytes) -> bytes:
        first, *lines = head.removesuffix(END_OF_HEAD).split(b"\r\n")
        kept = [line for line in lines if not re.match(rb"connection:", line, re.IGNORECASE)]
        # The server's own address in place of ours; a foreign host stays foreign.
        shown = [
            line.replace(self._own, b"localhost:%d" % self._port)
            if re.match(rb"(host|origin):", line, re.IGNORECASE)
            else line
            for line in kept
        ]
        if not any(re.match(rb"authorization:", line, re.IGNORECASE) for line in shown):
            shown.append(f"Authorization: Bearer {self._key}".encode())
        return b"\r\n".join([first, *shown, b"Connection: close"]) + END_OF_HEAD


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    except ConnectionError:
        pass


@contextmanager
def with_key(endpoint: str, key: str) -> Iterator[str]:
    """An address on localhost that answers as the endpoint does for the key's holder."""
    loop = asyncio.new_event_loop()
    port: asyncio.Future[int] = loop.create_future()
    stop = asyncio.Event()
    started = threading.Event()
    port.add_done_callback(lambda _: started.set())

    def run() -> None:
        loop.run_until_complete(Proxy(endpoint, key).serve(port, stop))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    started.wait()
    try:
        yield f"http://localhost:{port.result()}{urlsplit(endpoint).path}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
