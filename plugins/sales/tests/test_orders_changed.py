"""Orders changed: split, merged, told of and acknowledged."""

from decimal import Decimal
from typing import Any

from plugins.sales.tests.trading import Shop


async def test_an_order_is_split_and_its_parts_add_up(shop: Shop) -> None:
    order = await shop.ordered(
        {"product_id": "oven", "quantity": "5"},
        {"product_id": "hour", "quantity": "2"},
        discount_percent="10",
    )
    oven, hour = [one["id"] for one in order["lines"]]
    whole = await shop.call.refused(
        "sales.sales_order.split",
        id=order["id"],
        lines=[{"line_id": oven}, {"line_id": hour}],
    )
    assert whole["code"] == "invalid"
    parts = await shop.call(
        "sales.sales_order.split",
        id=order["id"],
        lines=[{"line_id": oven, "quantity": "2"}, {"line_id": hour}],
    )
    (new,) = parts["new_ids"]
    former, made = await shop.get("sales_order", order["id"]), await shop.get("sales_order", new)
    assert (made["status"], made["split_from_id"]) == ("confirmed", order["id"])
    nets = [Decimal(one["total_net"]["amount"]) for one in (former, made)]
    assert (nets, sum(nets)) == (
        [Decimal("2700.00"), Decimal("1944.00")],
        Decimal(order["total_net"]["amount"]),
    )
    assert len(former["amendments"]) == 1
    much = await shop.call.refused(
        "sales.sales_order.split", id=order["id"], lines=[{"line_id": oven, "quantity": "9"}]
    )
    assert much["code"] == "conflict"


async def test_lines_promised_for_later_become_orders_of_their_own(shop: Shop) -> None:
    order = await shop.ordered(
        {"product_id": "oven", "promised_date": "2099-01-01"},
        {"product_id": "hour", "promised_date": "2099-02-01"},
        {"product_id": "flour", "promised_date": "2099-03-01"},
    )
    parts = await shop.call("sales.sales_order.split", id=order["id"], by="promised_date")
    assert len(parts["new_ids"]) == 2
    assert len((await shop.get("sales_order", order["id"]))["lines"]) == 1


async def test_drafts_of_one_customer_become_one_order(shop: Shop) -> None:
    async def draft(**more: Any) -> dict[str, Any]:
        line = {"product_id": shop.ids["oven"]}
        given = {"party_id": shop.ids["customer"], "lines": [line], **more}
        return await shop.call("sales.sales_order.create", **given)

    first, second = await draft(), await draft()
    unlike = await draft(discount_percent="5")
    refusal = await shop.call.refused("sales.sales_order.merge", ids=[first["id"], unlike["id"]])
    assert refusal["code"] == "conflict"
    one = await shop.call("sales.sales_order.merge", ids=[first["id"], second["id"]])
    assert (one["id"], one["total_net"]["amount"]) == (first["id"], "2000.00")
    other = await shop.get("sales_order", second["id"])
    assert (other["status"], other["lines"]) == ("cancelled", [])


async def test_what_an_order_earns_is_told_as_ordered_and_as_delivered(shop: Shop) -> None:
    order = await shop.ordered({"product_id": "oven", "quantity": "4"}, discount_percent="10")
    await shop.deliver(order, "1")
    told = await shop.call("sales.sales_order.profitability", id=order["id"])
    assert (told["planned_revenue"], told["planned_cost"], told["planned_margin"]) == (
        "3600.00",
        "2400.00",
        "1200.00",
    )
    assert (told["delivered_revenue"], told["delivered_margin"]) == ("900.00", "300.00")
    assert told["planned_percent"] == "33.33"


async def test_a_confirmation_is_of_a_confirmed_order(shop: Shop) -> None:
    line = {"product_id": shop.ids["oven"]}
    draft = await shop.call("sales.sales_order.create", party_id=shop.ids["customer"], lines=[line])
    early = await shop.call.refused("sales.sales_order.send_confirmation", id=draft["id"])
    assert early["code"] == "state_refused"
    order = await shop.ordered()
    sent = await shop.call("sales.sales_order.send_confirmation", id=order["id"])
    assert sent["acknowledged_at"]
    negative = await shop.call.refused(
        "sales.sales_order_line.create",
        order_id=draft["id"],
        product_id=shop.ids["oven"],
        quantity="-1",
    )
    assert negative["code"] == "invalid"
