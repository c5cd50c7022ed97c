"""Registers and accounts: what was checked is told apart from what was not."""

from collections.abc import Iterator

import pytest

from eyeot.testing import Desk
from eyeot.testing.contract.outside import answering
from plugins.crm.tests.registers import ANSWERS, KNOWN

IBAN, OTHER = "FR7630006000011234567890189", "FR7630004000031234567890143"
ABROAD = "DE89370400440532013000"


@pytest.fixture
def registers(call: Desk) -> Iterator[None]:
    """The public registers, switched on."""
    with answering(call.engine, ANSWERS):
        yield


async def test_without_registers_only_form_and_key_are_vouched_for(call: Desk) -> None:
    siren = await call("crm.registry.check_siren", siren="732 829 320")
    assert (siren["valid"], siren["existence"]) == (True, "not_configured")
    assert (siren["checked"], siren["not_checked"]) == (["form", "key"], ["existence"])
    assert not (await call("crm.registry.check_siren", siren="732829321"))["valid"]
    vat = await call("crm.registry.check_vat_number", vat_number="FR44732829320")
    assert (vat["valid"], vat["existence"], vat["stored_on"]) == (True, "not_configured", [])
    mail = await call("crm.registry.check_email", email="a@example.org")
    assert (mail["valid"], mail["not_checked"]) == (True, ["domain", "mailbox"])
    for name, given in (
        ("crm.registry.search", {"query": "boulangerie"}),
        ("crm.registry.lookup_company", {"siren": KNOWN}),
    ):
        assert (await call.refused(name, **given))["code"] == "provider_not_configured"


async def test_numbers_are_held_to_their_plans(call: Desk) -> None:
    bank = await call("crm.registry.check_iban", iban="FR76 3000 6000 0112 3456 7890 189")
    assert (bank["valid"], bank["value"], bank["sepa"]) == (True, IBAN, True)
    assert bank["bic"].startswith("AGRIFRPP")
    assert "holder" in bank["not_checked"]
    assert not (await call("crm.registry.check_iban", iban=IBAN[:-1] + "0"))["valid"]
    phone = await call("crm.registry.check_phone", phone="06 12 34 56 78")
    assert (phone["value"], phone["kind"], phone["country"]) == ("+33612345678", "mobile", "FR")
    assert not (await call("crm.registry.check_phone", phone="12"))["valid"]


@pytest.mark.usefixtures("registers")
async def test_registers_tell_what_exists_and_the_proof_is_kept(
    call: Desk, ids: dict[str, str]
) -> None:
    gone = await call("crm.registry.check_siren", siren="900000009")
    if gone["existence"] != "not_asked":
        assert (gone["valid"], gone["existence"]) == (False, "does_not_exist")
    known = await call("crm.registry.check_siren", siren=KNOWN)
    assert (known["existence"], known["active"]) == ("exists", True)
    await call("crm.party.update", id=ids["bakery_party"], vat_number="FR44732829320")
    vat = await call("crm.registry.check_vat_number", vat_number="FR44732829320")
    assert (vat["consultation_number"], vat["stored_on"]) == ("WAPIAAAAX1", [ids["bakery_party"]])
    kept = (await call("crm.party.get", id=ids["bakery_party"]))["vat_proof"]
    assert (kept["valid"], kept["consultation_number"]) == (True, "WAPIAAAAX1")
    mail = await call("crm.registry.check_email", email="a@absent.example")
    assert (mail["valid"], mail["reason"]) == (False, "domain_takes_no_mail")
    sure = await call("crm.contact.verify_email", id=ids["amelie"])
    assert sure["deliverable"] == "likely"
    nobody = await call("crm.contact.create", first_name="Sans", last_name="Adresse")
    assert (await call.refused("crm.contact.verify_email", id=nobody["id"]))["field"] == "id"


