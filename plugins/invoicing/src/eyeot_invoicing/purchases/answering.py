"""Answering: what we decide on a supplier's invoice, told to the supplier where it came by a platform."""

from typing import Annotated

from pydantic import Field

from eyeot import Context, Event, Input, Invalid, Money, action, invalid
from eyeot_invoicing.einvoices.record import EInvoice
from eyeot_invoicing.einvoices.statuses import ReasonCode, reasons_for
from eyeot_invoicing.einvoices.telling import Saying, tell
from eyeot_invoicing.ids import SupplierInvoiceId
from eyeot_invoicing.platforms.cdar import Part
from eyeot_invoicing.purchases.record import SupplierInvoice, SupplierInvoiceLine, lifecycle

Note = Annotated[str | None, Field(max_length=500, description="In words, for the supplier.")]


class SupplierInvoiceApproved(Event, name="invoicing.supplier_invoice.approved"):
    """Somebody approved what a supplier asks."""

    supplier_invoice_id: SupplierInvoiceId
    amount: Money


class SupplierInvoiceRefused(Event, name="invoicing.supplier_invoice.refused"):
    """It was refused for good."""

    supplier_invoice_id: SupplierInvoiceId
    reason_code: str


class Approval(Input):
    """What is approved."""

    id: SupplierInvoiceId
    note: Note = None


async def _said(ctx: Context, invoice: SupplierInvoice, saying: Saying) -> None:
    """Tell the supplier, where the invoice came as an e-invoice."""
    if invoice.einvoice_id is not None:
        einvoice = await ctx.get(EInvoice, invoice.einvoice_id, lock=True, beyond=True)
        await tell(ctx, einvoice, saying)


async def _refuse_unbookable(ctx: Context, invoice: SupplierInvoice) -> None:
    """Refuse to approve what could not be booked, or what was approved before under another name."""
    c = SupplierInvoiceLine.c
    lines = await ctx.find(SupplierInvoiceLine, c.supplier_invoice_id == invoice.id)
    if not lines:
        raise invalid("id", "the invoice has no lines; add them with supplier_invoice_line.create")
    if invoice.duplicate_of is not None:
        raise invalid(
            "id",
            "it repeats another invoice of this supplier (duplicate_of); refuse it with DOUBLON, or"
            " correct its number",
        )


async def _approved(ctx: Context, invoice: SupplierInvoice, amount: Money) -> None:
    invoice.approved_amount = amount
    invoice.approver_id, invoice.approved_at = ctx.user_id, ctx.now
    invoice.reason_code = invoice.reason_note = None
    ctx.emit(SupplierInvoiceApproved(supplier_invoice_id=invoice.id, amount=amount))


@action(
    "invoicing.supplier_invoice.approve",
    risk="x",
    en="Approve a supplier invoice; accept a bill; sign off a purchase invoice; bill is correct",
    fr=(
        "Approuver une facture fournisseur; accepter une facture d'achat; donner le bon à payer; la "
        "facture est bonne"
    ),
    example={"id": "$invoicing.supplier_invoice?status=to_review"},
    events=("invoicing.supplier_invoice.approved", "invoicing.einvoice.status_changed"),
    record=SupplierInvoice,
    next=("invoicing.supplier_invoice.post",),
)
async def approve(ctx: Context, data: Approval) -> SupplierInvoice:
    """Approve a supplier's invoice as a whole; the supplier is told (205) where it came by a platform."""
    invoice = await ctx.get(SupplierInvoice, data.id, lock=True)
    lifecycle.check(invoice, "approve")
    await _refuse_unbookable(ctx, invoice)
    assert invoice.total_gross
    await _said(ctx, invoice, Saying(code="205", note=data.note or ""))
    await _approved(ctx, invoice, invoice.total_gross)
    lifecycle.take(invoice, "approve")
    return invoice


class PartialApproval(Input):
    """How much is approved, and why not all."""

    id: SupplierInvoiceId
    amount: Annotated[Money, Field(description="What is approved, with VAT.")]
    reason_code: ReasonCode
    note: Note = None


@action(
    "invoicing.supplier_invoice.approve_partially",
    risk="x",
    en=(
        "Approve part of a supplier invoice; accept a bill in part; approve less than invoiced; "
        "partial approval"
    ),
    fr=(
        "Approuver partiellement une facture fournisseur; accepter une partie d'une facture; "
        "approuver moins que facturé; bon à payer partiel"
    ),
    example={
        "id": "$invoicing.supplier_invoice?status=to_review",
        "amount": {"amount": "100.00"},
        "reason_code": "QTE_ERR",
    },
    events=("invoicing.supplier_invoice.approved", "invoicing.einvoice.status_changed"),
    record=SupplierInvoice,
    next=("invoicing.supplier_invoice.post",),
)
async def approve_partially(ctx: Context, data: PartialApproval) -> SupplierInvoice:
    """Approve less than a supplier asks, with the coded reason; it is told how much (206).

    It is booked in full: what is not approved stays owed until the supplier's credit note comes.
    """
    invoice = await ctx.get(SupplierInvoice, data.id, lock=True)
    lifecycle.check(invoice, "approve_partially")
    await _refuse_unbookable(ctx, invoice)
    refuse_reason("206", data.reason_code)
    assert invoice.total_gross
    whole = invoice.total_gross
    if data.amount.currency != whole.currency or not 0 < data.amount.amount < whole.amount:
        raise invalid(
            "amount", f"less than {whole.amount:f} {whole.currency} and above 0; all of it: approve"
        )
    part = Part(amount=data.amount.amount, currency=data.amount.currency, kind="MAP")
    saying = Saying(code="206", reason_code=data.reason_code, note=data.note or "", parts=(part,))
    await _said(ctx, invoice, saying)
    await _approved(ctx, invoice, data.amount)
    invoice.reason_code, invoice.reason_note = data.reason_code, data.note
    lifecycle.take(invoice, "approve_partially")
    return invoice


