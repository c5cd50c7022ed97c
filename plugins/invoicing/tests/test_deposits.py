"""Deposits: asked once, taken off once, and their VAT due once, whichever way an order is invoiced."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from eyeot import Problem
from eyeot.testing.fixtures import TestDatabase
from plugins.invoicing.tests.shop import Shop
from plugins.invoicing.tests.test_invariants import broken
from plugins.invoicing.tests.test_seals import _tamper


async def _order(shop: Shop, *lines: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    """A confirmed order with lines of (kind, quantity, price) at 20 %, all of them of products."""
    rows = [
        {"product_id": await _product(shop, kind), "quantity": quantity, "unit_price": _eur(price)}
        for kind, quantity, price in lines
    ]
    made = await shop.call(
        "sales.sales_order.create", party_id=shop.customer["party_id"], lines=rows, **more
    )
    await shop.call("sales.sales_order.confirm", id=made["id"])
    return await shop.call("sales.sales_order.get", id=made["id"])


def _eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


async def _product(shop: Shop, kind: str) -> str:
    found = (await shop.call("sales.product.list", sku=kind))["items"]
    if found:
        return str(found[0]["id"])
    unit = (await shop.call("sales.unit.list", code="C62"))["items"][0]["id"]
    rate = await shop.rate("20")
    made = await shop.call(
        "sales.product.create", sku=kind, name=kind, kind=kind, unit_id=unit, tax_rate_id=rate
    )
    return str(made["id"])


async def _post(shop: Shop, id: str) -> dict[str, Any]:
    return await shop.call("invoicing.invoice.post", id=id)


async def _deposit(shop: Shop, order: dict[str, Any], **asked: str) -> dict[str, Any]:
    told = await shop.call("sales.sales_order.create_deposit_invoice", id=order["id"], **asked)
    return await _post(shop, told["invoice_id"])


async def _vat(shop: Shop, month: str) -> Any:
    """The VAT of a month, and what waits for payments, which is below 0."""
    return await shop.vat(month), (await shop.balances()).get("445800", Decimal(0))


async def _gross(shop: Shop, *ids: str) -> Decimal:
    read = [await shop.call("invoicing.invoice.get", id=one) for one in ids]
    return sum((Decimal(one["total_gross"]["amount"]) for one in read), Decimal(0))


@pytest.mark.parametrize("paid", [True, False])
async def test_goods_after_a_deposit_owe_their_vat_once(shop: Shop, *, paid: bool) -> None:
    """10 000 of goods, 30 % asked before: 2 000 of VAT are due on delivery, whoever paid what."""
    await shop.regime()
    order = await _order(shop, ("goods", "1", "10000.00"))
    deposit = await _deposit(shop, order, percent="30")
    month = deposit["issue_date"][:7]
    assert await shop.vat(month) == 0
    if paid:
        await shop.call("invoicing.invoice.register_payment", invoice_id=deposit["id"])
        assert await shop.vat(month) == 600
    await shop.call("sales.sales_order.mark_delivered", id=order["id"])
    drafted = await shop.call("sales.sales_order.create_invoice", id=order["id"])
    assert (drafted["kind"], drafted["total_net"], drafted["deducted"]) == (
        "final",
        "7000.00",
        "3000.00",
    )
    final = await _post(shop, drafted["invoice_id"])
    assert final["operation_nature"] == "goods"
    assert final["pending_vat"] == []
    assert await _vat(shop, month) == (2000, 0)
    for one in (final,) if paid else (deposit, final):
        await shop.call("invoicing.invoice.register_payment", invoice_id=one["id"])
    assert await _vat(shop, month) == (2000, 0)
    balance = await shop.balances()
    assert balance["419100"] == balance["411000"] == 0
    assert balance["707000"] == -10000


async def test_a_deposit_taken_off_under_another_nature_is_found(
    shop: Shop, database: TestDatabase
) -> None:
    order = await _order(shop, ("goods", "1", "10000.00"))
    await _deposit(shop, order, percent="30")
    told = await shop.call("invoicing.invoice.convert_deposit_to_final", of=order["id"])
    await _post(shop, told["id"])
    assert await broken(shop) == set()
    changed = "UPDATE invoicing_invoice_line SET nature = 'service' WHERE org_id = $1 AND kind = 'deposit'"
    await _tamper(database, shop, changed)
    assert "invoicing.deposits" in await broken(shop)


async def test_a_deposit_beyond_what_is_left_to_bill_is_found(
    shop: Shop, database: TestDatabase
) -> None:
    order = await _order(shop, ("goods", "2", "100.00"))
    await _deposit(shop, order, percent="30")
    assert await broken(shop) == set()
    changed = "UPDATE sales_sales_order_line SET invoiced = 2 WHERE org_id = $1"
    await _tamper(database, shop, changed)
    assert "invoicing.deposits" in await broken(shop)


async def test_a_deposit_is_asked_as_its_order_mixes_goods_and_services(shop: Shop) -> None:
    """13 597.50 of goods and 87.49 of work, 30 %: 4 105.50, of which 4 079.25 for goods."""
    await shop.regime()
    order = await _order(shop, ("goods", "1", "13597.50"), ("service", "1", "87.49"))
    deposit = await _deposit(shop, order, percent="30")
    read = await shop.call("invoicing.invoice.get", id=deposit["id"])
    assert {one["nature"]: one["net"]["amount"] for one in read["lines"]} == {
        "goods": "4079.25",
        "service": "26.25",
    }
    told = await shop.call("invoicing.invoice.list_deposits", of=order["id"])
    assert [(one["nature"], one["left"]) for one in told["deposits"]] == [
        ("goods", "4079.25"),
        ("service", "26.25"),
    ]
    await shop.call("sales.sales_order.mark_delivered", id=order["id"])
    drafted = await shop.call("sales.sales_order.create_invoice", id=order["id"])
    final = await _post(shop, drafted["invoice_id"])
    # Nobody paid: the goods' VAT is due, 20 % of 13 597.50; that of the work waits, 5.25 and 12.25.
    told = await _vat(shop, final["issue_date"][:7])
    assert told == (Decimal("2719.50"), Decimal("-17.50"))
    assert await broken(shop) == set()
    assert {one["nature"]: one["tax"] for one in final["pending_vat"]} == {"service": "12.25"}


async def test_a_deposit_that_is_deducted_in_two_steps_falls_due_in_two(shop: Shop) -> None:
    """1 000 of 2 000 asked and not paid; half of the goods come, then the rest."""
    await shop.regime()
    order = await _order(shop, ("goods", "2", "1000.00"))
    deposit = await _deposit(shop, order, percent="50")
    month = deposit["issue_date"][:7]
    line = order["lines"][0]["id"]
    drafted = await shop.call(
        "sales.sales_order.create_invoice",
        id=order["id"],
        policy="lines",
        lines=[{"line_id": line, "quantity": "1"}],
    )
    # Half of what is deducted is taken back by hand: 500 go off now, 500 by the last invoice.
    read = await shop.call("invoicing.invoice.get", id=drafted["invoice_id"])
    off = next(one for one in read["lines"] if one["kind"] == "deposit")
    await shop.call("invoicing.invoice_line.update", id=off["id"], unit_price=_eur("500.00"))
    await _post(shop, drafted["invoice_id"])
    assert await _vat(shop, month) == (200, -100)
    assert await broken(shop) == set()
    rest = await shop.call("sales.sales_order.create_invoice", id=order["id"], policy="ordered")
    assert (rest["kind"], rest["deducted"]) == ("final", "500.00")
    await _post(shop, rest["invoice_id"])
    assert await _vat(shop, month) == (400, 0)


@pytest.mark.parametrize("of", ["order", "quote"])
async def test_the_final_invoice_keeps_the_discount_on_the_whole(shop: Shop, of: str) -> None:
    """Ten at 100 less 10 %: 900, of which 270 are asked; 630 are left."""
    if of == "order":
        origin = await _order(shop, ("service", "10", "100.00"), discount_percent="10")
        deposit = await _deposit(shop, origin, percent="30")
    else:
        row = {
            "product_id": await _product(shop, "service"),
            "quantity": "10",
            "unit_price": _eur("100"),
        }
        given = {"party_id": shop.customer["party_id"], "lines": [row], "deposit_percent": "30"}
        origin = await shop.call("sales.quote.create", discount_amount=_eur("100.00"), **given)
        await shop.call("sales.quote.send", id=origin["id"])
        await shop.call("sales.quote.accept", id=origin["id"], signer="Jean Roux")
        told = await shop.call("sales.quote.create_deposit_invoice", id=origin["id"])
        deposit = await _post(shop, told["invoice_id"])
    assert deposit["total_net"]["amount"] == "270.00"
    final = await shop.call("invoicing.invoice.convert_deposit_to_final", of=origin["id"])
    assert (final["kind"], final["total_net"]["amount"]) == ("final", "630.00")
    await _post(shop, final["id"])
    assert await _gross(shop, deposit["id"], final["id"]) == Decimal("1080.00")
    again = await shop.call.refused("invoicing.invoice.convert_deposit_to_final", of=origin["id"])
    assert "deducted already" in again["message"]


async def test_what_deposits_asked_is_never_billed_again(shop: Shop) -> None:
    """900 are ordered: whichever draft comes first, 1 080 with VAT are billed and no more."""
    order = await _order(
        shop, ("service", "10", "100.00"), discount_percent="10", deposit_percent="30"
    )
    id = order["id"]
    asked = await shop.call("sales.sales_order.create_deposit_invoice", id=id)
    twice = await shop.call.refused("sales.sales_order.create_deposit_invoice", id=id)
    assert "asked already" in twice["message"]
    waits = await shop.call.refused("sales.sales_order.create_invoice", id=id, policy="ordered")
    assert "invoicing.invoice.post" in waits["hint"]
    await shop.call("invoicing.invoice.delete", id=asked["invoice_id"])

    whole = await shop.call("sales.sales_order.create_invoice", id=id, policy="ordered")
    deposit = await _deposit(shop, order)
    preview = await shop.call("invoicing.invoice.preview_post", id=whole["invoice_id"])
    assert not preview["can_be_posted"]
    refused = await shop.call.refused("invoicing.invoice.post", id=whole["invoice_id"])
    assert "270" in refused["message"]
    assert deposit["number"] in refused["message"]
    assert f"draft_id={whole['invoice_id']}, of={id}" in refused["hint"]
    final = await shop.call(
        "invoicing.invoice.convert_deposit_to_final", draft_id=whole["invoice_id"], of=id
    )
    assert (final["kind"], final["total_net"]["amount"]) == ("final", "630.00")
    await _post(shop, final["id"])
    assert await _gross(shop, deposit["id"], final["id"]) == Decimal("1080.00")


async def test_a_deposit_cannot_be_posted_after_the_whole_was_billed(shop: Shop) -> None:
    order = await _order(shop, ("service", "10", "100.00"))
    whole = await shop.call(
        "sales.sales_order.create_invoice", id=order["id"], policy="percentage", percent="80"
    )
    late = await shop.call("sales.sales_order.create_deposit_invoice", id=order["id"], percent="30")
    await _post(shop, whole["invoice_id"])
    refused = await shop.call.refused("invoicing.invoice.post", id=late["invoice_id"])
    assert "200" in refused["message"]
    much = await shop.call.refused(
        "sales.sales_order.create_deposit_invoice", id=order["id"], percent="10"
    )
    assert much["code"] == "conflict"
    await shop.call("invoicing.invoice.delete", id=late["invoice_id"])
    fits = await _deposit(shop, order, percent="20")
    rest = await shop.call("sales.sales_order.create_invoice", id=order["id"], policy="ordered")
    assert (rest["total_net"], rest["deducted"]) == ("0.00", fits["total_net"]["amount"])


async def test_of_the_whole_and_a_deposit_posted_at_once_one_is_refused(shop: Shop) -> None:
    order = await _order(shop, ("service", "10", "100.00"))
    whole = await shop.call("sales.sales_order.create_invoice", id=order["id"], policy="ordered")
    deposit = await shop.call(
        "sales.sales_order.create_deposit_invoice", id=order["id"], percent="30"
    )
    ids = [whole["invoice_id"], deposit["invoice_id"]]
    told = await asyncio.gather(*(_post(shop, one) for one in ids), return_exceptions=True)
    refused = [one for one in told if isinstance(one, BaseException)]
    assert [one.code for one in refused if isinstance(one, Problem)] == ["conflict"]
    assert await broken(shop) == set()


async def test_the_agreed_deposit_of_a_quote_is_not_asked_again_on_its_order(shop: Shop) -> None:
    row = {"product_id": await _product(shop, "goods"), "unit_price": _eur("1000.00")}
    given = {"party_id": shop.customer["party_id"], "lines": [row], "deposit_percent": "30"}
    quote = await shop.call("sales.quote.create", **given)
    await shop.call("sales.quote.send", id=quote["id"])
    await shop.call("sales.quote.accept", id=quote["id"], signer="Jean Roux")
    told = await shop.call("sales.quote.create_deposit_invoice", id=quote["id"])
    deposit = await _post(shop, told["invoice_id"])
    order = await shop.call("sales.quote.convert_to_order", id=quote["id"])
    await shop.call("sales.sales_order.confirm", id=order["id"])
    again = await shop.call.refused("sales.sales_order.create_deposit_invoice", id=order["id"])
    assert deposit["number"] in again["message"]
    over = await shop.call.refused(
        "sales.sales_order.create_deposit_invoice", id=order["id"], percent="71"
    )
    assert "at most 700" in over["hint"]
    final = await shop.call("invoicing.invoice.convert_deposit_to_final", of=quote["id"])
    assert final["total_net"]["amount"] == "700.00"


async def test_a_deducted_deposit_is_credited_after_the_invoice_that_deducts_it(
    shop: Shop,
) -> None:
    await shop.regime()
    order = await _order(shop, ("goods", "1", "10000.00"))
    deposit = await _deposit(shop, order, percent="30")
    month = deposit["issue_date"][:7]
    # A note that was drafted in time is refused as well, once the deposit is deducted.
    early = await shop.call("invoicing.invoice.credit", invoice_id=deposit["id"])
    told = await shop.call("invoicing.invoice.convert_deposit_to_final", of=order["id"])
    final = await _post(shop, told["id"])
    for name, given in (
        ("invoicing.invoice.credit", {"invoice_id": deposit["id"]}),
        ("invoicing.credit_note.post", {"id": early["id"]}),
    ):
        refused = await shop.call.refused(name, **given)
        assert refused["code"] == "conflict"
        assert final["number"] in refused["message"]
    assert await shop.vat(month) == 2000
    whole = await shop.call("invoicing.invoice.credit", invoice_id=final["id"])
    await shop.call("invoicing.credit_note.post", id=whole["id"])
    left = await shop.call("invoicing.invoice.list_deposits", of=order["id"])
    assert [(one["asked"], one["left"]) for one in left["deposits"]] == [("3000.00", "3000.00")]
    await shop.call("invoicing.credit_note.post", id=early["id"])
    assert await _vat(shop, month) == (0, 0)
    # What was taken back may be asked again.
    left = await shop.call("invoicing.invoice.list_deposits", of=order["id"])
    assert left["deposits"] == []
    assert await broken(shop) == set()


async def test_goods_owe_their_vat_by_the_day_of_supply(shop: Shop) -> None:
    """1 000 of goods that came in October, invoiced in November: 200 in October; work waits to be paid."""
    await shop.regime()
    goods = await shop.draft(("1", "1000.00", "20"), supply_date="2026-10-30")
    (line,) = (await shop.call("invoicing.invoice.get", id=goods["id"]))["lines"]
    await shop.call("invoicing.invoice_line.update", id=line["id"], nature="goods")
    await shop.call("invoicing.invoice.post", id=goods["id"], issue_date="2026-11-20")
    await shop.posted(("1", "500.00", "20"), supply_date="2026-10-30")
    assert await shop.vat("2026-10") == 200
    assert await shop.vat("2026-11") == 0
    # What corrects it follows its credit note, so that October stays as it was declared.
    both = await shop.call("invoicing.invoice.credit_and_reissue", invoice_id=goods["id"])
    note = await shop.call("invoicing.credit_note.post", id=both["credit_note_id"])
    await _post(shop, both["invoice_id"])
    assert await shop.vat("2026-10") == 200
    assert await shop.vat(note["issue_date"][:7]) == 0


async def test_an_order_hands_the_day_of_delivery_over(shop: Shop) -> None:
    order = await _order(shop, ("goods", "2", "100.00"))
    ahead = await shop.call("sales.sales_order.create_invoice", id=order["id"], policy="ordered")
    read = await shop.call("invoicing.invoice.get", id=ahead["invoice_id"])
    assert not read.get("supply_date")
    await shop.call("invoicing.invoice.delete", id=ahead["invoice_id"])
    done = await shop.call("sales.sales_order.mark_delivered", id=order["id"])
    drafted = await shop.call("sales.sales_order.create_invoice", id=order["id"])
    read = await shop.call("invoicing.invoice.get", id=drafted["invoice_id"])
    assert read["supply_date"] == done["performed_on"]


async def test_a_corrective_invoice_names_what_it_corrects(shop: Shop) -> None:
    line = {"description": "Audit", "unit_price": _eur("100.00")}
    refused = await shop.call.refused(
        "invoicing.invoice.create",
        party_id=shop.customer["party_id"],
        kind="corrective",
        lines=[line],
    )
    assert "credit_and_reissue" in str(refused)
