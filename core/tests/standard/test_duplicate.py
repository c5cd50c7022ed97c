"""Duplicate: a copy that is a draft of its own, with what belongs to it and nothing it must not share."""

import pytest

from core.tests.firm import furnish
from eyeot.testing import Desk, House


@pytest.fixture
async def firm(house: House, call: Desk) -> dict[str, str]:
    """A furnished house."""
    return await furnish(house, call)


async def test_a_customer_is_copied_with_its_party_but_not_its_identifiers(
    call: Desk, firm: dict[str, str]
) -> None:
    source = await call("crm.customer.get", id=firm["bakery"])
    made = await call("crm.customer.duplicate", id=firm["bakery"], tier="C")

    assert made["id"] != source["id"]
    assert made["party_id"] != source["party_id"]
    assert made["name"] == "Boulangerie Mercier (copie)"
    assert made["addresses"] == source["addresses"]
    assert made["annual_revenue"] == source["annual_revenue"]
    assert made["tier"] == "C"
    assert "siren" not in made
    assert made["emails"] == []
    assert await call("crm.customer.get", id=firm["bakery"]) == source


async def test_a_won_deal_is_copied_as_an_open_one_with_its_stakeholders(
    call: Desk, firm: dict[str, str]
) -> None:
    await call("crm.opportunity.win", id=firm["oven"])
    made = await call("crm.opportunity.duplicate", id=firm["oven"], name="Four 2")

    assert made["status"] == "open"
    assert made["name"] == "Four 2"
    assert made["stage_id"] == firm["Contact"]
    assert "closed_at" not in made
    preview = await call.preview("crm.opportunity.duplicate", id=firm["oven"])
    kinds = sorted(one["type"] for one in preview["created"])
    assert kinds.count("crm.stakeholder") == 1
    assert kinds.count("crm.credit_share") == 2
    assert kinds.count("crm.stage_move") == 1


async def test_a_pipeline_is_copied_with_its_stages_and_a_free_name(
    call: Desk, firm: dict[str, str]
) -> None:
    first = await call("crm.pipeline.duplicate", id=firm["pipeline"])
    second = await call("crm.pipeline.duplicate", id=firm["pipeline"])

    assert [first["name"], second["name"]] == ["Ventes (copie)", "Ventes (copie 2)"]
    assert not first["is_default"]
    assert (await call("crm.pipeline.get", id=firm["pipeline"]))["is_default"]
    old = await call("crm.stage.list", pipeline_id=firm["pipeline"])
    new = await call("crm.stage.list", pipeline_id=first["id"])
    names = [(one["name"], one["kind"], one["position"]) for one in old["items"]]
    assert [(one["name"], one["kind"], one["position"]) for one in new["items"]] == names


async def test_what_is_out_of_reach_is_not_copied(house: House, firm: dict[str, str]) -> None:
    anne = await house.desk(role="sales", owner="anne")

    assert (await anne.refused("crm.customer.duplicate", id=firm["hotel"]))["code"] == "not_found"


async def test_an_unknown_or_emptied_field_is_refused(call: Desk, firm: dict[str, str]) -> None:
    for given in ({"score": 1}, {"name": None}, {"siren": "123456789"}):
        refusal = await call.refused("crm.customer.duplicate", id=firm["bakery"], **given)
        assert refusal["code"] == "invalid"
