"""The clients that users have: FastMCP's, the official TypeScript one, mcp-remote, and plain curl."""

import asyncio
import json
import subprocess
from pathlib import Path

import httpx
import pytest
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport

from eyeot.cli.clients import MCP_REMOTE, Place
from tests.clients.mcp_remote import as_claude_desktop, through_mcp_remote
from tests.clients.node import Project
from tests.clients.program import PATIENCE
from tests.demo import Demo


async def test_fastmcp_finds_and_reads_a_customer(demo: Demo) -> None:
    headers = {"Authorization": f"Bearer {demo.key}"}
    async with Client(StreamableHttpTransport(demo.endpoint, headers=headers)) as client:
        names = {tool.name for tool in await client.list_tools()}
        hits = await client.call_tool("search", {"query": "boulangrie", "types": ["crm.customer"]})
        assert hits.structured_content
        first = hits.structured_content["items"][0]
        read = await client.call_tool("get_customer", {"id": first["id"]})
        shown = await client.read_resource(f"eyeot://customers/{first['id']}")

    assert {"whoami", "search", "eyeot_help", "eyeot_read", "eyeot_call", "get_customer"} <= names
    assert read.structured_content
    assert read.structured_content["id"] == first["id"]
    assert json.loads(shown[0].text)["id"] == first["id"]


@pytest.mark.parametrize("mode", ["auto", "legacy", "2026-07-28"])
def test_the_typescript_client_does_a_customer_s_first_minute(demo: Demo, mode: str) -> None:
    ended = Project(Path(__file__).parent / "clients").run(
        "client.mjs", demo.endpoint, demo.key, mode, "boulangrie"
    )

    told = json.loads(ended.stdout)
    assert "failure" not in told, told
    assert told["search"]["structured"]["items"]
    assert told["preview"]["structured"]["effects"]["created"]
    assert told["updated"]["structured"]["emails"] == ["bonjour@atelier.example"]
    assert told["fetched"]["structured"]["emails"] == ["bonjour@atelier.example"]
    assert told["refused"]["isError"] is True


def test_the_mcp_remote_that_is_tried_is_the_one_that_is_told() -> None:
    told = json.loads((Path(__file__).parent / "clients" / "package.json").read_text())
    assert f"mcp-remote@{told['dependencies']['mcp-remote']}" == MCP_REMOTE


async def test_mcp_remote_shows_a_key_as_claude_desktop_is_told_to(
    demo: Demo, tmp_path: Path
) -> None:
    arguments, variables = as_claude_desktop(Place(demo.endpoint, demo.key), "key")
    async with through_mcp_remote(arguments, variables, tmp_path) as (_, connected):
        async with asyncio.timeout(PATIENCE):
            client = await connected
        found = await client.call_tool("search", {"query": "boulangrie"})

    assert found.structured_content
    assert found.structured_content["items"]


def _curl(demo: Demo, key: str, body: str) -> tuple[int, dict[str, object]]:
    command = [
        "curl",
        "-s",
        "-w",
        "\n%{http_code}",
        demo.endpoint,
        "-H",
        f"Authorization: Bearer {key}",
    ]
    ended = subprocess.run(
        [*command, "-H", "Content-Type: application/json", "-d", body],
        capture_output=True,
        text=True,
        check=True,
    )
    answer, _, status = ended.stdout.rpartition("\n")
    return int(status), json.loads(answer)


def _call(name: str, **arguments: object) -> str:
    params = {"name": name, "arguments": arguments}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})


def test_curl_calls_a_tool_and_sees_true_statuses(demo: Demo) -> None:
    status, answer = _curl(demo, demo.key, _call("search", query="boulangrie"))
    assert status == 200
    assert answer["result"]["structuredContent"]["items"]  # type: ignore[index]

    status, answer = _curl(
        demo, demo.key, _call("get_customer", id="cus_01h455vb4pex5vsknk084sn02q")
    )
    assert (status, answer["error"]["data"]["code"]) == (404, "not_found")  # type: ignore[index]

    status, _ = _curl(demo, "eyk_wrong", _call("whoami"))
    assert status == 401


def test_rest_answers_the_same_action(demo: Demo) -> None:
    url = demo.endpoint.replace("/mcp", "/actions/crm.customer.list")
    answer = httpx.get(url, params={"limit": 2}, headers={"X-API-Key": demo.key})

    assert answer.status_code == 200
    assert len(answer.json()["items"]) == 2
