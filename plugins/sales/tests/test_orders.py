"""Orders: quantities are what was ordered, delivered, invoiced and given up, and states follow from them."""

from importlib.util import find_spec

from eyeot.testing import House
from plugins.sales.tests.trading import Shop, euros

BILLED = find_spec("eyeot_invoicing") is not None


async def test_an_accepted_quote_becomes_an_order_at_its_prices(shop: Shop) -> None:
    quote = await shop.accepted(
        {"kind": "section", "description": "Matériel"},
        {"product_id": "oven", "quantity": "2", "discount": "10"},
        {"product_id": "hour", "quantity": "5", "optional": True},
        discount_percent="2",
        customer_reference="BC-7",
    )
    await shop.call("sales.product.update", id=shop.ids["oven"], list_price=euros("1500.00"))
    made = await shop.call("sales.quote.convert_to_order", id=quote["id"])
    order = await shop.get("sales_order", made["id"])

    assert (order["status"], order["quote_id"]) == ("draft", quote["id"])
    assert order["number"].startswith("C-")
    assert order["customer_reference"] == "BC-7"
    assert [one["kind"] for one in order["lines"]] == ["section", "product"]
    assert order["total_gross"] == quote["total_gross"]
    assert order["margin"] == quote["margin"]
    assert (await shop.get("quote", quote["id"]))["status"] == "converted"
    again = await shop.call.refused("sales.quote.convert_to_order", id=quote["id"])
    assert (again["code"], again["state"]) == ("state_refused", "converted")


async def test_options_that_the_customer_takes_are_named_at_the_order(shop: Shop) -> None:
    quote = await shop.accepted(
        {"product_id": "oven"},
        {"product_id": "hour", "optional": True},
        {"kind": "note", "description": "Hors manutention"},
        discount_amount=euros("100.00"),
    )
    oven, hour, note = [one["id"] for one in (await shop.get("quote", quote["id"]))["lines"]]
    nothing = await shop.call.refused(
        "sales.quote.convert_to_order", id=quote["id"], line_ids=[note]
    )
    assert nothing["code"] == "conflict"
    made = await shop.call(
        "sales.quote.convert_to_order", id=quote["id"], line_ids=[oven, hour, note]
    )
    order = await shop.get("sales_order", made["id"])
    assert order["total_net"]["amount"] == "980.00"
    assert len(order["lines"]) == 3


async def test_what_invoicing_alone_can_do_waits_for_it(shop: Shop) -> None:
    offered = shop.house.engine.catalogue.actions
    assert ("sales.quote.convert_to_invoice" in offered) is BILLED
    if not BILLED:
        quote = await shop.sent()
        refusal = await shop.call.refused("sales.quote.convert_to_invoice", id=quote["id"])
        assert (refusal["code"], refusal["module"]) == ("module_not_installed", "invoicing")


async def test_an_expired_or_declined_quote_is_never_converted(shop: Shop) -> None:
    declined = await shop.sent()
    await shop.call("sales.quote.decline", id=declined["id"], reason="price")
    billing = ("convert_to_invoice", "create_deposit_invoice") if BILLED else ()
    for step in ("convert_to_order", *billing):
        refusal = await shop.call.refused(f"sales.quote.{step}", id=declined["id"])
        assert (refusal["code"], refusal["possible"]) == ("state_refused", ["revise"])
    draft = await shop.quote()
    refusal = await shop.call.refused("sales.quote.convert_to_order", id=draft["id"])
    assert refusal["code"] == "state_refused"


