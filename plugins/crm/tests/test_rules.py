"""Rules: what the CRM keeps true, whichever action is asked."""

from typing import Any

import pytest

from eyeot.testing import Desk

STAGES = (("Contact", "open"), ("Offre", "open"), ("Gagnée", "won"), ("Perdue", "lost"))


@pytest.fixture
async def pipeline(call: Desk) -> dict[str, Any]:
    """A pipeline with stages by name."""
    made = await call("crm.pipeline.create", name="Ventes", is_default=True)
    stages = {
        name: (await call("crm.stage.create", pipeline_id=made["id"], name=name, kind=kind))["id"]
        for name, kind in STAGES
    }
    return {"id": made["id"], **stages}


async def _customer(call: Desk, name: str = "Mercier", **more: Any) -> str:
    return str((await call("crm.customer.create", name=name, **more))["id"])


async def _deal(call: Desk, **more: Any) -> dict[str, Any]:
    given = {"customer_id": await _customer(call), **more}
    return await call("crm.opportunity.create", name="Four", **given)


@pytest.mark.parametrize("action", ["crm.party.update", "crm.party.set_hierarchy"])
async def test_a_party_never_belongs_to_itself(call: Desk, action: str) -> None:
    top, middle, low = [(await call("crm.party.create", name=n))["id"] for n in "abc"]
    await call(action, id=middle, parent_id=top)
    await call(action, id=low, parent_id=middle)

    itself = await call.refused(action, id=top, parent_id=top)
    loop = await call.refused(action, id=top, parent_id=low)

    assert [one["path"] for one in (*itself["errors"], *loop["errors"])] == ["parent_id"] * 2


async def test_a_customer_never_puts_its_party_into_a_loop(call: Desk) -> None:
    made = await call("crm.customer.create", name="Mercier")
    party = made["party_id"]
    child = (await call("crm.party.create", name="Filiale", parent_id=party))["id"]

    changed = await call.refused("crm.customer.update", id=made["id"], parent_id=child)
    created = await call.refused("crm.customer.create", party_id=child, parent_id=child)

    assert [one["path"] for one in (*changed["errors"], *created["errors"])] == ["parent_id"] * 2


async def test_a_new_deal_enters_nothing_archived(call: Desk, pipeline: dict[str, Any]) -> None:
    customer = await _customer(call)
    other = (await call("crm.pipeline.create", name="Ancien"))["id"]
    await call("crm.stage.create", pipeline_id=other, name="Contact")
    gone = await _customer(call, "Parti")
    for kind, id in (("pipeline", other), ("stage", pipeline["Offre"]), ("customer", gone)):
        await call(f"crm.{kind}.archive", id=id)

    for given in ({"pipeline_id": other}, {"stage_id": pipeline["Offre"]}, {"customer_id": gone}):
        asked = {"name": "Four", "customer_id": customer, **given}
        refusal = await call.refused("crm.opportunity.create", **asked)
        assert refusal["code"] == "conflict"
        assert [refusal["field"]] == [*given]
        assert "archived" in refusal["message"]


async def test_a_deal_neither_moves_nor_reopens_into_an_archived_stage(
    call: Desk, pipeline: dict[str, Any]
) -> None:
    deal = (await _deal(call))["id"]
    await call("crm.stage.archive", id=pipeline["Offre"])

    moved = await call.refused("crm.opportunity.move_stage", id=deal, stage_id=pipeline["Offre"])
    await call("crm.opportunity.win", id=deal)
    opened = await call.refused("crm.opportunity.reopen", id=deal, stage_id=pipeline["Offre"])

    assert (moved["field"], opened["field"]) == ("stage_id", "stage_id")


async def test_a_contact_that_left_before_it_moved_has_one_past_employer(call: Desk) -> None:
    old, new = await _customer(call, "Ancien"), await _customer(call, "Nouveau")
    made = await call("crm.contact.create", customer_id=old, first_name="Jo", last_name="Roy")
    await call("crm.contact.mark_left_company", id=made["id"], on="2026-03-31")

    moved = await call(
        "crm.contact.move_to_account", id=made["id"], new_customer_id=new, on="2026-05-01"
    )

    assert moved["past"] == [{"customer_id": old, "until": "2026-03-31"}]
    assert moved.get("left_on") is None
    assert moved["customer_id"] == new


async def test_a_contact_may_come_back_to_where_it_left(call: Desk) -> None:
    old = await _customer(call)
    made = await call("crm.contact.create", customer_id=old, first_name="Jo", last_name="Roy")
    move = {"id": made["id"], "new_customer_id": old, "on": "2026-05-01"}

    assert (await call.refused("crm.contact.move_to_account", **move))["code"] == "conflict"
    await call("crm.contact.mark_left_company", id=made["id"], on="2026-03-31")
    back = await call("crm.contact.move_to_account", **move)

    assert (back["customer_id"], back.get("left_on"), len(back["past"])) == (old, None, 1)


