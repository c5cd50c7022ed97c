"""Parties and contacts: known once, in groups without loops, with one employer at a time."""

import asyncio
from typing import Any

import pytest

from core.tests.firm import SIRENS
from eyeot.declare.problem import Problem
from eyeot.testing import Desk

SIREN, OTHER = SIRENS[0], SIRENS[1]
ADDRESS = {"line1": "1 rue X", "city": "Lyon", "postcode": "69001"}


async def _party(call: Desk, name: str = "Mercier", **more: Any) -> str:
    id: str = (await call("crm.party.create", name=name, **more))["id"]
    return id


async def _customer(call: Desk, name: str = "Mercier", **more: Any) -> dict[str, Any]:
    return await call("crm.customer.create", name=name, **more)


async def _code(desk: Desk, action: str, **arguments: Any) -> str:
    try:
        await desk(action, **arguments)
    except Problem as refused:
        return refused.code
    return "ok"


@pytest.mark.parametrize("by", ["set_hierarchy", "update", "customer"])
async def test_a_group_has_no_loop_by_whatever_door(call: Desk, by: str) -> None:
    made = [await _customer(call, f"Société {n}") for n in range(3)]
    ids = [one["id" if by == "customer" else "party_id"] for one in made]
    parties = [one["party_id"] for one in made]
    action = {"set_hierarchy": "crm.party.set_hierarchy", "update": "crm.party.update"}.get(
        by, "crm.customer.update"
    )
    await call(action, id=ids[0], parent_id=parties[1])
    await call(action, id=ids[1], parent_id=parties[2])

    for child, parent in ((2, 0), (2, 1), (1, 0), (0, 0)):
        refusal = await call.refused(action, id=ids[child], parent_id=parties[parent])
        assert [one["path"] for one in refusal["errors"]] == ["parent_id"], (child, parent)
    await call(action, id=ids[1], parent_id=None)
    await call(action, id=ids[2], parent_id=parties[0])


async def test_two_calls_at_once_make_no_loop(call: Desk) -> None:
    for _ in range(3):
        one, two = [await _party(call, name) for name in ("Un", "Deux")]
        pairs = ((one, two), (two, one))

        codes = await asyncio.gather(
            *(_code(call, "crm.party.set_hierarchy", id=a, parent_id=b) for a, b in pairs)
        )

        assert sorted(codes) == ["invalid", "ok"]


@pytest.mark.parametrize("field", ["parent_id", "bill_to_id", "ship_to_id"])
async def test_a_party_does_not_stand_for_itself(call: Desk, field: str) -> None:
    party = await _party(call)
    refusal = await call.refused("crm.party.set_hierarchy", id=party, **{field: party})
    assert [one["path"] for one in refusal["errors"]] == [field]


async def test_a_siret_brings_its_siren(call: Desk) -> None:
    made = await call("crm.party.create", name="X", siret="732 829 320 00074")
    assert made["siren"] == SIREN

    refusal = await call.refused("crm.party.update", id=made["id"], siren=OTHER)
    assert [one["path"] for one in refusal["errors"]] == ["siret"]
    refusal = await call.refused("crm.party.update", id=made["id"], vat_number="FR40303265045")
    assert [one["path"] for one in refusal["errors"]] == ["vat_number"]
    kept = await call("crm.party.get", id=made["id"])
    assert (kept["siren"], "vat_number" in kept) == (SIREN, False)


async def test_one_siren_belongs_to_one_party_archived_or_not(call: Desk) -> None:
    first = await _customer(call, siren=SIREN)
    await call("crm.customer.archive", id=first["id"])
    await call("crm.party.archive", id=first["party_id"])

    for action in ("crm.party.create", "crm.customer.create"):
        refusal = await call.refused(action, name="Autre", siren=SIREN)
        assert (refusal["code"], refusal["field"]) == ("conflict", "siren")
    other = await _party(call, "Autre")
    refusal = await call.refused("crm.party.update", id=other, siren=SIREN)
    assert (refusal["code"], refusal["field"]) == ("conflict", "siren")