def refuse_reason(code: str, reason_code: str) -> None:
    """Refuse a reason that a status cannot bear, with those that it can."""
    if reason_code not in reasons_for(code):
        raise Invalid(
            errors=[{"path": "reason_code", "reason": f"is none that {code} may bear"}],
            remedy=f"Give one of: {', '.join(reasons_for(code))}.",
        )


class Contest(Input):
    """An invoice, and why."""

    id: SupplierInvoiceId
    reason_code: ReasonCode
    note: Note = None


async def _contested(ctx: Context, data: Contest, step: str, code: str) -> SupplierInvoice:
    invoice = await ctx.get(SupplierInvoice, data.id, lock=True)
    lifecycle.check(invoice, step)
    refuse_reason(code, data.reason_code)
    await _said(ctx, invoice, Saying(code=code, reason_code=data.reason_code, note=data.note or ""))
    invoice.reason_code, invoice.reason_note = data.reason_code, data.note
    return invoice


@action(
    "invoicing.supplier_invoice.dispute",
    risk="e",
    en=(
        "Dispute a supplier invoice; contest a bill; the price is wrong on the bill; tell the "
        "supplier we disagree"
    ),
    fr=(
        "Contester une facture fournisseur; mettre une facture d'achat en litige; le prix est faux "
        "sur la facture; signaler un désaccord au fournisseur"
    ),
    example={"id": "$invoicing.supplier_invoice?status=to_review", "reason_code": "PU_ERR"},
    events=("invoicing.einvoice.status_changed",),
    record=SupplierInvoice,
    next=("invoicing.supplier_invoice.approve", "invoicing.supplier_invoice.refuse"),
)
async def dispute(ctx: Context, data: Contest) -> SupplierInvoice:
    """Contest a supplier's invoice with a coded reason (207); nothing is booked or paid meanwhile."""
    invoice = await _contested(ctx, data, "dispute", "207")
    lifecycle.take(invoice, "dispute")
    return invoice


@action(
    "invoicing.supplier_invoice.suspend",
    risk="e",
    en=(
        "Suspend a supplier invoice; ask for a missing document; the order number is missing; wait "
        "for a supporting document"
    ),
    fr=(
        "Suspendre une facture fournisseur; demander un justificatif manquant; il manque le numéro "
        "de commande; mettre une facture en attente de pièce"
    ),
    example={"id": "$invoicing.supplier_invoice?status=to_review", "reason_code": "JUSTIF_ABS"},
    events=("invoicing.einvoice.status_changed",),
    record=SupplierInvoice,
    next=("invoicing.supplier_invoice.approve",),
)
async def suspend(ctx: Context, data: Contest) -> SupplierInvoice:
    """Ask the supplier for what is missing (208); complete (209), it is to be reviewed."""
    invoice = await _contested(ctx, data, "suspend", "208")
    lifecycle.take(invoice, "suspend")
    return invoice


@action(
    "invoicing.supplier_invoice.refuse",
    risk="x",
    en=(
        "Refuse a supplier invoice; reject a bill for good; this invoice is not for us; refuse a "
        "duplicate"
    ),
    fr=(
        "Refuser une facture fournisseur; rejeter définitivement une facture d'achat; cette facture "
        "n'est pas pour nous; refuser un doublon"
    ),
    example={"id": "$invoicing.supplier_invoice?status=to_review", "reason_code": "DOUBLON"},
    events=("invoicing.supplier_invoice.refused", "invoicing.einvoice.status_changed"),
    record=SupplierInvoice,
)
async def refuse(ctx: Context, data: Contest) -> SupplierInvoice:
    """Refuse a supplier's invoice for good, with a coded reason (210): it must issue a new one."""
    invoice = await _contested(ctx, data, "refuse", "210")
    ctx.emit(SupplierInvoiceRefused(supplier_invoice_id=invoice.id, reason_code=data.reason_code))
    lifecycle.take(invoice, "refuse")
    return invoice


class ToAcknowledge(Input):
    """One supplier's invoice."""

    id: SupplierInvoiceId


@action(
    "invoicing.supplier_invoice.acknowledge",
    risk="e",
    en=(
        "Acknowledge a supplier invoice; take a bill in hand; tell the supplier it is being "
        "processed; start the review"
    ),
    fr=(
        "Prendre en charge une facture fournisseur; accuser réception d'une facture d'achat; dire "
        "au fournisseur qu'elle est traitée; commencer le contrôle"
    ),
    example={"id": "$invoicing.supplier_invoice?status=received"},
    events=("invoicing.einvoice.status_changed",),
    record=SupplierInvoice,
    next=("invoicing.supplier_invoice.suggest_coding",),
)
async def acknowledge(ctx: Context, data: ToAcknowledge) -> SupplierInvoice:
    """Take a supplier's invoice in hand to review it; the supplier is told (204)."""
    invoice = await ctx.get(SupplierInvoice, data.id, lock=True)
    lifecycle.check(invoice, "acknowledge")
    await _said(ctx, invoice, Saying(code="204"))
    lifecycle.take(invoice, "acknowledge")
    return invoice
