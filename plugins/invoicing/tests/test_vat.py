"""VAT returns: boxes tie to documents, deposits count once, and what was counted is not counted again."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from eyeot import Problem
from eyeot_invoicing.vat.boxes import Group, euros, filled
from plugins.invoicing.tests.shop import Shop

PERIOD = "2026-10"
DAY = "2026-10-15"


async def _boxes(shop: Shop, period: str = PERIOD) -> dict[str, dict[str, Decimal]]:
    told = await shop.call("invoicing.vat_return.compute", period=period)
    return {
        one["box"]: {n: Decimal(one[n]) for n in ("base", "tax") if one.get(n) is not None}
        for one in told["boxes"]
    }


async def _posted(shop: Shop, *lines: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    nature = more.pop("nature", None)
    draft = await shop.draft(*lines, **more)
    if nature:
        whole = await shop.call("invoicing.invoice.get", id=draft["id"])
        for line in whole["lines"]:
            await shop.call("invoicing.invoice_line.update", id=line["id"], nature=nature)
    return await shop.call("invoicing.invoice.post", id=draft["id"], issue_date=DAY)


async def _pay(shop: Shop, invoice: dict[str, Any], amount: str) -> None:
    await shop.call(
        "invoicing.invoice.register_payment",
        invoice_id=invoice["id"],
        amount={"amount": amount},
        date=DAY,
    )


async def test_october_is_prepared_and_box_08_explained(shop: Shop) -> None:
    """Scenario 26: boxes tie to documents, and services count as they are paid."""
    refused = await shop.call.refused("invoicing.vat_return.compute", period=PERIOD)
    assert "set_vat_regime" in refused["hint"]
    await shop.regime()
    wrong = await shop.call.refused("invoicing.vat_return.compute", period="2026-Q3")
    assert wrong["code"] == "invalid"
    goods = await _posted(shop, ("1", "1000.40", "20"), ("1", "300.00", "5.5"), nature="goods")
    service = await _posted(shop, ("1", "500.00", "20"))
    await _pay(shop, service, "300.00")

    boxes = await _boxes(shop)
    assert boxes["08"] == {"base": Decimal(1250), "tax": Decimal(250)}
    assert boxes["09"] == {"base": Decimal(300), "tax": Decimal(17)}
    assert boxes["A1"] == {"base": Decimal(1550)}
    assert boxes["16"]["tax"] == boxes["28"]["tax"] == boxes["32"]["tax"] == Decimal(267)
    told = await shop.call("invoicing.vat_return.explain_box", period=PERIOD, box="08")
    assert {one["number"] for one in told["documents"]} == {goods["number"], service["number"]}
    assert (told["exact_base"], told["exact_tax"]) == ("1250.40", "250.08")
    by = {one["number"]: one["due_by"] for one in told["documents"]}
    assert by[goods["number"]] == goods["id"]
    assert by[service["number"]].startswith("pay_")


async def test_a_return_is_frozen_booked_and_counts_nothing_twice(shop: Shop) -> None:
    await shop.regime()
    await _posted(shop, ("1", "1000.40", "20"), nature="goods")
    made = await shop.call("invoicing.vat_return.create", period=PERIOD)
    assert (made["status"], made["vat_due"]) == ("computed", "200")
    done = await shop.call("invoicing.vat_return.validate", id=made["id"])
    assert done["status"] == "validated"
    entry = await shop.call("invoicing.journal_entry.get", id=done["entry_id"])
    amounts = {Decimal(one["debit"]) - Decimal(one["credit"]) for one in entry["lines"]}
    assert amounts == {Decimal("200.08"), Decimal(-200), Decimal("-0.08")}
    assert entry["date"] == "2026-10-31"

    late = await _posted(shop, ("1", "100.00", "20"), nature="goods")
    assert (await _boxes(shop))["08"]["tax"] == Decimal(200)
    november = await shop.call("invoicing.vat_return.compute", period="2026-11")
    assert november["late_rows"] == 1
    assert (await _boxes(shop, "2026-11"))["08"]["tax"] == Decimal(20)
    told = await shop.call("invoicing.vat_return.explain_box", period="2026-11", box="08")
    assert [one["number"] for one in told["documents"]] == [late["number"]]

    with pytest.raises(Problem) as refused:
        await shop.call("invoicing.vat_return.validate", id=made["id"])
    assert refused.value.code == "state_refused"
    twice = await shop.call.refused("invoicing.vat_return.create", period=PERIOD)
    assert twice["code"] in ("conflict", "duplicate", "already_exists")
    early = await shop.call("invoicing.vat_return.create", period="2026-11")
    refused_early = await shop.call.refused("invoicing.vat_return.validate", id=early["id"])
    assert "not over" in refused_early["message"]
    not_yet = await shop.call.refused("invoicing.vat_return.mark_filed", id=early["id"])
    assert not_yet["code"] == "state_refused"
    filed = await shop.call("invoicing.vat_return.mark_filed", id=made["id"])
    assert (filed["status"], filed["filed_on"]) == ("filed", filed["filed_on"])


@pytest.mark.parametrize("paid", ["0", "500.00", "whole"])
async def test_deposits_are_deducted_by_rate_and_their_vat_counts_once(
    shop: Shop, paid: str
) -> None:
    """Several rates, a discount on the whole, deposits paid in part or not: the VAT of the whole, once."""
    await shop.regime()
    deposit = await _posted(
        shop, ("1", "333.33", "20"), ("1", "111.11", "5.5"), kind="deposit", nature="goods"
    )
    amount = deposit["total_gross"]["amount"] if paid == "whole" else paid
    if Decimal(amount):
        await _pay(shop, deposit, amount)
    rates = {one: await shop.rate(one) for one in ("20", "5.5")}
    final = await shop.call(
        "invoicing.invoice.convert_deposit_to_final",
        invoice_ids=[deposit["id"]],
        discount_percent="10",
        lines=[
            {
                "description": "Four",
                "unit_price": "1999.99",
                "tax_rate_id": rates["20"],
                "nature": "goods",
            },
            {
                "description": "Farine",
                "unit_price": "777.77",
                "tax_rate_id": rates["5.5"],
                "nature": "goods",
            },
        ],
    )
    whole = {"20": Decimal("1799.99"), "5.5": Decimal("699.99")}
    posted = await shop.call("invoicing.invoice.post", id=final["id"], issue_date=DAY)
    told = {one["percent"]: one for one in posted["tax_breakdown"]}
    assert Decimal(told["20"]["base"]) + Decimal("333.33") == whole["20"]
    named = [
        one
        for one in (await shop.call("invoicing.invoice.get", id=final["id"]))["lines"]
        if one["kind"] == "deposit"
    ]
    assert {one["deposit_id"] for one in named} == {deposit["id"]}
    assert len(named) == 2

    # Delivered goods: all of the VAT is due, that of the unpaid deposit too, and none of it twice.
    detail = await shop.call("invoicing.report.vat_detail", period=PERIOD)
    by_rate = {one: Decimal(0) for one in whole}
    for row in detail["rows"]:
        by_rate[row["percent"]] += Decimal(row["base"])
    assert by_rate == whole
    due = sum(Decimal(one["total_tax"]["amount"]) for one in (deposit, posted))
    assert await shop.vat(PERIOD) == due
    if Decimal(deposit["total_gross"]["amount"]) > Decimal(amount):
        rest = Decimal(deposit["total_gross"]["amount"]) - Decimal(amount)
        await _pay(shop, deposit, str(rest))
    await _pay(shop, posted, posted["total_gross"]["amount"])
    assert await shop.vat(PERIOD) == due
    balance = await shop.balances()
    assert balance["419100"] == balance["445800"] == balance["411000"] == 0

    again = await shop.call.refused(
        "invoicing.invoice.convert_deposit_to_final", invoice_ids=[deposit["id"]]
    )
    assert "deducted already" in again["message"]


async def test_two_finals_cannot_deduct_one_deposit_twice(shop: Shop) -> None:
    deposit = await _posted(shop, ("1", "100.00", "20"), kind="deposit")
    line = {"description": "Tout", "unit_price": "500.00", "tax_rate_id": await shop.rate("20")}
    made = [
        await shop.call(
            "invoicing.invoice.convert_deposit_to_final", invoice_ids=[deposit["id"]], lines=[line]
        )
        for _ in range(2)
    ]
    await shop.call("invoicing.invoice.post", id=made[0]["id"])
    refused = await shop.call.refused("invoicing.invoice.post", id=made[1]["id"])
    assert "is left to deduct" in refused["message"]
    preview = await shop.call("invoicing.invoice.preview_post", id=made[1]["id"])
    assert not preview["can_be_posted"]
    assert "is left to deduct" in preview["errors"][0]


async def test_bad_debts_give_back_the_vat_that_fell_due(shop: Shop) -> None:
    await shop.regime()
    goods = await _posted(shop, ("1", "1000.00", "20"), nature="goods")
    service = await _posted(shop, ("1", "100.00", "20"))
    over = await shop.call.refused(
        "invoicing.invoice.write_off", id=service["id"], reason="trop", amount="120.01"
    )
    assert over["code"] == "conflict"
    lost = await shop.call(
        "invoicing.invoice.write_off",
        id=goods["id"],
        why="bad_debt",
        reason="Liquidation clôturée",
        vat_recovery=True,
    )
    assert (lost["status"], lost["written_off"]["amount"]) == ("paid", "1200.00")
    await shop.call("invoicing.invoice.write_off", id=service["id"], reason="Écart")
    balance = await shop.balances()
    assert balance["654000"] == Decimal("1000.00")
    assert balance["658000"] == Decimal("100.00")
    assert balance["445800"] == balance["411000"] == 0
    boxes = await _boxes(shop, "2026-11")
    assert boxes["21"]["tax"] == Decimal(200)
    assert boxes["27"]["tax"] == Decimal(200)


async def _bought(shop: Shop, country: str, category: str, *, goods: bool) -> None:
    """A supplier's invoice of 1,000.00 without VAT, that we owe in its place."""
    address = {"line1": "1 High Street", "city": "Town", "country": country}
    supplier = await shop.call(
        "crm.party.create", name=f"Supplier {country} {goods}", addresses=[address]
    )
    line = {
        "description": "Lot",
        "net": {"amount": "1000.00"},
        "tax_category": category,
        "tax_percent": "0",
        "exemption_code": f"VATEX-EU-{category}",
        "nature": "goods" if goods else "service",
    }
    given = {"party_id": supplier["id"], "number": f"{country}-{goods}", "invoice_date": DAY}
    made = await shop.call("invoicing.supplier_invoice.create", **given, lines=[line])
    await shop.call("invoicing.supplier_invoice.approve", id=made["id"])
    await shop.call("invoicing.supplier_invoice.post", id=made["id"])
    await shop.call("invoicing.supplier_invoice.reverse_charge", id=made["id"])


