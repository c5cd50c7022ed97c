"""Reach: every verb sees the rows that a grant covers, and the others are as if they were not there."""

from typing import Any

import pytest

from eyeot.declare import ids
from eyeot.declare.problem import Problem
from eyeot.runtime.engine import Engine
from eyeot.testing import Desk
from plugins.crm.tests.world import LEVELS, WORD, World, populate

KINDS = ("crm.customer", "crm.contact", "crm.party", "crm.lead", "crm.opportunity")
VIEWERS = [
    ("own", "anne"),
    ("own", "carl"),
    ("own", "dora"),
    ("team", "boris"),
    ("team", "carl"),
    ("team", "dora"),
    ("organisation", "anne"),
]
ABSENT = ids.uuid7()


@pytest.fixture(scope="module")
async def world(engine: Engine) -> World:
    """Rows of every owner and team."""
    return await populate(engine)


@pytest.fixture(params=VIEWERS, ids="-".join)
async def viewer(request: pytest.FixtureRequest, world: World) -> tuple[Desk, str, str]:
    """Somebody who sees a part of the world."""
    level, person = request.param
    return await world.desk(level, person), level, person


Viewer = tuple[Desk, str, str]


async def _every(desk: Desk, kind: str, **given: Any) -> tuple[list[str], int]:
    found: list[str] = []
    page = await desk(f"{kind}.list", limit=7, **given)
    total = page["total"]
    found += [one["id"] for one in page["items"]]
    while page["has_more"]:
        page = await desk(f"{kind}.list", limit=7, cursor=page["next_cursor"], **given)
        found += [one["id"] for one in page["items"]]
    return found, total


@pytest.mark.parametrize("kind", KINDS)
async def test_lists_counts_and_searches_show_the_rows_within_reach(
    world: World, viewer: Viewer, kind: str
) -> None:
    desk, level, person = viewer
    expected = world.seen(kind, level, person)

    found, total = await _every(desk, kind)
    hits = await desk(f"{kind}.search", query=WORD, limit=50)
    session = await desk("core.session.search", query=WORD, types=[kind], limit=50)

    assert sorted(found) == sorted(expected)
    assert total == len(expected)
    assert (await desk(f"{kind}.count"))["count"] == len(expected)
    assert {one["id"] for one in hits["items"]} == expected
    assert {one["id"] for one in session["items"]} == expected


async def _outcome(desk: Desk, action: str, **arguments: Any) -> tuple[str, Any]:
    """Whether a call would be answered, or its refusal without the identifier it names."""
    try:
        await desk.answer(action, dry=True, **arguments)
    except Problem as refused:
        body = refused.body()
        named = [str(v) for v in arguments.values()]
        for word in (*named, str(body.get("id") or "-")):
            body = {n: v.replace(word, "…") if isinstance(v, str) else v for n, v in body.items()}
        return refused.code, body
    return "ok", None


def _verbs(kind: str) -> dict[str, dict[str, Any]]:
    label = {"crm.lead": "title", "crm.contact": "job_title"}.get(kind, "name")
    verbs: dict[str, dict[str, Any]] = {"get": {}, "history": {}, "update": {label: "Autre"}}
    if kind != "crm.lead":
        verbs.update({"archive": {}, "restore": {}})
    return verbs


@pytest.mark.parametrize("kind", KINDS)
async def test_a_row_out_of_reach_is_refused_as_one_that_does_not_exist(
    world: World, viewer: Viewer, kind: str
) -> None:
    desk, level, person = viewer
    expected = world.seen(kind, level, person)
    every = world.seen(kind, "organisation", person)
    prefix = min(every).partition("_")[0]

    for verb, given in _verbs(kind).items():
        absent = await _outcome(desk, f"{kind}.{verb}", id=ids.encode(prefix, ABSENT), **given)
        assert absent[0] == "not_found"
        for one in sorted(every):
            outcome = await _outcome(desk, f"{kind}.{verb}", id=one, **given)
            assert outcome == (("ok", None) if one in expected else absent), verb


@pytest.mark.parametrize("kind", ["crm.party", "crm.lead", "crm.opportunity"])
async def test_deleting_keeps_to_reach_too(world: World, viewer: Viewer, kind: str) -> None:
    desk, level, person = viewer
    every = world.seen(kind, "organisation", person)
    may = level == "team"

    for one in sorted(every):
        code, _ = await _outcome(desk, f"{kind}.delete", id=one)
        if not may:
            assert code == "permission_denied"
        elif one not in world.seen(kind, level, person):
            assert code == "not_found"
        else:
            assert code in ("ok", "conflict")


async def test_a_siren_out_of_reach_is_unknown(world: World, viewer: Viewer) -> None:
    desk, level, person = viewer
    expected = world.seen("crm.customer", level, person)
    given = {"get": {}, "update": {"tier": "A"}, "history": {}, "archive": {}}

    for verb, more in given.items():
        absent = await _outcome(desk, f"crm.customer.{verb}", id="552100554", **more)
        assert absent[0] == "not_found"
        for one, facts in world.customers.items():
            outcome = await _outcome(desk, f"crm.customer.{verb}", id=facts["siren"], **more)
            assert outcome == (("ok", None) if one in expected else absent), verb


