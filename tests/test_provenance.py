"""Provenance through four processes: who reads first is never refused, whichever of them answers."""

import asyncio
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.tests.surface.mcp.talk import LEGACY, Talk
from tests.demo import Demo, served

EYEOT = str(Path(sys.executable).with_name("eyeot"))
FLOWS, AT_ONCE = 1_000, 8
UNREAD = "unread_identifier"


@pytest.fixture(scope="module")
def four() -> Iterator[Demo]:
    with served((EYEOT, "serve", "--demo", "--workers", "4")) as running:
        yield running


class Agent:
    """An agent of either era in a conversation of its own, each call on a connection of its own."""

    def __init__(self, talk: Talk, key: str, number: int) -> None:
        self.talk, self.key, self.number = talk, key, number
        self.modern = number % 2 == 0
        self.session = ""

    async def begin(self) -> None:
        """Shake hands, where the era does."""
        if not self.modern:
            asked = {"protocolVersion": LEGACY, "capabilities": {}}
            answer = await self.talk.legacy("initialize", asked, key=self.key)
            self.session = answer.headers["mcp-session-id"]

    async def __call__(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """What a tool answers, a refusal too."""
        params = {"name": tool, "arguments": arguments}
        if self.modern:
            told: Any = {"eyeot/conversation": f"flow-{self.number}"}
            answer = await self.talk.modern("tools/call", params, key=self.key, **told)
        else:
            headers = {"mcp-session-id": self.session}
            answer = await self.talk.legacy("tools/call", params, key=self.key, headers=headers)
        found: dict[str, Any] = answer.json()["result"]["structuredContent"]
        return found

    async def do(self, action: str, **arguments: Any) -> dict[str, Any]:
        """Any write."""
        return await self("eyeot_call", action=action, arguments=arguments)


async def _listed(me: Agent, at: int) -> list[dict[str, Any]]:
    page = await me("list_customers", limit=20, sort="name", fields=["id", "owner_id"])
    one = page["items"][at % len(page["items"])]
    return [
        await me("update_customer", id=one["id"], tier="A"),
        await me.do("crm.customer.comment", id=one["id"], body="Relu.", mentions=[one["owner_id"]]),
    ]


async def _found(me: Agent, at: int) -> list[dict[str, Any]]:
    hits = (await me("search", query="boulangerie", types=["crm.customer"], limit=20))["items"]
    told = {"record": hits[at % len(hits)]["id"], "body": "Vu au salon."}
    return [await me.do("crm.note.create", **told)]


async def _made(me: Agent, at: int) -> list[dict[str, Any]]:
    made = await me("create_customer", name=f"Traiteur {me.number}-{at}")
    who = await me("whoami")
    told = {"id": made["id"], "user_id": who["actor"]["on_behalf_of"]}
    return [
        made,
        await me("update_customer", id=made["id"], tier="B"),
        await me.do("crm.customer.assign_owner", **told),
    ]


async def _together(me: Agent, at: int) -> list[dict[str, Any]]:
    calls = [
        {"action": "crm.customer.list", "arguments": {"limit": 20}},
        {
            "action": "crm.note.create",
            "arguments": {"record": {"$ref": f"1.items.{at % 20}.id"}, "body": "Ensemble."},
        },
    ]
    return [await me("eyeot_call", calls=calls)]


FLOW = (_listed, _found, _made, _together)


async def test_a_thousand_flows_that_read_first_are_never_refused(four: Demo) -> None:
    refused: list[dict[str, Any]] = []
    numbers = iter(range(FLOWS))
    limits = httpx.Limits(max_keepalive_connections=0)
    base = four.endpoint.removesuffix("/api/v1/mcp")

    async def one(talk: Talk) -> None:
        for number in numbers:
            me = Agent(talk, four.key, number)
            await me.begin()
            told = await FLOW[number // 2 % len(FLOW)](me, number)
            refused.extend(answer["error"] for answer in told if "error" in answer)

    async with httpx.AsyncClient(base_url=base, limits=limits, timeout=60) as client:
        await asyncio.gather(*(one(Talk(client)) for _ in range(AT_ONCE)))

    # Two that change one customer at once may have to wait for each other; nobody is held for unread.
    assert [one for one in refused if one["code"] != "busy"] == []


async def test_a_read_in_one_process_counts_in_every_other_before_its_answer(four: Demo) -> None:
    """The same read is cited at once on many connections; in another conversation on none."""
    limits = httpx.Limits(max_keepalive_connections=0)
    base = four.endpoint.removesuffix("/api/v1/mcp")
    async with httpx.AsyncClient(base_url=base, limits=limits, timeout=60) as client:
        for number in range(0, 40, 2):
            me, stranger = (Agent(Talk(client), four.key, 10_000 + number + i) for i in (0, 1))
            await stranger.begin()
            page = await me("list_customers", limit=20, fields=["id"])
            id = page["items"][number % 20]["id"]
            told = {"record": id, "body": "Lu."}
            answers = await asyncio.gather(
                *(me.do("crm.note.create", **told) for _ in range(4)),
                *(stranger.do("crm.note.create", **told) for _ in range(4)),
            )
            codes = [one.get("error", {}).get("code") for one in answers]
            assert codes == [*itertools.repeat(None, 4), *itertools.repeat(UNREAD, 4)]
