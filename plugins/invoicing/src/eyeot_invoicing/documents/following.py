"""Following: the paper of what was posted is made by a worker, with its XML inside, and filed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from eyeot import Context, JobStep, after, job
from eyeot_invoicing.credit.posting import CreditNotePosted
from eyeot_invoicing.credit.record import CreditNote
from eyeot_invoicing.documents import making
from eyeot_invoicing.einvoices.building import Piece, credit_of, piece_of
from eyeot_invoicing.invoices.posting import InvoicePosted
from eyeot_invoicing.invoices.record import Invoice

FRESH = timedelta(days=1)
"""Of what was posted longer ago, as in books that are replayed, the paper is made when it is asked for."""


class ToSet(BaseModel):
    """The piece whose paper is made: one of both."""

    invoice_id: UUID | None = None
    credit_note_id: UUID | None = None


@job("invoicing.invoice.set_paper")
async def set_paper(ctx: Context, data: ToSet, _cursor: dict[str, Any] | None) -> JobStep:
    """Set what was posted as Factur-X, in its buyer's language, and file it; once, however often asked."""
    piece = await _piece(ctx, data)
    row = await making.facturx(ctx, piece, piece.profile, piece.language)
    return JobStep(done=1, total=1, result={"document_id": str(row.id)})


async def _piece(ctx: Context, data: ToSet) -> Piece:
    if data.credit_note_id:
        return await credit_of(ctx, await ctx.get(CreditNote, data.credit_note_id))
    assert data.invoice_id
    return await piece_of(ctx, await ctx.get(Invoice, data.invoice_id))


@after("invoicing.invoice.posted")
async def follow_invoice(ctx: Context, event: InvoicePosted) -> None:
    """Have the paper of an invoice made."""
    await _follow(ctx, Invoice, ToSet(invoice_id=event.invoice_id))


@after("invoicing.credit_note.posted")
async def follow_credit_note(ctx: Context, event: CreditNotePosted) -> None:
    """Have the paper of a credit note made."""
    await _follow(ctx, CreditNote, ToSet(credit_note_id=event.credit_note_id))


async def _follow(ctx: Context, record: Any, told: ToSet) -> None:
    # A worker sets it, not the relay: typesetting must not hold up what others wait to be told.
    posted = await ctx.first(record, record.c.id == (told.invoice_id or told.credit_note_id))
    if posted and posted.posted_at and ctx.now - posted.posted_at < FRESH:
        await ctx.enqueue(set_paper, told)