async def test_what_crosses_the_border_is_in_its_boxes(shop: Shop) -> None:
    """Form 3310-CA3: A3, A4, B2 and B4 by where it was bought, imports by rate, E2 what is taxed abroad."""
    await shop.regime()
    for country, category, goods in (
        ("DE", "K", True), ("DE", "AE", False), ("CN", "G", True), ("US", "AE", False), ("FR", "AE", False),
    ):  # fmt: skip
        await _bought(shop, country, category, goods=goods)
    rates = await shop.call("sales.tax_rate.list", scope="sale", code="OUTSIDE")
    abroad = {"line1": "1 Main Street", "city": "Boston", "country": "US"}
    client = await shop.call("crm.customer.create", name="Acme Inc", addresses=[abroad])
    line = {
        "description": "Consulting",
        "unit_price": {"amount": "700.00"},
        "tax_rate_id": rates["items"][0]["id"],
    }
    sold = await shop.call("invoicing.invoice.create", party_id=client["id"], lines=[line])
    await shop.call("invoicing.invoice.post", id=sold["id"], issue_date=DAY)
    due = await shop.draft(("1", "100.00", "20"), due_date="2026-10-16")
    await shop.call("invoicing.invoice.post", id=due["id"], issue_date="2026-10-16")
    fees = await shop.call("invoicing.invoice.invoice_late_fees", invoice_ids=[due["id"]])
    await shop.call("invoicing.invoice.post", id=fees["id"])

    boxes = await _boxes(shop)
    of = {one: boxes[one]["base"] for one in ("A2", "A3", "A4", "B2", "B4", "E2")}
    assert of == {
        **dict.fromkeys(("A2", "A3", "A4", "B2", "B4"), Decimal(1000)),
        "E2": Decimal(700),
    }
    assert boxes["I1"] == {"base": Decimal(1000), "tax": Decimal(200)}
    assert boxes["08"] == {"base": Decimal(4000), "tax": Decimal(800)}
    assert boxes["16"]["tax"] == Decimal(1000)
    assert boxes["17"]["tax"] == boxes["24"]["tax"] == Decimal(200)
    assert boxes["20"]["tax"] == Decimal(1000)
    assert boxes["28"]["tax"] == 0
    # Penalties were never sold: they are in no box.
    assert (await _boxes(shop, "2026-11"))["E2"]["base"] == 0


def test_every_rate_is_in_the_total_of_the_form() -> None:
    """Corsica and imports too, and each once."""
    for percent, territory, assessed in (
        ("20", "metropole", False), ("10", "corse", False), ("2.1", "corse", False), ("0.9", "corse", False),
        ("2.1", "metropole", False), ("8.5", "guadeloupe_martinique_reunion", False),
        ("19.6", "metropole", False), ("3", "metropole", False),
        ("20", "export", True), ("5.5", "export", True),
    ):  # fmt: skip
        group = Group(
            direction="collected",
            nature="goods",
            category="S",
            percent=Decimal(percent),
            territory=territory,
            is_self_assessed=assessed,
            recovers=False,
            below=False,
            base=Decimal(1000),
            tax=10 * Decimal(percent),
        )
        told = filled("CA3", date(2026, 10, 31), [group])
        assert told.tax("16") == told.due == euros(group.tax), percent
