"""Every door leads past the audit: one event for each call, whole, whatever came of it."""

import asyncio
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest

from eyeot.deploy.embedded import EmbeddedPostgres
from tests.agent import agent
from tests.demo import Demo

MODERN = "2026-07-28"
CLIENT = {"name": "doors", "version": "7"}
EVENT = "SELECT *, duration_ms > 0 AS took FROM core_audit_event WHERE trace_id = $1 ORDER BY action, id"


def look(demo: Demo, query: str, *values: Any) -> list[dict[str, Any]]:
    """What the database holds."""

    async def run() -> list[dict[str, Any]]:
        admin = await asyncpg.connect(EmbeddedPostgres(demo.data_dir).admin_url)
        try:
            return [dict(row) for row in await admin.fetch(query, *values)]
        finally:
            await admin.close()

    return asyncio.run(run())


class Caller:
    """Plain HTTP with a key, each request under a trace of its own."""

    def __init__(self, demo: Demo, key: str = "") -> None:
        self.demo, self.key = demo, key or demo.key
        self.base = demo.endpoint.removesuffix("/mcp")
        self.trace = ""

    def send(self, method: str, url: str, **more: Any) -> httpx2.Response:
        self.trace = secrets.token_hex(16)
        headers = {
            "authorization": f"Bearer {self.key}",
            "traceparent": f"00-{self.trace}-{secrets.token_hex(8)}-01",
            "user-agent": "doors/7",
            **more.pop("headers", {}),
        }
        return httpx2.request(method, url, headers=headers, timeout=60, **more)

    def rest(self, method: str, path: str, **more: Any) -> httpx2.Response:
        return self.send(method, f"{self.base}/{path}", **more)

    def modern(self, method: str, params: dict[str, Any]) -> httpx2.Response:
        meta = {
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": CLIENT,
        }
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
        named = params.get("name") or params.get("uri")
        headers = {
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": MODERN,
            "mcp-method": method,
            **({"mcp-name": named} if isinstance(named, str) else {}),
        }
        return self.send("POST", self.demo.endpoint, json=body, headers=headers)

    def legacy(self, method: str, params: dict[str, Any]) -> httpx2.Response:
        headers = {
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": "2025-06-18",
        }
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return self.send("POST", self.demo.endpoint, json=body, headers=headers)

    def tool(self, name: Any, /, **arguments: Any) -> httpx2.Response:
        return self.modern("tools/call", {"name": name, "arguments": arguments})

    def events(self) -> list[dict[str, Any]]:
        return look(self.demo, EVENT, self.trace)


