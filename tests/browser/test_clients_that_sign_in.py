"""Clients that users have, through the whole of signing in: the person acts in a browser, the client calls.

What they are started with is what `eyeot client-config` prints.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from mcp.client import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.auth.exceptions import OAuthFlowError
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from playwright.async_api import Page, expect
from pydantic import AnyUrl

from eyeot.cli import clients
from tests.browser.conftest import OpenWindow
from tests.browser.loopback import Loopback, listening
from tests.browser.person import Person
from tests.browser.window import Window
from tests.clients.mcp_remote import as_claude_desktop, through_mcp_remote
from tests.clients.node import Project, environment
from tests.clients.program import PATIENCE, started
from tests.demo import Demo

CLIENTS = Path(__file__).parents[1] / "clients"


@dataclass(frozen=True)
class Desk:
    """Where a client's person sits: the company's server, and a browser in which nobody has signed in."""

    demo: Demo
    page: Page

    @property
    def person(self) -> Person:
        """Whoever the client belongs to."""
        return Person.of(self.demo)

    @property
    def place(self) -> clients.Place:
        """What `eyeot client-config` is told."""
        return clients.Place(self.demo.endpoint, self.demo.key)


@pytest.fixture
async def desk(demo: Demo, open_window: OpenWindow) -> Desk:
    """A desk for one sign-in."""
    return Desk(demo, await open_window(Window()))


@dataclass
class Kept:
    """What a client keeps of a sign-in."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


def python_client(
    demo: Demo, back: Loopback, kept: Kept, decide: Callable[[str], Awaitable[None]]
) -> OAuthClientProvider:
    """The official Python client's way to sign in."""

    async def answer() -> AuthorizationCodeResult:
        async with asyncio.timeout(PATIENCE):
            came = await back.came
        if "error" in came:
            raise OAuthFlowError(came["error"])
        return AuthorizationCodeResult.model_validate(came)

    return OAuthClientProvider(
        server_url=demo.endpoint,
        client_metadata=OAuthClientMetadata(
            client_name="Eyeot test client (Python)",
            redirect_uris=[AnyUrl(back.address)],
            token_endpoint_auth_method="none",
        ),
        storage=kept,
        redirect_handler=decide,
        callback_handler=answer,
    )


@asynccontextmanager
async def calling(demo: Demo, provider: OAuthClientProvider) -> AsyncIterator[Client]:
    async with httpx2.AsyncClient(auth=provider, timeout=PATIENCE) as http:
        transport = streamable_http_client(demo.endpoint, http_client=http)
        async with Client(transport) as client:
            yield client


async def asked(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """A tool's answer."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.structured_content
    assert isinstance(result.structured_content, dict)
    return result.structured_content


def told_by_the_audit(demo: Demo, action: str, actor: str) -> list[dict[str, Any]]:
    """What the audit tells of somebody who signed in."""
    address = demo.endpoint.replace("/mcp", "/actions/core.audit_event.list")
    asked = {"tags_has": "via:oauth", "action": action, "limit": "100"}
    answer = httpx.get(address, params=asked, headers={"X-API-Key": demo.key})
    return [event for event in answer.json()["items"] if event["actor"] == actor]


async def test_the_python_client_signs_in_and_refreshes(desk: Desk) -> None:
    kept = Kept()
    async with listening() as back:

        async def decide(address: str) -> None:
            await desk.person.open(desk.page, address)
            await expect(desk.page.get_by_text("Eyeot test client (Python)").first).to_be_visible()
            await desk.person.allow(desk.page)

        provider = python_client(desk.demo, back, kept, decide)
        async with calling(desk.demo, provider) as client:
            told = await asked(client, "whoami")
            assert told["organisation"]["slug"] == desk.demo.org
            assert kept.tokens
            assert kept.tokens.refresh_token
            first = kept.tokens
            assert first.access_token.startswith("eya_")

            provider.context.token_expiry_time = 1.0
            assert await asked(client, "whoami") == told

    assert kept.tokens.access_token != first.access_token
    assert kept.tokens.refresh_token != first.refresh_token
    calls = told_by_the_audit(desk.demo, "core.session.whoami", "Eyeot test client (Python)")
    assert {call["actor_type"] for call in calls} == {"agent"}
    assert len(calls) > len({call["credential_id"] for call in calls}) == 1, "kept over the renewal"


async def test_a_person_who_refuses_sends_the_client_away_empty_handed(desk: Desk) -> None:
    kept = Kept()
    async with listening() as back:

        async def decide(address: str) -> None:
            await desk.person.open(desk.page, address)
            await desk.person.refuse(desk.page)

        provider = python_client(desk.demo, back, kept, decide)
        async with httpx2.AsyncClient(auth=provider, timeout=PATIENCE) as http:
            with pytest.raises(OAuthFlowError, match="access_denied"):
                await http.post(
                    desk.demo.endpoint, json={"jsonrpc": "2.0", "id": 1, "method": "ping"}
                )
        came = back.came.result()

    assert came["iss"] == clients.Place(desk.demo.endpoint, "").origin
    assert "code" not in came
    assert kept.tokens is None


async def test_the_typescript_client_signs_in(desk: Desk) -> None:
    command = Project(CLIENTS).command("oauth.mjs", desk.demo.endpoint)
    async with started(command, environment()) as said:
        await desk.person.open(desk.page, json.loads(await said.line('{"open"'))["open"])
        await desk.person.allow(desk.page)
        told = json.loads(await said.line('"whoami"'))

    assert not told["isError"]
    assert told["whoami"]["organisation"]["slug"] == desk.demo.org
    assert told["refreshable"]
    assert told["asked"]["code_challenge_method"] == "S256"
    assert told["asked"]["resource"] == desk.demo.endpoint


async def test_mcp_remote_signs_in_through_the_browser(desk: Desk, tmp_path: Path) -> None:
    arguments, variables = as_claude_desktop(desk.place, "sign-in")
    async with through_mcp_remote(arguments, variables, tmp_path) as (said, connected):
        await desk.person.open(desk.page, await said.address("Please authorize"))
        await desk.person.allow(desk.page)
        await expect(desk.page.get_by_text("Authorization successful")).to_be_visible()
        async with asyncio.timeout(PATIENCE):
            client = await connected
        told = await asked(client, "whoami")

    assert told["organisation"]["slug"] == desk.demo.org


async def test_mcp_remote_signs_in_with_a_device_code(desk: Desk, tmp_path: Path) -> None:
    arguments = [desk.demo.endpoint, "--device-code"]
    assert clients.text("mcp-remote", desk.place).count(" ".join(arguments)) == 1
    async with through_mcp_remote(arguments, {}, tmp_path) as (said, connected):
        await desk.person.open(desk.page, await said.address("To authorize this client"))
        await desk.person.confirm_code(desk.page)
        await desk.person.allow(desk.page)
        await expect(desk.page.get_by_role("heading", level=1)).to_be_visible()
        async with asyncio.timeout(PATIENCE):
            client = await connected
        told = await asked(client, "whoami")

    assert told["organisation"]["slug"] == desk.demo.org


async def test_curl_signs_in_on_a_machine_without_a_browser(desk: Desk) -> None:
    (way,) = (way for way in clients.told("curl", desk.place)["ways"] if way["by"] == "sign-in")
    async with started(["sh", "-c", way["content"]], os.environ) as said:
        await desk.person.open(desk.page, await said.address("Sign in and allow it at"))
        await desk.person.confirm_code(desk.page)
        await desk.person.allow(desk.page)
        answer = json.loads(await said.line('"jsonrpc"'))

    assert answer["result"]["structuredContent"]["items"]
