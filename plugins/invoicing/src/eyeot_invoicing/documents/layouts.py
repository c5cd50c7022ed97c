"""Layouts: how the PDF of an invoice looks."""

from importlib.resources import files
from uuid import UUID

from eyeot import Context, Layout
from eyeot_invoicing.credit.record import CreditNote
from eyeot_invoicing.documents.paper import InvoicePaper, paper_of
from eyeot_invoicing.einvoices.building import credit_of, piece_of
from eyeot_invoicing.invoices.record import Invoice

_FILE = files("eyeot_invoicing.documents").joinpath("invoice.typ")
COLUMNS = {"quantity": ("Quantity", "Quantité"), "discount": ("Discount", "Remise")}


async def build_invoice(ctx: Context, id: UUID, language: str) -> InvoicePaper:
    """What the paper of an invoice shows."""
    return await paper_of(ctx, await piece_of(ctx, await ctx.get(Invoice, id)), language)


INVOICE_LAYOUT = Layout(
    name="invoicing.invoice",
    label=("invoice", "facture"),
    data=build_invoice,
    file=_FILE,
    variables=InvoicePaper,
    columns=COLUMNS,
)


async def build_credit_note(ctx: Context, id: UUID, language: str) -> InvoicePaper:
    """What the paper of a credit note shows."""
    return await paper_of(ctx, await credit_of(ctx, await ctx.get(CreditNote, id)), language)


CREDIT_NOTE_LAYOUT = Layout(
    name="invoicing.credit_note",
    label=("credit note", "avoir"),
    data=build_credit_note,
    file=_FILE,
    variables=InvoicePaper,
    columns=COLUMNS,
)
LAYOUTS = {one.name: one for one in (INVOICE_LAYOUT, CREDIT_NOTE_LAYOUT)}
"""By the kind of piece."""