async def test_a_party_keeps_at_least_one_role(call: Desk) -> None:
    made = await call("crm.customer.create", name="Mercier")

    refusal = await call.refused("crm.party.set_role", id=made["party_id"], roles=[])

    assert [one["path"] for one in refusal["errors"]] == ["roles"]


async def test_a_contacts_old_address_leaves_its_party_and_the_others_stay(call: Desk) -> None:
    party = await call("crm.party.create", name="Jo", kind="person", emails=["jo@home.example"])
    made = await call(
        "crm.contact.create", party_id=party["id"], first_name="Jo", last_name="Roy",
        email="jo@work.example", phone="+33478000001",
    )  # fmt: skip

    async def known() -> tuple[list[str], list[str]]:
        found = await call("crm.party.get", id=party["id"])
        return found["emails"], found["phones"]

    assert await known() == (["jo@work.example", "jo@home.example"], ["+33478000001"])
    await call("crm.contact.update", id=made["id"], phone=None, email="roy@work.example")
    assert await known() == (["roy@work.example", "jo@home.example"], [])
    await call("crm.contact.update", id=made["id"], job_title="Chef")
    await call("crm.contact.update", id=made["id"], email=None)
    assert await known() == (["jo@home.example"], [])


async def _converted(call: Desk, **lead: Any) -> dict[str, Any]:
    made = await call("crm.lead.create", title="Four", **lead)
    await call("crm.lead.qualify", id=made["id"])
    return await call("crm.lead.convert", id=made["id"])


async def test_two_leads_of_the_same_people_become_one_customer(
    call: Desk, pipeline: dict[str, Any]
) -> None:
    who = {"company_name": "Mercier", "person_name": "Jo Roy", "email": "jo@mercier.example"}
    first = await _converted(call, **who, phone="+33478000001")

    again = await _converted(call, **who)
    by_phone = await _converted(call, company_name="Ets Mercier", phone="+33478000001")

    for one in (again, by_phone):
        assert one["customer_id"] == first["customer_id"]
    assert again["contact_id"] == first["contact_id"]
    assert (await call("crm.party.count"))["count"] == 2
    assert (await call("crm.opportunity.count"))["count"] == 3


async def test_a_lead_becomes_the_customer_of_a_known_party(
    call: Desk, pipeline: dict[str, Any]
) -> None:
    party = await call("crm.party.create", name="Mercier", emails=["contact@mercier.example"])

    made = await _converted(call, company_name="Mercier SA", email="contact@mercier.example")
    customer = await call("crm.customer.get", id=made["customer_id"])

    assert customer["party_id"] == party["id"]
    assert customer["roles"] == ["prospect"]


async def test_an_address_that_several_share_is_nobodys(
    call: Desk, pipeline: dict[str, Any]
) -> None:
    for name in ("Nord", "Sud"):
        await _customer(call, name, emails=["info@groupe.example"])

    await _converted(call, company_name="Est", email="info@groupe.example")

    assert (await call("crm.customer.count"))["count"] == 3


async def test_a_deals_amount_is_in_its_pipelines_currency(
    call: Desk, pipeline: dict[str, Any]
) -> None:
    dollars = {"amount": "10.00", "currency": "USD"}
    deal = await _deal(call, amount={"amount": "5.00"})
    given = {"name": "Four", "customer_id": deal["customer_id"]}

    for name in ("amount", "recurring_amount"):
        made = await call.refused("crm.opportunity.create", **given, **{name: dollars})
        changed = await call.refused("crm.opportunity.update", id=deal["id"], **{name: dollars})
        for refusal in (made, changed):
            assert [one["path"] for one in refusal["errors"]] == [name]


async def test_a_pipeline_with_amounts_keeps_its_currency(
    call: Desk, pipeline: dict[str, Any]
) -> None:
    await call("crm.pipeline.update", id=pipeline["id"], currency="CHF")
    await _deal(call, amount={"amount": "5.00", "currency": "CHF"})

    refusal = await call.refused("crm.pipeline.update", id=pipeline["id"], currency="EUR")

    assert refusal["field"] == "currency"
    column = (await call("crm.pipeline.board", id=pipeline["id"]))["columns"][0]
    assert (column["deals"], column["amount"]) == (1, "5.00")


@pytest.mark.parametrize(("verb", "more"), [("win", {}), ("lose", {"reason": "price"})])
async def test_a_closed_deal_is_not_deleted(
    call: Desk, pipeline: dict[str, Any], verb: str, more: dict[str, Any]
) -> None:
    deal = (await _deal(call))["id"]
    await call(f"crm.opportunity.{verb}", id=deal, **more)

    refusal = await call.refused("crm.opportunity.delete", id=deal)

    assert refusal["code"] == "conflict"
    assert "crm.opportunity.archive" in refusal["hint"]
    assert (await call("crm.opportunity.get", id=deal))["status"] != "open"


async def test_an_open_deal_is_deleted(call: Desk, pipeline: dict[str, Any]) -> None:
    deal = (await _deal(call))["id"]

    assert await call("crm.opportunity.delete", id=deal) == {"id": deal, "deleted": True}
    assert (await call.refused("crm.opportunity.get", id=deal))["code"] == "not_found"
