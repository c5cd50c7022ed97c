"""Leads: taken in once, moved along their steps, converted once and then read-only."""

from typing import Any

import pytest

from core.tests.firm import furnish
from eyeot.testing import Desk, House

STEPS: dict[str, dict[str, Any]] = {
    "mark_contacted": {},
    "qualify": {},
    "convert": {},
    "disqualify": {"reason": "no_need"},
    "recycle": {},
}
WAYS: dict[str, tuple[str, ...]] = {
    "new": (),
    "contacted": ("mark_contacted",),
    "qualified": ("qualify",),
    "disqualified": ("disqualify",),
    "recycled": ("disqualify", "recycle"),
    "converted": ("qualify", "convert"),
}
POSSIBLE = {
    "new": {"mark_contacted", "qualify", "disqualify"},
    "contacted": {"qualify", "disqualify"},
    "qualified": {"convert", "disqualify"},
    "disqualified": {"recycle"},
    "recycled": {"mark_contacted", "qualify", "disqualify"},
    "converted": set(),
}


@pytest.fixture
async def ids(house: House, call: Desk) -> dict[str, str]:
    """A furnished house."""
    return await furnish(house, call)


async def _lead(call: Desk, state: str = "new", **more: Any) -> str:
    given = {"title": "Four", "company_name": "Mercier", "person_name": "Jo Roy", **more}
    id: str = (await call("crm.lead.create", **given))["id"]
    for step in WAYS[state]:
        await call(f"crm.lead.{step}", id=id, **STEPS[step])
    return id


@pytest.mark.usefixtures("ids")
@pytest.mark.parametrize("state", WAYS)
async def test_a_lead_takes_the_steps_of_its_state_and_names_them(call: Desk, state: str) -> None:
    lead = await _lead(call, state)
    assert (await call("crm.lead.get", id=lead))["status"] == state

    for step, given in STEPS.items():
        if step in POSSIBLE[state]:
            await call.preview(f"crm.lead.{step}", id=lead, **given)
        else:
            refusal = await call.refused(f"crm.lead.{step}", id=lead, **given)
            assert (refusal["code"], refusal["state"]) == ("state_refused", state)
            assert set(refusal["possible"]) == POSSIBLE[state]


async def test_the_state_is_set_by_steps_only(call: Desk) -> None:
    lead = await _lead(call)
    for action, given in (
        ("crm.lead.update", {"id": lead, "status": "qualified"}),
        ("crm.lead.create", {"title": "X", "company_name": "X", "status": "converted"}),
    ):
        refusal = await call.refused(action, **given)
        assert [one["path"] for one in refusal["errors"]] == ["status"]


async def test_a_converted_lead_is_read_only(call: Desk, ids: dict[str, str]) -> None:
    lead = ids["converted"]
    before = await call("crm.lead.get", id=lead)
    for action, given in (
        ("crm.lead.update", {"title": "Autre"}),
        ("crm.lead.update", {"owner_id": ids["boris"]}),
        ("crm.lead.assign", {"user_id": ids["boris"]}),
        ("crm.lead.delete", {}),
    ):
        code = (await call.refused(action, id=lead, **given))["code"]
        assert code == ("state_refused" if action == "crm.lead.delete" else "conflict"), action
    assert await call("crm.lead.get", id=lead) == before


async def test_a_lead_converted_without_a_deal_is_kept_too(call: Desk, ids: dict[str, str]) -> None:
    made = await call("crm.lead.convert", id=ids["qualified"], with_opportunity=False)

    assert "opportunity_id" not in made
    refusal = await call.refused("crm.lead.delete", id=ids["qualified"])
    assert (refusal["code"], refusal["state"]) == ("state_refused", "converted")


async def test_converting_carries_what_is_known(call: Desk, ids: dict[str, str]) -> None:
    lead = await _lead(
        call,
        email="jo@mercier.fr",
        phone="04 78 00 00 00",
        source="salon",
        owner_id=ids["anne"],
        budget={"amount": "1500.00"},
    )
    await call("crm.lead.qualify", id=lead)
    made = await call("crm.lead.convert", id=lead, name="Un four")

    customer = await call("crm.customer.get", id=made["customer_id"])
    contact = await call("crm.contact.get", id=made["contact_id"])
    deal = await call("crm.opportunity.get", id=made["opportunity_id"])
    assert (customer["name"], customer["kind"], customer["owner_id"]) == (
        "Mercier",
        "company",
        ids["anne"],
    )
    assert (contact["full_name"], contact["email"], contact["customer_id"]) == (
        "Jo Roy",
        "jo@mercier.fr",
        customer["id"],
    )
    assert (deal["name"], deal["source"], deal["lead_id"]) == ("Un four", "salon", lead)
    assert deal["amount"] == {"amount": "1500.00", "currency": "EUR"}
    assert deal["owner_id"] == ids["anne"]


