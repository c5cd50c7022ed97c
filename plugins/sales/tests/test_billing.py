"""Billing: what is invoiced of a quote or order is counted once, and deposits are taken off to the cent."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from eyeot.testing import Desk, House
from plugins.sales.tests.trading import Shop, euros

pytest.importorskip("eyeot_invoicing")


@pytest_asyncio.fixture(loop_scope="session")
async def shop(house: House, call: Desk) -> Shop:
    """A small company that sells, and whose invoices say what they must."""
    operator = house.operator
    own = (await operator.call("core.organization.list")).result["items"][0]["id"]
    await operator.call(
        "core.organization.update",
        id=own,
        siren="552100554",
        vat_number="FR96552100554",
        legal_form="SARL",
        rcs_city="Lyon",
        share_capital={"amount": "10000.00"},
    )
    address = {"line1": "4 quai des Marans", "postcode": "69002", "city": "Lyon"}
    await operator.call(
        "core.establishment.create",
        name="Siège",
        siret="55210055400005",
        is_head_office=True,
        address=address,
    )
    return await Shop.open(house, call)


async def _post(shop: Shop, drafted: dict[str, Any]) -> dict[str, Any]:
    return await shop.call("invoicing.invoice.post", id=drafted["invoice_id"])


def _line(order: dict[str, Any], at: int = 0) -> str:
    return str(order["lines"][at]["id"])


async def _by_rate(shop: Shop, *invoices: dict[str, Any]) -> dict[str, Decimal]:
    """Nets by VAT percent over invoices."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for one in invoices:
        for row in (await shop.call("invoicing.invoice.get", id=one["id"]))["tax_breakdown"]:
            found[row["percent"]] += Decimal(row["base"])
    return dict(found)


async def test_what_was_delivered_is_invoiced_and_counted_when_it_is_posted(shop: Shop) -> None:
    order = await shop.ordered({"product_id": "oven", "quantity": "5"}, customer_reference="BC-9")
    id = order["id"]
    nothing = await shop.call.refused("sales.sales_order.create_invoice", id=id)
    assert nothing["code"] == "conflict"
    await shop.deliver(order, "2")
    drafted = await shop.call("sales.sales_order.create_invoice", id=id)
    assert (drafted["kind"], drafted["total_net"]) == ("standard", "2000.00")
    draft = await shop.call("invoicing.invoice.get", id=drafted["invoice_id"])
    assert (draft["order_reference"], draft["status"]) == ("BC-9", "draft")
    assert (await shop.get("sales_order", id))["invoice_status"] == "none"
    second = await shop.call.refused("sales.sales_order.create_invoice", id=id, policy="ordered")
    assert second["code"] == "conflict"

    await _post(shop, drafted)
    read = await shop.get("sales_order", id)
    assert (read["invoice_status"], read["lines"][0]["invoiced"]) == ("partial", "2")
    await shop.deliver(order)
    last = await shop.call("sales.sales_order.create_invoice", id=id)
    await _post(shop, last)
    read = await shop.get("sales_order", id)
    assert (read["status"], read["invoice_status"]) == ("invoiced", "full")
    told = await shop.call("sales.sales_order.track", id=id)
    assert (len(told["invoices"]), told["paid"]) == (2, "0.00")
    over = await shop.call.refused("sales.sales_order.create_invoice", id=id, policy="ordered")
    assert over["code"] == "conflict"


async def test_more_than_was_ordered_is_invoiced_only_where_that_is_allowed(shop: Shop) -> None:
    order = await shop.ordered({"product_id": "oven", "quantity": "2"})
    many = [{"line_id": _line(order), "quantity": "3"}]
    given = {"id": order["id"], "policy": "lines", "lines": many}
    refusal = await shop.call.refused("sales.sales_order.create_invoice", **given)
    assert refusal["code"] == "conflict"
    # Somebody who writes the invoice by hand is held to it when it is posted.
    by_hand = await shop.call(
        "invoicing.invoice.create",
        party_id=shop.ids["customer"],
        lines=[
            {
                "description": "Four",
                "quantity": "3",
                "unit_price": euros("1000.00"),
                "tax_rate_id": shop.ids["FR20"],
                "order_line_id": _line(order),
            }
        ],
    )
    refusal = await shop.call.refused("invoicing.invoice.post", id=by_hand["id"])
    assert refusal["code"] == "conflict"
    assert (await shop.get("sales_order", order["id"]))["lines"][0]["invoiced"] == "0"
    free = await shop.ordered({"product_id": "oven", "quantity": "2"}, allow_over_invoicing=True)
    many = [{"line_id": _line(free), "quantity": "3"}]
    drafted = await shop.call(
        "sales.sales_order.create_invoice", id=free["id"], policy="lines", lines=many
    )
    await _post(shop, drafted)
    assert (await shop.get("sales_order", free["id"]))["invoice_status"] == "over"


