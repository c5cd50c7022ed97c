"""Reports: figures are those of the documents behind them, to the cent, and of nobody else's."""

from decimal import Decimal
from typing import Any

from eyeot.testing import House
from plugins.sales.tests.trading import Shop


def _rows(told: dict[str, Any], name: str = "label") -> dict[str, dict[str, Any]]:
    return {one[name]: one for one in told["rows"]}


async def test_sales_are_the_net_of_confirmed_orders_whatever_they_are_grouped_by(
    shop: Shop,
) -> None:
    first = await shop.ordered(
        {"product_id": "oven", "quantity": "3"},
        {"product_id": "flour", "quantity": "7"},
        discount_percent="12.5",
    )
    second = await shop.ordered({"product_id": "hour", "quantity": "2"})
    draft = {"product_id": shop.ids["oven"]}
    await shop.call("sales.sales_order.create", party_id=shop.ids["party"], lines=[draft])
    whole = sum(Decimal(one["total_net"]["amount"]) for one in (first, second))
    for by in ("month", "product", "customer", "seller"):
        told = await shop.call("sales.report.sales_by_period", by=by)
        assert abs(Decimal(told["totals"]["net"]) - whole) <= Decimal("0.01"), by
        for row in told["rows"]:
            await shop.call(row["drill"]["action"], **row["drill"]["arguments"])
    by_product = _rows(await shop.call("sales.report.sales_by_period", by="product"))
    assert (by_product["Oven"]["net"], by_product["Oven"]["quantity"]) == ("2625.00", "3")
    none = await shop.call("sales.report.sales_by_period", period="2020")
    assert (none["rows"], none["totals"]["net"]) == ([], "0.00")
    file = await shop.call("sales.report.sales_by_period", format="csv")
    assert file["file"]["content"]


async def test_margin_and_discounts_are_told_against_cost_and_catalogue(
    shop: Shop, house: House
) -> None:
    await shop.ordered({"product_id": "oven", "quantity": "2", "discount": "10"})
    told = await shop.call("sales.report.margin_analysis", by="order")
    (row,) = told["rows"]
    assert (row["net"], row["cost"], row["margin"], row["percent"]) == (
        "1800.00",
        "1200.00",
        "600.00",
        "33.33",
    )
    given = await shop.call("sales.report.discount_usage", by="customer")
    (row,) = given["rows"]
    assert (row["full"], row["given"], row["percent"]) == ("2000.00", "200.00", "10.00")
    blind = await house.desk("sales:read", "crm:read", owner="owner")
    assert (await blind.refused("sales.report.margin_analysis"))["code"] == "permission_denied"


async def test_customers_are_ranked_by_what_they_ordered(shop: Shop) -> None:
    small = (await shop.call("crm.customer.create", name="Petit Client"))["id"]
    await shop.ordered({"product_id": "oven", "quantity": "9"})
    await shop.ordered({"product_id": "oven", "quantity": "1"}, party_id=small)
    told = await shop.call("sales.report.customer_ranking")
    assert [(one["rank"], one["share"], one["rating"]) for one in told["rows"]] == [
        (1, "90.00", "A"),
        (2, "10.00", "B"),
    ]


async def test_the_backlog_is_what_is_left_to_deliver_and_to_invoice(shop: Shop) -> None:
    order = await shop.ordered({"product_id": "oven", "quantity": "4"})
    await shop.deliver(order, "1")
    (row,) = (await shop.call("sales.report.order_backlog"))["rows"]
    assert (row["number"], row["to_deliver"], row["to_invoice"]) == (
        order["number"],
        "3000.00",
        "4000.00",
    )
    done = await shop.call("sales.report.delivery_performance")
    assert (done["totals"]["orders"], done["totals"]["in_full"]) == (1, 0)
    await shop.deliver(order)
    done = await shop.call("sales.report.delivery_performance")
    assert (done["totals"]["in_full"], done["totals"]["on_time_in_full"]) == (1, "100.00")


async def test_quotes_are_followed_by_their_last_version(shop: Shop) -> None:
    accepted = await shop.accepted()
    declined = await shop.sent()
    await shop.call("sales.quote.decline", id=declined["id"], reason="price")
    revised = await shop.sent()
    new = await shop.call("sales.quote.revise", id=revised["id"])
    await shop.call("sales.quote.send", id=new["id"], channel="none")
    told = await shop.call("sales.report.quote_conversion")
    (row,) = told["rows"]
    assert (row["sent"], row["accepted"], row["declined"], row["open"]) == (3, 1, 1, 1)
    assert (row["rate"], row["won"]) == ("50.00", accepted["total_net"]["amount"])
    reasons = _rows(await shop.call("sales.report.quote_conversion", by="reason"))
    assert reasons["price"]["declined"] == 1


async def test_returns_are_counted_by_cause_against_what_was_delivered(shop: Shop) -> None:
    order = await shop.ordered({"product_id": "oven", "quantity": "8"})
    await shop.deliver(order)
    line = {"line_id": order["lines"][0]["id"], "quantity": "2"}
    await shop.call(
        "sales.return_order.create", order_id=order["id"], lines=[line], reason="defective"
    )
    told = _rows(await shop.call("sales.report.returns_analysis"))
    assert (told["defective"]["quantity"], told["defective"]["rate"]) == ("2", "25.00")
    by_product = _rows(await shop.call("sales.report.returns_analysis", by="product"))
    assert by_product["Oven"]["returns"] == 1
