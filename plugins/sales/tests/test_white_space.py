"""White space: what customers alike buy is told with counts, from orders that stand only."""

from plugins.sales.tests.trading import Shop


async def test_what_customers_alike_buy_and_this_one_does_not_is_told(shop: Shop) -> None:
    call, ids = shop.call, shop.ids
    trade = {"industry": "Boulangerie", "lifecycle": "customer"}
    alike = [
        (await call("crm.customer.create", name=f"Fournil {n}", **trade))["id"] for n in range(2)
    ]
    stranger = (await call("crm.customer.create", name="Hôtel", industry="Hôtellerie"))["id"]
    bare = await call.refused("crm.customer.find_white_space", id=ids["customer"])
    assert bare["field"] == "id"
    await call("crm.customer.update", id=ids["customer"], industry="boulangerie")
    await shop.ordered({"product_id": "flour", "quantity": "2"})
    for one in alike:
        await shop.ordered({"product_id": "oven", "quantity": "3"}, party_id=one)
    await shop.ordered(
        {"product_id": "flour", "quantity": "1"},
        {"product_id": "hour", "quantity": "5"},
        party_id=alike[0],
    )
    await shop.ordered({"product_id": "oven", "quantity": "50"}, party_id=stranger)
    told = await call("crm.customer.find_white_space", id=ids["customer"])
    assert (told["alike_by"], told["comparable"], told["bought"]) == (["industry"], 2, 1)
    rows = [(one["name"], one["buyers"], one["share"], one["quantity"]) for one in told["products"]]
    assert rows == [("Oven", 2, "100.0", "6"), ("Hour", 1, "50.0", "5")]
    shown = await call("sales.product.get", id=told["products"][0]["product_id"])
    assert shown["id"] == ids["oven"]


async def test_a_target_of_margin_counts_the_orders_of_its_seller(shop: Shop) -> None:
    call = shop.call
    year = f"{call.engine.clock().year}"
    order = await shop.ordered({"product_id": "oven", "quantity": "2", "discount": "10"})
    goal = {"metric": "margin", "period": year, "amount": {"amount": "1200.00"}}
    mine = {**goal, "user_id": order["owner_id"]}
    targets = [(await call("crm.sales_target.create", **one))["id"] for one in (goal, mine)]
    for one in targets:
        told = await call("crm.sales_target.progress", id=one)
        assert (told["done"], told["attained"], told["gap"]) == ("600.00", "50.0", "600.00")
        assert "coming" not in told
    blind = await shop.house.desk("crm:read", "sales:read", owner="owner")
    hidden = await blind.refused("crm.sales_target.progress", id=targets[0])
    assert hidden["code"] == "permission_denied"
    rows = (await blind("crm.report.target_attainment", period=year))["rows"]
    assert [one.get("done") for one in rows] == [None, None]