async def test_only_what_was_accepted_is_invoiced_where_acceptance_is_required(
    shop: Shop,
) -> None:
    order = await shop.ordered({"product_id": "hour", "quantity": "8"}, acceptance_required=True)
    done = await shop.deliver(order, "5")
    refusal = await shop.call.refused("sales.sales_order.create_invoice", id=order["id"])
    assert refusal["code"] == "conflict"
    await shop.call("sales.fulfilment.accept", id=done["id"], signer="Claire")
    drafted = await shop.call("sales.sales_order.create_invoice", id=order["id"])
    assert drafted["total_net"] == "400.00"


async def test_progress_is_told_since_the_beginning(shop: Shop) -> None:
    order = await shop.ordered({"product_id": "hour", "quantity": "100"})
    line, totals = _line(order), []
    for percent in ("40", "75", "100"):
        drafted = await shop.call(
            "sales.sales_order.create_progress_invoice",
            id=order["id"],
            progress=[{"line_id": line, "percent": percent}],
        )
        assert drafted["kind"] == "progress"
        totals.append(drafted["total_net"])
        await _post(shop, drafted)
        back = await shop.call.refused(
            "sales.sales_order.create_progress_invoice",
            id=order["id"],
            progress=[{"line_id": line, "percent": "30"}],
        )
        assert back["code"] == "conflict"
    assert totals == ["3200.00", "2800.00", "2000.00"]
    assert (await shop.get("sales_order", order["id"]))["invoice_status"] == "full"


async def test_deposits_are_taken_off_in_full_at_their_own_rates(shop: Shop) -> None:
    quote = await shop.accepted(
        {"product_id": "oven", "quantity": "3"},
        {"product_id": "flour", "quantity": "101"},
        discount_percent="7",
        deposit_percent="30",
    )
    first = await shop.call("sales.quote.create_deposit_invoice", id=quote["id"])
    deposit = await _post(shop, first)
    assert deposit["kind"] == "deposit"
    order = await shop.call("sales.quote.convert_to_order", id=quote["id"])
    await shop.call("sales.sales_order.confirm", id=order["id"])
    order = await shop.get("sales_order", order["id"])
    much = await shop.call.refused(
        "sales.sales_order.create_deposit_invoice", id=order["id"], percent="200"
    )
    assert much["code"] == "invalid"
    second = await shop.call(
        "sales.sales_order.create_deposit_invoice", id=order["id"], amount=euros("333.33")
    )
    more = await _post(shop, second)
    over = await shop.call.refused(
        "sales.sales_order.create_deposit_invoice", id=order["id"], percent="95"
    )
    assert over["code"] == "conflict"

    await shop.deliver(order, "1", "50")
    part = await shop.call("sales.sales_order.create_invoice", id=order["id"])
    assert Decimal(part["deducted"]) > 0
    middle = await _post(shop, part)
    await shop.deliver(order)
    rest = await shop.call("sales.sales_order.create_invoice", id=order["id"])
    last = await _post(shop, rest)
    assert last["kind"] in ("final", "standard")
    # Every rate: deposits and invoices together are the order, nothing twice and nothing lost.
    ordered = {row["percent"]: Decimal(row["base"]) for row in order["tax_breakdown"]}
    billed = await _by_rate(shop, deposit, more, middle, last)
    for percent, base in ordered.items():
        assert abs(billed[percent] - base) <= Decimal("0.02"), percent
    taken = Decimal(part["deducted"]) + Decimal(rest["deducted"])
    asked = sum(Decimal(one["total_net"]["amount"]) for one in (deposit, more))
    assert taken == asked


