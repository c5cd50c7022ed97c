"""Receipts: VAT on payment and lateness go by the day the money came, whenever it is allocated."""

from decimal import Decimal
from typing import Any

from plugins.invoicing.tests.shop import Shop

RECEIVED = "2026-09-26"


async def _service(shop: Shop, issued: str = "2026-08-20", **more: Any) -> dict[str, Any]:
    """A posted invoice of a service: 1,000.00 and 200.00 of VAT that waits for the payment."""
    draft = await shop.draft(("1", "1000.00", "20"), due_date=RECEIVED, **more)
    return await shop.call("invoicing.invoice.post", id=draft["id"], issue_date=issued)


async def _received(shop: Shop, amount: str = "1200.00", on: str = RECEIVED) -> dict[str, Any]:
    """A payment that came on a day and settles nothing yet."""
    party = shop.customer["party_id"]
    given = {"party_id": party, "amount": {"amount": amount}, "date": on}
    made = await shop.call("invoicing.payment.create", **given)
    return await shop.call("invoicing.payment.post", id=made["id"])


async def _filed(shop: Shop, period: str) -> dict[str, Any]:
    made = await shop.call("invoicing.vat_return.create", period=period)
    return await shop.call("invoicing.vat_return.validate", id=made["id"])


async def _vat(shop: Shop, *months: str) -> list[Decimal]:
    return [await shop.vat(f"2026-{one}") for one in months]


async def test_what_came_in_time_is_neither_late_nor_due_when_it_is_allocated(shop: Shop) -> None:
    await shop.regime()
    invoice, payment = await _service(shop), await _received(shop)
    waiting = await shop.call("invoicing.vat_return.compute", period="2026-09")
    assert any("settle nothing yet" in one for one in waiting["notes"])
    await shop.call("invoicing.payment.allocate", id=payment["id"])

    assert await _vat(shop, "09", "11") == [Decimal("200.00"), Decimal(0)]
    after = await shop.call("invoicing.invoice.get", id=invoice["id"])
    assert (after["status"], after["settled_on"]) == ("paid", RECEIVED)
    fees = await shop.call("invoicing.invoice.compute_late_fees", id=invoice["id"])
    assert (fees["days_late"], fees["total"]) == (0, "0")

    # Undone before any return counted it: as if it had never been.
    given = {"id": payment["id"], "invoice_id": invoice["id"]}
    await shop.call("invoicing.payment.unallocate", **given)
    assert await _vat(shop, "09", "11") == [Decimal(0), Decimal(0)]
    await shop.call(
        "invoicing.invoice.apply_credit", invoice_id=invoice["id"], source=payment["id"]
    )
    assert await _vat(shop, "09", "11") == [Decimal("200.00"), Decimal(0)]


async def test_what_is_allocated_after_the_return_is_made_good_in_the_next_one(shop: Shop) -> None:
    await shop.regime()
    invoice, payment = await _service(shop), await _received(shop)
    await _filed(shop, "2026-09")
    month = (await shop.call("invoicing.fiscal_period.list", name="2026-09"))["items"][0]
    await shop.call("invoicing.fiscal_period.soft_close", id=month["id"])
    await shop.call("invoicing.payment.allocate", id=payment["id"])
    assert await _vat(shop, "09") == [Decimal("200.00")]
    october = await shop.call("invoicing.vat_return.compute", period="2026-10")
    assert (october["late_rows"], october["vat_due"]) == (1, "200")
    # The books of September are closed: the entry is today's.
    entries = await shop.call("invoicing.journal_entry.list", source=payment["id"], limit=10)
    released = [one for one in entries["items"] if "exigible" in one["label"]]
    assert [one["date"][:7] for one in released] == ["2026-11"]

    await _filed(shop, "2026-10")
    given = {"id": payment["id"], "invoice_id": invoice["id"]}
    await shop.call("invoicing.payment.unallocate", **given)
    assert await _vat(shop, "09", "11") == [Decimal("200.00"), Decimal("-200.00")]


async def test_an_advance_counts_from_its_receipt_where_it_was_known_what_it_is_for(
    shop: Shop,
) -> None:
    """CGI, art. 269, 2-c: by the receipt, but no VAT on money of which nobody knew what it was for."""
    await shop.regime()
    for more, due in (
        ({}, "2026-10"),
        ({"supply_date": "2026-08-01"}, "2026-09"),
        ({"kind": "deposit"}, "2026-09"),
    ):
        before = await shop.vat(due)
        draft = await shop.draft(("1", "1000.00", "20"), **more)
        posted = await shop.call("invoicing.invoice.post", id=draft["id"], issue_date="2026-10-20")
        await shop.call(
            "invoicing.invoice.register_payment", invoice_id=posted["id"], date=RECEIVED
        )
        assert await shop.vat(due) - before == Decimal("200.00")
        after = await shop.call("invoicing.invoice.get", id=posted["id"])
        assert after["settled_on"] == "2026-10-20"


async def test_credits_are_set_off_on_the_day_on_which_both_were_owed(shop: Shop) -> None:
    """Code civil, art. 1347: it works on that day, whenever it is invoked."""
    await shop.regime()
    other = await _service(shop, "2026-08-01")
    await shop.call("invoicing.invoice.register_payment", invoice_id=other["id"], date="2026-08-05")
    late = await _service(shop, "2026-08-20")
    draft = await shop.call("invoicing.invoice.credit", invoice_id=other["id"])
    note = await shop.call("invoicing.credit_note.post", id=draft["id"], issue_date="2026-10-06")
    before = await shop.vat("2026-10")
    await shop.call("invoicing.invoice.apply_credit", invoice_id=late["id"], source=note["id"])
    assert await shop.vat("2026-10") - before == Decimal("200.00")
    fees = await shop.call("invoicing.invoice.compute_late_fees", id=late["id"])
    # From the day after 26 September to 6 October, that day included.
    assert fees["days_late"] == 10
