"""Sending: an invoice goes out by the platform between professionals in France, else by mail."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, Output, Ref, action
from eyeot.types import Email
from eyeot_invoicing.documents import making
from eyeot_invoicing.documents.mailing import mailed
from eyeot_invoicing.einvoices.building import Piece, piece_of
from eyeot_invoicing.einvoices.submitting import hand_over, prepared
from eyeot_invoicing.ids import EInvoiceId, InvoiceId
from eyeot_invoicing.invoices.record import Invoice
from eyeot_invoicing.platforms.choosing import connection_of, usual

Channel = Literal["platform", "email"]
Message = Annotated[str | None, Field(max_length=2000, description="Added to the usual text.")]


class InvoiceSent(Event, name="invoicing.invoice.sent"):
    """An invoice went out."""

    invoice_id: InvoiceId
    channel: str


class ToSend(Input):
    """An invoice, and how it goes out."""

    id: InvoiceId
    channel: Annotated[
        Channel | None,
        Field(description="Left out: the platform between professionals in France, else e-mail."),
    ] = None
    to: Annotated[Email | None, Field(description="Of an e-mail; the buyer's when left out.")] = (
        None
    )
    message: Message = None


class Sent(Output):
    """How it went out."""

    invoice_id: InvoiceId
    number: str
    channel: Channel
    to: str
    document_id: Annotated[UUID | None, Ref("core.document"), Field(description="What went out.")]
    einvoice_id: EInvoiceId | None = None
    status: str | None = None
    is_handed_over: bool
    reason: Annotated[
        str | None, Field(description="Why the platform did not take it: resubmit tries again.")
    ] = None


async def channel_for(ctx: Context, piece: Piece) -> Channel:
    """By which channel a piece goes: the platform between those subject to VAT here, if there is one.

    Source: CGI, art. 289 bis; large and mid-sized companies since 1 September 2026, others from 2027.
    """
    seller, buyer = piece.seller, piece.buyer
    domestic = seller.country == buyer.country == "FR" and buyer.is_taxable_person
    return "platform" if domestic and buyer.siren and await usual(ctx) else "email"


@action(
    "invoicing.invoice.send",
    risk="e",
    en=(
        "Send an invoice; send the invoice to the customer; deliver an invoice; transmit a bill; send "
        "out an invoice"
    ),
    fr=(
        "Envoyer une facture; transmettre une facture au client; adresser une facture; faire partir "
        "une facture; expédier une facture"
    ),
    example={"id": "$invoicing.invoice?status=posted", "channel": "platform"},
    events=("invoicing.invoice.sent", "invoicing.einvoice.submitted"),
    record=Invoice,
    next=("invoicing.einvoice.poll_statuses", "invoicing.invoice.register_payment"),
)
async def send(ctx: Context, data: ToSend) -> Sent:
    """Send a posted invoice by the channel that the law and the buyer want: the platform, or e-mail."""
    invoice = await ctx.get(Invoice, data.id, lock=True)
    piece = await piece_of(ctx, invoice)
    making.refuse_draft(piece)
    channel = data.channel or await channel_for(ctx, piece)
    if channel == "email":
        went = await mailed(ctx, piece, data.to, data.message)
        told = Sent(
            invoice_id=invoice.id,
            number=piece.record.number,
            channel="email",
            to=went.to,
            document_id=went.document_id,
            is_handed_over=True,
        )
    else:
        told = await _by_platform(ctx, piece, invoice)
    if told.is_handed_over:
        invoice.sent_at = ctx.now
        ctx.emit(InvoiceSent(invoice_id=invoice.id, channel=channel))
    return told


async def _by_platform(ctx: Context, piece: Piece, invoice: Invoice) -> Sent:
    connection = await connection_of(ctx)
    einvoice = await prepared(ctx, piece, "facturx")
    einvoice.invoice_id = invoice.id
    handed = await hand_over(ctx, einvoice, connection)
    return Sent(
        invoice_id=invoice.id,
        number=einvoice.number,
        channel="platform",
        to=einvoice.to_address or "",
        document_id=einvoice.document_id,
        einvoice_id=einvoice.id,
        status=handed.status,
        is_handed_over=handed.is_handed_over,
        reason=handed.reason,
    )


class ToMail(Input):
    """An invoice, and where to."""

    id: InvoiceId
    to: Annotated[Email | None, Field(description="The buyer's when left out.")] = None
    message: Message = None
    readable_only: Annotated[
        bool, Field(description="A PDF without data in it, instead of Factur-X.")
    ] = False


class Mailed(Output):
    """Where it went."""

    invoice_id: InvoiceId
    number: str
    to: str
    document_id: Annotated[UUID, Ref("core.document")]


@action(
    "invoicing.invoice.send_email",
    risk="e",
    en=(
        "E-mail an invoice; mail the invoice as PDF; send a copy of an invoice by e-mail; send the "
        "bill again"
    ),
    fr=(
        "Envoyer une facture par e-mail; envoyer le PDF d'une facture par mail; envoyer une copie de "
        "facture; renvoyer une facture par courriel"
    ),
    example={"id": "$invoicing.invoice?status=posted", "to": "compta@exemple.fr"},
    events=("invoicing.invoice.sent",),
    record=Invoice,
    next=("invoicing.invoice.register_payment",),
)
async def send_email(ctx: Context, data: ToMail) -> Mailed:
    """Mail a posted invoice with its PDF: to private and foreign customers, or as a copy."""
    invoice = await ctx.get(Invoice, data.id, lock=True)
    piece = await piece_of(ctx, invoice)
    if invoice.is_self_billed:
        raise Conflict(
            reason="The buyer writes this invoice: it has it.",
            remedy="invoicing.invoice.generate_pdf makes a copy of it.",
        )
    went = await mailed(ctx, piece, data.to, data.message, readable=data.readable_only)
    invoice.sent_at = ctx.now
    ctx.emit(InvoiceSent(invoice_id=invoice.id, channel="email"))
    return Mailed(
        invoice_id=invoice.id,
        number=invoice.number or "",
        to=went.to,
        document_id=went.document_id,
    )
