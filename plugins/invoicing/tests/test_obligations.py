"""Obligations: what invoicing wants in place, and the days on which VAT and sales are declared."""

from datetime import date
from typing import Any

import pytest

from plugins.invoicing.tests.shop import Shop


async def checked(shop: Shop) -> dict[str, dict[str, Any]]:
    told = await shop.call("core.organization.check_readiness")
    return {one["code"]: one for one in told["points"]}


async def dates(shop: Shop, days: int = 120) -> list[dict[str, Any]]:
    told = await shop.call("core.organization.get_compliance_calendar", horizon_days=days)
    return list(told["dates"])


async def own(shop: Shop, **values: Any) -> None:
    operator = shop.house.operator
    listed = await operator.call("core.organization.list")
    await operator.call("core.organization.update", id=listed.result["items"][0]["id"], **values)


async def test_the_checklist_is_that_of_posting_and_empties_as_gaps_are_filled(shop: Shop) -> None:
    found = await checked(shop)
    assert found["seller.siren"]["done"]
    assert found["seller.siren"]["article"]
    assert not found["invoicing.bank_account"]["done"]
    assert not found["invoicing.bank_account"]["blocks"]
    assert found["invoicing.chart"]["done"]

    await shop.regime()
    await shop.call(
        "invoicing.bank_account.create", name="Compte", iban="FR7630006000011234567890189"
    )
    after = await checked(shop)
    assert after["invoicing.bank_account"]["done"]
    blocking = [one for one in after.values() if one["blocks"] and not one["done"]]
    assert not blocking
    assert (await shop.call("core.organization.check_readiness"))["ready"]
    # What is told to be ready can be posted.
    assert (await shop.posted(("1", "10.00", "20")))["number"]


async def test_a_gap_that_is_told_is_one_that_posting_refuses(shop: Shop) -> None:
    await own(shop, rcs_city=None)
    assert not (await checked(shop))["seller.rcs"]["done"]
    draft = await shop.draft(("1", "10.00", "20"))
    refused = await shop.call.refused("invoicing.invoice.post", id=draft["id"])
    assert "seller.rcs" in str(refused)


async def test_a_platform_blocks_from_the_day_it_is_the_houses_turn(shop: Shop) -> None:
    await own(shop, size_class="large")
    found = await checked(shop)
    large = date(2026, 9, 1) <= shop.call.engine.clock().date()
    assert found["invoicing.platform"]["blocks"] == large
    assert not found["invoicing.platform"]["done"]


@pytest.mark.parametrize(
    ("form", "siren", "postcode", "day"),
    [
        ("SARL", "732829320", "75011", 20),
        ("SARL", "552100554", "92000", 19),
        ("SA", "552100554", "75001", 23),
        ("SAS", "732829320", "69002", 21),
        ("SA", "732829320", "33000", 24),
        ("EI", "732829320", "33000", 19),
        ("EI", "732829320", "94000", 17),
    ],
)
async def test_the_day_of_the_vat_return(
    shop: Shop, form: str, siren: str, postcode: str, day: int
) -> None:
    """CIBS, art. A. 161-29; the house of the tests is called Maison, so a sole trader of I to Z."""
    [site] = (await shop.call("core.establishment.list"))["items"]
    address = {"line1": "1 rue", "postcode": postcode, "city": "Ville"}
    await shop.house.operator.call("core.establishment.update", id=site["id"], address=address)
    await own(shop, legal_form=form, siren=siren, vat_number=None)
    await shop.regime()
    [first, *_] = [one for one in await dates(shop) if one["code"] == "invoicing.vat_return"]
    assert date.fromisoformat(first["on"]).day == day


async def test_a_return_leaves_the_calendar_once_it_is_filed(shop: Shop) -> None:
    await shop.regime()
    today = shop.call.engine.clock().date()
    coming = [one for one in await dates(shop, 40) if one["code"] == "invoicing.vat_return"]
    period = coming[-1]["label"].rpartition(" ")[2]
    made = await shop.call("invoicing.vat_return.create", period=period)
    [same] = [one for one in await dates(shop, 40) if one.get("record") == made["id"]]
    assert same["on"] == coming[-1]["on"]
    assert date.fromisoformat(same["on"]) >= today


async def test_a_franchise_files_no_return_and_reports_every_two_months(shop: Shop) -> None:
    await own(shop, size_class="large")
    await shop.regime("franchise")
    found = await dates(shop, 370)
    assert not [one for one in found if one["code"] == "invoicing.vat_return"]
    reported = [one for one in found if one["code"] == "invoicing.e_report.transactions"]
    assert len(reported) in (6, 7)
    assert {date.fromisoformat(one["on"]).month % 2 for one in reported} == {1}

    await shop.regime("normal_monthly")
    tens = [
        date.fromisoformat(one["on"])
        for one in await dates(shop, 60)
        if one["code"] == "invoicing.e_report.transactions"
    ]
    assert {one.day for one in tens} <= {10, 20, 28, 29, 30, 31, 9, 8}
    assert len(tens) >= 5


async def test_small_companies_report_a_year_later(shop: Shop) -> None:
    await own(shop, size_class="micro")
    await shop.regime()
    before = [
        one
        for one in await dates(shop, 800)
        if one["code"].startswith("invoicing.e_report") and one["on"] < "2027-09-01"
    ]
    assert not before


async def test_a_simplified_regime_files_once_a_year(shop: Shop) -> None:
    await shop.regime("simplified")
    found = [one for one in await dates(shop, 365) if one["code"] == "invoicing.vat_return"]
    assert len(found) == 1
    assert date.fromisoformat(found[0]["on"]).month == 5
