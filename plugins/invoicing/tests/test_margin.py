"""Margin by axis: what comes of posted lines and what was taken back, with discounts spread, to the cent."""

from decimal import Decimal
from typing import Any

from eyeot.testing import House
from plugins.invoicing.tests.shop import Shop

ACTION = "invoicing.report.margin_by_analytic_axis"


async def _oven(shop: Shop) -> str:
    unit = (await shop.call("sales.unit.list", code="C62"))["items"][0]["id"]
    made = await shop.call(
        "sales.product.create",
        sku="OVEN",
        name="Four",
        kind="goods",
        unit_id=unit,
        tax_rate_id=await shop.rate("20"),
        list_price={"amount": "100.00"},
        cost={"amount": "60.00"},
    )
    return str(made["id"])


async def test_margin_is_told_by_axis_with_discounts_and_what_was_taken_back(shop: Shop) -> None:
    oven = {"product_id": await _oven(shop), "unit_price": {"amount": "100.00"}}
    free = {"description": "Pose", "unit_price": {"amount": "50.00"}}
    tax = {"tax_rate_id": await shop.rate("20")}
    lines: list[dict[str, Any]] = [
        {**oven, **tax, "quantity": "4", "analytic": {"project": "Lyon", "team": "A"}},
        {**oven, **tax, "quantity": "1", "analytic": {"project": "Nantes"}},
        {**free, **tax, "quantity": "2"},
    ]
    given = {"party_id": shop.customer["id"], "lines": lines, "discount_percent": "10"}
    draft = await shop.call("invoicing.invoice.create", **given)
    assert (await shop.call(ACTION, axis="project"))["rows"] == []
    posted = await shop.call("invoicing.invoice.post", id=draft["id"])
    rows = {one["value"]: one for one in (await shop.call(ACTION, axis="project"))["rows"]}
    assert {name: (one["revenue"], one["cost"], one["margin"]) for name, one in rows.items()} == {
        "Lyon": ("360.00", "240.00", "120.00"),
        "Nantes": ("90.00", "60.00", "30.00"),
        "none": ("90.00", "0.00", "0.00"),
    }
    assert (rows["Lyon"]["percent"], rows["none"]["without_cost"]) == ("33.33", "90.00")
    whole = await shop.call("invoicing.invoice.get", id=draft["id"])
    back = {"line_id": whole["lines"][0]["id"], "quantity": "1"}
    note = await shop.call("invoicing.invoice.credit", invoice_id=posted["id"], lines=[back])
    await shop.call("invoicing.credit_note.post", id=note["id"])
    told = await shop.call(ACTION, axis="project")
    lyon = next(one for one in told["rows"] if one["value"] == "Lyon")
    assert (lyon["revenue"], lyon["cost"], lyon["margin"]) == ("270.00", "180.00", "90.00")
    assert told["notes"] == ["Axes in use: customer, project, team."]
    (row,) = (await shop.call(ACTION))["rows"]
    assert (row["label"], row["revenue"]) == ("SARL Martin", told["totals"]["revenue"])
    assert Decimal(row["margin"]) == Decimal(told["totals"]["margin"]) == Decimal("120.00")
    assert (await shop.call(row["drill"]["action"], **row["drill"]["arguments"]))["total"] == 1


async def test_cost_is_that_of_the_order_whatever_the_product_costs_now(
    shop: Shop, house: House
) -> None:
    oven = await _oven(shop)
    line = {"product_id": oven, "quantity": "2", "unit_price": {"amount": "100.00"}}
    given = {"party_id": shop.customer["id"], "lines": [line]}
    order = await shop.call("sales.sales_order.create", **given)
    await shop.call("sales.sales_order.confirm", id=order["id"])
    kept = await shop.call("sales.sales_order.get", id=order["id"])
    await shop.call("sales.product.update", id=oven, cost={"amount": "90.00"})
    rate = {"tax_rate_id": await shop.rate("20"), "order_line_id": kept["lines"][0]["id"]}
    made = await shop.call("invoicing.invoice.create", **{**given, "lines": [{**line, **rate}]})
    await shop.call("invoicing.invoice.post", id=made["id"])
    (row,) = (await shop.call(ACTION))["rows"]
    assert (row["cost"], row["margin"]) == ("120.00", "80.00")
    blind = await house.desk("invoicing:read", "crm:read", owner="owner")
    assert (await blind.refused(ACTION))["code"] == "permission_denied"


async def test_a_target_of_invoices_counts_what_was_posted_to_ones_customers(
    shop: Shop, house: House
) -> None:
    call = shop.call
    dora = await house.person("dora", "sales")
    theirs = await shop.new_customer("Fournil Sud", owner_id=dora)
    await shop.posted(("1", "1000.00", "20"))
    await shop.posted(("1", "250.00", "20"), party_id=theirs["id"])
    await shop.draft(("1", "99.00", "20"))
    goal = {
        "metric": "invoiced",
        "period": f"{call.engine.clock().year}",
        "amount": {"amount": "500.00"},
    }
    whole = await call("crm.sales_target.create", **goal)
    hers = await call("crm.sales_target.create", **goal, user_id=dora)
    told = [await call("crm.sales_target.progress", id=one["id"]) for one in (whole, hers)]
    assert [one["done"] for one in told] == ["1250.00", "250.00"]
    rows = (await call("crm.report.target_attainment", metric="invoiced"))["rows"]
    assert {one.get("user_id"): one["attained"] for one in rows} == {None: "250.0", dora: "50.0"}
