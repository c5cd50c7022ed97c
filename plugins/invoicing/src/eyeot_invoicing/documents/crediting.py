"""Crediting: a credit note goes to the buyer by the channel that its invoice went by."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from eyeot import Context, Event, Input, Output, Ref, action
from eyeot.types import Email
from eyeot_invoicing.credit.record import CreditNote
from eyeot_invoicing.documents import making
from eyeot_invoicing.documents.mailing import mailed
from eyeot_invoicing.documents.sending import Channel, Message, channel_for
from eyeot_invoicing.einvoices.building import Piece, credit_of
from eyeot_invoicing.einvoices.record import EInvoice
from eyeot_invoicing.einvoices.submitting import hand_over, prepared
from eyeot_invoicing.ids import CreditNoteId, EInvoiceId
from eyeot_invoicing.platforms.choosing import connection_of


class CreditNoteSent(Event, name="invoicing.credit_note.sent"):
    """A credit note went out."""

    credit_note_id: CreditNoteId
    channel: str


class ToSend(Input):
    """A credit note, and how it goes out."""

    id: CreditNoteId
    channel: Annotated[Channel | None, Field(description="As its invoice went when left out.")] = (
        None
    )
    to: Annotated[Email | None, Field(description="Of an e-mail; the buyer's when left out.")] = (
        None
    )
    message: Message = None


class Sent(Output):
    """How it went out."""

    credit_note_id: CreditNoteId
    number: str
    channel: Channel
    to: str
    document_id: Annotated[UUID | None, Ref("core.document"), Field(description="What went out.")]
    einvoice_id: EInvoiceId | None = None
    status: str | None = None
    is_handed_over: bool
    reason: str | None = None


@action(
    "invoicing.credit_note.send",
    risk="e",
    en=(
        "Send a credit note; send the credit note to the customer; transmit a credit note; e-mail a "
        "credit note"
    ),
    fr=(
        "Envoyer un avoir; transmettre un avoir au client; déposer un avoir sur la plateforme; "
        "envoyer un avoir par e-mail"
    ),
    example={
        "id": "$invoicing.credit_note?status=posted",
        "channel": "email",
        "to": "compta@exemple.fr",
    },
    events=("invoicing.credit_note.sent", "invoicing.einvoice.submitted"),
    record=CreditNote,
    next=("invoicing.einvoice.poll_statuses",),
)
async def send(ctx: Context, data: ToSend) -> Sent:
    """Send a posted credit note by the channel that its invoice went by: as e-invoice 381, or by e-mail."""
    note = await ctx.get(CreditNote, data.id, lock=True)
    piece = await credit_of(ctx, note)
    making.refuse_draft(piece)
    channel = data.channel or await _as_invoice(ctx, note, piece)
    if channel == "email":
        went = await mailed(ctx, piece, data.to, data.message)
        told = Sent(
            credit_note_id=note.id,
            number=note.number or "",
            channel=channel,
            to=went.to,
            document_id=went.document_id,
            is_handed_over=True,
        )
    else:
        told = await _by_platform(ctx, piece, note)
    if told.is_handed_over:
        note.sent_at = ctx.now
        ctx.emit(CreditNoteSent(credit_note_id=note.id, channel=channel))
    return told


async def _as_invoice(ctx: Context, note: CreditNote, piece: Piece) -> Channel:
    """The platform, if the invoice went by one; else as the law wants of the two."""
    c = EInvoice.c
    if await ctx.first(EInvoice, c.invoice_id == note.invoice_id, c.direction == "out"):
        return "platform"
    return await channel_for(ctx, piece)


async def _by_platform(ctx: Context, piece: Piece, note: CreditNote) -> Sent:
    connection = await connection_of(ctx)
    einvoice = await prepared(ctx, piece, "facturx")
    handed = await hand_over(ctx, einvoice, connection)
    return Sent(
        credit_note_id=note.id,
        number=einvoice.number,
        channel="platform",
        to=einvoice.to_address or "",
        document_id=einvoice.document_id,
        einvoice_id=einvoice.id,
        status=handed.status,
        is_handed_over=handed.is_handed_over,
        reason=handed.reason,
    )
