"""mcp-remote: how clients that only start programs reach a server, as Claude Desktop does."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from eyeot.cli import clients
from tests.clients.node import Project
from tests.clients.program import Said, overheard

_PROGRAM = "node_modules/mcp-remote/dist/proxy.js"


@asynccontextmanager
async def through_mcp_remote(
    arguments: list[str], variables: Mapping[str, str], folder: Path
) -> AsyncIterator[tuple[Said, "asyncio.Future[Client]"]]:
    """What mcp-remote tells its person meanwhile, and the client, once it is connected."""
    command, *rest = Project(Path(__file__).parent).command(_PROGRAM, *arguments)
    # Its own attempt to open a browser ends at once: the person of a test has one open.
    own = {"HOME": str(folder), "MCP_REMOTE_CONFIG_DIR": str(folder), "BROWSER": "true"}
    parameters = StdioServerParameters(command=command, args=rest, env={**own, **variables})
    connected: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def work() -> None:
        try:
            async with Client(stdio_client(parameters, errlog=file), mode="legacy") as client:
                connected.set_result(client)
                await over.wait()
        finally:
            if not connected.done():
                connected.set_exception(RuntimeError(f"It ended: {said.text}"))

    async with overheard() as (file, said):
        working = asyncio.create_task(work())
        try:
            yield said, connected
        finally:
            over.set()
            if not connected.done():
                working.cancel()
            (ended,) = await asyncio.gather(working, return_exceptions=True)
        if ended and not (connected.cancelled() or connected.exception()):
            raise ended


def as_claude_desktop(place: clients.Place, by: str) -> tuple[list[str], dict[str, str]]:
    """The arguments and the environment that `eyeot client-config claude-desktop` gives to mcp-remote."""
    ways = clients.told("claude-desktop", place)["ways"]
    (way,) = (one for one in ways if one["by"] == by and "file" in one)
    entry = way["content"]["mcpServers"]["eyeot"]
    arguments: list[str] = entry["args"]
    assert arguments[:2] == ["-y", clients.MCP_REMOTE]
    return arguments[2:], entry.get("env", {})