async def test_nothing_out_of_reach_can_be_referred_to(world: World, viewer: Viewer) -> None:
    desk, level, person = viewer
    me = world.people[person]
    mine = world.seen("crm.customer", level, person)
    party = next((world.customers[one]["party"] for one in sorted(mine)), None)
    lead = min(world.seen("crm.lead", level, person), default=None)
    deal = min(world.seen("crm.opportunity", level, person), default=None)
    contacts = world.seen("crm.contact", level, person)

    for one, facts in world.customers.items():
        ok = {"ok", "conflict"} if one in mine else {"not_found"}
        tried = [
            ("crm.contact.create", {"customer_id": one, "first_name": "A", "last_name": "B"}),
            (
                "crm.contact.create",
                {"customer_id": facts["siren"], "first_name": "A", "last_name": "B"},
            ),
            ("crm.opportunity.create", {"customer_id": one, "name": "D", "owner_id": me}),
            ("crm.customer.create", {"party_id": facts["party"], "owner_id": me}),
        ]
        if party and party != facts["party"]:
            tried.append(("crm.party.update", {"id": party, "parent_id": facts["party"]}))
            tried.append(("crm.party.set_hierarchy", {"id": party, "bill_to_id": facts["siren"]}))
        if lead:
            tried.append(("crm.lead.convert", {"id": lead, "customer_id": one}))
            tried.append(("crm.lead.convert", {"id": lead, "customer_id": facts["siren"]}))
        for action, given in tried:
            assert (await _outcome(desk, action, **given))[0] in ok, (action, given)
    for one in sorted(world.contacts) if deal else ():
        given = {"id": deal, "contact_id": one, "role": "user"}
        code, _ = await _outcome(desk, "crm.opportunity.add_stakeholder", **given)
        assert code == ("ok" if one in contacts else "not_found")


async def test_whoever_sees_a_deal_can_win_it_whosever_customer_it_is(
    world: World, viewer: Viewer
) -> None:
    desk, level, person = viewer
    customers = world.seen("crm.customer", level, person)

    for one in world.seen("crm.opportunity", level, person):
        effects = await desk.preview("crm.opportunity.win", id=one)
        assert [e for e in effects["modified"] if e["type"] == "crm.customer"]
        customer = world.deals[one]["customer"]
        expected = "ok" if customer in customers else "not_found"
        assert (await _outcome(desk, "crm.customer.get", id=customer))[0] == expected


async def test_reports_add_up_what_is_within_reach(world: World, viewer: Viewer) -> None:
    desk, level, person = viewer
    deals = world.seen("crm.opportunity", level, person)
    leads = world.seen("crm.lead", level, person)

    board = await desk("crm.pipeline.board", id=world.pipeline)
    stuck = await desk("crm.opportunity.list_stuck")
    answered = await desk("crm.lead.first_response_time")

    assert sum(one["deals"] for one in board["columns"]) == len(deals)
    assert {row[0] for row in stuck["rows"]} == deals
    assert answered["leads"] == len(leads)


async def test_a_colleagues_many_records_do_not_hide_ones_own(world: World) -> None:
    desk = await world.desk("own", "dora")
    mine = await desk("crm.customer.create", name="Girafe aux abois")
    for number in range(210):
        owner = world.people["anne"]
        await world.call("crm.lead.create", title="Girafe", company_name="Girafe", owner_id=owner)
        await world.call("crm.customer.create", name=f"Girafe {number}", owner_id=owner)

    for given in ({}, {"types": ["crm.customer"]}):
        hits = await desk("core.session.search", query="girafe", limit=50, **given)
        assert {one["id"] for one in hits["items"]} - {mine["party_id"]} == {mine["id"]}


async def test_duplicates_are_looked_for_within_reach(world: World, viewer: Viewer) -> None:
    desk, level, person = viewer
    parties = world.seen("crm.party", level, person)

    for one in sorted(parties)[:3]:
        found = await desk("crm.party.find_duplicates", id=one, threshold=0.3)
        assert {hit["id"] for hit in found["items"]} <= parties - {one}


@pytest.mark.parametrize("level", [one for one in LEVELS if one != "organisation"])
async def test_a_record_may_be_handed_on_and_is_then_out_of_reach(world: World, level: str) -> None:
    call, dora = await world.desk(level, "dora"), world.people["anne"]
    customer = await call("crm.customer.create", name="Zèbre à donner")
    lead = await call("crm.lead.create", title="Piste à donner", company_name="X")

    given = await call("crm.customer.update", id=customer["id"], owner_id=dora)
    await call("crm.lead.update", id=lead["id"], owner_id=dora)

    assert given["name"] == "Zèbre à donner"
    assert (await call.refused("crm.customer.get", id=customer["id"]))["code"] == "not_found"
    assert (await call.refused("crm.lead.get", id=lead["id"]))["code"] == "not_found"


async def test_what_is_created_must_be_within_reach(world: World) -> None:
    call, anne = await world.desk("own", "dora"), world.people["anne"]

    for action, given in (
        ("crm.customer.create", {"name": "Pas à moi", "owner_id": anne}),
        ("crm.lead.create", {"title": "Pas à moi", "company_name": "X", "owner_id": anne}),
        ("crm.party.create", {"name": "À personne"}),
        ("crm.contact.create", {"first_name": "Sans", "last_name": "Client"}),
    ):
        assert (await call.refused(action, **given))["code"] == "permission_denied", action
