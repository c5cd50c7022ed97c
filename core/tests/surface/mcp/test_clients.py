"""Clients: the official Python client in both modes, and FastMCP's, against a real port."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import fastmcp
import httpx2
import pytest
from fastmcp.client.transports import StreamableHttpTransport
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import ElicitResult, PromptReference, ResourceTemplateReference

from core.tests.surface.mcp.live import Live, live, until
from core.tests.surface.mcp.talk import LEGACY, MODERN
from eyeot.declare.ids import uuid7

BOTH = pytest.mark.parametrize("mode", ["auto", "legacy"])


@pytest.fixture
def server() -> Iterator[Live]:
    """A server."""
    with live() as running:
        yield running


@contextlib.asynccontextmanager
async def connected(
    server: Live, mode: str, key: str = "eyk_all", *, answer: Any = None
) -> AsyncIterator[Client]:
    """The official client."""
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as http:
        transport = streamable_http_client(server.url, http_client=http)
        async with Client(transport, mode=mode, elicitation_callback=answer) as client:
            yield client


@BOTH
async def test_it_connects_in_its_era(server: Live, mode: str) -> None:
    async with connected(server, mode) as client:
        assert client.protocol_version == (MODERN if mode == "auto" else LEGACY)
        assert client.server_info is not None
        assert client.server_info.name == "eyeot"
        assert "never cite" in (client.instructions or "")


@BOTH
async def test_it_lists_and_calls_tools(server: Live, mode: str) -> None:
    async with connected(server, mode) as client:
        tools = (await client.list_tools()).tools
        read = await client.call_tool("get_customer", {"id": "cus_001"})
        refused = await client.call_tool("get_customer", {"id": "cus_no"})

    assert {"whoami", "eyeot_help", "eyeot_call"} <= {tool.name for tool in tools}
    assert read.structured_content == {"id": "cus_001", "name": "Client 1", "city": "Lyon"}
    assert refused.is_error is True
    assert refused.structured_content is not None
    assert refused.structured_content["error"]["code"] == "not_found"


@BOTH
async def test_it_is_told_progress(server: Live, mode: str) -> None:
    told: list[tuple[float, float | None, str | None]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, total, message))

    async with connected(server, mode) as client:
        await client.call_tool("wait", {"steps": 3}, progress_callback=note)

    assert told == [(1, 3, "step 1"), (2, 3, "step 2"), (3, 3, "step 3")]


@BOTH
async def test_it_reads_resources_and_completes_addresses(server: Live, mode: str) -> None:
    async with connected(server, mode) as client:
        page = await client.list_resources()
        templates = (await client.list_resource_templates()).resource_templates
        read = await client.read_resource("eyeot://customers/cus_002")
        ref = ResourceTemplateReference(type="ref/resource", uri=templates[0].uri_template)
        found = await client.complete(ref, {"name": "id", "value": "client 77"})
        prompt = PromptReference(type="ref/prompt", name="meet_customer")
        named = await client.complete(prompt, {"name": "customer", "value": "client 77"})
        prompts = (await client.list_prompts()).prompts
        said = await client.get_prompt("meet_customer", {"customer": "Client 77"})

    assert page.next_cursor
    assert "Client 2" in str(read.contents[0])
    assert found.completion.values == ["cus_077"]
    assert named.completion.values == ["Client 77"]
    assert [one.name for one in prompts] == ["meet_customer"]
    assert "cus_077" in str(said.messages[1].content)


async def test_it_hears_of_a_change_and_of_the_end(server: Live) -> None:
    uri = "eyeot://customers/cus_001"
    org = (await server.engine.authenticate("eyk_all", None)).org_id
    async with (
        connected(server, "auto") as client,
        client.listen(tools_list_changed=True, resource_subscriptions=[uri]) as heard,
    ):
        server.engine.outbox.append((org, uuid7(server.engine.now), "crm.customer/cus_001"))
        event = await anext(aiter(heard))

    assert heard.honored.tools_list_changed is True
    assert heard.honored.resource_subscriptions == [uri]
    assert event.uri == uri  # type: ignore[union-attr]


async def test_it_answers_what_it_is_asked(server: Live) -> None:
    async def answer(_: Any, asked: Any) -> ElicitResult:
        assert asked.message == "Your name?"
        return ElicitResult(action="accept", content={"name": "Ada"})

    async with connected(server, "auto", answer=answer) as client:
        found = await client.call_tool("ask", {})

    assert found.structured_content == {"said": "Hello, Ada!"}


@BOTH
async def test_it_understands_our_errors(server: Live, mode: str) -> None:
    async with connected(server, mode) as client:
        with pytest.raises(MCPError) as unknown:
            await client.call_tool("no_such_tool", {})
        with pytest.raises(MCPError) as missing:
            await client.read_resource("eyeot://customers/cus_no")

    assert unknown.value.error.code == -32602
    assert missing.value.error.code == (-32602 if mode == "auto" else -32002)


@BOTH
async def test_a_wrong_key_does_not_connect(server: Live, mode: str) -> None:
    with pytest.raises(BaseException) as failed:  # noqa: PT011 - clients wrap it in groups of groups
        async with connected(server, mode, "eyk_wrong"):
            pass

    assert not isinstance(failed.value, asyncio.CancelledError)


async def test_a_modern_client_that_gives_up_cancels_its_call(server: Live) -> None:
    async with connected(server, "auto") as client:
        call = asyncio.create_task(client.call_tool("wait", {"seconds": 30}))
        await until(lambda: server.engine.lab.started)
        call.cancel()
        await until(lambda: server.engine.lab.cancelled)
        with contextlib.suppress(asyncio.CancelledError):
            await call


async def test_fastmcp_works_too(server: Live) -> None:
    transport = StreamableHttpTransport(server.url, headers={"X-API-Key": "eyk_all"})
    async with fastmcp.Client(transport) as client:
        tools = await client.list_tools()
        found = await client.call_tool("eyeot_help", {"query": "créer un client"})
        refused = await client.call_tool("conflict", {}, raise_on_error=False)
        resources = await client.list_resources()

    assert len(tools) > 3
    assert found.structured_content is not None
    assert found.structured_content["matches"][0]["action"] == "crm.customer.create"
    assert refused.is_error is True
    assert resources
