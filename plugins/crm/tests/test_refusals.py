"""Refusals: what would make no sense in the business is refused, with what to do instead."""

from typing import Any

from eyeot.testing import Desk


async def test_a_customer_that_was_put_away_is_gone_on_with_by_nobody(
    call: Desk, ids: dict[str, str]
) -> None:
    await call("crm.customer.archive", id=ids["hotel"])
    step = {"text": "Rappeler", "due_at": "2030-01-01T10:00:00Z"}
    refused: list[tuple[str, dict[str, Any]]] = [
        ("crm.customer.set_lifecycle", {"stage": "former"}),
        ("crm.customer.assign_owner", {"user_id": ids["boris"]}),
        ("crm.customer.set_next_step", step),
    ]
    for name, given in refused:
        assert (await call.refused(name, id=ids["hotel"], **given))["code"] == "conflict"
    await call("crm.customer.restore", id=ids["hotel"])
    moved = await call("crm.customer.set_lifecycle", id=ids["hotel"], stage="former")
    assert moved["lifecycle"] == "former"


async def test_what_is_so_already_or_cannot_be_is_refused(call: Desk, ids: dict[str, str]) -> None:
    pin = {"id": ids["note"], "pinned": True}
    assert (await call("crm.note.pin", **pin))["pinned"] is True
    assert (await call.refused("crm.note.pin", **pin))["field"] == "pinned"
    deal = await call("crm.opportunity.get", id=ids["oven"])
    same = {"id": ids["oven"], "to_user": deal["owner_id"]}
    assert (await call.refused("crm.opportunity.transfer", **same))["field"] == "to_user"
    company = {"id": ids["supplier"], "roles": ["employee"]}
    assert (await call.refused("crm.party.set_role", **company))["field"] == "roles"
    block = {"id": ids["supplier"], "scope": ["orders"], "reason": "Litige"}
    await call("crm.party.block", **block)
    assert (await call.refused("crm.party.block", **block))["code"] == "conflict"
    late = {"record": ids["bakery"], "at": "2999-01-01T10:00:00Z"}
    assert (await call.refused("crm.activity.log_call", **late))["code"] == "invalid"
    await call("crm.contact.mark_left_company", id=ids["amelie"], on="2026-01-01")
    gone = {"id": ids["freezer"], "contact_id": ids["amelie"], "role": "user"}
    assert (await call.refused("crm.opportunity.add_stakeholder", **gone))["field"] == "contact_id"


async def test_an_objection_is_to_what_was_sent_by_consent(call: Desk, ids: dict[str, str]) -> None:
    party = {"party_id": ids["amelie_party"], "channel": "email", "purpose": "service"}
    await call("crm.consent.record", basis="contract", **party)
    assert (await call.refused("crm.consent.withdraw", **party))["field"] == "purpose"
    draft = await call(
        "crm.campaign.create", name="X", segment_id=ids["segment"], subject="X", body="X"
    )
    answer = {"id": ids["amelie"], "campaign_id": draft["id"]}
    assert (await call.refused("crm.contact.unsubscribe", **answer))["field"] == "campaign_id"


async def test_vies_is_asked_of_its_own_numbers_only(call: Desk) -> None:
    swiss = {"vat_number": "CHE107787577IVA"}
    assert (await call.refused("crm.registry.check_vat_number", **swiss))["field"] == "vat_number"


async def test_what_says_nothing_new_or_comes_too_late_is_refused(
    call: Desk, ids: dict[str, str]
) -> None:
    address = {"line1": "3 quai de Saône", "postcode": "69005", "city": "Lyon"}
    given = {"id": ids["supplier"], "address": {"kind": "delivery", **address}}
    assert (await call("crm.party.add_address", **given))["addresses"][-1]["city"] == "Lyon"
    assert (await call.refused("crm.party.add_address", **given))["code"] == "conflict"
    left = {"id": ids["amelie"], "on": "2026-01-01"}
    await call("crm.contact.mark_left_company", **left)
    assert (await call.refused("crm.contact.mark_left_company", **left))["field"] == "on"
    nobody = await call.refused("crm.lead.capture", title="Four", channel="site web")
    assert nobody["field"] == "company_name"
    lead = {"id": ids["converted"], "user_id": ids["boris"]}
    assert (await call.refused("crm.lead.assign", **lead))["code"] == "conflict"
    shares = [{"user_id": ids["anne"], "percent": "60"}]
    part = await call.refused("crm.opportunity.split_credit", id=ids["oven"], shares=shares)
    assert part["errors"][0]["path"] == "shares"


async def test_silent_customers_and_forecasts_are_told_from_what_is_stored(
    call: Desk, ids: dict[str, str]
) -> None:
    silent = await call("crm.customer.detect_dormant", days=1)
    assert silent["total"] == len(silent["items"])
    year = f"{call.engine.clock().year}"
    at = {"expected_close": f"{year}-12-15", "probability": "50"}
    await call("crm.opportunity.update", id=ids["oven"], **at)
    await call("crm.opportunity.set_forecast_category", id=ids["oven"], category="commit")
    told = await call("crm.report.sales_forecast", period=year)
    row = next(one for one in told["rows"] if one["category"] == "commit")
    figures = (row["month"], row["deals"], row["amount"], row["weighted"])
    assert figures == (f"{year}-12", 1, "18400.00", "9200.00")