async def test_a_confirmed_order_changes_only_by_amendment_and_keeps_both_versions(
    shop: Shop,
) -> None:
    order = await shop.ordered()
    id, line = order["id"], order["lines"][0]["id"]
    for action, given in (
        ("sales_order.update", {"id": id, "discount_percent": "50"}),
        ("sales_order.delete", {"id": id}),
        ("sales_order_line.update", {"id": line, "quantity": "1"}),
        ("sales_order_line.delete", {"id": line}),
        ("sales_order_line.create", {"order_id": id, "product_id": shop.ids["hour"]}),
        ("sales_order_line.bulk_update", {"items": [{"id": line, "unit_price": euros("1.00")}]}),
    ):
        refusal = await shop.call.refused(f"sales.{action}", **given)
        assert refusal["code"] in ("state_refused", "invalid", "conflict"), action
        assert await shop.get("sales_order", id) == order, action

    await shop.call("sales.sales_order.update", id=id, promised_date="2099-01-31")
    amended = await shop.call(
        "sales.sales_order.amend",
        id=id,
        reason="Huit au lieu de dix",
        change=[{"line_id": line, "quantity": "8"}],
        add=[{"product_id": shop.ids["hour"], "quantity": "2"}],
    )
    assert amended["total_net"]["amount"] == "8160.00"
    (kept,) = amended["amendments"]
    assert (kept["reason"], kept["net_before"], kept["net_after"]) == (
        "Huit au lieu de dix",
        "10000.00",
        "8160.00",
    )
    assert [one["quantity"] for one in kept["before"]] == ["10"]
    assert [one["quantity"] for one in kept["after"]] == ["8", "2"]
    nothing = await shop.call.refused("sales.sales_order.amend", id=id, reason="Rien")
    assert nothing["code"] == "invalid"
    await shop.deliver(amended | {"lines": [{"id": line}]}, "6")
    under = await shop.call.refused(
        "sales.sales_order.amend",
        id=id,
        reason="Moins",
        change=[{"line_id": line, "quantity": "5"}],
    )
    assert under["code"] == "conflict"


async def test_states_follow_from_what_was_delivered(shop: Shop) -> None:
    order = await shop.ordered(
        {"product_id": "oven", "quantity": "2"}, {"product_id": "hour", "quantity": "3"}
    )
    id = order["id"]
    refusal = await shop.call.refused("sales.sales_order.update", id=id, delivery_status="full")
    assert refusal["code"] == "invalid"
    done = await shop.deliver(order, "1", "0")
    assert (done["status"], done["kind"]) == ("done", "goods")
    read = await shop.get("sales_order", id)
    assert (read["status"], read["delivery_status"]) == ("in_progress", "partial")
    assert [one["status"] for one in read["lines"]] == ["open", "open"]
    much = await shop.call.refused(
        "sales.sales_order.mark_delivered",
        id=id,
        lines=[{"line_id": order["lines"][0]["id"], "quantity": "2"}],
    )
    assert much["code"] == "conflict"
    await shop.deliver(order)
    read = await shop.get("sales_order", id)
    assert (read["status"], read["delivery_status"]) == ("delivered", "full")
    assert [one["delivered"] for one in read["lines"]] == ["2", "3"]
    assert {one["status"] for one in read["lines"]} == {"delivered"}
    again = await shop.call.refused("sales.sales_order.mark_delivered", id=id)
    assert again["code"] == "state_refused"
    told = await shop.call("sales.sales_order.track", id=id)
    assert [(one["delivered"], one["left"]) for one in told["lines"]] == [("2", "0"), ("3", "0")]
    assert len(told["deliveries"]) == 2


async def test_a_planned_delivery_is_done_accepted_or_contested(shop: Shop) -> None:
    order = await shop.ordered({"product_id": "hour", "quantity": "4"})
    line = order["lines"][0]["id"]
    planned = await shop.call(
        "sales.fulfilment.create",
        order_id=order["id"],
        kind="service",
        planned_on="2099-01-01",
        lines=[{"line_id": line, "quantity": "3"}],
    )
    early = await shop.call.refused("sales.fulfilment.accept", id=planned["id"], signer="X")
    assert (early["code"], early["state"]) == ("state_refused", "planned")
    empty = await shop.call.refused("sales.fulfilment.create", order_id=order["id"])
    assert empty["code"] == "invalid"
    done = await shop.call(
        "sales.sales_order.mark_delivered", id=order["id"], fulfilment_id=planned["id"]
    )
    assert (done["id"], done["status"]) == (planned["id"], "done")
    contested = await shop.call(
        "sales.fulfilment.contest", id=planned["id"], note="Une heure de trop"
    )
    assert (contested["status"], contested["reserves"]) == ("contested", "Une heure de trop")
    accepted = await shop.call("sales.fulfilment.accept", id=planned["id"], signer="Claire Morel")
    assert (accepted["status"], accepted["accepted_by"]) == ("accepted", "Claire Morel")
    twice = await shop.call.refused("sales.fulfilment.contest", id=planned["id"], note="X")
    assert twice["code"] == "state_refused"
    foreign = await shop.ordered()
    wrong = await shop.call.refused(
        "sales.sales_order.mark_delivered",
        id=order["id"],
        lines=[{"line_id": foreign["lines"][0]["id"], "quantity": "1"}],
    )
    assert wrong["code"] == "invalid"


