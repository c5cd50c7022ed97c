"""Merging: of two records one is left, and nothing anywhere names the other."""

import pytest

from core.tests.raw import connected
from eyeot.declare.ids import decode
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

TOLD_OF = (
    # What tells what was, and is left as it was written.
    "core_audit_event",
    "core_audit_subject",
    "core_outbox",
    "core_read",
    "core_merged",
    "core_plan",
    "core_idempotency",
    "core_webhook_delivery",
)


async def _naming(database: TestDatabase, house: House, id: str) -> dict[str, int]:
    """How many rows of each table of every module hold an id, in any column and any form."""
    found = decode(id)
    assert found
    held = {}
    async with connected(database.admin) as admin:
        tables = await admin.fetch(
            "SELECT DISTINCT table_name AS name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'org_id'"
        )
        for table in sorted(row["name"] for row in tables):
            if table.startswith(TOLD_OF):
                continue
            held_in = "(t::text LIKE $2 OR t::text LIKE $3)"
            text = f"SELECT count(*) FROM {table} t WHERE org_id = $1 AND {held_in}"
            n = await admin.fetchval(text, house.org_id, f"%{found[1]}%", f"%{id}%")
            if n:
                held[table] = n
    return held


@pytest.fixture
async def twins(call: Desk, ids: dict[str, str]) -> dict[str, str]:
    """Two bakeries that are one, each with deals, people, notes, tags, files, consents and accounts."""
    made = await call(
        "crm.customer.create",
        name="Boulangerie Mercier SARL",
        emails=["compta@boulangerie-mercier.fr", "contact@boulangerie-mercier.fr"],
        phones=["+33478000001"],
    )
    drop, party = made["id"], made["party_id"]
    person = {"first_name": "Amélie", "last_name": "Durand", "job_title": "Gérante"}
    contact = await call("crm.contact.create", customer_id=drop, phone="+33612345678", **person)
    deal = await call("crm.opportunity.create", name="Pétrin", customer_id=drop)
    stakeholder = {"id": deal["id"], "contact_id": contact["id"], "role": "decider"}
    await call("crm.opportunity.add_stakeholder", **stakeholder)
    await call("crm.note.create", record=drop, body="Livrer tôt.")
    await call("crm.customer.comment", id=drop, body="Doublon ?")
    await call("crm.activity.create", subject="Rappeler", record=contact["id"])
    await call("crm.customer.attach_document", id=drop, filename="plan.txt", text="Plan")
    await call("core.tag.apply", records=[drop, ids["bakery"]], add=[ids["tag"]])
    agreed = {"channel": "phone", "purpose": "survey", "basis": "legitimate_interest"}
    await call("crm.consent.record", party_id=party, **agreed)
    for iban in ("FR7630004000031234567890143", "FR7630006000011234567890189"):
        await call("crm.party_bank_account.create", party_id=party, iban=iban)
    keep = {"party_id": ids["bakery_party"], "iban": "FR7630004000031234567890143"}
    await call("crm.party_bank_account.create", **keep)
    # One who worked there and left, whose former employer stands in JSON.
    gone = await call("crm.contact.create", customer_id=drop, first_name="Ida", last_name="Bon")
    moved = {"id": gone["id"], "new_customer_id": ids["hotel"], "on": "2026-01-01"}
    await call("crm.contact.move_to_account", **moved)
    await call("crm.party.set_hierarchy", id=ids["supplier"], parent_id=party, bill_to_id=party)
    segment = await call("crm.segment.create", name="Boulangers", resource="customer")
    await call("crm.segment.add_members", id=segment["id"], members=[drop, ids["bakery"]])
    return {
        "drop": drop,
        "drop_party": party,
        "contact": contact["id"],
        "contact_party": contact["party_id"],
        "deal": deal["id"],
        "gone": gone["id"],
        "segment": segment["id"],
    }


async def test_merged_customers_leave_no_reference_in_any_module(
    house: House, call: Desk, database: TestDatabase, ids: dict[str, str], twins: dict[str, str]
) -> None:
    assert (await _naming(database, house, twins["drop"])).keys() >= {
        "crm_customer",
        "crm_contact",
        "crm_opportunity",
        "crm_note",
        "core_document",
        "core_record_tag",
        "crm_segment_member",
    }
    seen = await call.preview("crm.customer.merge", keep_id=ids["bakery"], drop_id=twins["drop"])
    assert {one["id"] for one in seen["deleted"]} >= {twins["drop"], twins["drop_party"]}
    before = (await call("crm.opportunity.list", limit=1))["total"]

    told = await call("crm.customer.merge", keep_id=ids["bakery"], drop_id=twins["drop"])
    assert (told["id"], told["former_id"]) == (ids["bakery"], twins["drop"])
    assert await _naming(database, house, twins["drop"]) == {}
    assert await _naming(database, house, twins["drop_party"]) == {}

    # Nothing was lost: deals, people and accounts are the other's now, each once.
    assert (await call("crm.opportunity.list", limit=1))["total"] == before
    assert (await call("crm.opportunity.get", id=twins["deal"]))["customer_id"] == ids["bakery"]
    assert (await call("crm.contact.get", id=twins["gone"]))["past"][0]["customer_id"] == ids[
        "bakery"
    ]
    accounts = await call("crm.party_bank_account.list", party_id=ids["bakery_party"])
    assert sorted(one["iban"][4:9] for one in accounts["items"]) == ["30004", "30006"]
    kept = await call("crm.customer.get", id=ids["bakery"])
    assert kept["name"] == "Boulangerie Mercier"
    assert kept["emails"] == ["contact@boulangerie-mercier.fr", "compta@boulangerie-mercier.fr"]
    members = await call("crm.segment.remove_members", id=twins["segment"], members=[ids["bakery"]])
    assert (members["changed"], members["size"]) == (1, 0)


