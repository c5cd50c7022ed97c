"""Invoices: drafted, posted, paid, and never changed after."""

from decimal import Decimal

import pytest

from eyeot import Problem
from plugins.invoicing.tests.shop import Shop


async def test_a_posted_invoice_is_numbered_booked_and_due(shop: Shop) -> None:
    draft = await shop.draft(("2", "850.00", "20"), ("1", "99.99", "5.5"))
    assert "number" not in draft
    assert draft["total_net"]["amount"] == "1799.99"
    assert draft["total_tax"]["amount"] == "345.50"
    assert draft["total_gross"]["amount"] == "2145.49"

    posted = await shop.call("invoicing.invoice.post", id=draft["id"])
    assert posted["status"] == "posted"
    assert posted["number"].startswith("FA-")
    assert posted["amount_due"]["amount"] == "2145.49"
    entry = await shop.call("invoicing.journal_entry.get", id=posted["entry_id"])
    debit = sum(Decimal(one["debit"]) for one in entry["lines"])
    credit = sum(Decimal(one["credit"]) for one in entry["lines"])
    assert debit == credit == Decimal("2145.49")

    paid = await shop.call(
        "invoicing.invoice.register_payment", invoice_id=draft["id"], amount={"amount": "1000.00"}
    )
    assert paid["amount_due"]["amount"] == "1145.49"
    assert paid["status"] == "partially_paid"
    rest = await shop.call("invoicing.invoice.register_payment", invoice_id=draft["id"])
    assert rest["status"] == "paid"
    assert rest["settled"]["amount"] == "1145.49"


async def test_a_posted_invoice_never_changes(shop: Shop) -> None:
    posted = await shop.posted(("1", "100.00", "20"))
    with pytest.raises(Problem) as refused:
        await shop.call("invoicing.invoice.update", id=posted["id"], note="autre chose")
    assert refused.value.code == "state_refused"
    with pytest.raises(Problem) as refused:
        await shop.call(
            "invoicing.invoice_line.create",
            invoice_id=posted["id"],
            description="Ajout",
            unit_price={"amount": "1.00"},
        )
    assert refused.value.code == "state_refused"
