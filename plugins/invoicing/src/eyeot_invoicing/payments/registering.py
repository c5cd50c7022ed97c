"""Registering: a customer's payment of an invoice, in one call."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from eyeot import Conflict, Context, Input, Money, Output, Tool, action
from eyeot_invoicing.ids import InvoiceId, PaymentId, PaymentMethodId
from eyeot_invoicing.invoices.record import OPEN, Invoice
from eyeot_invoicing.payments.posting import post_payment
from eyeot_invoicing.payments.record import Payment
from eyeot_invoicing.payments.settling import due, settle
from eyeot_sales.trade.amounts import money


class Received(Input):
    """What came in for an invoice."""

    invoice_id: InvoiceId
    amount: Annotated[
        Money | None,
        Field(description="All that is due when left out; more is kept as an advance."),
    ] = None
    date: Annotated[dt.date | None, Field(description="Today when left out.")] = None
    method_id: PaymentMethodId | None = None
    reference: Annotated[str | None, Field(max_length=140)] = None


class Registered(Output):
    """The payment, and how the invoice now stands."""

    payment_id: PaymentId
    payment_number: str
    invoice_id: InvoiceId
    settled: Money
    amount_due: Money
    unallocated: Money
    status: str


@action(
    "invoicing.invoice.register_payment",
    risk="$",
    en=(
        "Record a payment; register a customer's payment of an invoice; the customer paid; mark "
        "an invoice as paid; enter a receipt; the customer paid the invoice; collect an invoice; "
        "the customer paid by cheque or transfer; the customer paid in cash"
    ),
    fr=(
        "Enregistrer un règlement; enregistrer le paiement d'une facture; le client a payé; "
        "marquer une facture comme payée; saisir un encaissement; encaisser une facture; le "
        "client a payé sa facture; encaisser le paiement d'un client; le client a payé par "
        "chèque ou virement; le client a payé en espèces"
    ),
    example={"invoice_id": "$invoicing.invoice?status=posted", "reference": "VIR 1042"},
    events=("invoicing.payment.posted", "invoicing.invoice.paid"),
    record=Invoice,
    next=("invoicing.invoice.get", "invoicing.payment.allocate"),
)
async def register_payment(ctx: Context, data: Received) -> Registered:
    """Book a customer's payment of an invoice and settle it; what is too much stays as an advance."""
    invoice = await ctx.get(Invoice, data.invoice_id, lock=True)
    if invoice.status not in OPEN:
        raise Conflict(
            reason=f"The invoice {invoice.number or ''} is {invoice.status}: nothing is due on it.",
            remedy="Post it first, or record an advance with invoicing.payment.create.",
            field="invoice_id",
        )
    paid = data.amount or money(due(invoice), invoice.currency)
    payment = await ctx.add(
        Payment(
            direction="in",
            party_id=invoice.party_id,
            amount=paid,
            date=data.date or ctx.today,
            method_id=data.method_id,
            reference=data.reference,
        )
    )
    await post_payment(ctx, payment)
    settled = min(paid.amount, due(invoice))
    await settle(ctx, payment, invoice, settled)
    assert payment.number
    assert payment.unallocated
    assert invoice.amount_due
    return Registered(
        payment_id=payment.id,
        payment_number=payment.number,
        invoice_id=invoice.id,
        settled=money(settled, invoice.currency),
        amount_due=invoice.amount_due,
        unallocated=payment.unallocated,
        status=invoice.status,
    )


record_payment = Tool(
    name="record_payment",
    title="Record a payment",
    action="invoicing.invoice.register_payment",
    doc="Record that a customer paid an invoice, wholly or in part; books it and settles the invoice.",
    show=("invoice_id", "amount", "date", "method_id", "reference"),
)