async def test_a_former_id_leads_to_what_was_kept_for_ever(
    call: Desk, ids: dict[str, str], twins: dict[str, str]
) -> None:
    await call("crm.customer.merge", keep_id=ids["bakery"], drop_id=twins["drop"])
    assert (await call("crm.customer.get", id=twins["drop"]))["id"] == ids["bakery"]
    assert (await call("crm.party.get", id=twins["drop_party"]))["id"] == ids["bakery_party"]
    # Merged once more, the oldest id leads all the way.
    choices = {"siren": "drop", "vat_number": "drop"}
    pair = {"keep_id": ids["hotel"], "drop_id": ids["bakery"], "field_choices": choices}
    await call("crm.customer.merge", **pair)
    for id in (twins["drop"], ids["bakery"]):
        assert (await call("crm.customer.get", id=id))["id"] == ids["hotel"]
    hotel = await call("crm.customer.get", id=ids["hotel"])
    assert hotel["siren"] == "732829320"
    again = await call.refused("crm.customer.merge", keep_id=ids["hotel"], drop_id=twins["drop"])
    assert again["field"] == "drop_id"
    # What is written to the former is written to what was kept.
    await call("crm.customer.update", id=twins["drop"], industry="Hôtellerie")
    assert (await call("crm.customer.get", id=ids["hotel"]))["industry"] == "Hôtellerie"


async def test_what_looks_like_two_is_not_merged_unawares(call: Desk, ids: dict[str, str]) -> None:
    other = await call("crm.party.create", name="Boulangerie Mercier", siren="552100554")
    pair = {"keep_id": ids["bakery_party"], "drop_id": other["id"]}
    refused = await call.refused("crm.party.merge", **pair)
    assert (refused["code"], refused["field"]) == ("conflict", "siren")
    people = await call.refused(
        "crm.party.merge", keep_id=ids["bakery_party"], drop_id=ids["amelie_party"]
    )
    assert people["field"] == "drop_id"
    unknown = {**pair, "field_choices": {"siren": "keep", "colour": "keep"}}
    assert (await call.refused("crm.party.merge", **unknown))["code"] == "invalid"
    itself = {"keep_id": ids["hotel_party"], "drop_id": ids["hotel_party"]}
    assert (await call.refused("crm.party.merge", **itself))["field"] == "drop_id"
    # A parent that is merged into its own child is above nobody.
    family = {"keep_id": ids["hotel_party"], "drop_id": ids["bakery_party"]}
    done = await call("crm.party.merge", **family)
    assert done["moved"]["crm.customer"] >= 1
    hotel = await call("crm.party.get", id=ids["hotel_party"])
    assert all(hotel.get(name) is None for name in ("parent_id", "bill_to_id", "ship_to_id"))


async def test_merged_contacts_stay_silent_if_one_objected(
    house: House, call: Desk, database: TestDatabase, ids: dict[str, str], twins: dict[str, str]
) -> None:
    await call("crm.contact.unsubscribe", id=twins["contact"])
    told = await call("crm.contact.merge", keep_id=ids["amelie"], drop_id=twins["contact"])
    assert told["former_id"] == twins["contact"]
    assert await _naming(database, house, twins["contact"]) == {}
    assert await _naming(database, house, twins["contact_party"]) == {}
    kept = await call("crm.contact.get", id=ids["amelie"])
    assert (kept["email_status"], kept["phone"]) == ("unsubscribed", "+33612345678")
    itself = {"keep_id": ids["amelie"], "drop_id": ids["amelie"]}
    assert (await call.refused("crm.contact.merge", **itself))["field"] == "drop_id"


async def test_duplicates_are_explained(
    call: Desk, ids: dict[str, str], twins: dict[str, str]
) -> None:
    found = await call("crm.party.find_duplicates", id=ids["bakery_party"])
    likely = next(one for one in found["items"] if one["id"] == twins["drop_party"])
    assert likely["score"] >= 0.9
    assert "same e-mail" in likely["reasons"]


async def test_a_merge_needs_its_own_permission(
    house: House, call: Desk, ids: dict[str, str], twins: dict[str, str]
) -> None:
    anne = await house.desk(role="sales", owner="anne")
    pair = {"keep_id": ids["bakery"], "drop_id": twins["drop"]}
    refused = await anne.refused("crm.customer.merge", **pair)
    assert refused["code"] in ("permission_denied", "not_found")
