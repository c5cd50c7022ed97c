"""Payments: what they settle, what comes back, and that no cent of it or of its VAT is lost."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from eyeot import Problem
from plugins.invoicing.tests.banking import Bank
from plugins.invoicing.tests.shop import Shop


async def paid(shop: Shop, amount: str, method: str = "transfer", **more: Any) -> dict[str, Any]:
    """A booked payment of the customer's."""
    found = await shop.call("invoicing.payment_method.list", code=method)
    made = await shop.call(
        "invoicing.payment.create",
        party_id=more.pop("party_id", shop.customer["party_id"]),
        amount={"amount": amount},
        method_id=found["items"][0]["id"],
        **more,
    )
    return await shop.call("invoicing.payment.post", id=made["id"])


async def vat(bank: Bank) -> tuple[Decimal, Decimal]:
    """VAT that is due, and VAT that waits, as the books have them."""
    return -await bank.balance("445711"), -await bank.balance("445800")


async def test_a_payment_settles_the_oldest_first_and_can_be_taken_off_again(shop: Shop) -> None:
    bank = await Bank.open(shop)
    first = await shop.posted(("1", "100.00", "20"), due_date=bank.today)
    second = await shop.posted(("1", "50.00", "20"))
    payment = await paid(shop, "150.00")
    assert await vat(bank) == (Decimal("0.00"), Decimal("30.00"))

    done = await shop.call("invoicing.payment.allocate", id=payment["id"])
    assert [one["invoice_id"] for one in done["settled"]] == [first["id"], second["id"]]
    assert [one["amount"]["amount"] for one in done["settled"]] == ["120.00", "30.00"]
    assert done["unallocated"]["amount"] == "0.00"
    assert await vat(bank) == (Decimal("25.00"), Decimal("5.00"))
    refused = await shop.call.refused("invoicing.payment.allocate", id=payment["id"])
    assert refused["code"] == "conflict"

    freed = await shop.call(
        "invoicing.payment.unallocate", id=payment["id"], invoice_id=first["id"]
    )
    assert freed["freed"]["amount"] == "120.00"
    assert freed["status"] == "posted"
    assert freed["amount_due"]["amount"] == "120.00"
    assert await vat(bank) == (Decimal("5.00"), Decimal("25.00"))
    refused = await shop.call.refused(
        "invoicing.payment.unallocate", id=payment["id"], invoice_id=first["id"]
    )
    assert refused["code"] == "conflict"
    again = await shop.call(
        "invoicing.payment.allocate",
        id=payment["id"],
        allocations=[{"invoice_id": second["id"]}, {"invoice_id": first["id"]}],
    )
    assert [one["amount"]["amount"] for one in again["settled"]] == ["30.00", "90.00"]
    assert await vat(bank) == (Decimal("25.00"), Decimal("5.00"))


async def test_a_bounced_cheque_is_owed_again_with_its_vat_and_the_fee_is_ours(shop: Shop) -> None:
    bank = await Bank.open(shop)
    invoice = await shop.posted(("1", "100.00", "20"))
    cheque = await paid(shop, "120.00", "cheque", reference="CHQ 77")
    await shop.call("invoicing.payment.allocate", id=cheque["id"])
    assert (await bank.invoice(invoice["id"]))["status"] == "paid"
    assert await vat(bank) == (Decimal("20.00"), Decimal("0.00"))

    back = await shop.call(
        "invoicing.payment.bounce",
        id=cheque["id"],
        reason_code="insufficient_funds",
        fee={"amount": "15.00"},
    )
    assert back["status"] == "bounced"
    owed = await bank.invoice(invoice["id"])
    assert (owed["status"], owed["amount_due"]["amount"]) == ("posted", "120.00")
    assert await vat(bank) == (Decimal("0.00"), Decimal("20.00"))
    assert await bank.balance("511200") == Decimal("-15.00")
    assert await bank.balance("627000") == Decimal("15.00")
    assert await bank.balance("411000") == Decimal("120.00")
    refused = await shop.call.refused(
        "invoicing.payment.bounce", id=cheque["id"], reason_code="other"
    )
    assert refused["code"] == "state_refused"


