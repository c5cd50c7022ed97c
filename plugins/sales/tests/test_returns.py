"""Returns: only what was delivered comes back, consumers withdraw, replacements cost what is left."""

import datetime as dt
from typing import Any

import pytest

from eyeot_sales.returns.withdrawal import _months_after
from plugins.sales.tests.trading import ADDRESS, Shop


async def _consumer(shop: Shop) -> str:
    made = await shop.call(
        "crm.party.create", kind="person", name="Jeanne Petit", is_taxable_person=False,
        addresses=[ADDRESS],
    )  # fmt: skip
    customer = await shop.call("crm.customer.create", party_id=made["id"])
    return str(customer["id"])


async def _delivered(shop: Shop, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    told = shop.named(lines or ({"product_id": "oven", "quantity": "3"},))
    given = {"party_id": shop.ids["customer"], "lines": told, **more}
    made = await shop.call("sales.sales_order.create", **given)
    await shop.call("sales.sales_order.confirm", id=made["id"])
    await shop.call("sales.sales_order.mark_delivered", id=made["id"])
    return await shop.get("sales_order", made["id"])


def _back(order: dict[str, Any], quantity: str = "1") -> dict[str, Any]:
    line = {"line_id": order["lines"][0]["id"], "quantity": quantity}
    return {"order_id": order["id"], "lines": [line]}


async def test_only_what_was_delivered_and_is_not_on_its_way_comes_back(shop: Shop) -> None:
    order = await _delivered(shop)
    much = await shop.call.refused("sales.return_order.create", **_back(order, "4"), reason="late")
    assert much["code"] == "conflict"
    first = await shop.call("sales.return_order.create", **_back(order, "2"), reason="late")
    assert (first["number"][:2], first["status"]) == ("R-", "requested")
    more = await shop.call.refused("sales.return_order.create", **_back(order, "2"), reason="late")
    assert more["code"] == "conflict"
    await shop.call("sales.return_order.reject", id=first["id"], reason="Usage normal")
    again = await shop.call("sales.return_order.create", **_back(order, "3"), reason="late")
    assert again["status"] == "requested"


async def test_what_came_back_is_counted_once_and_inspected(shop: Shop) -> None:
    order = await _delivered(shop)
    back = await shop.call("sales.return_order.create", **_back(order, "2"), reason="defective")
    early = await shop.call.refused("sales.return_order.receive", id=back["id"])
    assert (early["code"], early["state"]) == ("state_refused", "requested")
    approved = await shop.call("sales.return_order.approve", id=back["id"], resolution="exchange")
    assert (approved["status"], approved["resolution"]) == ("approved", "exchange")
    line = {"line_id": order["lines"][0]["id"], "quantity": "5"}
    much = await shop.call.refused("sales.return_order.receive", id=back["id"], lines=[line])
    assert much["code"] == "conflict"
    received = await shop.call("sales.return_order.receive", id=back["id"])
    assert received["status"] == "received"
    inspected = await shop.call("sales.return_order.receive", id=back["id"], condition="damaged")
    assert (inspected["status"], inspected["lines"][0]["condition"]) == ("inspected", "damaged")
    read = await shop.get("sales_order", order["id"])
    assert read["lines"][0]["returned"] == "2"
    twice = await shop.call.refused(
        "sales.return_order.approve", id=back["id"], resolution="refund"
    )
    assert twice["code"] == "state_refused"
    late = await shop.call.refused("sales.return_order.reject", id=back["id"], reason="Non")
    assert late["code"] == "state_refused"


async def test_a_replacement_costs_nothing_or_the_difference(shop: Shop) -> None:
    order = await _delivered(shop, {"product_id": "hour", "quantity": "3"})
    back = await shop.call("sales.return_order.create", **_back(order), reason="defective")
    await shop.call("sales.return_order.approve", id=back["id"], resolution="exchange")
    nothing = await shop.call.refused("sales.return_order.exchange", id=back["id"])
    assert nothing["code"] == "state_refused"
    await shop.call("sales.return_order.receive", id=back["id"], condition="unusable")
    cheap = await shop.call.refused(
        "sales.return_order.exchange", id=back["id"], product_id=shop.ids["flour"]
    )
    assert cheap["code"] == "conflict"
    dearer = await shop.call(
        "sales.return_order.exchange", id=back["id"], product_id=shop.ids["oven"]
    )
    assert dearer["total_net"]["amount"] == "920.00"
    read = await shop.get("return_order", back["id"])
    assert (read["status"], read["exchange_id"]) == ("resolved", dearer["id"])
    other = await shop.call("sales.return_order.create", **_back(order), reason="defective")
    await shop.call("sales.return_order.approve", id=other["id"], resolution="repair")
    await shop.call("sales.return_order.receive", id=other["id"], condition="damaged")
    wrong = await shop.call.refused("sales.return_order.exchange", id=other["id"])
    assert wrong["code"] == "conflict"
    third = await shop.call("sales.return_order.create", **_back(order), reason="wrong_item")
    await shop.call("sales.return_order.approve", id=third["id"], resolution="exchange")
    await shop.call("sales.return_order.receive", id=third["id"], condition="resalable")
    same = await shop.call("sales.return_order.exchange", id=third["id"])
    assert same["total_net"]["amount"] == "0.00"


async def test_a_consumer_who_withdraws_in_time_is_refunded_whatever_the_seller_wants(
    shop: Shop,
) -> None:
    order = await _delivered(shop, party_id=await _consumer(shop))
    told = await shop.call("sales.return_order.check_withdrawal_right", id=order["id"])
    assert (told["has_right"], told["open"]) == (True, True)
    deadline = dt.date.fromisoformat(told["deadline"])
    assert deadline >= dt.date.fromisoformat(told["begins"]) + dt.timedelta(days=14)
    assert deadline.weekday() < 5
    assert told["article"].endswith("L221-18")
    back = await shop.call("sales.return_order.create", **_back(order), reason="changed_mind")
    assert back["within_withdrawal"] is True
    for step, given in (
        ("reject", {"reason": "Non"}),
        ("approve", {"resolution": "credit"}),
    ):
        refusal = await shop.call.refused(f"sales.return_order.{step}", id=back["id"], **given)
        assert refusal["code"] == "conflict"
    await shop.call("sales.return_order.approve", id=back["id"], resolution="refund")


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ({"sold": "shop"}, False),
        ({"exclusion": "made_to_measure"}, False),
        ({"sold": "off_premises"}, True),
    ],
)
async def test_the_law_says_for_what_there_is_no_such_right(
    shop: Shop, given: dict[str, Any], *, right: bool
) -> None:
    order = await _delivered(shop, party_id=await _consumer(shop))
    told = await shop.call("sales.return_order.check_withdrawal_right", id=order["id"], **given)
    assert told["has_right"] is right
    assert told["reasons"]


async def test_a_company_has_no_such_right_and_an_uninformed_consumer_a_longer_one(
    shop: Shop,
) -> None:
    company = await _delivered(shop)
    told = await shop.call("sales.return_order.check_withdrawal_right", id=company["id"])
    assert (told["has_right"], "deadline" in told) == (False, False)
    order = await _delivered(shop, party_id=await _consumer(shop))
    short, long = [
        dt.date.fromisoformat(
            (
                await shop.call(
                    "sales.return_order.check_withdrawal_right", id=order["id"], informed=informed
                )
            )["deadline"]
        )
        for informed in (True, False)
    ]
    assert 360 < (long - short).days < 372


def test_a_month_that_is_shorter_ends_on_its_last_day() -> None:
    assert _months_after(dt.date(2024, 2, 29), 12) == dt.date(2025, 2, 28)
    assert _months_after(dt.date(2026, 12, 15), 12) == dt.date(2027, 12, 15)
