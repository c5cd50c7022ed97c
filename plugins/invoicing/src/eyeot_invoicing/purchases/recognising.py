"""Recognising: e-invoices by what they hold, and pieces by the numbers that a document names."""

from typing import Any

from eyeot import Candidate, Content, Context, RecordRef, candidates
from eyeot_invoicing.credit.record import CreditNote
from eyeot_invoicing.einvoices.model import Bill
from eyeot_invoicing.einvoices.opening import Refused
from eyeot_invoicing.einvoices.reading import read
from eyeot_invoicing.invoices.record import Invoice
from eyeot_invoicing.purchases.record import SupplierInvoice
from eyeot_invoicing.purchases.suppliers import known

_DATA, _PIECE, _PARTY = 0.98, 0.97, 0.95
_NAMED, _KIND = 0.85, 0.5
_MOST = 5
_ENTER = "invoicing.supplier_invoice.create_from_document"
_KINDS: tuple[tuple[type[Any], str, str], ...] = (
    (Invoice, "our invoice", "notre facture"),
    (CreditNote, "our credit note", "notre avoir"),
    (SupplierInvoice, "the supplier's invoice", "la facture fournisseur"),
)


@candidates("invoicing.data")
async def data(ctx: Context, content: Content) -> list[Candidate]:
    """What an e-invoice (CII, UBL, Factur-X) says of itself as data: whose it is, and to whom."""
    try:
        bill = read(content.raw).bill
    except Refused:
        return []
    house = await ctx.organization()
    told = _known(bill)
    ours = bool(house.siren) and bill.seller.siren == house.siren
    what = ("It holds an e-invoice as data", "Il contient une facture électronique (données)")
    found = [Candidate(_DATA, what, "invoice", action="" if ours else _ENTER, known=told)]
    if ours:
        return found + await _pieces(ctx, (Invoice, CreditNote), bill.number)
    supplier = await known(ctx, bill.seller)
    if supplier is not None:
        why = (f"{supplier.name} sent it", f"Émise par {supplier.name}")
        ref = RecordRef.to("crm.party", supplier.id)
        found.append(Candidate(_PARTY, why, record=ref, label=supplier.name, action=_ENTER))
        same = SupplierInvoice.c.party_id == supplier.id
        found += await _pieces(ctx, (SupplierInvoice,), bill.number, same)
    return found


def _known(bill: Bill) -> dict[str, str]:
    return {
        "number": bill.number,
        "date": bill.issued.isoformat(),
        "seller": bill.seller.name,
        "buyer": bill.buyer.name,
        "total": f"{bill.sums.gross} {bill.currency}",
    }


async def _pieces(
    ctx: Context, records: tuple[type[Any], ...], number: str, *where: Any
) -> list[Candidate]:
    why = (f"It is the piece {number}", f"C'est la pièce {number}")
    return [
        Candidate(_PIECE, why, record=RecordRef.to(record.meta.name, one.id), label=number)
        for record in records
        for one in await ctx.find(record, record.c.number == number, *where, limit=_MOST)
    ]


@candidates("invoicing.numbers")
async def numbers(ctx: Context, content: Content) -> list[Candidate]:
    """The invoices and credit notes whose numbers a document names."""
    said = content.numbers
    found = []
    for record, english, french in _KINDS:
        for one in await ctx.find(record, record.c.number.in_(said), limit=_MOST) if said else []:
            why = (f"Names {english} {one.number}", f"Cite {french} {one.number}")
            ref = RecordRef.to(record.meta.name, one.id)
            found.append(Candidate(_NAMED, why, record=ref, label=one.number))
            found.append(Candidate(_KIND, why, "invoice"))
    return found
