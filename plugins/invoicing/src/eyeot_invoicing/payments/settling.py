"""Settling: what a payment takes off an invoice, its lettering, and the VAT that falls due by it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from eyeot import Conflict, Context, Event, Money, RecordRef, invalid
from eyeot_invoicing.ids import InvoiceId
from eyeot_invoicing.invoices.record import OPEN, Invoice, lifecycle
from eyeot_invoicing.ledger.accounts import Accounts
from eyeot_invoicing.ledger.booking import Booking, Leg, book
from eyeot_invoicing.ledger.periods import open_day
from eyeot_invoicing.payments.exchange import settle_difference
from eyeot_invoicing.payments.lettering import letter_settled
from eyeot_invoicing.payments.record import Allocation, Payment
from eyeot_invoicing.payments.reductions import reductions
from eyeot_invoicing.vat.due import Part, fell_due
from eyeot_invoicing.vat.pending import Books, released
from eyeot_sales.trade.amounts import ZERO, money


class InvoicePaid(Event, name="invoicing.invoice.paid"):
    """Nothing is due on an invoice any more."""

    invoice_id: InvoiceId


def due(invoice: Invoice) -> Decimal:
    """What is still to be paid of a posted invoice."""
    return Decimal(invoice.amount_due.amount) if invoice.amount_due else ZERO


def vat_day(invoice: Invoice, received: date) -> date:
    """The day on which VAT that waits for the payment falls due: that of the receipt.

    An advance counts from its receipt where it was known what it is for: a deposit names that, and what was
    supplied before is known; else from the invoice. Source: CGI, art. 269, 2-c; CJEU C-419/02.
    """
    if invoice.kind == "deposit":
        return received
    told = [one for one in (invoice.issue_date, invoice.supply_date) if one]
    return max(received, min(told, default=received))


async def settle(ctx: Context, payment: Payment, invoice: Invoice, amount: Decimal) -> Allocation:
    """Let a booked payment settle a part of an invoice from when both were there (invariants 5 and 6).

    Whenever it is noted: what was paid in time is not late, and its VAT fell due then.
    """
    _refuse_unfit(payment, invoice, amount)
    received = payment.date or ctx.today
    day = max(received, invoice.issue_date or received)
    await settle_difference(ctx, payment, invoice, amount, await open_day(ctx, day))
    place = await _place(ctx, payment.id)
    allocation = await ctx.add(
        Allocation(
            payment_id=payment.id,
            position=place,
            settles=RecordRef.to(invoice.meta.name, invoice.id),
            invoice_id=invoice.id,
            amount=money(amount, invoice.currency),
            on=day,
        )
    )
    assert payment.unallocated
    payment.unallocated = money(payment.unallocated.amount - amount, payment.amount.currency)
    cause = RecordRef.to(payment.meta.name, payment.id)
    await take_off(ctx, invoice, Taking(amount, day, cause, vat_on=vat_day(invoice, received)))
    return allocation


async def _place(ctx: Context, payment_id: UUID) -> int:
    c = Allocation.c
    count = sa.select(sa.func.count().label("n")).where(
        ctx.within(Allocation), c.payment_id == payment_id
    )
    return int((await ctx.rows(count))[0]["n"]) + 1


def _refuse_unfit(payment: Payment, invoice: Invoice, amount: Decimal) -> None:
    if payment.status not in ("posted", "reconciled"):
        raise Conflict(
            reason=f"The payment is {payment.status}.",
            remedy="Post it with invoicing.payment.post.",
        )
    if invoice.status not in OPEN:
        raise Conflict(
            reason=f"The invoice {invoice.number or ''} is {invoice.status}: nothing is due on it.",
            remedy="invoicing.invoice.list(status_in=[posted, partially_paid]) shows what is.",
        )
    if payment.amount.currency != invoice.currency:
        raise invalid("amount", f"the invoice is in {invoice.currency}, the payment is not")
    free = payment.unallocated.amount if payment.unallocated else ZERO
    if amount <= 0 or amount > free:
        raise invalid("amount", f"{free:f} of the payment is free; give up to that, above 0")
    if amount > due(invoice):
        raise invalid("amount", f"{due(invoice):f} is due on {invoice.number}; give up to that")


@dataclass(frozen=True, slots=True)
class Taking:
    """What is taken off an invoice: how much, since when, by which record, and the field that counts it."""

    amount: Decimal
    on: date
    cause: RecordRef
    how: Literal["paid", "credited", "written_off"] = "paid"
    releases: bool = True
    """Whether VAT that waited falls due by it: by a payment, or what counts as one."""
    vat_on: date | None = None
    """When that VAT falls due, if on another day."""


async def take_off(ctx: Context, invoice: Invoice, taking: Taking) -> None:
    """Take an amount off what is due; what is paid lets the VAT that waited for it fall due."""
    before = due(invoice)
    left = before - taking.amount
    counted: Money | None = getattr(invoice, taking.how)
    so_far = counted.amount if counted else ZERO
    setattr(invoice, taking.how, money(so_far + taking.amount, invoice.currency))
    invoice.amount_due = money(left, invoice.currency)
    if taking.releases or (not left and taking.how != "written_off"):
        share = taking.amount / before if left else Decimal(1)
        await release(ctx, invoice, taking, share)
    if left:
        if taking.how == "paid":
            lifecycle.take(invoice, "pay_in_part")
        return
    wholly = invoice.credited and invoice.credited == invoice.total_gross
    lifecycle.take(invoice, "credit_fully" if wholly else "settle")
    # An older payment may be allocated later.
    invoice.settled_on = max([taking.on, *(on for on, _ in await reductions(ctx, invoice))])
    await letter_settled(ctx, RecordRef.to(invoice.meta.name, invoice.id), taking.cause)
    if not wholly:
        ctx.emit(InvoicePaid(invoice_id=invoice.id))


async def release(ctx: Context, invoice: Invoice, taking: Taking, share: Decimal) -> None:
    """Let a share of the VAT that still waits fall due, and book it.

    The share is what is paid of what was due, so that the last payment lets all of the rest fall due, to the
    cent. Source: CGI, art. 269, 2-c.
    """
    rows: list[Any] = [dict(one) for one in invoice.pending_vat]
    if not rows:
        return
    books = Books(invoice.exchange_rate)
    found = [released(one, share, books) for one in rows]
    invoice.pending_vat = rows
    await fall(ctx, invoice, found, taking.vat_on or taking.on, cause=taking.cause)


async def fall(
    ctx: Context, invoice: Invoice, found: list[Part], on: date, *, cause: RecordRef
) -> None:
    """Book VAT from the account where it waited to where it is due, and note it.

    It falls due on its day; where the books of that day are closed, the entry is of today.
    """
    accounts = Accounts(ctx)
    waiting = await accounts.role("vat_pending")
    taxes = [(await accounts.role("vat_collected", one.key.percent), one.tax) for one in found]
    whole = sum((tax for _, tax in taxes), ZERO)
    if not any(tax for _, tax in taxes):
        return
    entry = await book(
        ctx,
        Booking(
            journal="general",
            on=await open_day(ctx, on),
            label=f"TVA exigible sur encaissement {invoice.number}",
            legs=[Leg(waiting, whole), *(Leg(account, -tax) for account, tax in taxes)],
            piece_ref=invoice.number,
            source=cause,
        ),
    )
    await fell_due(
        ctx,
        found,
        due_on=on,
        direction="collected",
        source=RecordRef.to(invoice.meta.name, invoice.id),
        cause=cause,
        party_id=invoice.party_id,
        entry_id=entry.id,
    )