async def test_what_speaks_against_an_order_is_told_before_it_is_confirmed(
    shop: Shop, house: House
) -> None:
    empty = await shop.call("sales.sales_order.create", party_id=shop.ids["customer"])
    refusal = await shop.call.refused("sales.sales_order.confirm", id=empty["id"])
    assert refusal["code"] == "conflict"

    line = {"product_id": shop.ids["oven"], "quantity": "1"}
    made = await shop.call("sales.sales_order.create", party_id=shop.ids["customer"], lines=[line])
    await shop.call("crm.party.block", id=shop.ids["party"], scope=["orders"], reason="Impayés")
    given = ["sales:read", "sales:write", "crm:read", "sales.sales_order:confirm"]
    seller = await house.desk(*given, owner="owner")
    for flags in ([], ["blocked"]):
        refusal = await seller.refused(
            "sales.sales_order.confirm", id=made["id"], force_flags=flags
        )
        assert (refusal["code"], "Impayés" in refusal["message"]) == ("conflict", True)
    chief = await house.desk(role="admin", owner="owner")
    done = await chief("sales.sales_order.confirm", id=made["id"], force_flags=["blocked"])
    assert (done["status"], done["delivery_status"]) == ("confirmed", "none")
    customer = await shop.call("crm.customer.get", id=shop.ids["customer"])
    assert customer["lifecycle"] == "customer"


async def test_a_discount_beyond_ones_limit_is_not_confirmed(shop: Shop, house: House) -> None:
    await house.operator.call("sales.discount_limit.create", name="Tous", max_discount="10")
    given = ["sales:read", "sales:write", "crm:read", "sales.sales_order:confirm"]
    seller = await house.desk(*given, owner="owner")
    line = {"product_id": shop.ids["oven"], "discount": "25"}
    made = await seller("sales.sales_order.create", party_id=shop.ids["customer"], lines=[line])
    assert (await seller.refused("sales.sales_order.confirm", id=made["id"]))["code"] == "conflict"
    order = await shop.ordered()
    over = await seller.refused(
        "sales.sales_order.amend", id=order["id"], reason="Remise", discount_percent="40"
    )
    assert over["code"] == "conflict"


async def test_a_confirmed_order_wins_its_deal(shop: Shop) -> None:
    ids = await shop.deal()
    order = await shop.ordered(opportunity_id=ids["deal"])
    deal = await shop.call("crm.opportunity.get", id=ids["deal"])
    assert deal["status"] == "won"
    assert order["status"] == "confirmed"


async def test_a_deal_that_lacks_something_does_not_stop_its_order(shop: Shop) -> None:
    ids = await shop.deal()
    await shop.call(
        "crm.stage.set_required_fields", id=ids["Gagnée"], fields_required=["expected_close"]
    )
    order = await shop.ordered(opportunity_id=ids["deal"])
    deal = await shop.call("crm.opportunity.get", id=ids["deal"])
    assert (deal["status"], order["status"]) == ("open", "confirmed")
    assert order["number"] in deal["next_step"]


async def test_an_order_on_hold_neither_ships_nor_bills(shop: Shop) -> None:
    order = await shop.ordered()
    held = await shop.call("sales.sales_order.hold", id=order["id"], reason="Acompte attendu")
    assert (held["status"], held["hold_reason"]) == ("on_hold", "Acompte attendu")
    for step in ("mark_delivered", *(("create_invoice",) if BILLED else ())):
        refusal = await shop.call.refused(f"sales.sales_order.{step}", id=order["id"])
        assert (refusal["code"], refusal["state"]) == ("state_refused", "on_hold")
    twice = await shop.call.refused("sales.sales_order.hold", id=order["id"], reason="Encore")
    assert twice["code"] == "state_refused"
    back = await shop.call("sales.sales_order.release", id=order["id"])
    assert (back["status"], "hold_reason" in back) == ("confirmed", False)
    again = await shop.call.refused("sales.sales_order.release", id=order["id"])
    assert again["code"] == "state_refused"


