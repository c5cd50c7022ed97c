"""Agent: an official MCP client with a key, and the few habits that every agent has."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.demo import Demo


@dataclass
class Agent:
    """Calls tools and actions, and hands back what a model would see."""

    client: Client

    async def tool(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """The answer of a tool; an assertion when it is refused."""
        result = await self.client.call_tool(name, arguments)
        assert not result.is_error, result.structured_content
        assert isinstance(result.structured_content, dict)
        return result.structured_content

    async def refusal(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """The refusal of a tool; an assertion when it is not refused."""
        result = await self.client.call_tool(name, arguments)
        assert result.is_error, result.structured_content
        assert isinstance(result.structured_content, dict)
        refused: dict[str, Any] = result.structured_content["error"]
        return refused

    async def do(self, action: str, /, **arguments: Any) -> dict[str, Any]:
        """Look before leaping: preview an action, then run it."""
        preview = await self.tool("eyeot_call", action=action, arguments=arguments, dry_run=True)
        assert preview["dry_run"] is True
        assert preview["effects"]["created"] or preview["effects"]["modified"]
        return await self.tool("eyeot_call", action=action, arguments=arguments)

    async def read(self, action: str, /, **arguments: Any) -> dict[str, Any]:
        """Any read."""
        return await self.tool("eyeot_read", action=action, arguments=arguments)


@asynccontextmanager
async def agent(demo: Demo, mode: str, key: str = "") -> AsyncIterator[Agent]:
    """An agent on the demo server."""
    headers = {"Authorization": f"Bearer {key or demo.key}"}
    async with httpx2.AsyncClient(headers=headers) as http:
        transport = streamable_http_client(demo.endpoint, http_client=http)
        async with Client(transport, mode=mode) as client:
            yield Agent(client)
