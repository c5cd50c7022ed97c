"""Live: the address on a real port, served by uvicorn in a thread."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import uvicorn

from core.tests.surface.mcp.fake import FakeEngine
from eyeot.surface.mcp import McpApp, McpSettings

PATIENCE = 10.0
FAST = McpSettings(watch_after=0.02, stream_after=0.3, ping_every=0.1)


class Live:
    """A running server."""

    def __init__(self, engine: FakeEngine, port: int) -> None:
        self.engine = engine
        self.port = port
        self.base = f"http://127.0.0.1:{port}"
        self.url = f"{self.base}/api/v1/mcp"


@contextlib.contextmanager
def live(settings: McpSettings = FAST) -> Iterator[Live]:
    """Serve a fake engine on a free port."""
    engine = FakeEngine()
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(McpApp(engine, settings), lifespan="off", log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield Live(engine, listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        listener.close()


async def until(true: Callable[[], object]) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it did not become true"
        await asyncio.sleep(0.01)