@pytest.mark.usefixtures("registers")
async def test_a_party_is_filled_from_the_register_and_nothing_is_replaced_unasked(
    call: Desk, ids: dict[str, str]
) -> None:
    party = ids["bakery_party"]
    told = await call("crm.party.enrich_from_registry", id=party)
    taken = {one["field"]: one["taken"] for one in told["differences"]}
    assert (taken["name"], taken["naf_code"], taken["siret"]) == (False, True, True)
    now = await call("crm.party.get", id=party)
    assert (now["name"], now["naf_code"]) == ("Boulangerie Mercier", "10.71C")
    await call("crm.party.enrich_from_registry", id=party, overwrite=["name"])
    assert (await call("crm.party.get", id=party))["name"] == "MERCIER BOULANGERIE"
    other = await call.refused("crm.party.enrich_from_registry", id=party, siren="552100554")
    assert other["field"] == "siren"
    person = await call.refused("crm.party.enrich_from_registry", id=ids["amelie_party"])
    assert person["field"] == "id"
    two = await call.refused("crm.registry.lookup_company", name="deux")
    assert two["field"] == "name"
    listed = await call("crm.registry.search", query="deux")
    assert [one["siren"] for one in listed["companies"]] == [KNOWN, "552100554"]
    assert (await call("crm.registry.lookup_company", siren=KNOWN))["sites"][0]["city"] == "LYON"


@pytest.mark.usefixtures("registers")
async def test_addresses_prospects_and_the_directory(call: Desk, ids: dict[str, str]) -> None:
    told = await call("crm.party.standardise_address", id=ids["bakery_party"])
    assert (told["after"]["city"], told["score"]) == ("Lyon", 0.93)
    lost = {"line1": "1 rue inconnue", "city": "Nulle"}
    stray = await call("crm.party.create", name="Perdu", addresses=[lost])
    refused = await call.refused("crm.party.standardise_address", id=stray["id"])
    assert refused["field"] == "position"
    found = await call("crm.party.resolve_electronic_address", id=ids["bakery_party"])
    assert (found["registered"], found["lines"][0]["platformId"]) == (True, "PA-001")
    without = await call.refused("crm.party.resolve_electronic_address", id=stray["id"])
    assert without["code"] == "conflict"
    made = await call("crm.customer.import_from_registry", naf="10.71C", postcode="69002")
    assert (len(made["created"]), made["known"]) == (1, 0)
    new = await call("crm.customer.get", id=made["created"][0])
    assert (new["siren"], new["lifecycle"]) == ("380129866", "prospect")
    again = await call("crm.customer.import_from_registry", naf="10.71C", postcode="69002")
    assert (again["created"], again["known"]) == ([], 1)
    wide = await call.refused("crm.customer.import_from_registry", naf="10.71C")
    assert wide["field"] == "postcode"


async def test_an_account_is_paid_once_verified_and_a_change_is_suspicious(
    call: Desk, ids: dict[str, str]
) -> None:
    party, account = ids["supplier"], ids["account"]
    asked = {"party_id": party, "iban": IBAN}
    new = await call("crm.party_bank_account.detect_change_fraud", **asked)
    assert (new["suspicious"], new["signs"]) == (True, ["not_verified"])
    told = {"id": account, "method": "call", "proof": "Rappelé au 04 78 00 00 00."}
    done = await call("crm.party_bank_account.verify", **told)
    assert (done["status"], done["verification"]) == ("verified", "call")
    assert (await call.refused("crm.party_bank_account.verify", **told))["code"] == "state_refused"
    assert not (await call("crm.party_bank_account.detect_change_fraud", **asked))["suspicious"]
    fraud = await call("crm.party_bank_account.detect_change_fraud", party_id=party, iban=ABROAD)
    assert set(fraud["signs"]) == {"never_seen", "other_account_verified", "other_country"}
    theirs = {"party_id": ids["hotel_party"], "iban": IBAN}
    assert (
        "belongs_to_another_party"
        in (await call("crm.party_bank_account.detect_change_fraud", **theirs))["signs"]
    )
    holder = await call.refused("crm.party_bank_account.update", id=account, holder="Autre")
    assert holder["field"] == "holder"
    await call("crm.party_bank_account.archive", id=account)
    away = await call("crm.party_bank_account.get", id=account)
    assert away["status"] == "revoked"
    back = await call("crm.party_bank_account.restore", id=account)
    assert back["id"] == account
    assert (await call("crm.party_bank_account.get", id=account))["status"] == "unverified"
    wrong = {"party_id": party, "iban": OTHER[:-1] + "4"}
    assert (await call.refused("crm.party_bank_account.create", **wrong))["code"] == "invalid"
    mixed = {"party_id": party, "iban": OTHER, "bic": "AGRIFRPP"}
    assert (await call.refused("crm.party_bank_account.create", **mixed))["code"] == "invalid"
