"""Provenance: an agent names in a write what it was shown, and nothing else, whoever put it there."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest

from core.tests.raw import connected
from core.tests.surface.mcp.talk import Talk
from eyeot import app
from eyeot.declare.ids import decode, encode, uuid7
from eyeot.declare.problem import Problem
from eyeot.runtime.engine import Engine, wall_clock
from eyeot.runtime.ledger import sweep
from eyeot.runtime.request import Request
from eyeot.storage.pool import taken
from eyeot.surface.mcp import McpApp
from eyeot.surface.rest import RestApp
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase
from eyeot.testing.licence import trusting

SCOPES = ("crm:read", "crm:write", "core:read", "core:write", "core.job:write", "core.tag:apply")
Lane = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
"""One way to call an action: its result, or `{"error": …}`."""


@pytest.fixture
async def agent(house: House, call: Desk) -> Desk:
    """A desk behind the key of an agent, which is held to what it reads."""
    return await house.desk(*SCOPES, owner="owner", provenance=None)


@pytest.fixture
async def mcp(engine: Engine) -> AsyncIterator[Talk]:
    transport = httpx.ASGITransport(app=McpApp(engine))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield Talk(client)


@pytest.fixture
def ways(mcp: Talk, rest: httpx.AsyncClient, agent: Desk) -> dict[str, Lane]:
    """Every way in over HTTP, as the agent."""
    return lanes(mcp, rest, agent.key)


@pytest.fixture
async def rest(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=RestApp(engine))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def customers(call: Desk, count: int) -> list[str]:
    """Customers that somebody else made."""
    made: list[str] = []
    while len(made) < count:
        rows = [{"name": f"Client {n}"} for n in range(min(100, count - len(made)))]
        told = await call("crm.customer.bulk_create", items=rows)
        made += [one["id"] for one in told["results"]]
    return made


@contextmanager
def at(engine: Engine, ago: timedelta) -> Iterator[None]:
    """The clock turned back."""
    engine.clock = lambda: wall_clock() - ago
    try:
        yield
    finally:
        engine.clock = wall_clock


def mutated(id: str) -> str:
    """Another id that differs in one sign."""
    found = decode(id)
    assert found
    return encode(found[0], type(found[1])(int=found[1].int ^ (1 << 20)))


def lanes(mcp: Talk, rest: httpx.AsyncClient, key: str) -> dict[str, Lane]:
    """Every way in over HTTP, each with the refusal as it is told there."""

    async def told(response: httpx.Response) -> dict[str, Any]:
        body: dict[str, Any] = response.json()
        return body

    async def modern(action: str, given: dict[str, Any]) -> dict[str, Any]:
        found = await mcp.tool("eyeot_call", {"action": action, "arguments": given}, key=key)
        return dict(found["structuredContent"])

    async def legacy(action: str, given: dict[str, Any]) -> dict[str, Any]:
        params = {"name": "eyeot_call", "arguments": {"action": action, "arguments": given}}
        answer = await mcp.legacy("tools/call", params, key=key)
        return dict(answer.json()["result"]["structuredContent"])

    async def plain(action: str, given: dict[str, Any]) -> dict[str, Any]:
        headers = {"x-api-key": key}
        return await told(await rest.post(f"/api/v1/actions/{action}", json=given, headers=headers))

    async def several(action: str, given: dict[str, Any]) -> dict[str, Any]:
        calls = [
            {"action": "crm.customer.create", "arguments": {"name": "Avant"}},
            {"action": action, "arguments": given},
        ]
        headers = {"x-api-key": key}
        return await told(await rest.post("/api/v1/calls", json={"calls": calls}, headers=headers))

    async def dry(action: str, given: dict[str, Any]) -> dict[str, Any]:
        return await plain(action, {**given, "dry_run": True})

    return {"modern": modern, "legacy": legacy, "rest": plain, "batch": several, "dry": dry}


async def test_what_was_never_shown_is_refused_alike_whatever_it_is(
    engine: Engine, house: House, call: Desk, agent: Desk, ways: dict[str, Lane]
) -> None:
    """1,000 identifiers over five ways in: one refusal each, without a word of what exists."""
    other = await house.desk(*SCOPES, owner="owner", provenance=None)
    elsewhere = await House.open(engine)
    await elsewhere.person("owner")
    foreign = await elsewhere.desk("crm:read", "crm:write", owner="owner")
    existing = await customers(call, 200)
    theirs = await customers(call, 100)
    for id in theirs:
        await other("crm.customer.get", id=id)
    told = await customers(call, 100)
    text = " ".join(told)
    carrier = await call("crm.note.create", record=existing[0], body=text)
    assert text in (await agent("crm.note.get", id=carrier["id"]))["body"]
    stale = await customers(call, 100)
    with at(engine, timedelta(hours=24, minutes=1)):
        for id in stale:
            await agent("crm.customer.get", id=id)
    shown = await customers(call, 200)
    for id in shown:
        await agent("crm.customer.get", id=id)
    tried = [
        # The one that carries the note is shown by it.
        *existing[1:],
        *theirs,
        *told,
        *stale,
        *(await customers(foreign, 100)),
        *(encode("cus", uuid7()) for _ in range(201)),
        *map(mutated, shown),
    ]
    assert len(tried) == len(set(tried)) == 1000

    answers: dict[str, list[dict[str, Any]]] = {}
    for id, (name, lane) in zip(tried, itertools.cycle(ways.items()), strict=False):
        answer = await lane("crm.customer.update", {"id": id, "tier": "A"})
        answers.setdefault(name, []).append(answer.get("error", answer))

    for name, found in answers.items():
        assert len(found) == 200
        assert all(one == found[0] for one in found), name
        assert found[0]["code"] == "unread_identifier"
        assert found[0]["identifiers"][0]["path"] == "id"
        assert "crm.customer.get" in found[0]["identifiers"][0]["read"]
    for id in shown[:5]:
        assert (await ways["rest"]("crm.customer.update", {"id": id, "tier": "A"}))["tier"] == "A"
    assert (await call("crm.customer.count", tier="A"))["count"] == 5
    assert (await call("crm.customer.count", name_contains="Avant"))["count"] == 0


async def test_what_an_answer_shows_may_be_cited_wherever_it_stands(
    call: Desk, agent: Desk
) -> None:
    (hidden,) = await customers(call, 1)
    row = await call("crm.customer.get", id=hidden)
    made = await agent("crm.customer.create", name="Fromagerie Duval")

    await agent("crm.customer.update", id=made["id"], tier="B")
    await agent("crm.party.update", id=made["party_id"], website="https://a.example")
    assert (
        await agent.refused("crm.party.update", id=row["party_id"], website="https://a.example")
    )["code"] == "unread_identifier"
    hits = await agent("core.session.search", query="Client 0")
    assert hidden in [one["id"] for one in hits["items"]]
    await agent("crm.customer.update", id=hidden, tier="C")
    who = await agent("core.session.whoami")
    await agent("crm.customer.assign_owner", id=hidden, user_id=who["actor"]["on_behalf_of"])
    pairs = [{"id": hidden, "tier": "A"}, {"id": made["id"], "tier": "A"}]
    assert (await agent("crm.customer.bulk_update", items=pairs))["done"] == 2


async def test_a_preview_shows_nothing_that_may_be_cited(call: Desk, agent: Desk) -> None:
    (id,) = await customers(call, 1)
    await agent("crm.customer.get", id=id, fields=["name"])
    refused = await agent.refused("crm.customer.update", id=id, tier="A")
    assert refused["code"] == "unread_identifier"

    preview = await agent.answer("crm.customer.create", dry=True, name="Aperçu")
    cited = preview.result["id"]
    assert (await agent.refused("crm.customer.update", id=cited, tier="A")) == refused


async def test_neither_rows_nor_planned_arguments_smuggle_an_identifier(
    call: Desk, agent: Desk
) -> None:
    (id,) = await customers(call, 1)
    rows = [{"id": id, "tier": "A"}]
    bulk = await agent.refused("crm.customer.bulk_update", items=rows, mode="best_effort")
    plan = await agent.refused(
        "core.job.schedule",
        action="crm.customer.update",
        params={"id": id, "tier": "A"},
        cron="0 8 * * 1",
    )
    tagged = await agent.refused("core.tag.apply", records=[id], add=[encode("tag", uuid7())])

    assert [one["path"] for one in bulk["identifiers"]] == ["items.0.id"]
    assert [one["path"] for one in plan["identifiers"]] == ["params.id"]
    assert [one["path"] for one in tagged["identifiers"]] == ["records.0", "add.0"]


async def several(desk: Desk, *calls: tuple[str, dict[str, Any]]) -> Any:
    requests = [
        Request(action=name, arguments=given, caller=desk.caller, surface="mcp")
        for name, given in calls
    ]
    return await desk.engine.execute_all(requests, dry_run=False)


async def test_a_reference_to_a_text_is_no_identifier(call: Desk, agent: Desk) -> None:
    hidden, carrier = await customers(call, 2)
    await call("crm.customer.update", id=carrier, industry=hidden)
    reading = ("crm.customer.get", {"id": carrier})

    with pytest.raises(Problem) as caught:
        await several(
            agent, reading, ("crm.customer.update", {"id": {"$ref": "1.industry"}, "tier": "A"})
        )
    assert (caught.value.code, caught.value.body()["call"]) == ("unread_identifier", 2)

    # What the same batch reads or makes may be cited, by a reference and by nothing else.
    answer = await several(
        agent,
        reading,
        ("crm.customer.update", {"id": {"$ref": "1.id"}, "tier": "A"}),
        ("crm.customer.create", {"name": "Nouveau"}),
        ("crm.customer.update", {"id": {"$ref": "3.id"}, "tier": "B"}),
    )
    assert [one.get("tier") for one in answer.results] == [None, "A", None, "B"]
    await agent("crm.customer.update", id=answer.results[2]["id"], tier="C")


async def test_a_name_counts_with_the_record_it_was_shown_with(call: Desk, agent: Desk) -> None:
    first = await call("crm.customer.create", name="Ancien", siren="732829320")
    second = await call("crm.customer.create", name="Nouveau")
    cited = {"id": "732829320", "tier": "A"}
    absent = await agent.refused("crm.customer.update", id="552100554", tier="A")
    assert await agent.refused("crm.customer.update", **cited) == absent
    assert absent["identifiers"][0]["read"] == ["crm.customer.search", "crm.customer.list"]

    await agent("crm.customer.get", id=first["id"])
    assert (await agent("crm.customer.update", **cited))["id"] == first["id"]
    assert (await agent("crm.customer.update", id="732 829 320", tier="B"))["tier"] == "B"

    # The number moves to another company: what it was read with is not what it means now.
    await call("crm.party.update", id=first["party_id"], siren=None, siret=None)
    await call("crm.party.update", id=second["party_id"], siren="732829320")
    assert await agent.refused("crm.customer.update", **cited) == absent
    await agent("crm.customer.get", id=second["id"])
    assert (await agent("crm.customer.update", **cited))["id"] == second["id"]


async def test_what_one_conversation_read_another_does_not_know(
    call: Desk, agent: Desk, mcp: Talk
) -> None:
    (id,) = await customers(call, 1)
    reading = {"name": "get_customer", "arguments": {"id": id}}
    writing = {"name": "update_customer", "arguments": {"id": id, "tier": "A"}}

    async def modern(params: dict[str, Any], conversation: str | None) -> bool:
        told: Any = {"eyeot/conversation": conversation} if conversation else {}
        answer = await mcp.modern("tools/call", params, key=agent.key, **told)
        return bool(answer.json()["result"]["isError"])

    async def legacy(params: dict[str, Any], session: str) -> bool:
        headers = {"mcp-session-id": session}
        answer = await mcp.legacy("tools/call", params, key=agent.key, headers=headers)
        return bool(answer.json()["result"]["isError"])

    assert not await modern(reading, "one")
    assert not await modern(writing, "one")
    assert await modern(writing, "two")
    assert await modern(writing, None)
    assert await legacy(writing, "session-a")
    assert not await legacy(reading, "session-a")
    assert not await legacy(writing, "session-a")
    assert await legacy(writing, "session-b")
    assert await modern(writing, None)
    odd: Any = {"eyeot/conversation": 5}
    wrong = await mcp.modern("tools/call", reading, key=agent.key, **odd)
    assert wrong.json()["error"]["code"] == -32602


async def test_an_integration_is_warned_and_marked_in_the_audit(
    house: House, call: Desk, mcp: Talk, rest: httpx.AsyncClient
) -> None:
    (id,) = await customers(call, 1)
    desk = await house.desk(*SCOPES, made_for="integration", provenance=None)
    path, headers = "/api/v1/actions/crm.customer.update", {"x-api-key": desk.key}

    first = await rest.post(path, json={"id": id, "tier": "A"}, headers=headers)
    again = await rest.post(path, json={"id": id, "tier": "B"}, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert "id" in first.headers["eyeot-notice"]
    assert "eyeot-notice" not in again.headers
    (other,) = await customers(call, 1)
    answer = await mcp.tool("update_customer", {"id": other, "tier": "A"}, key=desk.key)
    assert answer["isError"] is False
    assert "were not read" in answer["_meta"]["eyeot/notes"][0]

    events = await call("core.audit_event.list", action="crm.customer.update", fields=["tags"])
    tags = [one["tags"] for one in events["items"]]
    assert tags == [["via:key", "unread"], ["via:key"], ["via:key", "unread"]]


async def test_only_a_person_switches_it_off(house: House, call: Desk, agent: Desk) -> None:
    (id,) = await customers(call, 1)
    key = (await agent("core.session.whoami"))["actor"]["credential"]
    wide = await house.desk(*SCOPES, "core:admin", owner="owner", provenance=None)
    await wide("core.session.whoami")
    for given in ({"id": key, "provenance": "off"}, {"id": key, "provenance": "warn"}):
        assert (await wide.refused("core.api_key.update", **given))["code"] == "human_required"

    refused = await agent.refused("crm.customer.update", id=id, tier="A")
    assert refused["code"] == "unread_identifier"
    assert "enforce" in (await agent("core.session.whoami"))["provenance"]
    await house.operator.call("core.api_key.update", id=key, provenance="off")
    agent.caller = await agent.engine.authenticate(agent.key, None)
    assert (await agent("crm.customer.update", id=id, tier="A"))["tier"] == "A"
    assert "off" in (await agent("core.session.whoami"))["provenance"]


async def test_another_process_knows_at_once_and_for_a_day(
    engine: Engine, database: TestDatabase, call: Desk, agent: Desk
) -> None:
    (id,) = await customers(call, 1)
    second = await app.start(engine.catalogue, database.app, database.relay, licensing=trusting())
    there = Desk(second, await second.authenticate(agent.key, None))
    try:
        assert (await there.refused("crm.customer.update", id=id, tier="A"))["code"] == (
            "unread_identifier"
        )
        await agent("crm.customer.get", id=id)
        assert (await there("crm.customer.update", id=id, tier="A"))["tier"] == "A"

        with at(second, timedelta(hours=-23, minutes=-45)):
            await there("crm.customer.update", id=id, tier="B")
        later = timedelta(hours=-48)
        with at(second, later):
            refused = await there.refused("crm.customer.update", id=id, tier="C")
        assert refused["code"] == "unread_identifier"
    finally:
        await app.stop(second)

    await sweep(engine.database.relay, wall_clock() + timedelta(hours=48))
    async with taken(engine.database.relay) as connection:
        assert await connection.fetchval("SELECT count(*) FROM core_read") == 0
    engine.ledger.forget()


async def test_nothing_readable_of_a_name_is_kept(
    database: TestDatabase, call: Desk, agent: Desk
) -> None:
    made = await call("crm.customer.create", name="Discret", emails=["paul.martin@discret.example"])
    await agent("crm.customer.get", id=made["id"])

    async with connected(database.admin) as admin:
        rows = await admin.fetch("SELECT * FROM core_read WHERE org_id = $1", agent.caller.org_id)
    assert made["id"] in {row["ident"] for row in rows}
    assert made["id"] in {row["record"] for row in rows}
    assert "discret" not in repr(rows).lower()


async def test_a_refusal_and_a_history_show_nothing(call: Desk, agent: Desk) -> None:
    hidden, known = await customers(call, 2)
    await call("crm.customer.update", id=known, industry=f"voir {hidden}")
    await agent("crm.customer.get", id=known)
    told = await agent("crm.customer.history", id=known)
    assert hidden in repr(told)
    wrong = await agent.refused("crm.customer.get", id=hidden, fields=["nothing"])
    assert wrong["code"] == "invalid"
    missing = await agent.refused("crm.customer.get", id=mutated(hidden))
    assert missing["code"] == "not_found"

    for id in (hidden, mutated(hidden)):
        refused = await agent.refused("crm.customer.update", id=id, tier="A")
        assert refused["code"] == "unread_identifier"