async def test_a_party_is_one_customer(call: Desk) -> None:
    made = await _customer(call)
    refusal = await call.refused("crm.customer.create", party_id=made["party_id"])
    assert (refusal["code"], refusal["field"]) == ("conflict", "party_id")


async def test_linking_a_party_keeps_what_it_is(call: Desk) -> None:
    party = await _party(call, "Mercier", emails=["a@b.fr"])

    made = await call("crm.customer.create", party_id=party, trade_name="Au Pain")
    refusal = await call.refused(
        "crm.customer.create", party_id=await _party(call, "Autre"), kind="person"
    )

    assert (made["name"], made["emails"], made["trade_name"]) == ("Mercier", ["a@b.fr"], "Au Pain")
    assert [one["path"] for one in refusal["errors"]] == ["kind"]


async def test_a_party_in_use_is_not_deleted(call: Desk) -> None:
    made = await _customer(call)
    assert (await call.refused("crm.party.delete", id=made["party_id"]))["code"] == "conflict"

    alone = await _party(call)
    assert (await call("crm.party.delete", id=alone))["deleted"]


async def test_duplicates_are_found_with_their_reasons(call: Desk) -> None:
    party = await _party(
        call, "Boulangerie Mercier", emails=["a@b.fr"], phones=["+33478000000"], addresses=[ADDRESS]
    )
    mail = await _party(call, "Tout autre", emails=["x@y.fr", "a@b.fr"])
    phone = await _party(call, "Encore autre", phones=["+33478000000"])
    name = await _party(call, "Boulangrie Mercié", addresses=[ADDRESS])
    await _party(call, "Garage du Rhône")

    found = await call("crm.party.find_duplicates", id=party)

    scores = {one["id"]: one["score"] for one in found["items"]}
    reasons = {one["id"]: " ".join(one["reasons"]) for one in found["items"]}
    assert set(scores) == {mail, phone, name}
    assert [one["score"] for one in found["items"]] == sorted(scores.values(), reverse=True)
    assert "mail" in reasons[mail]
    assert "telephone" in reasons[phone]
    assert "name" in reasons[name]
    assert "city" in reasons[name]
    assert (await call("crm.party.find_duplicates", id=party, threshold=1))["items"] == []


async def test_identifiers_are_checked_against_each_other(call: Desk) -> None:
    party = await _party(call, siret="73282932000074", vat_number="FR44732829320")
    told = await call("crm.party.validate_identifiers", id=party)
    assert told["valid"]
    bare = await call("crm.party.validate_identifiers", id=await _party(call, "Sans"))
    assert not bare["valid"]


async def test_a_block_adds_up_and_is_lifted_whole(call: Desk) -> None:
    party = await _party(call)
    await call("crm.party.block", id=party, scope=["orders"], reason="Impayés")
    both = await call("crm.party.block", id=party, scope=["invoices", "orders"], reason="Litige")
    free = await call("crm.party.unblock", id=party, reason="Réglé")

    assert (both["blocked_for"], both["block_reason"]) == (["invoices", "orders"], "Litige")
    assert (free["blocked_for"], "block_reason" in free) == ([], False)
    again = await call.refused("crm.party.unblock", id=party, reason="Réglé")
    assert again["code"] == "conflict"


async def _contact(call: Desk, customer: str, **more: Any) -> dict[str, Any]:
    given = {"customer_id": customer, "first_name": "Jo", "last_name": "Roy", **more}
    return await call("crm.contact.create", **given)


