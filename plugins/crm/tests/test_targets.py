"""Targets and competitors: figures that add up to the cent, and nobody's that the reader may not see."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyeot.testing import Desk, House
from eyeot_crm.targets.distributing import split


def euros(amount: str) -> dict[str, str]:
    """Money."""
    return {"amount": amount, "currency": "EUR"}


@pytest.fixture
def year(call: Desk) -> str:
    """The current year, as a period."""
    return f"{call.engine.clock().year}"


async def test_progress_is_what_was_won_by_whose_credit_it_is(
    call: Desk, ids: dict[str, str], year: str
) -> None:
    shares = [{"user_id": ids["anne"], "percent": "25"}, {"user_id": ids["boris"], "percent": "75"}]
    await call("crm.opportunity.split_credit", id=ids["freezer"], shares=shares)
    at = {"expected_close": f"{year}-12-31", "probability": "50"}
    await call("crm.opportunity.update", id=ids["oven"], **at)
    goal = {"user_id": ids["anne"], "period": year, "amount": euros("10000.00")}
    mine = await call("crm.sales_target.create", **goal)
    told = await call("crm.sales_target.progress", id=mine["id"])
    # A quarter of the freezer; of the oven 60 %, at one chance in two.
    assert (told["done"], told["coming"], told["gap"]) == ("4600.00", "5520.00", "5400.00")
    assert told["attained"] == "46.0"
    pace = Decimal(5400) * 7 / told["days_left"]
    assert Decimal(told["required_per_week"]) == pace.quantize(Decimal("0.01"))
    same = await call("crm.sales_target.progress", user_id=ids["anne"], period=year)
    assert same["target_id"] == mine["id"]
    house = await call("crm.sales_target.progress", id=ids["target"])
    assert house["done"] == "18400.00"
    none = {"user_id": ids["boris"], "metric": "meetings"}
    assert (await call.refused("crm.sales_target.progress", **none))["field"] == "user_id"
    both = {"id": mine["id"], "user_id": ids["anne"]}
    assert (await call.refused("crm.sales_target.progress", **both))["code"] == "invalid"


async def test_a_target_is_one_figure_of_one_person_a_period(
    call: Desk, ids: dict[str, str], year: str
) -> None:
    given = {"user_id": ids["anne"], "period": year}
    twice = {"period": year, "amount": euros("1.00")}
    assert (await call.refused("crm.sales_target.create", **twice))["field"] == "period"
    for wrong in (
        {},
        {"amount": euros("0.00")},
        {"amount": {"amount": "5.00", "currency": "USD"}},
        {"amount": euros("5.00"), "meetings": 3},
        {"metric": "meetings", "amount": euros("5.00")},
        {"amount": euros("5.00"), "team_id": ids["team"]},
        {"amount": euros("5.00"), "period": "2026-13"},
    ):
        refused = await call.refused("crm.sales_target.create", **{**given, **wrong})
        assert refused["code"] == "invalid", wrong


async def test_a_target_is_split_to_the_cent_and_only_once(
    call: Desk, ids: dict[str, str], year: str
) -> None:
    weights: list[dict[str, Any]] = [
        {"user_id": ids["anne"], "weight": "1"},
        {"user_id": ids["boris"], "weight": "1"},
        {"team_id": ids["team"], "weight": "1"},
    ]
    told = await call("crm.sales_target.distribute", id=ids["target"], weights=weights)
    amounts = [one["amount"]["amount"] for one in told["parts"]]
    assert sorted(amounts) == ["33333.33", "33333.33", "33333.34"]
    first = await call("crm.sales_target.get", id=told["parts"][0]["target_id"])
    assert (first["user_id"], first["period"]) == (ids["anne"], year)
    again = {"id": ids["target"], "weights": weights}
    assert (await call.refused("crm.sales_target.distribute", **again))["code"] == "conflict"
    person = {"id": first["id"], "weights": weights[1:]}
    assert (await call.refused("crm.sales_target.distribute", **person))["field"] == "id"
    double = {"id": ids["target"], "weights": [weights[0], weights[0]]}
    assert (await call.refused("crm.sales_target.distribute", **double))["code"] == "invalid"
    await call("crm.sales_target.archive", id=ids["target"])
    closed = await call.refused("crm.sales_target.distribute", **again)
    assert closed["field"] == "id"


@given(
    whole=st.decimals(min_value="0.01", max_value="9999999", places=2),
    weights=st.lists(st.decimals(min_value="0.1", max_value="1000", places=1), min_size=1),
)
def test_parts_sum_to_the_whole_and_none_is_a_cent_off(
    whole: Decimal, weights: list[Decimal]
) -> None:
    parts = split(whole, weights, Decimal("0.01"))
    assert sum(parts) == whole
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - whole * weight / sum(weights)) < Decimal("0.01")


async def test_attainment_tells_each_target_and_no_seller_the_others(
    house: House, call: Desk, ids: dict[str, str], year: str
) -> None:
    for whose, amount in (("anne", "9200.00"), ("boris", "50000.00")):
        goal = {"user_id": ids[whose], "period": year, "amount": euros(amount)}
        await call("crm.sales_target.create", **goal)
    team = {"team_id": ids["team"], "period": year, "metric": "meetings", "meetings": 4}
    await call("crm.sales_target.create", **team)
    seen = {"kind": "meeting", "subject": "Visite", "assignee_id": ids["boris"]}
    made = await call("crm.activity.create", record=ids["bakery"], **seen)
    await call("crm.activity.complete", id=made["id"], outcome="done")
    told = await call("crm.report.target_attainment", period=year)
    rows = {(one["who"], one["metric"]): one for one in told["rows"]}
    assert told["totals"]["targets"] == len(rows) == 4
    by_who = {who: row["attained"] for (who, _), row in rows.items()}
    assert by_who["Lyon"] == "25.0"
    assert by_who["-"] == "18.4"
    people = sorted(
        (row["attained"], row["gap"]) for (who, _), row in rows.items() if who not in ("Lyon", "-")
    )
    assert people == [("0.0", "50000.00"), ("200.0", "0.00")]
    for row in told["rows"]:
        shown = await call(row["drill"]["action"], **row["drill"]["arguments"])
        assert shown["done"] == row["done"]
    anne = await house.desk(role="sales", owner="anne")
    hers = await anne("crm.report.target_attainment", period=year)
    assert [one.get("user_id") for one in hers["rows"]] == [ids["anne"]]
    other = await anne.refused("crm.sales_target.progress", id=ids["target"])
    assert other["code"] == "not_found"
    raised = {"id": hers["rows"][0]["target_id"], "amount": euros("1.00")}
    assert (await anne.refused("crm.sales_target.update", **raised))["code"] == "permission_denied"


async def test_a_competitor_wins_what_was_lost_while_it_was_there(
    call: Desk, ids: dict[str, str]
) -> None:
    rival = {"id": ids["oven"], "competitor_id": ids["rival"], "position": "ahead"}
    told = await call("crm.opportunity.set_competitor", **rival)
    assert told["competitors"] == [{"competitor_id": ids["rival"], "position": "ahead"}]
    closed = await call.refused("crm.opportunity.set_competitor", **{**rival, "id": ids["van"]})
    assert closed["field"] == "id"
    await call("crm.customer.update", id=ids["bakery"], industry="Boulangerie", headcount=9)
    lost = {"id": ids["oven"], "reason": "competitor", "competitor_id": ids["rival"]}
    await call("crm.opportunity.lose", **lost)
    other = await call("crm.opportunity.create", name="Four", customer_id=ids["hotel"])
    await call("crm.opportunity.set_competitor", **{**rival, "id": other["id"]})
    await call("crm.opportunity.win", id=other["id"])
    rate = await call("crm.competitor.win_rate", id=ids["rival"])
    assert (rate["won"], rate["lost"], rate["lost_to_it"], rate["win_rate"]) == (1, 1, 1, "50.0")
    by_size = await call("crm.competitor.win_rate", id=ids["rival"], by="size")
    assert {one["segment"]: one["win_rate"] for one in by_size["segments"]} == {
        "micro": "0.0",
        "unknown": "100.0",
    }
    # Open again, nobody has it yet.
    await call("crm.opportunity.reopen", id=ids["oven"])
    await call("crm.opportunity.lose", id=ids["oven"], reason="price")
    assert (await call("crm.competitor.win_rate", id=ids["rival"]))["lost_to_it"] == 0
    await call("crm.competitor.archive", id=ids["rival"])
    fresh = await call("crm.opportunity.create", name="Grille", customer_id=ids["hotel"])
    gone = await call.refused("crm.opportunity.set_competitor", **{**rival, "id": fresh["id"]})
    assert gone["field"] == "competitor_id"
