"""Standing: what is missing before a first invoice, and which legal dates come."""

from datetime import date
from typing import Any

import pytest

from eyeot.declare.period import Days
from eyeot.platform.standing.calendar import (
    fiscal_years,
    months_after,
    second_working_day_of_may,
)
from eyeot.testing import Desk, House


def points(told: dict[str, Any]) -> dict[str, bool]:
    return {one["code"]: one["done"] for one in told["points"]}


async def own(house: House) -> str:
    listed = await house.operator.call("core.organization.list")
    return str(listed.result["items"][0]["id"])


async def test_a_new_company_is_told_what_it_lacks_and_what_fills_it(
    house: House, call: Desk
) -> None:
    before = await call("core.organization.check_readiness")
    lacking = [one for one in before["points"] if not one["done"]]
    assert not before["ready"]
    assert {"seller.siren", "seller.address", "core.vat_regime"} <= {one["code"] for one in lacking}
    assert all(one["fix"].split("(")[0] in call.engine.catalogue.actions for one in lacking)
    assert [one["done"] for one in before["points"]] == sorted(
        one["done"] for one in before["points"]
    )

    organization = await own(house)
    await house.operator.call(
        "core.organization.update", id=organization, siren="732829320", legal_form="EI"
    )
    after = points(await call("core.organization.check_readiness"))
    # A sole trader has no capital and no trade register.
    assert after["seller.siren"]
    assert after["seller.capital"]
    assert after["seller.rcs"]
    assert not after["seller.address"]


async def test_what_may_not_be_read_is_told_and_never_counted_as_ready(
    house: House, call: Desk
) -> None:
    narrow = await house.desk("core:read", owner="owner")
    told = await narrow("core.organization.check_readiness")
    assert "invoicing:read" in told["unseen"]
    assert not told["ready"]
    assert not any(one["code"].startswith("invoicing.") for one in told["points"])
    assert not (await call("core.organization.check_readiness"))["unseen"]


async def test_requests_about_data_are_dates_for_those_who_handle_them_alone(
    house: House, call: Desk
) -> None:
    made = await call(
        "core.data_subject_request.create",
        kind="access",
        requester="Zoé Martin",
        received_at=call.engine.clock().date().isoformat(),
    )
    told = await call("core.organization.get_compliance_calendar", horizon_days=60)
    [mine] = [one for one in told["dates"] if one["code"] == "core.data_subject_request"]
    assert (mine["record"], mine["on"]) == (made["id"], made["due_at"])

    narrow = await house.desk("core:read", owner="owner")
    other = await narrow("core.organization.get_compliance_calendar", horizon_days=60)
    assert "core:privacy" in other["unseen"]
    assert "Zoé" not in str(other)


async def test_the_end_of_the_year_brings_its_dates(house: House, call: Desk) -> None:
    organization = await own(house)
    await house.operator.call(
        "core.organization.update", id=organization, legal_form="SAS", fiscal_year_start="07-01"
    )
    told = await call("core.organization.get_compliance_calendar", horizon_days=400)
    found = {one["code"]: date.fromisoformat(one["on"]) for one in told["dates"]}
    ends = found["core.fiscal_year_end"]
    assert (ends.month, ends.day) == (6, 30)
    assert (found["core.tax_return"].month, found["core.tax_return"].day) == (9, 30)
    assert (found["core.accounts_approved"].month, found["core.accounts_approved"].day) == (12, 31)
    assert all(one["article"] for one in told["dates"] if one["code"] != "core.licence")

    await house.operator.call("core.organization.update", id=organization, legal_form="EI")
    alone = await call("core.organization.get_compliance_calendar", horizon_days=400)
    assert "core.accounts_approved" not in {one["code"] for one in alone["dates"]}


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [("2026-12-31", 6, "2027-06-30"), ("2026-02-28", 6, "2026-08-31"), ("2026-08-31", 6, "2027-02-28"),
     ("2026-03-15", 3, "2026-06-15")],
)  # fmt: skip
def test_months_end_where_months_end(day: str, months: int, expected: str) -> None:
    assert months_after(date.fromisoformat(day), months).isoformat() == expected


@pytest.mark.parametrize(
    ("year", "expected"), [(2024, "2024-05-03"), (2025, "2025-05-05"), (2026, "2026-05-05"),
                           (2027, "2027-05-04")]
)  # fmt: skip
def test_the_second_working_day_after_the_first_of_may(year: int, expected: str) -> None:
    assert second_working_day_of_may(year).isoformat() == expected


def test_fiscal_years_follow_each_other() -> None:
    years = fiscal_years("04-01", Days(date(2026, 1, 1), date(2026, 12, 31)))
    assert Days(date(2025, 4, 1), date(2026, 3, 31)) in years


async def test_the_trail_of_a_record_is_paged_and_kept_to_what_one_may_read(
    house: House, call: Desk
) -> None:
    made = await call("crm.customer.create", name="Zoé")
    for name in ("Zoé A", "Zoé B"):
        await call("crm.customer.update", id=made["id"], name=name)
    first = await call("core.audit_event.history", record=made["id"], limit=2)
    assert [one["changes"]["name"]["after"] for one in first["items"]] == ["Zoé B", "Zoé A"]
    assert first["has_more"]
    rest = await call(
        "core.audit_event.history", record=made["id"], limit=2, cursor=first["next_cursor"]
    )
    assert [one["operation"] for one in rest["items"]] == ["created"]
    same = await call("crm.customer.history", id=made["id"], limit=2)
    assert same["items"] == first["items"]

    auditor = await house.desk("core:audit", owner="owner")
    refused = await auditor.refused("core.audit_event.history", record=made["id"])
    assert refused["code"] == "not_found"
    plain = await house.desk("core:read", "crm:read", owner="owner")
    refused = await plain.refused("core.audit_event.history", record=made["id"])
    assert refused["code"] == "permission_denied"