async def test_a_held_order_goes_on_from_where_it_stood(shop: Shop) -> None:
    order = await shop.ordered()
    await shop.deliver(order, "4")
    await shop.call("sales.sales_order.hold", id=order["id"], reason="Litige")
    assert (await shop.call("sales.sales_order.release", id=order["id"]))["status"] == "in_progress"


async def test_an_order_is_cancelled_whole_or_closed_short(shop: Shop) -> None:
    whole = await shop.ordered()
    short = await shop.call.refused("sales.sales_order.close_short", id=whole["id"], reason="Fin")
    assert short["code"] == "conflict"
    gone = await shop.call("sales.sales_order.cancel", id=whole["id"], reason="Projet arrêté")
    assert (gone["status"], gone["closing_note"]) == ("cancelled", "Projet arrêté")
    assert gone["total_net"]["amount"] == "0.00"

    order = await shop.ordered()
    await shop.deliver(order, "4")
    refusal = await shop.call.refused("sales.sales_order.cancel", id=order["id"], reason="Non")
    assert refusal["code"] in ("conflict", "state_refused")
    closed = await shop.call("sales.sales_order.close_short", id=order["id"], reason="Fin")
    assert (closed["status"], closed["delivery_status"]) == ("closed", "full")
    assert closed["total_net"]["amount"] == "4000.00"
    line = (await shop.get("sales_order", order["id"]))["lines"][0]
    assert (line["delivered"], line["cancelled"]) == ("4", "6")
    back = await shop.call("sales.sales_order.reopen", id=order["id"])
    assert (back["status"], back["total_net"]["amount"]) == ("in_progress", "10000.00")
    twice = await shop.call.refused("sales.sales_order.reopen", id=order["id"])
    assert twice["code"] == "state_refused"


async def test_the_rest_of_a_line_is_given_up_once(shop: Shop) -> None:
    order = await shop.ordered(
        {"product_id": "oven", "quantity": "5"}, {"product_id": "hour", "quantity": "2"}
    )
    oven, hour = [one["id"] for one in order["lines"]]
    await shop.deliver(order, "3", "0")
    line = await shop.call(
        "sales.sales_order_line.cancel_remaining", id=oven, reason="Fin de série"
    )
    assert (line["cancelled"], line["status"], line["net"]["amount"]) == (
        "2",
        "delivered",
        "3000.00",
    )
    none = await shop.call("sales.sales_order_line.cancel_remaining", id=hour, reason="Non")
    assert none["status"] == "cancelled"
    read = await shop.get("sales_order", order["id"])
    assert (read["status"], read["total_net"]["amount"]) == ("delivered", "3000.00")
    again = await shop.call.refused(
        "sales.sales_order_line.cancel_remaining", id=oven, reason="Encore"
    )
    assert again["code"] == "conflict"


async def test_another_product_takes_a_lines_place_at_the_price_chosen(shop: Shop) -> None:
    order = await shop.ordered(
        {"product_id": "oven", "quantity": "1"}, {"product_id": "oven", "quantity": "1"}
    )
    first, second = [one["id"] for one in order["lines"]]
    call = shop.call
    kept = await call("sales.sales_order_line.substitute", id=first, product_id=shop.ids["hour"])
    assert (kept["unit_price"]["amount"], kept["substitutes_id"]) == (
        "1000.00",
        shop.ids["oven"],
    )
    listed = await call(
        "sales.sales_order_line.substitute",
        id=second,
        product_id=shop.ids["hour"],
        price="customer",
    )
    assert listed["unit_price"]["amount"] == "80.00"
    read = await shop.get("sales_order", order["id"])
    assert (read["total_net"]["amount"], len(read["amendments"])) == ("1080.00", 2)
    await shop.deliver(read, "1", "0")
    late = await call.refused(
        "sales.sales_order_line.substitute", id=first, product_id=shop.ids["oven"]
    )
    assert late["code"] == "conflict"