async def test_what_was_paid_twice_goes_back_and_only_once(shop: Shop) -> None:
    bank = await Bank.open(shop)
    payment = await paid(shop, "80.00")
    back = await shop.call("invoicing.payment.refund", id=payment["id"], amount={"amount": "30.00"})
    assert (back["direction"], back["status"]) == ("out", "posted")
    assert back["unallocated"]["amount"] == "0.00"
    assert await bank.balance("411000") == Decimal("-50.00")
    refused = await shop.call.refused(
        "invoicing.payment.refund", id=payment["id"], amount={"amount": "50.01"}
    )
    assert refused["code"] == "conflict"
    refused = await shop.call.refused(
        "invoicing.payment.bounce", id=payment["id"], reason_code="other"
    )
    assert refused["code"] == "conflict"
    await shop.call("invoicing.payment.bounce", id=back["id"], reason_code="wrong_details")
    free = await shop.call("invoicing.payment.get", id=payment["id"])
    assert free["unallocated"]["amount"] == "80.00"
    assert await bank.balance("411000") == Decimal("-80.00")


async def test_an_advance_is_passed_on_within_a_group_only(shop: Shop) -> None:
    mother, daughter = await shop.new_customer("Groupe Nord"), await shop.new_customer("Nord Est")
    payment = await paid(shop, "200.00", party_id=mother["party_id"])
    given = {"id": payment["id"], "party_id": daughter["party_id"], "amount": {"amount": "75.00"}}
    refused = await shop.call.refused("invoicing.payment.transfer_unallocated", **given)
    assert refused["code"] == "conflict"
    await shop.call(
        "crm.party.set_hierarchy", id=daughter["party_id"], parent_id=mother["party_id"]
    )
    passed = await shop.call("invoicing.payment.transfer_unallocated", **given)
    assert passed["unallocated"]["amount"] == "75.00"
    left = await shop.call("invoicing.payment.get", id=payment["id"])
    assert left["unallocated"]["amount"] == "125.00"
    refused = await shop.call.refused(
        "invoicing.payment.bounce", id=passed["id"], reason_code="other"
    )
    assert refused["code"] == "conflict"


async def test_cash_above_the_law_is_refused_even_in_parts(shop: Shop) -> None:
    invoice = await shop.posted(("1", "1000.00", "20"))
    asked = {"amount": {"amount": "1000.01"}, "party_id": shop.customer["party_id"]}
    told = await shop.call("invoicing.payment_method.check_cash_limit", **asked)
    assert (told["allowed"], told["ceiling"], told["payer"]) == (False, "1000", "resident")
    with pytest.raises(Problem) as refused:
        await paid(shop, "1000.01", "cash")
    assert refused.value.code == "conflict"
    for amount, allowed in (("700.00", True), ("400.00", False)):
        payment = await paid(shop, amount, "cash")
        share = [{"invoice_id": invoice["id"], "amount": {"amount": amount}}]
        if allowed:
            await shop.call("invoicing.payment.allocate", id=payment["id"], allocations=share)
        else:
            body = await shop.call.refused(
                "invoicing.payment.allocate", id=payment["id"], allocations=share
            )
            assert body["code"] == "conflict"
    abroad = await shop.call(
        "crm.party.create",
        kind="person",
        name="Ann Lee",
        addresses=[{"line1": "1 High St", "city": "London", "country": "GB"}],
    )
    told = await shop.call(
        "invoicing.payment_method.check_cash_limit",
        amount={"amount": "14000.00"},
        party_id=abroad["id"],
        on="2026-11-23",
    )
    assert (told["allowed"], told["ceiling"]) == (True, "15000")
    later = {"amount": {"amount": "14000.00"}, "party_id": abroad["id"], "on": "2027-07-10"}
    told = await shop.call("invoicing.payment_method.check_cash_limit", **later)
    assert (told["allowed"], told["ceiling"]) == (False, "10000")


