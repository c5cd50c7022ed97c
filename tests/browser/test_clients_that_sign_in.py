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

import httpx2
import pytest
from mcp.client import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.auth.exceptions import OAuthFlowError
from mcp.client.stdio import StdioServerParameters, stdio_client
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
from tests.browser.conftest import Accessible, OpenWindow, Picture
from tests.browser.loopback import Loopback, listening
from tests.browser.person import Person
from tests.browser.program import PATIENCE, Said, overheard, started
from tests.browser.window import Window
from tests.clients.node import Project, environment
from tests.demo import Demo

CLIENTS = Path(__file__).parents[1] / "clients"
MCP_REMOTE = "node_modules/mcp-remote/dist/proxy.js"


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


async def test_the_python_client_signs_in_and_refreshes(
    desk: Desk, accessible: Accessible, picture: Picture
) -> None:
    kept = Kept()
    async with listening() as back:

        async def decide(address: str) -> None:
            await desk.person.open(desk.page, address)
            await expect(desk.page.get_by_text("Eyeot test client (Python)").first).to_be_visible()
            await accessible(desk.page)
            await picture(desk.page, "consent")
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


@asynccontextmanager
async def through_mcp_remote(
    arguments: list[str], folder: Path
) -> AsyncIterator[tuple[Said, "asyncio.Future[Client]"]]:
    """A client that starts programs, as Claude Desktop does, and what mcp-remote tells its person."""
    command, *rest = Project(CLIENTS).command(MCP_REMOTE, *arguments)
    # Its own attempt to open a browser ends at once: the person of this test has one open.
    variables = {"HOME": str(folder), "MCP_REMOTE_CONFIG_DIR": str(folder), "BROWSER": "true"}
    parameters = StdioServerParameters(command=command, args=rest, env=variables)
    connected: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def work() -> None:
        async with Client(stdio_client(parameters, errlog=file), mode="legacy") as client:
            connected.set_result(client)
            await over.wait()

    async with overheard() as (file, said):
        working = asyncio.create_task(work())
        try:
            yield said, connected
        finally:
            over.set()
            if not connected.done():
                working.cancel()
            await asyncio.gather(working, return_exceptions=not connected.done())


def started_by_claude_desktop(place: clients.Place, by: str) -> list[str]:
    """The arguments of mcp-remote as Claude Desktop's file has them."""
    ways = clients.told("claude-desktop", place)["ways"]
    (way,) = (one for one in ways if one["by"] == by and "file" in one)
    arguments: list[str] = way["content"]["mcpServers"]["eyeot"]["args"]
    assert arguments[:2] == ["-y", clients.MCP_REMOTE]
    return arguments[2:]


def test_the_mcp_remote_that_is_tried_is_the_one_that_is_told() -> None:
    packages = json.loads((CLIENTS / "package.json").read_text())["dependencies"]
    assert f"mcp-remote@{packages['mcp-remote']}" == clients.MCP_REMOTE


async def test_mcp_remote_signs_in_through_the_browser(desk: Desk, tmp_path: Path) -> None:
    arguments = started_by_claude_desktop(desk.place, "sign-in")
    async with through_mcp_remote(arguments, tmp_path) as (said, connected):
        await desk.person.open(desk.page, await said.address("Please authorize"))
        await desk.person.allow(desk.page)
        await expect(desk.page.get_by_text("Authorization successful")).to_be_visible()
        async with asyncio.timeout(PATIENCE):
            client = await connected
        told = await asked(client, "whoami")

    assert told["organisation"]["slug"] == desk.demo.org


async def test_mcp_remote_signs_in_with_a_device_code(
    desk: Desk, tmp_path: Path, accessible: Accessible, picture: Picture
) -> None:
    arguments = [desk.demo.endpoint, "--device-code"]
    assert clients.text("mcp-remote", desk.place).count(" ".join(arguments)) == 1
    async with through_mcp_remote(arguments, tmp_path) as (said, connected):
        await desk.person.open(desk.page, await said.address("To authorize this client"))
        await accessible(desk.page)
        await picture(desk.page, "device")
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
        await desk.person.allow(desk.page)
        answer = json.loads(await said.line('"jsonrpc"'))

    assert answer["result"]["structuredContent"]["items"]
