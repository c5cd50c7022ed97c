"""Credit notes: what they take back is booked, numbered, capped, and its VAT falls back with it."""

from decimal import Decimal
from typing import Any

import pytest

from eyeot import Problem
from plugins.invoicing.tests.shop import Shop


async def _entry(shop: Shop, id: str) -> dict[str, Decimal]:
    """Debits less credits by account code."""
    entry = await shop.call("invoicing.journal_entry.get", id=id)
    sums: dict[str, Decimal] = {}
    for line in entry["lines"]:
        account = await shop.call("invoicing.ledger_account.get", id=line["account_id"])
        amount = Decimal(line["debit"]) - Decimal(line["credit"])
        sums[account["code"]] = sums.get(account["code"], Decimal(0)) + amount
    assert sum(sums.values()) == 0
    return sums


async def _credit(shop: Shop, invoice: dict[str, Any], **more: Any) -> dict[str, Any]:
    draft = await shop.call("invoicing.invoice.credit", invoice_id=invoice["id"], **more)
    return await shop.call("invoicing.credit_note.post", id=draft["id"])


async def test_a_full_credit_takes_everything_back_and_settles_the_invoice(shop: Shop) -> None:
    invoice = await shop.posted(("3", "33.33", "20"), ("1", "99.99", "5.5"), discount_percent="7.5")
    note = await _credit(shop, invoice, reason="cancellation")

    assert note["number"].startswith("AV-")
    assert note["invoice_number"] == invoice["number"]
    assert len(note["hash"]) == 64
    assert note["total_gross"] == invoice["total_gross"]
    assert note["total_tax"] == invoice["total_tax"]
    assert note["status"] == "applied"
    after = await shop.call("invoicing.invoice.get", id=invoice["id"])
    assert (after["status"], after["amount_due"]["amount"]) == ("credited", "0.00")
    booked, back = await _entry(shop, invoice["entry_id"]), await _entry(shop, note["entry_id"])
    assert back == {code: -amount for code, amount in booked.items()}

    with pytest.raises(Problem) as refused:
        await shop.call("invoicing.invoice.credit", invoice_id=invoice["id"])
    assert refused.value.code == "conflict"


async def test_credit_notes_in_parts_come_to_the_invoice_and_never_beyond(shop: Shop) -> None:
    invoice = await shop.posted(
        ("3", "33.35", "20"), ("7", "1.07", "5.5"), discount_amount={"amount": "3.33"}
    )
    lines = (await shop.call("invoicing.invoice.get", id=invoice["id"]))["lines"]
    one = [{"line_id": lines[0]["id"], "quantity": "1"}]
    notes = [await _credit(shop, invoice, lines=one) for _ in range(3)]
    notes.append(await _credit(shop, invoice))
    gross = sum(Decimal(one["total_gross"]["amount"]) for one in notes)
    tax = sum(Decimal(one["total_tax"]["amount"]) for one in notes)
    assert gross == Decimal(invoice["total_gross"]["amount"])
    assert tax == Decimal(invoice["total_tax"]["amount"])


async def test_more_than_is_left_at_a_rate_is_refused(shop: Shop) -> None:
    invoice = await shop.posted(("1", "100.00", "20"), ("1", "500.00", "5.5"))
    rebate = {
        "description": "Remise",
        "unit_price": {"amount": "100.01"},
        "tax_rate_id": await shop.rate("20"),
    }
    draft = await shop.call(
        "invoicing.credit_note.create", invoice_id=invoice["id"], reason="discount", lines=[rebate]
    )
    refused = await shop.call.refused("invoicing.credit_note.post", id=draft["id"])
    assert refused["code"] == "conflict"
    assert "100.00" in refused["message"]
    line = (await shop.call("invoicing.credit_note.get", id=draft["id"]))["lines"][0]["id"]
    await shop.call("invoicing.credit_note_line.update", id=line, unit_price={"amount": "100.00"})
    posted = await shop.call("invoicing.credit_note.post", id=draft["id"])
    assert posted["total_gross"]["amount"] == "120.00"
    assert posted["status"] == "applied"
    for change in ({"reason": "error"}, {"note": "autre"}):
        with pytest.raises(Problem) as frozen:
            await shop.call("invoicing.credit_note.update", id=draft["id"], **change)
        assert frozen.value.code == "state_refused"


