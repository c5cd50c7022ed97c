"""Linking: an invoice gets an address at which it is paid online."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, Field

from eyeot import Conflict, Context, Input, Money, Output, action, invalid
from eyeot_invoicing.ids import InvoiceId
from eyeot_invoicing.invoices.record import OPEN, Invoice
from eyeot_invoicing.online.connecting import OnlineProvider, connected, key_of
from eyeot_invoicing.online.following import EVERY, OfInvoice, followed
from eyeot_invoicing.online.record import PaymentLink, PaymentLinkCreated, lifecycle
from eyeot_invoicing.online.stripe import Asked, Stripe
from eyeot_invoicing.payments.methods import PaymentMethod
from eyeot_invoicing.payments.settling import due
from eyeot_sales.trade.amounts import money

_USUAL, _LONGEST = timedelta(days=30), timedelta(days=366)


class ToLink(Input):
    """An invoice, by whom it is paid, and until when."""

    invoice_id: InvoiceId
    provider: OnlineProvider = "stripe"
    expiry: Annotated[
        AwareDatetime | None,
        Field(description="Until when it can be paid so; 30 days when left out, a year at most."),
    ] = None


class Linked(Output):
    """Where it is paid."""

    invoice_id: InvoiceId
    url: str
    amount: Money
    expires_at: datetime
    is_new: Annotated[bool, Field(description="Whether it was made now, and was not there before.")]


@action(
    "invoicing.invoice.get_payment_link",
    risk="w",
    en=(
        "Get a payment link; let the customer pay online; pay an invoice by card; Stripe link for an "
        "invoice; online payment of a bill"
    ),
    fr=(
        "Obtenir un lien de paiement; faire payer le client en ligne; payer une facture par carte; lien "
        "Stripe pour une facture; paiement en ligne d'une facture"
    ),
    example={"invoice_id": "$invoicing.invoice?status=posted"},
    events=("invoicing.invoice.payment_link_created",),
    record=Invoice,
    next=("invoicing.invoice.check_payment_link", "invoicing.invoice.send_email"),
)
async def get_payment_link(ctx: Context, data: ToLink) -> Linked:
    """Give the address at which what is due on an invoice is paid online, once; the same as long as it fits.

    A link for another amount is ended before a new one is made. What is paid is booked by itself.
    """
    invoice = await ctx.get(Invoice, data.invoice_id, lock=True)
    _refuse_settled(invoice)
    expires = _until(ctx, data)
    method = await connected(ctx, data.provider)
    c = PaymentLink.c
    before = await ctx.first(PaymentLink, c.invoice_id == invoice.id, c.status == "open")
    if before is not None:
        await followed(ctx, invoice, before)
        _refuse_settled(invoice)
        if before.status == "open" and _fits(before, invoice, data, method):
            return _told(before, is_new=False)
        if before.status == "open":
            await _ended(ctx, before)
    made = await _made(ctx, invoice, method, expires)
    ctx.emit(PaymentLinkCreated(invoice_id=invoice.id, url=made.url))
    at = min(ctx.now + EVERY, expires)
    await ctx.enqueue(
        "invoicing.invoice.check_payment_link", OfInvoice(invoice_id=invoice.id), at=at
    )
    return _told(made, is_new=True)


def _refuse_settled(invoice: Invoice) -> None:
    if invoice.status not in OPEN or due(invoice) <= 0:
        raise Conflict(
            reason=f"The invoice {invoice.number or ''} is {invoice.status}: nothing is due on it.",
            remedy="invoicing.invoice.list(status_in=[posted, partially_paid]) shows what is.",
            field="invoice_id",
        )


def _until(ctx: Context, data: ToLink) -> datetime:
    expires = data.expiry or ctx.now + _USUAL
    if not ctx.now < expires <= ctx.now + _LONGEST:
        raise invalid("expiry", "lies after now, and within a year")
    return expires


def _fits(link: PaymentLink, invoice: Invoice, data: ToLink, method: PaymentMethod) -> bool:
    same = link.amount == money(due(invoice), invoice.currency) and link.method_id == method.id
    return same and data.expiry in (None, link.expires_at)


async def _ended(ctx: Context, link: PaymentLink) -> None:
    method = await ctx.get(PaymentMethod, link.method_id, beyond=True)
    Stripe(ctx, key_of(ctx, method)).end(link.remote_id)
    lifecycle.take(link, "end")
    link.expires_at = min(link.expires_at, ctx.now)
    await ctx.save(link)


async def _made(
    ctx: Context, invoice: Invoice, method: PaymentMethod, expires: datetime
) -> PaymentLink:
    """Have a link made; the request is the same however often this call is begun again."""
    earlier = await ctx.find(PaymentLink, PaymentLink.c.invoice_id == invoice.id)
    amount = money(due(invoice), invoice.currency)
    french = (invoice.language or "fr").startswith("fr")
    asked = Asked(
        key=f"{invoice.id}-{len(earlier) + 1}-{amount.amount:f}",
        name=f"{'Facture' if french else 'Invoice'} {invoice.number}",
        amount=amount.amount,
        currency=amount.currency,
        about={"invoice": str(invoice.number), "organisation": str(ctx.org_id)},
    )
    id, url = Stripe(ctx, key_of(ctx, method)).link(asked)
    if not id or not url.startswith("https://"):
        raise Conflict(
            reason="Stripe made no link.", remedy="Try again; nothing was kept of it here."
        )
    return await ctx.add(
        PaymentLink(
            invoice_id=invoice.id,
            method_id=method.id,
            provider="stripe",
            remote_id=id[:100],
            url=url[:500],
            amount=amount,
            expires_at=expires,
        )
    )


def _told(link: PaymentLink, *, is_new: bool) -> Linked:
    return Linked(
        invoice_id=link.invoice_id,
        url=link.url,
        amount=link.amount,
        expires_at=link.expires_at,
        is_new=is_new,
    )
