"""Generating: an invoice as a file, filed and locked; the same one when it is asked for again."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from eyeot import Context, Input, Output, RecordRef, Ref, action, invalid, kind
from eyeot_invoicing.credit.record import CreditNote
from eyeot_invoicing.documents import making
from eyeot_invoicing.einvoices.building import Piece, bill_for, credit_of, piece_of
from eyeot_invoicing.einvoices.model import Profile
from eyeot_invoicing.einvoices.rules import Broken, broken
from eyeot_invoicing.ids import CreditNoteId, InvoiceId
from eyeot_invoicing.invoices.record import Invoice

Language = Literal["fr", "en"]


class Generated(Output):
    """The file, and where it is kept."""

    document_id: Annotated[UUID, Ref("core.document")]
    filename: str
    mime: str
    size: int
    sha256: str
    status: str
    retention_until: str | None = None
    broken: Annotated[
        list[Broken], Field(description="Rules of e-invoices that it breaks: mend before sending.")
    ] = Field(default_factory=list)


def told(document: Any, found: list[Broken] | None = None) -> Generated:
    """A document as an answer."""
    until = document.retention_until
    return Generated(
        document_id=document.id,
        filename=document.filename,
        mime=document.mime,
        size=document.size,
        sha256=document.sha256,
        status=document.status,
        retention_until=until.isoformat() if until else None,
        broken=found or [],
    )


async def chosen(ctx: Context, id: UUID) -> Piece:
    """An invoice that somebody named, as a piece."""
    return await piece_of(ctx, await ctx.get(Invoice, id))


async def _broken(ctx: Context, piece: Piece) -> list[Broken]:
    bill = await bill_for(ctx, piece)
    return broken(bill, bill.issued, ctx.locale)


class AsPdf(Input):
    """An invoice or a credit note, and the language to write it in."""

    id: Annotated[InvoiceId | None, Field(description="Of an invoice.")] = None
    credit_note_id: Annotated[
        CreditNoteId | None, Field(description="Of a credit note, instead of id.")
    ] = None
    language: Annotated[Language | None, Field(description="The buyer's when left out.")] = None


@action(
    "invoicing.invoice.generate_pdf",
    risk="w",
    en=(
        "Generate an invoice's PDF; print an invoice; make the PDF of an invoice; download an "
        "invoice; invoice as PDF; PDF of a credit note"
    ),
    fr=(
        "Générer le PDF d'une facture; imprimer une facture; éditer une facture; télécharger une "
        "facture; facture en PDF; PDF d'un avoir"
    ),
    example={"id": "$invoicing.invoice?status=posted", "language": "fr"},
    record=Invoice,
    next=("invoicing.invoice.send", "core.document.get"),
)
async def generate_pdf(ctx: Context, data: AsPdf) -> Generated:
    """Set an invoice or credit note as PDF and file it; posted, it is locked, and the same bytes come again.

    A draft's says so across the page, and is filed without being locked.
    """
    piece = await _either(ctx, data)
    language = data.language or piece.language
    if piece.record.status != "draft":
        return told(await making.pdf(ctx, piece, language))
    content = await making.draft_pdf(ctx, piece, language)
    document: Any = kind("core.document")
    places = [RecordRef.to(piece.record.meta.name, piece.record.id)]
    row = await document.filed(
        ctx, content, f"brouillon-{ctx.today}.pdf", kind="invoice", records=places
    )
    return told(row)


async def _either(ctx: Context, data: AsPdf) -> Piece:
    """The piece that was named, by one of two ids."""
    if data.id and not data.credit_note_id:
        return await chosen(ctx, data.id)
    if data.credit_note_id and not data.id:
        return await credit_of(ctx, await ctx.get(CreditNote, data.credit_note_id))
    raise invalid("id", "name one: an invoice by id, or a credit note by credit_note_id")


class AsFile(Input):
    """An invoice, and the profile of its e-invoice."""

    id: InvoiceId
    profile: Annotated[Profile | None, Field(description="The invoice's own when left out.")] = None


@action(
    "invoicing.invoice.generate_facturx",
    risk="w",
    en=(
        "Generate a Factur-X; make a hybrid e-invoice; PDF with embedded XML; e-invoice as PDF; "
        "ZUGFeRD invoice"
    ),
    fr=(
        "Générer une Factur-X; produire une facture hybride; PDF avec XML intégré; facture "
        "électronique au format PDF; éditer une Factur-X"
    ),
    example={"id": "$invoicing.invoice?status=posted"},
    record=Invoice,
    next=("invoicing.einvoice.submit", "invoicing.invoice.validate_xml"),
)
async def generate_facturx(ctx: Context, data: AsFile) -> Generated:
    """Make the PDF/A-3 of an invoice with its CII inside, held to the schema of its profile, and file it.

    Source: Factur-X 1.09; XP Z12-012.
    """
    piece = await chosen(ctx, data.id)
    profile = data.profile or piece.record.profile
    row = await making.facturx(ctx, piece, profile, piece.language)
    return told(row, await _broken(ctx, piece))


@action(
    "invoicing.invoice.generate_ubl",
    risk="w",
    en="Generate UBL; make a UBL invoice; e-invoice in UBL 2.1; XML invoice for Peppol",
    fr="Générer un UBL; produire une facture UBL; facture électronique en UBL 2.1; facture XML Peppol",
    example={"id": "$invoicing.invoice?status=posted"},
    record=Invoice,
    next=("invoicing.invoice.validate_xml",),
)
async def generate_ubl(ctx: Context, data: AsFile) -> Generated:
    """Write an invoice as UBL 2.1, held to its schema, and file it; `broken` tells rules it breaks."""
    piece = await chosen(ctx, data.id)
    row = await making.xml(ctx, piece, "ubl", data.profile or piece.record.profile)
    found = await _broken(ctx, piece)
    return told(row, found)


@action(
    "invoicing.invoice.generate_cii",
    risk="w",
    en="Generate CII; make a CII invoice; e-invoice in CII D22B; cross industry invoice XML",
    fr="Générer un CII; produire une facture CII; facture électronique en CII D22B; facture XML CII",
    example={"id": "$invoicing.invoice?status=posted"},
    record=Invoice,
    next=("invoicing.invoice.validate_xml",),
)
async def generate_cii(ctx: Context, data: AsFile) -> Generated:
    """Write an invoice as CII D22B, held to its schema, and file it; `broken` tells rules it breaks."""
    piece = await chosen(ctx, data.id)
    profile: Profile = data.profile or piece.record.profile
    document = await making.xml(ctx, piece, "cii", profile)
    return told(document, await _broken(ctx, piece))
