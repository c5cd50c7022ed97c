"""Collecting: what was received of an invoice is told with its amounts per VAT rate, of posted payments only.

Source: CGI, art. 290 A (payments of services taxed on payment); XP Z12-012, status 212.
"""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Input,
    Output,
    ProviderNotConfigured,
    action,
    after,
    minor_units,
)
from eyeot_invoicing.einvoices.moving import knows
from eyeot_invoicing.einvoices.record import EInvoice
from eyeot_invoicing.einvoices.statuses import may_follow
from eyeot_invoicing.einvoices.telling import Saying, tell
from eyeot_invoicing.ids import EInvoiceId, InvoiceId, PaymentId
from eyeot_invoicing.invoices.record import Invoice
from eyeot_invoicing.payments.posting import PaymentPosted
from eyeot_invoicing.payments.record import Allocation, Payment
from eyeot_invoicing.platforms.cdar import Part
from eyeot_invoicing.platforms.choosing import usual, went_by_chorus
from eyeot_sales.trade.amounts import ZERO, rounded

_MOST = 6
"""Messages a call, within the eight answers from outside that one may wait for."""
_BOOKED = ("posted", "reconciled")


class Collected(Input):
    """A payment."""

    payment_id: PaymentId


class RateAmount(Output):
    """What was collected under one rate, with VAT."""

    percent: Decimal
    amount: Decimal


class Reported(Output):
    """One invoice that it paid."""

    invoice_id: InvoiceId
    einvoice_id: EInvoiceId | None = None
    number: str
    is_told: bool
    amounts: list[RateAmount] = Field(default_factory=list)
    why: Annotated[str | None, Field(description="Why nothing was told.")] = None


class Report(Output):
    """What was told of a payment."""

    payment_id: PaymentId
    invoices: list[Reported]
    is_complete: Annotated[bool, Field(description="Whether nothing is left: else call again.")]


@action(
    "invoicing.einvoice.report_collected",
    risk="e",
    en=(
        "Report a payment collected; tell the platform an invoice was paid; status 212 collected; "
        "payment e-reporting of an invoice"
    ),
    fr=(
        "Déclarer un encaissement; dire à la plateforme qu'une facture est encaissée; statut 212 "
        "encaissée; transmettre les données de paiement"
    ),
    example={"payment_id": "$invoicing.payment?status=posted&direction=in"},
    events=("invoicing.einvoice.status_changed",),
    record=EInvoice,
    next=("invoicing.einvoice.get",),
)
async def report_collected(ctx: Context, data: Collected) -> Report:
    """Tell the platform what a posted payment collected of each invoice, per VAT rate; each once."""
    payment = await ctx.get(Payment, data.payment_id)
    if payment.direction != "in" or payment.status not in _BOOKED:
        raise Conflict(
            reason=f"The payment is {payment.status}, {payment.direction}: nothing was collected by it.",
            remedy="Only a posted payment of a customer is told: invoicing.payment.post.",
            field="payment_id",
        )
    return await told_of(ctx, payment)


async def told_of(ctx: Context, payment: Payment) -> Report:
    """Tell what a payment collected."""
    found: list[Reported] = []
    sent = 0
    c = Allocation.c
    for one in await ctx.find(
        Allocation,
        c.payment_id == payment.id,
        c.invoice_id.is_not(None),
        c.undone_on.is_(None),
        order=(c.position, c.id),
    ):
        if sent == _MOST:
            return Report(payment_id=payment.id, invoices=found, is_complete=False)
        told = await _told(ctx, payment, one)
        sent += told.is_told
        found.append(told)
    return Report(payment_id=payment.id, invoices=found, is_complete=True)


async def _told(ctx: Context, payment: Payment, allocation: Allocation) -> Reported:
    assert allocation.invoice_id
    invoice = await ctx.get(Invoice, allocation.invoice_id, beyond=True)
    c = EInvoice.c
    einvoice = await ctx.first(EInvoice, c.invoice_id == invoice.id, c.direction == "out")
    told = Reported(invoice_id=invoice.id, number=invoice.number or "", is_told=False)
    if einvoice is None:
        told.why = "it went by no platform"
        return told
    told.einvoice_id = einvoice.id
    id = f"{payment.number}-{invoice.number}-{allocation.position}"
    if await went_by_chorus(ctx, einvoice.connection_id):
        told.why = "it went by Chorus Pro, where the buyer itself tells that it pays"
        return told
    if knows(einvoice, id):
        told.why = "it was told before"
        return told
    if not may_follow("212", einvoice.status):
        told.why = f"it is {einvoice.status}"
        return told
    parts = collected(invoice, allocation.amount.amount)
    await tell(ctx, einvoice, Saying(code="212", parts=parts, id=id))
    told.is_told = True
    told.amounts = [RateAmount(percent=one.percent or ZERO, amount=one.amount) for one in parts]
    return told


def collected(invoice: Any, amount: Decimal) -> tuple[Part, ...]:
    """An amount by the rates of an invoice, in proportion; what rounding leaves goes to the largest."""
    gross: dict[Decimal, Decimal] = {}
    for row in invoice.tax_breakdown:
        percent = Decimal(str(row["percent"]))
        whole = Decimal(str(row["base"])) + Decimal(str(row["tax"]))
        gross[percent] = gross.get(percent, ZERO) + whole
    total = sum(gross.values(), ZERO)
    places = minor_units(invoice.currency)
    shares = {rate: rounded(amount * one / total, places) for rate, one in gross.items()}
    largest = max(gross, key=lambda rate: (abs(gross[rate]), rate))
    shares[largest] += amount - sum(shares.values(), ZERO)
    return tuple(
        Part(amount=share, currency=invoice.currency, percent=rate)
        for rate, share in sorted(shares.items())
        if share
    )


@after("invoicing.payment.posted")
async def tell_collected(ctx: Context, event: PaymentPosted) -> None:
    """Tell what a payment collected, once it stands; whoever has no platform tells nothing."""
    payment = await ctx.get(Payment, event.payment_id)
    if payment.direction != "in" or payment.status not in _BOOKED or await usual(ctx) is None:
        return
    try:
        await told_of(ctx, payment)
    except ProviderNotConfigured:
        return
