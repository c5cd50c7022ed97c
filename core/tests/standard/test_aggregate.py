"""Aggregate: figures that an accountant would sign, and nothing that the caller may not know."""

from decimal import Decimal
from typing import Any

import pytest

from core.tests.firm import furnish
from eyeot.testing import Desk, House


@pytest.fixture
async def firm(house: House, call: Desk) -> dict[str, str]:
    """A furnished house."""
    return await furnish(house, call)


async def _deal(call: Desk, firm: dict[str, str], amount: str, **more: Any) -> str:
    made = await call(
        "crm.opportunity.create",
        **{"customer_id": firm["hotel"], "name": "X", "amount": {"amount": amount}, **more},
    )
    id: str = made["id"]
    return id


def _by(answer: dict[str, Any], name: str) -> dict[Any, Any]:
    found = {}
    for one in answer["groups"]:
        value = one["by"].get(name)
        found[value["id"] if isinstance(value, dict) else value] = one
    return found


async def test_sums_agree_with_the_rows_to_the_cent(call: Desk, firm: dict[str, str]) -> None:
    for amount in ("0.10", "0.20", "33.33", "999999999.99"):
        await _deal(call, firm, amount)

    rows = (await call("crm.opportunity.list", status="open", limit=100))["items"]
    told = await call(
        "crm.opportunity.aggregate",
        status="open",
        sum=["amount"],
        min=["amount", "probability"],
        max=["amount"],
        avg=["probability"],
    )

    # One deal came from a lead without an amount: it has no currency, and is counted on its own.
    priced = [Decimal(one["amount"]["amount"]) for one in rows if "amount" in one]
    euros = _by(told, "amount_currency")["EUR"]
    assert euros["count"] == len(priced)
    assert Decimal(euros["sum"]["amount"]["amount"]) == sum(priced)
    assert euros["sum"]["amount"]["currency"] == "EUR"
    assert Decimal(euros["min"]["amount"]["amount"]) == min(priced)
    assert Decimal(euros["max"]["amount"]["amount"]) == max(priced)
    assert sum(one["count"] for one in told["groups"]) == len(rows)


async def test_currencies_never_mix(call: Desk, firm: dict[str, str]) -> None:
    swiss = await call("crm.pipeline.create", name="Suisse", currency="CHF")
    await call("crm.stage.create", pipeline_id=swiss["id"], name="Contact")
    francs = {"amount": "100.00", "currency": "CHF"}
    await call(
        "crm.opportunity.create",
        name="X",
        customer_id=firm["hotel"],
        amount=francs,
        pipeline_id=swiss["id"],
    )

    told = await call("crm.opportunity.aggregate", sum=["amount"], by=["customer_id"])

    hotel = [one for one in told["groups"] if one["by"]["customer_id"]["id"] == firm["hotel"]]
    assert [one["sum"]["amount"] for one in hotel] == [francs]
    assert {one["by"]["amount_currency"] for one in told["groups"]} >= {"EUR", "CHF"}


async def test_references_are_told_with_their_label(call: Desk, firm: dict[str, str]) -> None:
    told = await call("crm.opportunity.aggregate", by=["customer_id", "status"])

    labels = {one["by"]["customer_id"]["label"] for one in told["groups"]}
    assert "Boulangerie Mercier" in labels
    counts = [one["count"] for one in told["groups"]]
    assert counts == sorted(counts, reverse=True)


async def test_a_label_out_of_reach_is_not_told(house: House, firm: dict[str, str]) -> None:
    keyed = await house.desk("crm:read")
    told = await keyed("crm.opportunity.aggregate", by=["owner_id"])

    assert told["groups"]
    assert all("label" not in (one["by"]["owner_id"] or {}) for one in told["groups"])


async def test_only_what_is_within_reach_is_counted(house: House, firm: dict[str, str]) -> None:
    anne = await house.desk(role="sales", owner="anne")
    seen = (await anne("crm.opportunity.count"))["count"]
    told = await anne("crm.opportunity.aggregate", by=["status"])

    assert sum(one["count"] for one in told["groups"]) == seen
    other = await House.open(house.engine)
    stranger = await other.desk("crm:read")
    assert (await stranger("crm.opportunity.aggregate", by=["status"]))["groups"] == []
    assert (await stranger("crm.opportunity.aggregate"))["groups"] == [{"by": {}, "count": 0}]


async def test_periods_are_those_of_the_organisation(call: Desk, firm: dict[str, str]) -> None:
    await _deal(call, firm, "1", expected_close="2027-01-01")
    await _deal(call, firm, "1", expected_close="2027-01-03")
    for period, known in (
        ("day", {"2027-01-01", "2027-01-03"}),
        ("week", {"2026-W53"}),
        ("month", {"2027-01"}),
        ("quarter", {"2027-Q1"}),
        ("year", {"2027"}),
    ):
        told = await call(
            "crm.opportunity.aggregate", by=[f"expected_close:{period}"], expected_close_is_set=True
        )
        assert _by(told, f"expected_close:{period}").keys() == known


async def test_groups_are_bounded_and_say_so(call: Desk, firm: dict[str, str]) -> None:
    told = await call("crm.opportunity.aggregate", by=["name"], limit=2)

    assert len(told["groups"]) == 2
    assert told["cut"]
    assert told["total_groups"] > 2


@pytest.mark.parametrize(
    "given",
    [
        {"by": ["addresses"]},
        {"by": ["emails"]},
        {"by": ["created_at"]},
        {"by": ["created_at:decade"]},
        {"by": ["tier:month"]},
        {"by": ["id"]},
        {"sum": ["name"]},
        {"avg": ["created_at"]},
        {"sum": ["version"]},
        {"by": ["tier", "industry", "lifecycle", "city"]},
        {"limit": 1001},
        {"sum": ["annual_revenue; DROP TABLE crm_party"]},
    ],
)
async def test_what_cannot_be_summed_up_is_refused(call: Desk, given: dict[str, Any]) -> None:
    refusal = await call.refused("crm.customer.aggregate", **given)

    assert refusal["code"] == "invalid"


async def test_fields_shown_inline_can_be_used(call: Desk, firm: dict[str, str]) -> None:
    told = await call(
        "crm.customer.aggregate", by=["city"], city_contains="lyon", sum=["annual_revenue"]
    )

    assert _by(told, "city").keys() == {"Lyon"}
    assert sum(one["count"] for one in told["groups"]) == 2
