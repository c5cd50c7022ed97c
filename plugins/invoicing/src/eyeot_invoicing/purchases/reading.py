"""Reading: a supplier's invoice made of a file that somebody has: an e-invoice, or a PDF with one inside."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Exact, Input, Money, Output, Ref, action, invalid, kind
from eyeot_invoicing.documents.filing import content_of
from eyeot_invoicing.einvoices.following import Came, follow
from eyeot_invoicing.einvoices.model import Bill
from eyeot_invoicing.einvoices.opening import Refused
from eyeot_invoicing.einvoices.reading import opened
from eyeot_invoicing.einvoices.rules import broken
from eyeot_invoicing.ids import PartyId, SupplierInvoiceId
from eyeot_invoicing.purchases.entering import Source, enter, ref_of, to_review
from eyeot_invoicing.purchases.record import SupplierInvoice

DocumentId = Annotated[UUID, Ref("core.document")]


class FromDocument(Input):
    """A file."""

    document_id: Annotated[
        DocumentId, Field(description="Factur-X, UBL or CII; also a PDF or ZIP that holds one.")
    ]


class Certainty(Output):
    """How sure a field is."""

    field: str
    confidence: Annotated[Exact, Field(description="0 to 1; 1: as the file says in data.")]
    why: str | None = None


class Entered(Output):
    """The draft, and how sure its fields are."""

    id: SupplierInvoiceId
    number: str
    party_id: PartyId
    status: str
    total_gross: Money
    duplicate_of: SupplierInvoiceId | None = None
    confidence: list[Certainty]


@action(
    "invoicing.supplier_invoice.create_from_document",
    risk="w",
    en=(
        "Create a supplier invoice from a file; read a bill; import a Factur-X; enter a PDF "
        "invoice; scan a supplier's invoice; supplier invoice received as PDF"
    ),
    fr=(
        "Créer une facture fournisseur depuis un fichier; lire une facture reçue; importer une "
        "Factur-X; saisir une facture PDF; enregistrer une facture reçue par mail; facture "
        "fournisseur reçue en PDF"
    ),
    example={"document_id": "$core.document?kind=invoice&filename=F-2026-0042.xml"},
    record=SupplierInvoice,
    next=("invoicing.supplier_invoice.suggest_coding", "invoicing.supplier_invoice.approve"),
)
async def create_from_document(ctx: Context, data: FromDocument) -> Entered:
    """Read an e-invoice into a supplier's invoice to be reviewed; the file stays its original.

    A PDF without XML says nothing in data: create the invoice by hand, and attach it.
    """
    document: Any = await ctx.get(kind("core.document"), data.document_id, lock=True)
    await _refuse_twice(ctx, document.id)
    try:
        found = await opened(await content_of(ctx, document))
    except Refused as wrong:
        raise invalid(
            "document_id",
            f"{wrong}; enter it by hand with invoicing.supplier_invoice.create, and attach the file",
        ) from wrong
    row = await enter(ctx, found, Source("mail", document.id))
    document.attach([ref_of(row)])
    await follow(ctx, row, found, Came(document, ctx.now))
    to_review(row)
    assert row.total_gross
    return Entered(
        id=row.id,
        number=row.number,
        party_id=row.party_id,
        status=row.status,
        total_gross=row.total_gross,
        duplicate_of=row.duplicate_of,
        confidence=_certainties(ctx, found.bill, row),
    )


async def _refuse_twice(ctx: Context, document_id: UUID) -> None:
    c = SupplierInvoice.c
    if before := await ctx.first(
        SupplierInvoice, c.document_id == document_id, c.status != "refused"
    ):
        raise Conflict(
            reason=f"This file was entered before, as {before.number}.",
            remedy="invoicing.supplier_invoice.search finds it.",
            field="document_id",
        )


def _certainties(ctx: Context, bill: Bill, row: SupplierInvoice) -> list[Certainty]:
    """Data is what it says, unless it breaks a rule; accounts are guesses."""
    wrong = {one.rule for one in broken(bill, bill.issued, ctx.locale)}
    sums = (
        Decimal("0.5") if wrong & {"BR-CO-10", "BR-CO-13", "BR-CO-14", "BR-CO-15"} else Decimal(1)
    )
    why = f"breaks {', '.join(sorted(wrong))}" if sums < 1 else None
    named = Decimal(1) if row.issuer_siren or bill.seller.vat_number else Decimal("0.6")
    return [
        Certainty(field="number", confidence=Decimal(1)),
        Certainty(field="invoice_date", confidence=Decimal(1)),
        Certainty(
            field="party_id",
            confidence=named,
            why=None if named == 1 else "found by its name alone: the file has no identifier",
        ),
        Certainty(field="total_gross", confidence=sums, why=why),
        Certainty(
            field="lines.account_id",
            confidence=Decimal("0.5"),
            why="as lines of this supplier were booked before: suggest_coding tells more",
        ),
    ]
