"""Crediting: drafts the credit note of an invoice, and the corrected invoice that replaces it."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Exact, Input, Output, RecordRef, action, invalid
from eyeot_crm.parties import Address
from eyeot_invoicing.credit.drafting import quantities_left
from eyeot_invoicing.credit.record import CreditNote, CreditNoteLine, Reason
from eyeot_invoicing.ids import CreditNoteId, InvoiceId, InvoiceLineId, PartyId
from eyeot_invoicing.invoices.deducting import refuse_deducted
from eyeot_invoicing.invoices.posting import lines_of
from eyeot_invoicing.invoices.record import Invoice, InvoiceLine, stands
from eyeot_sales.ids import TaxRateId
from eyeot_sales.trade.lines import COUNTED

_HEADER = (
    "party_id", "bill_to", "ship_to", "buyer_siren", "language", "supply_date", "payment_term_id",
    "payment_method_id", "buyer_reference", "order_reference", "note", "currency", "discount_percent",
    "discount_amount", "profile",
)  # fmt: skip
_LINE = (
    "position", "kind", "product_id", "description", "quantity", "unit_id", "unit_price", "discount",
    "tax_rate_id", "nature", "service_start", "service_end", "account_id", "analytic", "order_line_id",
    "quote_line_id", "deposit_id",
)  # fmt: skip


class Back(Input):
    """A line that is taken back: so many of it, or an amount off it without VAT."""

    line_id: InvoiceLineId
    quantity: Annotated[
        Exact | None, Field(description="All that is left of the line when left out.")
    ] = None
    amount: Annotated[
        Exact | None, Field(gt=0, description="A rebate without VAT, in place of a quantity.")
    ] = None


class Credit(Input):
    """An invoice, what of it is taken back, and why."""

    invoice_id: InvoiceId
    lines: list[Back] = Field(
        default_factory=list, max_length=500, description="All that is left when left out."
    )
    reason: Reason = "error"
    note: Annotated[str | None, Field(max_length=2000)] = None


async def drafted(ctx: Context, invoice: Invoice, data: Credit) -> CreditNote:
    """Draft a credit note of an invoice."""
    if not stands(invoice):
        raise Conflict(
            reason="The invoice is a draft: there is nothing to take back.",
            remedy="Change or delete it with invoicing.invoice.update or invoicing.invoice.delete.",
        )
    lines = {one.id: one for one in await lines_of(ctx, invoice)}
    left = await quantities_left(ctx, invoice.id)
    asked = data.lines or [Back(line_id=id) for id, one in lines.items() if one.kind in COUNTED]
    rows = [row for one in asked if (row := _row(one, lines, left, whole=not data.lines))]
    if not rows:
        raise Conflict(
            reason=f"Everything of {invoice.number} was taken back already.",
            remedy="invoicing.credit_note.list(invoice_id=…) shows its credit notes.",
        )
    given = {"invoice_id": invoice.id, "reason": data.reason, "note": data.note, "lines": rows}
    made = await ctx.call("invoicing.credit_note.create", _without_none(given))
    note = await ctx.get(CreditNote, made.id)
    if invoice.kind == "deposit":
        taken = await ctx.find(CreditNoteLine, CreditNoteLine.c.credit_note_id == note.id)
        await refuse_deducted(ctx, invoice, note, taken)
    return note


def _row(
    asked: Back, lines: dict[UUID, InvoiceLine], left: dict[UUID, Decimal], *, whole: bool
) -> dict[str, Any] | None:
    line = lines.get(asked.line_id)
    if line is None or line.kind not in COUNTED:
        raise invalid("lines", "name lines of that invoice which have an amount")
    if asked.amount is not None:
        return _rebate(line, asked)
    rest = left[line.id]
    quantity = asked.quantity if asked.quantity is not None else rest
    if not rest:
        if whole:
            return None
        raise invalid("lines", f"'{line.description}' was taken back already")
    if not quantity or quantity * rest < 0 or abs(quantity) > abs(rest):
        raise invalid("lines", f"{rest:f} of '{line.description}' is left to take back")
    return {"invoice_line_id": line.id, "description": line.description, "quantity": quantity}


def _rebate(line: InvoiceLine, asked: Back) -> dict[str, Any]:
    if asked.quantity is not None:
        raise invalid("lines", "give a quantity or an amount, not both")
    assert line.unit_price
    return _without_none(
        {
            "description": f"Remise : {line.description}"[:2000],
            "unit_price": {"amount": asked.amount, "currency": line.unit_price.currency},
            "tax_rate_id": line.tax_rate_id,
            "nature": line.nature,
            "account_id": line.account_id,
        }
    )


def _without_none(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


@action(
    "invoicing.invoice.credit",
    risk="w",
    en=(
        "Credit an invoice; make a credit note; cancel a posted invoice; take back lines of an "
        "invoice; give a rebate on an invoice; cancel an invoice that was sent; delete a posted "
        "invoice"
    ),
    fr=(
        "Faire un avoir sur une facture; créer un avoir; annuler une facture validée; créditer "
        "des lignes de facture; accorder une remise sur une facture; annuler une facture "
        "envoyée; supprimer une facture validée"
    ),
    example={"invoice_id": "$invoicing.invoice?status=posted", "reason": "return"},
    record=CreditNote,
    next=("invoicing.credit_note.post",),
)
async def credit(ctx: Context, data: Credit) -> CreditNote:
    """Draft a credit note of a posted invoice: all that is left of it, some lines, or a rebate on them."""
    return await drafted(ctx, await ctx.get(Invoice, data.invoice_id), data)


class Correction(Input):
    """A line of the corrected invoice that is other than it was."""

    line_id: InvoiceLineId
    description: Annotated[str | None, Field(max_length=2000)] = None
    quantity: Exact | None = None
    unit_price: Annotated[Exact | None, Field(description="In the invoice's currency.")] = None
    tax_rate_id: TaxRateId | None = None
    remove: bool = False


class Corrections(Input):
    """What the corrected invoice says otherwise."""

    party_id: PartyId | None = None
    bill_to: Address | None = None
    buyer_reference: Annotated[str | None, Field(max_length=100)] = None
    order_reference: Annotated[str | None, Field(max_length=100)] = None
    note: Annotated[str | None, Field(max_length=2000)] = None
    lines: list[Correction] = Field(default_factory=list, max_length=500)


class Reissue(Input):
    """An invoice, and how the one that replaces it differs."""

    invoice_id: InvoiceId
    corrections: Corrections = Corrections()


class Reissued(Output):
    """The two drafts: the credit note of the whole, and the corrected invoice."""

    credit_note_id: CreditNoteId
    invoice_id: InvoiceId


@action(
    "invoicing.invoice.credit_and_reissue",
    risk="w",
    en=(
        "Credit and reissue an invoice; correct a posted invoice; replace an invoice; cancel and "
        "redo an invoice; change an invoice that was sent"
    ),
    fr=(
        "Annuler et refaire une facture; corriger une facture validée; remplacer une facture; "
        "avoir et nouvelle facture; modifier une facture envoyée"
    ),
    example={
        "invoice_id": "$invoicing.invoice?status=posted",
        "corrections": {"buyer_reference": "BC 2291"},
    },
    record=Invoice,
    next=("invoicing.credit_note.post", "invoicing.invoice.post"),
)
async def credit_and_reissue(ctx: Context, data: Reissue) -> Reissued:
    """Draft the credit note of all that is left of an invoice, and the corrected invoice that replaces it."""
    invoice = await ctx.get(Invoice, data.invoice_id)
    note = await drafted(ctx, invoice, Credit(invoice_id=invoice.id, reason="error"))
    given = {name: getattr(invoice, name) for name in _HEADER}
    said = data.corrections.model_dump(exclude={"lines"}, exclude_none=True)
    changed = {one.line_id: one for one in data.corrections.lines}
    rows = [_corrected(one, changed.pop(one.id, None)) for one in await lines_of(ctx, invoice)]
    if changed:
        raise invalid("corrections", "names lines that are not of this invoice")
    made = await ctx.call(
        "invoicing.invoice.create",
        {
            **_without_none(given),
            **said,
            "kind": "corrective",
            "origin": RecordRef.to(invoice.meta.name, invoice.id),
            "lines": [one for one in rows if one],
        },
    )
    return Reissued(credit_note_id=note.id, invoice_id=made.id)


def _corrected(line: InvoiceLine, change: Correction | None) -> dict[str, Any] | None:
    given = _without_none({name: getattr(line, name) for name in _LINE})
    if line.kind not in COUNTED:
        given = {name: given[name] for name in ("position", "kind", "description")}
    if change is None:
        return given
    if change.remove:
        return None
    said = change.model_dump(exclude={"line_id", "remove"}, exclude_none=True)
    if change.unit_price is not None and line.unit_price:
        said["unit_price"] = {"amount": change.unit_price, "currency": line.unit_price.currency}
    return {**given, **said}