Knock = Callable[[Caller], Any]
COUNT = "crm.customer.count"
JSON = {"content-type": "application/json"}
GET_X = {"action": "crm.customer.get", "arguments": {"id": "x"}}
PREVIEW = {"x-dry-run": "true"}
COMPLETE = {
    "ref": {"type": "ref/prompt", "name": "prepare_meeting"},
    "argument": {"name": "customer", "value": "a"},
}
TAG = {"action": "core.tag.create", "arguments": {"name": "Porte"}}
DOORS: dict[str, tuple[Knock, str, list[tuple[str, str, str | None]]]] = {
    "tool, modern": (
        lambda one: one.tool("list_customers"), "mcp", [("crm.customer.list", "ok", None)]
    ),
    "tool, legacy": (
        lambda one: one.legacy("tools/call", {"name": "list_customers", "arguments": {}}), "mcp",
        [("crm.customer.list", "ok", None)],
    ),
    "meta-tool": (
        lambda one: one.tool("eyeot_read", action=COUNT, arguments={}), "mcp", [(COUNT, "ok", None)]
    ),
    "dry run": (
        lambda one: one.tool("eyeot_call", **TAG, dry_run=True), "mcp",
        [("core.tag.create", "dry_run", None)],
    ),
    "batch": (
        lambda one: one.tool("eyeot_call", calls=[TAG, {"action": COUNT, "arguments": {}}]), "mcp",
        [("core.tag.create", "ok", None), (COUNT, "ok", None)],
    ),
    "refused batch": (
        lambda one: one.tool("eyeot_call", calls=[{**TAG, "arguments": {"name": "Autre"}}, GET_X]),
        "mcp",
        [
            ("core.tag.create", "refused", "batch_refused"),
            ("crm.customer.get", "refused", "not_found"),
        ],
    ),
    "unknown tool": (lambda one: one.tool("no_tool"), "mcp", [("no_tool", "refused", "not_found")]),
    "unknown action": (
        lambda one: one.tool("eyeot_call", action="no.such.act", arguments={}), "mcp",
        [("no.such.act", "refused", "not_found")],
    ),
    "wrong argument": (
        lambda one: one.tool("list_customers", limit="many"), "mcp",
        [("crm.customer.list", "refused", "invalid")],
    ),
    "reserved for people": (
        lambda one: one.tool("eyeot_call", action="core.role.create", arguments={"name": "x"}), "mcp",
        [("core.role.create", "refused", "human_required")],
    ),
    "tool without a name": (
        lambda one: one.legacy("tools/call", {"name": 7}), "mcp", [("7", "refused", "invalid")]
    ),
    "arguments that are none": (
        lambda one: one.modern("tools/call", {"name": "list_customers", "arguments": [1]}), "mcp",
        [("list_customers", "refused", "invalid")],
    ),
    "help": (lambda one: one.tool("eyeot_help", query="client"), "mcp", []),
    "prompt that reads": (
        lambda one: one.modern("prompts/get", {"name": "what_agents_did", "arguments": {}}), "mcp",
        [("core.audit_event.list", "ok", None)] * 2,
    ),
    "completion": (lambda one: one.modern("completion/complete", COMPLETE), "mcp", []),
    "list of tools": (lambda one: one.modern("tools/list", {}), "mcp", []),
    "GET": (lambda one: one.rest("GET", f"actions/{COUNT}"), "rest", [(COUNT, "ok", None)]),
    "POST": (
        lambda one: one.rest("POST", "actions/core.tag.create", json={"name": "Par REST"}), "rest",
        [("core.tag.create", "ok", None)],
    ),
    "POST that previews": (
        lambda one: one.rest("POST", "actions/core.tag.create", json={"name": "P"}, headers=PREVIEW),
        "rest", [("core.tag.create", "dry_run", None)],
    ),
    "POST of no JSON": (
        lambda one: one.rest("POST", "actions/core.tag.create", content=b"{", headers=JSON), "rest",
        [("core.tag.create", "refused", "malformed")],
    ),
    "calls": (
        lambda one: one.rest("POST", "calls", json={"calls": [{"action": COUNT}] * 2}), "rest",
        [(COUNT, "ok", None)] * 2,
    ),
    "calls that are none": (
        lambda one: one.rest("POST", "calls", json={"calls": 7}), "rest", [("calls", "refused", "invalid")]
    ),
    "unknown address": (lambda one: one.rest("GET", "nowhere"), "rest", []),
    "unknown action by REST": (
        lambda one: one.rest("POST", "actions/no.such.act", json={}), "rest",
        [("no.such.act", "refused", "not_found")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_a_call_by_any_door_is_one_whole_event(demo: Demo, door: str) -> None:
    knock, surface, expected = DOORS[door]
    caller = Caller(demo)

    answer = knock(caller)

    assert answer.status_code < 500
    found = caller.events()
    assert [(one["action"], one["outcome"], one["code"]) for one in found] == expected, answer.text
    for one in found:
        assert one["actor_type"] == "agent"
        assert one["actor"]
        assert one["credential_id"]
        assert one["tags"] == ["via:key"]
        assert one["surface"] == surface
        assert one["client"] == "doors/7"
        assert one["ip"] == "127.0.0.1"
        assert len(one["input_digest"]) == 64
        assert one["took"]
        assert one["tool"] if surface == "mcp" else one["tool"] is None


async def test_the_official_client_leaves_one_event_for_each_call_and_each_read_resource(
    demo: Demo,
) -> None:
    since = "SELECT coalesce(max(id::text), '') AS id FROM core_audit_event"
    after = (
        "SELECT action, tool, client FROM core_audit_event"
        " WHERE id > $1::text::uuid AND surface = 'mcp' ORDER BY id"
    )
    for mode in ("auto", "legacy"):
        async with agent(demo, mode) as me:
            (last,) = await asyncio.to_thread(look, demo, since)
            found = await me.tool("list_customers", limit=1)
            uri = f"eyeot://customers/{found['items'][0]['id']}"
            await me.client.read_resource(uri)
            await me.tool("whoami")
            rows = await asyncio.to_thread(look, demo, after, last["id"])
        actions = [row["action"] for row in rows]
        assert actions == ["crm.customer.list", "crm.customer.get", "core.session.whoami"]
        assert all(row["client"] for row in rows)


def test_a_download_a_command_and_a_key_that_was_revoked_are_told(demo: Demo) -> None:
    caller = Caller(demo)
    given = {"filename": "porte.txt", "text": "Bonjour"}
    made = caller.rest("POST", "actions/core.document.create", json=given).json()
    link = caller.rest("POST", "actions/core.document.get_download_link", json={"id": made["id"]})
    fetched = caller.send("GET", link.json()["url"])
    (download,) = caller.events()

    assert fetched.text == "Bonjour"
    assert (download["surface"], download["outcome"]) == ("rest", "ok")
    assert link.json()["url"].rpartition("/")[2] not in repr(
        look(demo, "SELECT input, changes FROM core_audit_event")
    )

    def eyeot(*arguments: str) -> str:
        clean = {name: one for name, one in os.environ.items() if not name.startswith("EYEOT_")}
        return subprocess.run(
            [Path(sys.executable).with_name("eyeot"), *arguments],
            env=clean | {"EYEOT_DATA_DIR": str(demo.data_dir)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    key = json.loads(
        eyeot(
            "key", "create", "--org", demo.org, "--name", "Porte", "--scopes", "crm:read", "--json"
        )
    )
    eyeot("key", "revoke", "--org", demo.org, key["id"], "--reason", "test")
    cli = "SELECT action, actor_type FROM core_audit_event WHERE surface = 'cli' ORDER BY id DESC LIMIT 1"
    assert look(demo, cli) == [{"action": "core.api_key.revoke", "actor_type": "system"}]
    revoked = Caller(demo, key["key"])
    for surface in ("rest", "mcp"):
        by_rest = surface == "rest"
        path = f"actions/{COUNT}"
        answer = revoked.rest("GET", path) if by_rest else revoked.tool("whoami")
        assert answer.status_code == 401
        last = "SELECT action, outcome, surface FROM core_audit_event ORDER BY id DESC LIMIT 1"
        (told,) = look(demo, last)
        refused = {"action": "core.session.authenticate", "outcome": "refused", "surface": surface}
        assert told == refused
    assert key["key"] not in repr(look(demo, "SELECT input, changes FROM core_audit_event"))