async def test_vat_that_waits_is_reduced_and_vat_that_fell_due_is_taken_back(shop: Shop) -> None:
    period = "2026-11"
    invoice = await shop.posted(("1", "1000.00", "20"))
    paid = await shop.call(
        "invoicing.invoice.register_payment", invoice_id=invoice["id"], amount={"amount": "600.00"}
    )
    assert paid["amount_due"]["amount"] == "600.00"
    due = await shop.vat(period)
    assert due == Decimal("100.00")

    line = (await shop.call("invoicing.invoice.get", id=invoice["id"]))["lines"][0]["id"]
    first = await _credit(shop, invoice, lines=[{"line_id": line, "amount": "500.00"}])
    # All of it waited: nothing that fell due is taken back.
    assert await shop.vat(period) == Decimal("100.00")
    assert first["status"] == "applied"
    second = await _credit(shop, invoice, lines=[{"line_id": line, "amount": "250.00"}])
    assert await shop.vat(period) == Decimal("50.00")
    assert (second["status"], second["remaining"]["amount"]) == ("posted", "300.00")
    pending = (await _entry(shop, second["entry_id"])).get("445800", Decimal(0))
    assert pending == 0

    other = await shop.posted(("1", "100.00", "20"))
    used = await shop.call(
        "invoicing.credit_note.apply",
        id=second["id"],
        allocations=[{"invoice_id": other["id"], "amount": "60.00"}],
    )
    assert (used["status"], used["remaining"]["amount"]) == ("partly_applied", "240.00")
    # Set off is paid: half of the other invoice's VAT fell due.
    assert await shop.vat(period) == Decimal("60.00")
    refused = await shop.call.refused(
        "invoicing.credit_note.refund", id=second["id"], amount="240.01"
    )
    assert refused["code"] == "invalid"
    back = await shop.call("invoicing.credit_note.refund", id=second["id"])
    assert (back["status"], back["remaining"]["amount"]) == ("refunded", "0.00")
    again = await shop.call.refused("invoicing.credit_note.refund", id=second["id"])
    assert again["code"] == "state_refused"


async def test_a_credit_of_another_customer_is_refused_and_an_advance_is_used(shop: Shop) -> None:
    invoice = await shop.posted(("1", "100.00", "20"))
    await shop.call(
        "invoicing.invoice.register_payment", invoice_id=invoice["id"], amount={"amount": "150.00"}
    )
    note = await _credit(shop, invoice)
    stranger = await shop.new_customer("Autre SARL", siren="443061841")
    other = await shop.posted(("1", "50.00", "20"), party_id=stranger["id"])
    refused = await shop.call.refused(
        "invoicing.credit_note.apply", id=note["id"], allocations=[{"invoice_id": other["id"]}]
    )
    assert "two customers" in refused["message"]
    told = await shop.call.refused(
        "invoicing.invoice.apply_credit",
        invoice_id=other["id"],
        source=note["id"],
    )
    assert told["code"] == "conflict"
    mine = await shop.posted(("1", "200.00", "20"))
    paid = (await shop.call("invoicing.payment.list", party_id=invoice["party_id"]))["items"][0]
    used = await shop.call(
        "invoicing.invoice.apply_credit",
        invoice_id=mine["id"],
        source=paid["id"],
    )
    assert (used["amount_due"]["amount"], used["left"]["amount"]) == ("210.00", "0.00")
    rest = await shop.call(
        "invoicing.invoice.apply_credit",
        invoice_id=mine["id"],
        source=note["id"],
    )
    assert (rest["amount_due"]["amount"], rest["status"]) == ("90.00", "partially_paid")


async def test_credit_and_reissue_leave_two_drafts_that_say_what_was_corrected(shop: Shop) -> None:
    invoice = await shop.posted(("2", "850.00", "20"), buyer_reference="BC 1")
    line = (await shop.call("invoicing.invoice.get", id=invoice["id"]))["lines"][0]["id"]
    made = await shop.call(
        "invoicing.invoice.credit_and_reissue",
        invoice_id=invoice["id"],
        corrections={"buyer_reference": "BC 2", "lines": [{"line_id": line, "quantity": "1"}]},
    )
    note = await shop.call("invoicing.credit_note.get", id=made["credit_note_id"])
    fresh = await shop.call("invoicing.invoice.get", id=made["invoice_id"])
    assert note["total_gross"]["amount"] == "2040.00"
    assert (fresh["kind"], fresh["buyer_reference"]) == ("corrective", "BC 2")
    assert fresh["total_gross"]["amount"] == "1020.00"
    assert (note["status"], fresh["status"]) == ("draft", "draft")
    draft = await shop.draft(("1", "10.00", "20"))
    refused = await shop.call.refused(
        "invoicing.invoice.credit_and_reissue", invoice_id=draft["id"]
    )
    assert refused["code"] == "conflict"
    credit = await shop.call.refused("invoicing.invoice.credit", invoice_id=draft["id"])
    assert credit["code"] == "conflict"
