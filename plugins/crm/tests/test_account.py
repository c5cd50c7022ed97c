"""Accounts and pipelines as a whole: timelines, overviews, deals moved and shared."""

import itertools
from typing import Any

import pytest

from eyeot.testing import Desk, House


async def _pipeline(call: Desk, name: str, currency: str = "EUR", **more: Any) -> dict[str, str]:
    made = await call("crm.pipeline.create", name=name, currency=currency, **more)
    ids = {"id": made["id"]}
    for stage, kind in (("Contact", "open"), ("Offre", "open"), ("Gagnée", "won")):
        given = {"pipeline_id": made["id"], "name": stage, "kind": kind, "probability": "20"}
        ids[stage] = (await call("crm.stage.create", **given))["id"]
    return ids


@pytest.fixture
async def book(call: Desk) -> dict[str, Any]:
    """A converted lead's customer, with a deal that moved and one that was won."""
    pipeline = await _pipeline(call, "Ventes", is_default=True)
    who = {"company_name": "Mercier", "person_name": "Jo Roy", "email": "jo@mercier.example"}
    lead = await call("crm.lead.create", title="Four", **who)
    await call("crm.lead.qualify", id=lead["id"])
    made = await call("crm.lead.convert", id=lead["id"], amount={"amount": "10.00"})
    first = made["opportunity_id"]
    await call("crm.opportunity.move_stage", id=first, stage_id=pipeline["Offre"])
    given = {"name": "Vitrine", "customer_id": made["customer_id"]}
    second = (await call("crm.opportunity.create", **given))["id"]
    await call("crm.opportunity.win", id=second)
    return {"pipeline": pipeline, "open": first, "won": second, **made}


async def test_a_timeline_tells_everything_newest_first(call: Desk, book: dict[str, Any]) -> None:
    told = await call("crm.customer.list_timeline", id=book["customer_id"])
    items = told["items"]

    assert not told["has_more"]
    assert [one["at"] for one in items] == sorted((one["at"] for one in items), reverse=True)
    by_kind = {
        kind: sorted(one["what"] for one in found)
        for kind, found in itertools.groupby(
            sorted(items, key=lambda one: one["kind"]), lambda one: one["kind"]
        )
    }
    assert by_kind == {
        "change": ["created", "updated"],
        "deal": ["begun", "begun", "won"],
        "lead": ["came", "converted"],
        "stage": ["Contact", "Contact", "Gagnée", "Offre"],
    }


async def test_a_timeline_keeps_to_the_kinds_and_the_time_asked_for(
    call: Desk, book: dict[str, Any]
) -> None:
    asked = {"id": book["customer_id"]}
    leads = await call("crm.customer.list_timeline", **asked, kinds=["lead"])
    later = await call("crm.customer.list_timeline", **asked, since="2999-01-01")

    assert {one["kind"] for one in leads["items"]} == {"lead"}
    assert later["items"] == []


async def test_an_overview_shows_what_is_known_of_a_party(call: Desk, book: dict[str, Any]) -> None:
    party = (await call("crm.customer.get", id=book["customer_id"]))["party_id"]
    child = (await call("crm.party.create", name="Filiale", parent_id=party))["id"]

    told = await call("crm.party.get_360", id=party)
    sections = told["sections"]

    assert told["party"]["name"] == "Mercier"
    assert sections["customer"]["lifecycle"] == "customer"
    assert [one["id"] for one in sections["group"]["subsidiaries"]["items"]] == [child]
    assert [one["full_name"] for one in sections["contacts"]["items"]] == ["Jo Roy"]
    assert sections["deals"]["total"] == 2
    assert sections["leads"]["items"][0]["status"] == "converted"
    only = await call("crm.party.get_360", id=child, sections=["group", "customer"])
    assert only["sections"]["group"]["parent"]["id"] == party
    assert only["sections"]["customer"] is None


async def test_overviews_and_timelines_keep_to_reach(
    house: House, call: Desk, book: dict[str, Any]
) -> None:
    await house.person("anne")
    mine = (await call("crm.customer.create", name="À Anne", owner_id=house.people["anne"]))["id"]
    party = (await call("crm.customer.get", id=mine))["party_id"]
    await call("crm.opportunity.create", name="D'un autre", customer_id=mine)
    await call("crm.opportunity.create", name="Du patron", customer_id=mine,
               owner_id=house.people["owner"])  # fmt: skip
    anne = await house.desk(role="sales", owner="anne")

    told = await anne("crm.party.get_360", id=party)
    items = (await anne("crm.customer.list_timeline", id=mine, kinds=["deal", "stage"]))["items"]

    assert [one["name"] for one in told["sections"]["deals"]["items"]] == ["D'un autre"]
    assert {one["name"] for one in items} == {"D'un autre"}
    refusal = await anne.refused("crm.customer.list_timeline", id=book["customer_id"])
    assert refusal["code"] == "not_found"


async def test_open_deals_move_to_another_pipeline_by_a_map(
    call: Desk, book: dict[str, Any]
) -> None:
    other = await _pipeline(call, "Grands comptes")
    here = book["pipeline"]
    given = {"name": "Chariot", "customer_id": book["customer_id"]}
    stays = (await call("crm.opportunity.create", **given))["id"]
    pair = {"from_stage_id": here["Offre"], "to_stage_id": other["Contact"]}
    move = {"id": here["id"], "to_pipeline_id": other["id"]}

    told = await call("crm.pipeline.move_deals", **move, map=[pair])

    assert told == {"pipeline_id": other["id"], "moved": 1, "left": 1}
    deal = await call("crm.opportunity.get", id=book["open"])
    assert (deal["pipeline_id"], deal["stage_id"]) == (other["id"], other["Contact"])
    for still in (stays, book["won"]):
        assert (await call("crm.opportunity.get", id=still))["pipeline_id"] == here["id"]


async def test_deals_move_neither_into_a_foreign_stage_nor_another_currency(
    call: Desk, book: dict[str, Any]
) -> None:
    here, swiss = book["pipeline"], await _pipeline(call, "Suisse", "CHF")
    move = {"id": here["id"], "to_pipeline_id": swiss["id"]}
    pair = {"from_stage_id": here["Offre"], "to_stage_id": swiss["Contact"]}

    currency = await call.refused("crm.pipeline.move_deals", **move, map=[pair])
    wrong: tuple[dict[str, str], ...] = (
        {**pair, "to_stage_id": here["Contact"]},
        {**pair, "to_stage_id": swiss["Gagnée"]},
        {**pair, "from_stage_id": swiss["Offre"]},
    )

    assert [one["path"] for one in currency["errors"]] == ["amount"]
    for one in wrong:
        refusal = await call.refused("crm.pipeline.move_deals", **move, map=[one])
        assert refusal["errors"][0]["path"].startswith("map.0.")
    itself = {"id": here["id"], "to_pipeline_id": here["id"]}
    refusal = await call.refused("crm.pipeline.move_deals", **itself, map=[pair])
    assert refusal["errors"][0]["path"] == "to_pipeline_id"