async def test_terms_are_held_to_the_law(shop: Shop) -> None:
    call = shop.call
    listed = (await call("invoicing.payment_term.list", limit=50))["items"]
    terms = {one["code"]: one["id"] for one in listed}
    lines = [{"percent": "100", "days": 60, "end_of_month": True}]
    late = await call("invoicing.payment_term.create", code="60EOM", name="60 FM", lines=lines)
    for id, sector, lawful in (
        (terms["60D"], "general", True),
        (terms["45EOM"], "general", True),
        (late["id"], "general", False),
        (terms["60D"], "periodic", False),
        (terms["60D"], "transport", False),
        (terms["30D"], "transport", True),
    ):
        told = await call("invoicing.payment_term.check_legal_maximum", id=id, sector=sector)
        assert told["lawful"] is lawful
        assert bool(told["warnings"]) is not lawful
    parts = [
        {"percent": "33.33", "days": 0},
        {"percent": "66.67", "days": 30, "end_of_month": True},
    ]
    own = await call("invoicing.payment_term.create", code="3X", name="En deux", lines=parts)
    due = await call(
        "invoicing.payment_term.compute_due_dates",
        id=own["id"],
        amount={"amount": "100.01"},
        date="2026-01-31",
    )
    assert [one["due_date"] for one in due["instalments"]] == ["2026-01-31", "2026-03-31"]
    assert [one["amount"]["amount"] for one in due["instalments"]] == ["33.33", "66.68"]


async def test_two_who_allocate_at_once_never_give_more_than_there_is(shop: Shop) -> None:
    """Invariants 5 and 6, by real connections."""
    invoices = [await shop.posted(("1", "100.00", "20")) for _ in range(4)]
    payment = await paid(shop, "300.00")
    other = await paid(shop, "300.00")

    async def give(payment_id: str, invoice_id: str) -> Decimal:
        try:
            done = await shop.call(
                "invoicing.payment.allocate",
                id=payment_id,
                allocations=[{"invoice_id": invoice_id}],
            )
        except Problem:
            return Decimal(0)
        return sum((Decimal(one["amount"]["amount"]) for one in done["settled"]), Decimal(0))

    pairs = [(p["id"], i["id"]) for p in (payment, other) for i in invoices]
    given = sum(await asyncio.gather(*(give(*pair) for pair in pairs)))
    left = [
        Decimal((await shop.call("invoicing.payment.get", id=one["id"]))["unallocated"]["amount"])
        for one in (payment, other)
    ]
    due = [
        Decimal((await shop.call("invoicing.invoice.get", id=one["id"]))["amount_due"]["amount"])
        for one in invoices
    ]
    assert min(left) >= 0
    assert min(due) >= 0
    assert given == Decimal(600) - sum(left) == Decimal(480) - sum(due)


async def test_cheques_go_to_the_bank_together_and_a_receipt_is_printed(shop: Shop) -> None:
    bank = await Bank.open(shop)
    cheques = [
        await paid(shop, amount, "cheque", reference=f"CHQ {amount}")
        for amount in ("70.00", "30.00")
    ]
    ids = [one["id"] for one in cheques]
    slip = await shop.call(
        "invoicing.payment.deposit_cheques", payment_ids=ids, bank_account_id=bank.account["id"]
    )
    assert (slip["cheques"], slip["total"]) == (2, "100.00")
    refused = await shop.call.refused(
        "invoicing.payment.deposit_cheques", payment_ids=ids[:1], bank_account_id=bank.account["id"]
    )
    assert refused["code"] == "conflict"
    receipt = await shop.call("invoicing.payment.print_receipt", id=ids[0])
    document = await shop.call("core.document.get", id=receipt["document_id"])
    assert document["mime"] == "application/pdf"
    draft = await shop.call(
        "invoicing.payment.create",
        party_id=shop.customer["party_id"],
        amount={"amount": "1.00"},
    )
    refused = await shop.call.refused("invoicing.payment.print_receipt", id=draft["id"])
    assert refused["code"] == "conflict"
