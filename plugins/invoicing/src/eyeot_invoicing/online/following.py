"""Following: what came by payment links is fetched, and each payment is booked once."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from eyeot import Context, Input, Output, ProviderUnavailable, action
from eyeot_invoicing.ids import InvoiceId, PaymentId
from eyeot_invoicing.invoices.record import OPEN, Invoice
from eyeot_invoicing.online.connecting import key_of
from eyeot_invoicing.online.record import PaymentLink, lifecycle
from eyeot_invoicing.online.stripe import Paid, Stripe
from eyeot_invoicing.payments.methods import PaymentMethod
from eyeot_invoicing.payments.posting import post_payment
from eyeot_invoicing.payments.record import Payment
from eyeot_invoicing.payments.settling import due, settle
from eyeot_sales.trade.amounts import ZERO, money

EVERY = timedelta(hours=6)
_AFTER = timedelta(hours=25)
"""How long a payment that was begun before a link ended may still come: a checkout lasts a day."""
_MOST = 3


class OfInvoice(Input):
    """An invoice."""

    invoice_id: InvoiceId


class Checked(Output):
    """What came by its links."""

    invoice_id: InvoiceId
    invoice_status: str
    link_status: Annotated[
        Literal["none", "open", "paid", "ended"], Field(description="Of the last link.")
    ]
    url: str | None = None
    payments: Annotated[list[PaymentId], Field(description="Booked by this call.")]


@action(
    "invoicing.invoice.check_payment_link",
    risk="w",
    en=(
        "Check a payment link; was the invoice paid online; fetch a Stripe payment; did the card payment "
        "come; record an online payment"
    ),
    fr=(
        "Vérifier un lien de paiement; la facture a-t-elle été payée en ligne; relever un paiement Stripe; "
        "le paiement par carte est-il arrivé; enregistrer un paiement en ligne"
    ),
    example={"invoice_id": "$invoicing.invoice?status=posted"},
    events=("invoicing.payment.posted",),
    record=Invoice,
    next=("invoicing.invoice.get_payment_link",),
)
async def check_payment_link(ctx: Context, data: OfInvoice) -> Checked:
    """Ask the provider what came by an invoice's payment links, and book each payment once.

    It is asked every six hours as long as a link is open, too.
    """
    invoice = await ctx.get(Invoice, data.invoice_id, lock=True)
    c = PaymentLink.c
    order = c.created_at.desc()
    links = await ctx.find(PaymentLink, c.invoice_id == invoice.id, order=order, limit=_MOST)
    booked: list[Payment | None] = []
    try:
        booked.extend([await followed(ctx, invoice, one) for one in links])
    except ProviderUnavailable:
        if not ctx.in_background:
            raise
    last = links[0] if links else None
    if ctx.in_background:
        await _again(ctx, data, links)
    return Checked(
        invoice_id=invoice.id,
        invoice_status=invoice.status,
        link_status=last.status if last else "none",
        url=last.url if last and last.status == "open" else None,
        payments=[one.id for one in booked if one],
    )


async def followed(ctx: Context, invoice: Invoice, link: PaymentLink) -> Payment | None:
    """What came by a link, booked; one that is over is ended at the provider first."""
    if link.status == "paid" or ctx.now > link.expires_at + _AFTER:
        return None
    method = await ctx.get(PaymentMethod, link.method_id, beyond=True)
    stripe = Stripe(ctx, key_of(ctx, method))
    over = link.status == "open" and link.expires_at <= ctx.now
    if over:
        stripe.end(link.remote_id)
    paid = stripe.payment(link.remote_id)
    if paid is None:
        if over:
            lifecycle.take(link, "end")
            await ctx.save(link)
        return None
    return await _booked(ctx, invoice, link, paid)


async def _booked(ctx: Context, invoice: Invoice, link: PaymentLink, paid: Paid) -> Payment:
    """Book a payment that came: it settles what is due, and the rest stays as an advance."""
    payment = await ctx.add(
        Payment(
            direction="in",
            party_id=invoice.party_id,
            amount=money(paid.amount, paid.currency),
            fee=money(paid.fee, paid.currency) if paid.fee else None,
            date=_day(ctx, paid.at),
            method_id=link.method_id,
            reference=paid.id[:140],
        )
    )
    await post_payment(ctx, payment)
    amount = _settled(invoice, paid)
    if amount:
        await settle(ctx, payment, invoice, amount)
    link.remote_payment, link.payment_id = paid.id[:100], payment.id
    lifecycle.take(link, "pay")
    return payment


def _settled(invoice: Invoice, paid: Paid) -> Decimal:
    if invoice.status not in OPEN or paid.currency != invoice.currency:
        return ZERO
    return min(paid.amount, due(invoice))


def _day(ctx: Context, at: datetime | None) -> date:
    day = at.astimezone(ZoneInfo(ctx.timezone)).date() if at else ctx.today
    return min(day, ctx.today)


async def _again(ctx: Context, data: OfInvoice, links: list[PaymentLink]) -> None:
    """Have it asked again as long as anything may come."""
    waiting = [one for one in links if one.status != "paid" and ctx.now <= one.expires_at + _AFTER]
    if not waiting:
        return
    ends = min(one.expires_at for one in waiting)
    at = min(ctx.now + EVERY, ends) if ends > ctx.now else ctx.now + EVERY
    await ctx.enqueue("invoicing.invoice.check_payment_link", data, at=at)
