"""Settling: money paid to a supplier settles its invoices, and lets the VAT that waited be deducted.

Source: CGI, art. 271, I-2 (VAT is deductible when the supplier owes it: of services, by the payment).
"""

from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from eyeot import Context, RecordRef, within
from eyeot_invoicing.ledger.accounts import Accounts
from eyeot_invoicing.ledger.booking import Booking, Leg, book
from eyeot_invoicing.ledger.entries import EntryLine, JournalEntry
from eyeot_invoicing.ledger.periods import open_day
from eyeot_invoicing.payments.posting import PaymentPosted
from eyeot_invoicing.payments.record import Allocation, Payment
from eyeot_invoicing.purchases.record import OPEN, SupplierInvoice, lifecycle
from eyeot_invoicing.vat.due import Part, fell_due
from eyeot_sales.trade.amounts import ZERO, TaxKey, money, rounded


@within("invoicing.payment.posted")
async def settle_paid(ctx: Context, event: PaymentPosted) -> None:
    """Let money that went to a supplier settle what its reference names, else the oldest due first."""
    payment = await ctx.get(Payment, event.payment_id, beyond=True)
    if payment.direction != "out" or not await _to_supplier(ctx, payment):
        return
    free = payment.unallocated.amount if payment.unallocated else ZERO
    for place, invoice in enumerate(await _owed(ctx, payment), start=1):
        if not free:
            break
        due = invoice.amount_due.amount if invoice.amount_due else ZERO
        amount = min(free, due)
        if amount <= 0:
            continue
        await _settle(ctx, payment, invoice, amount, place)
        free -= amount
    payment.unallocated = money(free, payment.amount.currency)


async def _to_supplier(ctx: Context, payment: Payment) -> bool:
    """Whether it was booked against the supplier, and is no refund to a customer."""
    payable = await Accounts(ctx).role("payable")
    c = EntryLine.c
    return (
        await ctx.first(EntryLine, c.entry_id == payment.entry_id, c.account_id == payable.id)
        is not None
    )


async def _owed(ctx: Context, payment: Payment) -> list[SupplierInvoice]:
    """What is owed to the supplier: first what the reference names, then the oldest due."""
    c = SupplierInvoice.c
    named = sa.case(
        (c.number == (payment.reference or ""), 0),
        (c.internal_number == (payment.reference or ""), 0),
        else_=1,
    )
    found = await ctx.find(
        SupplierInvoice,
        c.party_id == payment.party_id,
        c.kind == "invoice",
        c.status.in_(OPEN),
        c.currency == payment.amount.currency,
        order=(named, c.due_date, c.invoice_date, c.id),
        limit=200,
    )
    return [await ctx.get(SupplierInvoice, one.id, lock=True, beyond=True) for one in found]


async def _settle(
    ctx: Context, payment: Payment, invoice: SupplierInvoice, amount: Decimal, place: int
) -> None:
    day = _since(ctx, payment, invoice)
    await ctx.add(
        Allocation(
            payment_id=payment.id,
            position=place,
            settles=RecordRef.to(invoice.meta.name, invoice.id),
            amount=money(amount, invoice.currency),
            on=day,
        )
    )
    paid = invoice.paid.amount if invoice.paid else ZERO
    left = (invoice.amount_due.amount if invoice.amount_due else ZERO) - amount
    invoice.paid = money(paid + amount, invoice.currency)
    invoice.amount_due = money(left, invoice.currency)
    await _deduct(ctx, payment, invoice, amount, last=not left)
    if left:
        lifecycle.take(invoice, "pay_in_part")
        return
    invoice.settled_on = day
    lifecycle.take(invoice, "settle")


def _since(ctx: Context, payment: Payment, invoice: SupplierInvoice) -> date:
    """Since when it is settled: VAT is deducted by an invoice, so not before its date (CGI, art. 271, II)."""
    return max(payment.date or ctx.today, invoice.invoice_date)


async def _deduct(
    ctx: Context, payment: Payment, invoice: SupplierInvoice, amount: Decimal, *, last: bool
) -> None:
    """Let the part of the waiting VAT that a payment answers for be deducted; the last one takes the rest."""
    rows: list[Any] = [dict(one) for one in invoice.pending_vat]
    if not rows or invoice.total_gross is None:
        return
    share = amount / invoice.total_gross.amount
    found = [_released(one, share, last=last) for one in rows]
    invoice.pending_vat = rows
    whole = sum((one.tax for one in found), ZERO)
    if not whole:
        return
    source = RecordRef.to(invoice.meta.name, invoice.id)
    cause = RecordRef.to(payment.meta.name, payment.id)
    day = _since(ctx, payment, invoice)
    entry = await _entered(ctx, invoice, whole, day, cause)
    await fell_due(
        ctx,
        found,
        due_on=day,
        direction="deductible",
        source=source,
        cause=cause,
        party_id=invoice.party_id,
        entry_id=entry.id,
    )


async def _entered(
    ctx: Context, invoice: SupplierInvoice, whole: Decimal, day: date, cause: RecordRef
) -> JournalEntry:
    """The entry that takes VAT from what waits to what is deducted."""
    accounts = Accounts(ctx)
    return await book(
        ctx,
        Booking(
            journal="general",
            on=await open_day(ctx, day),
            label=f"TVA déductible sur paiement {invoice.number}",
            legs=[
                Leg(await accounts.role("vat_deductible"), whole),
                Leg(await accounts.role("vat_deductible_pending"), -whole),
            ],
            piece_ref=invoice.internal_number,
            source=cause,
        ),
    )


def _released(one: dict[str, str], share: Decimal, *, last: bool) -> Part:
    """The part of one row that may be deducted now, noted on the row."""
    base, tax = Decimal(one["base"]), Decimal(one["tax"])
    done_base, done_tax = Decimal(one["released_base"]), Decimal(one["released_tax"])
    now_base = base - done_base if last else rounded(base * share)
    now_tax = tax - done_tax if last else rounded(tax * share)
    one["released_base"] = f"{done_base + now_base:f}"
    one["released_tax"] = f"{done_tax + now_tax:f}"
    key = TaxKey(one["category"], Decimal(one["percent"]), one.get("exemption_code") or "")
    nature: Any = one["nature"]
    return Part(nature, key, now_base, now_tax)
