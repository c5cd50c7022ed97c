"""Consents: nobody is contacted without a right that would hold, and an objection holds at once."""

from datetime import timedelta
from typing import Any

import pytest

from eyeot.runtime.engine import Engine
from eyeot.testing import Desk, House

PROOF = {"text": "Je veux recevoir vos offres.", "how": "case cochée", "ip": "203.0.113.7"}


async def _person(call: Desk, name: str = "Odile") -> dict[str, Any]:
    """A consumer: a person who is nobody's contact."""
    return await call(
        "crm.customer.create", kind="person", name=f"{name} Roche", emails=["odile@roche.example"]
    )


async def _check(call: Desk, party: str, purpose: str = "marketing", channel: str = "email") -> Any:
    return await call("crm.consent.check", party_id=party, channel=channel, purpose=purpose)


async def test_what_was_said_last_holds_for_its_purpose_and_no_other(call: Desk) -> None:
    party = (await _person(call))["party_id"]
    given = {"party_id": party, "channel": "email", "basis": "consent", "proof": PROOF}

    assert (await _check(call, party))["reason"] == "no_legal_basis"
    made = await call("crm.consent.record", purpose="newsletter", source="salon", **given)
    letter = await _check(call, party, "newsletter")
    assert (letter["allowed"], letter["basis"], letter["consent_id"]) == (
        True,
        "consent",
        made["id"],
    )
    assert not (await _check(call, party, "marketing"))["allowed"]
    assert not (await _check(call, party, "newsletter", "sms"))["allowed"]
    stored = await call("crm.consent.get", id=made["id"])
    assert (stored["proof"], stored["source"]) == (PROOF, "salon")

    gone = await call("crm.consent.withdraw", party_id=party, channel="email", source="téléphone")
    assert gone["withdrawn"] == 1
    told = await _check(call, party, "newsletter")
    assert (told["allowed"], told["reason"]) == (False, "withdrawn")
    again = await call("crm.consent.record", purpose="newsletter", **given)
    assert (await _check(call, party, "newsletter"))["consent_id"] == again["id"]
    # To agree to one thing again is not to agree to the others.
    assert not (await _check(call, party, "events"))["allowed"]


async def test_a_right_that_would_not_hold_is_not_recorded(call: Desk, ids: dict[str, str]) -> None:
    consumer = (await _person(call))["party_id"]
    given = {"party_id": consumer, "channel": "email", "purpose": "marketing"}

    bare = await call.refused("crm.consent.record", basis="consent", **given)
    assert (bare["code"], bare["field"]) == ("conflict", "proof")
    silent = await call.refused("crm.consent.record", basis="legitimate_interest", **given)
    assert silent["field"] == "basis"
    assert "L34-5" in silent["message"]
    sold = await call.refused("crm.consent.record", basis="contract", **given)
    assert sold["field"] == "basis"
    # A professional at a company may be written to about their trade until they object.
    at_work = {**given, "party_id": ids["amelie_party"], "basis": "legitimate_interest"}
    assert (await call("crm.consent.record", **at_work))["status"] == "granted"
    # By telephone consumers must have agreed since 11 August 2026.
    phone = {**given, "channel": "phone", "basis": "legitimate_interest"}
    assert "L223-1" in (await call.refused("crm.consent.record", **phone))["message"]
    post = {**given, "channel": "post", "basis": "legitimate_interest"}
    assert (await call("crm.consent.record", **post))["channel"] == "post"
    past = {**at_work, "expires_on": "2020-01-01"}
    assert (await call.refused("crm.consent.record", **past))["code"] == "invalid"


async def test_a_contact_who_unsubscribes_is_written_to_no_more(
    call: Desk, ids: dict[str, str]
) -> None:
    assert (await _check(call, ids["amelie_party"], "newsletter"))["allowed"]
    left = await call("crm.contact.unsubscribe", id=ids["amelie"], source="réponse")
    assert left["email_status"] == "unsubscribed"
    assert not (await _check(call, ids["amelie_party"], "newsletter"))["allowed"]
    kept = await call("crm.consent.list", party_id=ids["amelie_party"], status="withdrawn")
    assert {one.get("purpose") for one in kept["items"]} >= {None}
    mail = {"id": ids["amelie"], "subject": "Offre", "body": "…", "purpose": "newsletter"}
    assert (await call.refused("crm.contact.send_email", **mail))["field"] == "purpose"


async def test_an_objection_needs_no_licence_and_is_kept_once(
    call: Desk, ids: dict[str, str]
) -> None:
    for _ in range(2):
        await call("crm.contact.unsubscribe", id=ids["amelie"])
    said = (await call("crm.consent.list", party_id=ids["amelie_party"]))["items"]
    assert sum(one.get("purpose") is None for one in said) == 1


async def test_prospects_without_contact_for_three_years_are_erased_after_a_preview(
    call: Desk, house: House, engine: Engine, ids: dict[str, str]
) -> None:
    recent = engine.clock()
    early = await call.refused("crm.consent.purge_stale_prospects", cutoff=str(recent.date()))
    assert early["field"] == "cutoff"
    assert "CNIL" in early["message"]
    real = engine.clock
    engine.clock = lambda: real() + timedelta(days=3 * 366)
    try:
        later = await house.desk(*sorted({a.needs for a in engine.catalogue.actions.values()}))
        seen = await later.preview("crm.consent.purge_stale_prospects")
        assert seen["modified"]
        hotel = await later("crm.customer.get", id=ids["hotel"])
        assert hotel["name"] == "Hôtel du Parc"
        done = await later("crm.consent.purge_stale_prospects")
        assert ids["hotel"] in done["customers"]
        assert ids["new"] in done["leads"]
        # Who bought something is no prospect.
        assert ids["bakery"] not in done["customers"]
        assert (await later("crm.customer.get", id=ids["hotel"]))["name"] == "Erased"
        lead = await later("crm.lead.get", id=ids["new"])
        assert "email" not in lead or lead["email"] is None
        found = await later("crm.customer.search", query="Hôtel du Parc")
        assert ids["hotel"] not in {one["id"] for one in found["items"]}
    finally:
        engine.clock = real


@pytest.mark.parametrize("reader", ["sales"])
async def test_consents_are_reached_through_whom_they_are_about(
    house: House, call: Desk, ids: dict[str, str], reader: str
) -> None:
    await house.person("dora", reader)
    dora = await house.desk(role=reader, owner="dora")
    assert (await dora("crm.consent.list"))["items"] == []
    asked = {"party_id": ids["amelie_party"], "channel": "email", "purpose": "newsletter"}
    assert (await dora.refused("crm.consent.check", **asked))["code"] == "not_found"
