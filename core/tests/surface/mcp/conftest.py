"""Fixtures: an address with a fake engine behind it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from core.tests.surface.mcp.fake import FakeEngine
from core.tests.surface.mcp.talk import Talk
from eyeot.surface.mcp import McpApp, McpSettings


@pytest.fixture
def fake() -> FakeEngine:
    """A fresh fake."""
    return FakeEngine()


@pytest.fixture
def settings() -> McpSettings:
    """Settings with an origin to test with."""
    return McpSettings(allowed_origins=frozenset({"https://claude.ai"}))


@pytest.fixture
async def talk(fake: FakeEngine, settings: McpSettings) -> AsyncIterator[Talk]:
    """A way to talk to the address in process."""
    transport = httpx.ASGITransport(app=McpApp(fake, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield Talk(client)
