"""Paused: an agent that a person stopped is told so where its model reads."""

from typing import Any

import httpx

from core.tests.surface.mcp.talk import Talk
from eyeot.surface.mcp import McpApp, McpSettings
from eyeot.testing import House


async def test_a_paused_agent_hears_of_it_where_a_model_reads(house: House) -> None:
    made = await house.operator.call("core.agent_client.create", name="Assistant")
    agent = made.result["id"]
    desk = await house.desk("crm:read", agent_id=agent)
    engine: Any = house.engine
    app = McpApp(engine, McpSettings(allowed_hosts=frozenset({"eyeot"})))
    transport = httpx.ASGITransport(app)
    await house.operator.call("core.agent_client.pause", id=agent, reason="Trop d'envois")

    async with httpx.AsyncClient(transport=transport, base_url="http://eyeot") as client:
        talk = Talk(client)
        for ask in (talk.modern, talk.legacy):
            for _ in range(70):
                # However often it comes, nobody takes it for somebody who guesses keys.
                told = await ask("tools/call", {"name": "whoami", "arguments": {}}, key=desk.key)
                result = told.json()["result"]
                assert result["isError"] is True
                assert result["structuredContent"]["error"]["code"] == "agent_paused"
            assert (await ask("tools/list", {}, key=desk.key)).json()["error"]
