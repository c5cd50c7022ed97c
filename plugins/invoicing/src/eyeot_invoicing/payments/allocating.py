"""Allocating: which invoices a payment settles, chosen or the oldest first, and undoing that."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Input, Money, Output, RecordRef, action, invalid
from eyeot_invoicing.ids import InvoiceId, PaymentId
from eyeot_invoicing.invoices.record import OPEN, Invoice
from eyeot_invoicing.payments.cash import refuse_too_much_cash, taken_in_cash
from eyeot_invoicing.payments.methods import method_of
from eyeot_invoicing.payments.record import Payment
from eyeot_invoicing.payments.settling import due, settle
from eyeot_invoicing.payments.withdrawing import Withdrawal, live, withdraw
from eyeot_sales.trade.amounts import ZERO, money

_STANDING = ("posted", "reconciled")


class Share(Input):
    """An invoice, and how much of it."""

    invoice_id: InvoiceId
    amount: Annotated[
        Money | None, Field(description="All that is due, or all that is free, when left out.")
    ] = None


class Allocate(Input):
    """A payment, and what it settles."""

    id: PaymentId
    allocations: Annotated[
        list[Share], Field(max_length=200, description="Left out: the payer's oldest due first.")
    ] = Field(default_factory=list)


class Settled(Output):
    """An invoice, as it stands after."""

    invoice_id: InvoiceId
    number: str | None
    amount: Money
    amount_due: Money
    status: str


class Allocated(Output):
    """What was settled, and what of the payment is left."""

    payment_id: PaymentId
    settled: list[Settled]
    unallocated: Money


def free(payment: Payment) -> Decimal:
    """What of a booked payment settles nothing."""
    return Decimal(payment.unallocated.amount) if payment.unallocated else ZERO


def refuse_unbooked(payment: Payment) -> None:
    """Refuse a payment that is not booked, or was taken back."""
    if payment.status not in _STANDING:
        raise Conflict(
            reason=f"The payment {payment.number or ''} is {payment.status}.",
            remedy="A draft is booked with invoicing.payment.post first.",
        )


async def oldest(ctx: Context, payment: Payment) -> list[UUID]:
    """The payer's invoices of which something is due, the one that is due longest first."""
    c = Invoice.c
    found = await ctx.find(
        Invoice,
        c.party_id == payment.party_id,
        c.status.in_(OPEN),
        c.currency == payment.amount.currency,
        order=(c.due_date, c.issue_date, c.number),
        limit=200,
    )
    return [one.id for one in found]


@action(
    "invoicing.payment.allocate",
    risk="w",
    en=(
        "Allocate a payment to invoices; match a payment with invoices; use an advance; settle invoices "
        "with a payment; apply a receipt to the oldest invoices"
    ),
    fr=(
        "Affecter un règlement à des factures; imputer un paiement; utiliser un acompte ou une avance; "
        "solder des factures avec un règlement; ventiler un encaissement"
    ),
    example={"id": "$invoicing.payment?status=posted&direction=in"},
    events=("invoicing.invoice.paid",),
    record=Payment,
    next=("invoicing.payment.unallocate",),
)
async def allocate(ctx: Context, data: Allocate) -> Allocated:
    """Let a booked payment settle invoices: those named, or the payer's oldest first, as far as it goes."""
    payment = await ctx.get(Payment, data.id, lock=True)
    refuse_unbooked(payment)
    if payment.direction != "in":
        raise Conflict(
            reason="This payment goes out: customers' invoices are settled by money that comes in.",
            remedy="Allocate a payment of direction in.",
        )
    if not free(payment):
        raise Conflict(
            reason=f"All of {payment.number} settles something already.",
            remedy="invoicing.payment.unallocate frees a part of it.",
        )
    shares = data.allocations or [Share(invoice_id=one) for one in await oldest(ctx, payment)]
    if not shares:
        raise Conflict(
            reason="Nothing is due from this payer in the payment's currency.",
            remedy="It stays as an advance; invoicing.payment.refund gives it back.",
        )
    if len({one.invoice_id for one in shares}) < len(shares):
        raise invalid("allocations", "names an invoice twice; give one amount for each")
    await _lock(ctx, shares)
    settled = [done for one in shares if (done := await _settle(ctx, payment, one))]
    assert payment.unallocated
    return Allocated(payment_id=payment.id, settled=settled, unallocated=payment.unallocated)


async def _lock(ctx: Context, shares: list[Share]) -> None:
    """Lock the invoices in one order, so that two who share some wait for each other."""
    for id in sorted(one.invoice_id for one in shares):
        await ctx.get(Invoice, id, lock=True)


async def _settle(ctx: Context, payment: Payment, share: Share) -> Settled | None:
    invoice = await ctx.get(Invoice, share.invoice_id, lock=True)
    if share.amount and share.amount.currency != payment.amount.currency:
        raise invalid("allocations", f"the payment is in {payment.amount.currency}")
    wanted = share.amount.amount if share.amount else min(free(payment), due(invoice))
    if not share.amount and not wanted and invoice.status in OPEN:
        return None
    method = await method_of(ctx, payment.method_id)
    if method.kind == "cash":
        before = await taken_in_cash(ctx, invoice.id)
        await refuse_too_much_cash(ctx, payment, method, before)
    await settle(ctx, payment, invoice, wanted)
    assert invoice.amount_due
    return Settled(
        invoice_id=invoice.id,
        number=invoice.number,
        amount=money(wanted, invoice.currency),
        amount_due=invoice.amount_due,
        status=invoice.status,
    )


class Unallocate(Input):
    """A payment, and the invoice that it shall settle no more."""

    id: PaymentId
    invoice_id: InvoiceId


class Freed(Output):
    """What is free of the payment and due on the invoice now."""

    payment_id: PaymentId
    invoice_id: InvoiceId
    freed: Money
    unallocated: Money
    amount_due: Money
    status: str


@action(
    "invoicing.payment.unallocate",
    risk="w",
    en=(
        "Undo an allocation; detach a payment from an invoice; this payment was for another invoice; free "
        "a payment"
    ),
    fr=(
        "Annuler une affectation; détacher un règlement d'une facture; ce paiement était pour une autre "
        "facture; délettrer un règlement"
    ),
    example={
        "id": "$invoicing.payment?status=posted",
        "invoice_id": "$invoicing.invoice?status=paid",
    },
    record=Payment,
    next=("invoicing.payment.allocate",),
)
async def unallocate(ctx: Context, data: Unallocate) -> Freed:
    """Free what a payment settles of an invoice, which is due again; the VAT that fell due is taken back."""
    payment = await ctx.get(Payment, data.id, lock=True)
    refuse_unbooked(payment)
    parts = [one for one in await live(ctx, payment) if one.invoice_id == data.invoice_id]
    if not parts:
        raise Conflict(
            reason=f"The payment {payment.number} settles nothing of that invoice.",
            remedy="Look at its history with invoicing.payment.history.",
            field="invoice_id",
        )
    cause = RecordRef.to(payment.meta.name, payment.id)
    freed = await withdraw(ctx, payment, parts, Withdrawal(ctx.today, cause))
    invoice = await ctx.get(Invoice, data.invoice_id)
    assert payment.unallocated
    assert invoice.amount_due
    return Freed(
        payment_id=payment.id,
        invoice_id=invoice.id,
        freed=money(freed, payment.amount.currency),
        unallocated=payment.unallocated,
        amount_due=invoice.amount_due,
        status=invoice.status,
    )