async def test_an_accepted_quote_is_invoiced_in_shares_and_never_beyond_the_whole(
    shop: Shop,
) -> None:
    quote = await shop.accepted({"product_id": "oven", "quantity": "4"})
    first = await shop.call("sales.quote.convert_to_invoice", id=quote["id"], percent="25")
    assert first["total_net"] == "1000.00"
    waiting = await shop.call.refused("sales.quote.convert_to_invoice", id=quote["id"])
    assert waiting["code"] == "conflict"
    await _post(shop, first)
    much = await shop.call.refused("sales.quote.convert_to_invoice", id=quote["id"], percent="80")
    assert much["code"] == "conflict"
    rest = await shop.call("sales.quote.convert_to_invoice", id=quote["id"])
    assert rest["total_net"] == "3000.00"
    read = await shop.get("quote", quote["id"])
    assert (read["status"], read["invoiced_percent"]) == ("converted", "100")
    late = await shop.call.refused("sales.quote.create_deposit_invoice", id=quote["id"])
    assert late["code"] == "conflict"
    ordered = await shop.accepted()
    await shop.call("sales.quote.convert_to_order", id=ordered["id"])
    twice = await shop.call.refused("sales.quote.convert_to_invoice", id=ordered["id"])
    assert twice["code"] == "conflict"


async def test_what_is_not_on_sale_any_more_is_still_invoiced(shop: Shop) -> None:
    order = await shop.ordered({"product_id": "oven", "quantity": "1"})
    await shop.deliver(order)
    await shop.call("sales.product.discontinue", id=shop.ids["oven"])
    drafted = await shop.call("sales.sales_order.create_invoice", id=order["id"])
    assert drafted["total_net"] == "1000.00"


async def test_without_invoicing_there_is_nothing_to_bill_with(shop: Shop, house: House) -> None:
    order = await shop.ordered()
    found = (await house.operator.call("core.module.list", name="invoicing")).result["items"]
    await house.operator.call("core.module.disable", id=found[0]["id"])
    bare = await house.desk("sales:read", "sales:write", "crm:read", owner="owner")
    refusal = await bare.refused("sales.sales_order.create_invoice", id=order["id"])
    assert refusal["code"] in ("module_not_installed", "module_disabled")
    told = await bare("sales.sales_order.track", id=order["id"])
    assert told["invoices"] == []


async def test_what_came_back_is_credited_once_and_the_order_is_settled(shop: Shop) -> None:
    order = await shop.ordered({"product_id": "oven", "quantity": "5"})
    await shop.deliver(order)
    invoice = await _post(shop, await shop.call("sales.sales_order.create_invoice", id=order["id"]))
    back = await shop.call(
        "sales.return_order.create",
        order_id=order["id"],
        lines=[{"line_id": _line(order), "quantity": "2"}],
        reason="defective",
    )
    early = await shop.call.refused("sales.return_order.refund", id=back["id"])
    assert early["code"] == "state_refused"
    await shop.call("sales.return_order.approve", id=back["id"], resolution="refund")
    await shop.call("sales.return_order.receive", id=back["id"], condition="damaged")
    assert (await shop.get("sales_order", order["id"]))["invoice_status"] == "full"
    told = await shop.call("sales.return_order.refund", id=back["id"])
    assert (told["total"], told["not_invoiced"]) == ("2400.00", "0")
    assert (await shop.get("sales_order", order["id"]))["invoice_status"] == "over"
    (note,) = told["credit_notes"]
    await shop.call("invoicing.credit_note.post", id=note)
    read = await shop.get("sales_order", order["id"])
    assert (read["invoice_status"], read["lines"][0]["invoiced"]) == ("full", "3")
    assert (await shop.get("return_order", back["id"]))["status"] == "closed"
    twice = await shop.call.refused("sales.return_order.refund", id=back["id"])
    assert twice["code"] == "state_refused"
    rest = await shop.call.refused(
        "sales.sales_order.create_invoice", id=order["id"], policy="ordered"
    )
    assert rest["code"] == "conflict"
    assert invoice["total_gross"]["amount"] == "6000.00"