async def test_a_contact_has_one_employer_and_dated_former_ones(call: Desk) -> None:
    one, two = [(await _customer(call, name))["id"] for name in ("Un", "Deux")]
    contact = (await _contact(call, one))["id"]

    refusal = await call.refused("crm.contact.update", id=contact, customer_id=two)
    assert [error["path"] for error in refusal["errors"]] == ["customer_id"]
    moved = await call(
        "crm.contact.move_to_account", id=contact, new_customer_id=two, on="2026-09-30"
    )
    assert (moved["customer_id"], moved["past"]) == (
        two,
        [{"customer_id": one, "until": "2026-09-30"}],
    )
    same = await call.refused(
        "crm.contact.move_to_account", id=contact, new_customer_id=two, on="2026-09-30"
    )
    assert same["code"] == "conflict"


async def test_who_left_and_is_found_elsewhere_left_once(call: Desk) -> None:
    one, two = [(await _customer(call, name))["id"] for name in ("Un", "Deux")]
    contact = (await _contact(call, one))["id"]
    await call("crm.contact.mark_left_company", id=contact, on="2026-06-30")

    moved = await call(
        "crm.contact.move_to_account", id=contact, new_customer_id=two, on="2026-09-01"
    )

    assert moved["past"] == [{"customer_id": one, "until": "2026-06-30"}]
    assert "left_on" not in moved


async def test_a_contact_without_an_employer_gets_one(call: Desk) -> None:
    contact = await call("crm.contact.create", first_name="Jo", last_name="Roy")
    customer = (await _customer(call))["id"]

    moved = await call(
        "crm.contact.move_to_account", id=contact["id"], new_customer_id=customer, on="2026-09-01"
    )

    assert (moved["customer_id"], moved["past"]) == (customer, [])


async def test_a_contact_and_its_party_have_one_name_and_no_lost_address(call: Desk) -> None:
    customer = (await _customer(call))["id"]
    contact = await _contact(call, customer, email="jo@x.fr")
    await call("crm.party.update", id=contact["party_id"], emails=["jo@x.fr", "jo@home.fr"])

    await call("crm.contact.update", id=contact["id"], last_name="Roy-Mercier", email="jo@y.fr")

    party = await call("crm.party.get", id=contact["party_id"])
    assert party["name"] == "Jo Roy-Mercier"
    assert party["emails"] == ["jo@y.fr", "jo@home.fr"]
    assert party["roles"] == ["contact"]


async def test_a_company_is_no_contact(call: Desk) -> None:
    customer = await _customer(call)
    refusal = await call.refused(
        "crm.contact.create", party_id=customer["party_id"], first_name="Jo", last_name="Roy"
    )
    assert (refusal["code"], refusal["field"]) == ("conflict", "party_id")


@pytest.mark.parametrize(
    "key",
    [
        "732829320",
        "732 829 320",
        "732 829 320 00074",
        "fr 44 732 829 320",
        "jo@X.fr",
        "04 78 00 00 00",
        "+33 4 78 00 00 00",
    ],
)
async def test_a_customer_is_named_by_its_identifiers_however_they_are_written(
    call: Desk, key: str
) -> None:
    made = await _customer(
        call,
        siret="73282932000074",
        vat_number="FR44732829320",
        emails=["jo@x.fr"],
        phones=["+33478000000"],
    )
    assert (await call("crm.customer.get", id=key))["id"] == made["id"]
    assert (await call("crm.customer.update", id=key, tier="A"))["tier"] == "A"


async def test_an_identifier_that_two_have_names_neither(call: Desk) -> None:
    for name in ("Un", "Deux"):
        await _customer(call, name, emails=["jo@x.fr"])
    refusal = await call.refused("crm.customer.get", id="jo@x.fr")
    assert [one["path"] for one in refusal["errors"]] == ["id"]


async def test_nine_digits_are_a_siren_before_they_are_a_telephone(call: Desk) -> None:
    await _customer(call, "Tél", phones=["+33732829320"])
    made = await _customer(call, "Siren", siren=SIREN)

    assert (await call("crm.customer.get", id=SIREN))["id"] == made["id"]