async def test_converting_links_what_is_there(call: Desk, ids: dict[str, str]) -> None:
    before = (await call("crm.customer.count"))["count"], (await call("crm.contact.count"))["count"]
    given = {"customer_id": ids["bakery"], "contact_id": ids["amelie"]}

    made = await call("crm.lead.convert", id=ids["qualified"], **given)

    assert (made["customer_id"], made["contact_id"]) == (ids["bakery"], ids["amelie"])
    after = (await call("crm.customer.count"))["count"], (await call("crm.contact.count"))["count"]
    assert after == before
    deal = await call("crm.opportunity.get", id=made["opportunity_id"])
    assert deal["customer_id"] == ids["bakery"]


async def test_a_contact_of_somebody_else_is_not_linked(call: Desk, ids: dict[str, str]) -> None:
    for customer in (ids["hotel"], None):
        refusal = await call.refused(
            "crm.lead.convert",
            id=ids["qualified"],
            customer_id=customer,
            contact_id=ids["amelie"],
        )
        assert [one["path"] for one in refusal["errors"]] == ["contact_id"]


@pytest.mark.usefixtures("ids")
@pytest.mark.parametrize("person", ["Cher", "Jean-Marie Le Pen de Kéroman"])
async def test_a_person_of_any_name_becomes_a_contact(call: Desk, person: str) -> None:
    lead = await _lead(call, "qualified", person_name=person)
    made = await call("crm.lead.convert", id=lead)

    contact = await call("crm.contact.get", id=made["contact_id"])
    assert person.startswith(contact["first_name"])
    assert person.endswith(contact["last_name"])


@pytest.mark.usefixtures("ids")
async def test_a_person_without_a_company_becomes_a_customer(call: Desk) -> None:
    lead = await _lead(call, "qualified", company_name=None, person_name="Jo Roy")
    made = await call("crm.lead.convert", id=lead)

    customer = await call("crm.customer.get", id=made["customer_id"])
    assert (customer["kind"], customer["name"]) == ("person", "Jo Roy")
    assert "contact_id" not in made


async def test_the_same_enquiry_is_taken_in_once(call: Desk) -> None:
    first = await call("crm.lead.capture", title="Four", email="jo@mercier.fr")
    for again in ({"email": "JO@mercier.FR".replace("JO", "jo")}, {"email": "jo@mercier.fr"}):
        second = await call("crm.lead.capture", title="Encore", **again)
        assert (second["lead_id"], second["is_new"]) == (first["lead_id"], False)
    phone = await call("crm.lead.capture", title="Four", phone="04 78 00 00 00")
    known = await call("crm.lead.capture", title="Four", phone="+33 4 78 00 00 00")

    assert (first["is_new"], phone["is_new"]) == (True, True)
    assert known["lead_id"] == phone["lead_id"]
    await call("crm.lead.disqualify", id=first["lead_id"], reason="spam")
    assert (await call("crm.lead.capture", title="Four", email="jo@mercier.fr"))["is_new"]


async def test_an_enquiry_of_known_people_names_them(call: Desk, ids: dict[str, str]) -> None:
    told = await call(
        "crm.lead.capture", title="Four", company_name="X", email="contact@boulangerie-mercier.fr"
    )
    assert told["matches"] == [{"id": ids["bakery_party"], "name": "Boulangerie Mercier"}]


async def test_a_lead_nobody_could_reach_is_refused(call: Desk) -> None:
    for action in ("crm.lead.create", "crm.lead.capture"):
        assert (await call.refused(action, title="Four"))["code"] == "conflict"


async def test_the_first_answer_counts(call: Desk) -> None:
    lead = await _lead(call)
    first = (await call("crm.lead.mark_contacted", id=lead))["first_contact_at"]
    await call("crm.lead.disqualify", id=lead, reason="no_need")
    await call("crm.lead.recycle", id=lead)

    again = await call("crm.lead.mark_contacted", id=lead)

    assert again["first_contact_at"] == first
    told = await call("crm.lead.first_response_time")
    assert (told["leads"], told["answered"]) == (1, 1)
    assert told["median_hours"] >= 0
