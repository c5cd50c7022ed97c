"""Drafting: how a draft credit note is completed from the invoice that it takes back."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from eyeot import Conflict, Context, Lines, Resource, invalid
from eyeot_invoicing.credit.record import CreditNote, CreditNoteLine, lifecycle
from eyeot_invoicing.credit.totalling import account_of, totals_of
from eyeot_invoicing.invoices.drafting import nature_of, put_last
from eyeot_invoicing.invoices.record import Invoice, InvoiceLine, stands
from eyeot_sales.trade.amounts import ZERO, money
from eyeot_sales.trade.documents import put_totals
from eyeot_sales.trade.lines import COUNTED, set_net
from eyeot_sales.trade.pricing import price_line

_COPIED = (
    "kind", "product_id", "description", "unit_id", "unit_price", "discount", "tax_rate_id",
    "tax_category", "tax_percent", "exemption_code", "exemption_reason", "nature", "account_id",
    "deposit_id",
)  # fmt: skip
"""What a line takes over from the invoice's line."""
_DEFAULTED = ("kind", "discount")
"""Those of them that a new line has without being given any."""


async def prepare(ctx: Context, row: Any, _values: dict[str, Any]) -> None:
    """Complete a new credit note from its invoice, which must stand."""
    if not row.is_new:
        return
    invoice = await ctx.get(Invoice, row.invoice_id)
    if not stands(invoice):
        raise Conflict(
            reason="The invoice is a draft: there is nothing to take back.",
            remedy="Change or delete it with invoicing.invoice.update or invoicing.invoice.delete.",
            field="invoice_id",
        )
    row.invoice_number, row.invoice_date = invoice.number, invoice.issue_date
    row.party_id, row.currency, row.language = invoice.party_id, invoice.currency, invoice.language
    row.exchange_rate = invoice.exchange_rate


async def prepare_line(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Complete a line: as the invoice's line that it takes back, or priced by itself."""
    note = await ctx.get(CreditNote, row.credit_note_id)
    await put_last(ctx, row, CreditNoteLine.c.credit_note_id == note.id)
    if row.invoice_line_id is None:
        await price_line(ctx, note, row, note.issue_date)
        row.nature = row.nature or ("service" if row.kind in COUNTED else None)
        return
    line = await ctx.get(InvoiceLine, row.invoice_line_id)
    if line.invoice_id != note.invoice_id:
        raise invalid("invoice_line_id", f"is no line of {note.invoice_number}")
    for name in _COPIED:
        own, given = getattr(line, name), values.get(name)
        if name == "description" and row.description:
            # How it is worded is free, as on any line.
            continue
        if given is not None and given != own and not (row.is_new and name in _DEFAULTED):
            raise invalid(name, "is as the invoice's line has it; leave it out, or invoice_line_id")
        setattr(row, name, own)
    set_net(row, note.currency)


async def quantities_left(ctx: Context, invoice_id: UUID) -> dict[UUID, Decimal]:
    """How many of each line of an invoice posted credit notes have not taken back."""
    c, note = CreditNoteLine.c, CreditNote.c
    joined = CreditNoteLine.meta.table.join(
        CreditNote.meta.table, (c.org_id == note.org_id) & (c.credit_note_id == note.id)
    )
    taken = (
        sa.select(c.invoice_line_id, sa.func.sum(c.quantity).label("quantity"))
        .select_from(joined)
        .where(ctx.within(CreditNote), note.invoice_id == invoice_id, note.status != "draft")
        .group_by(c.invoice_line_id)
    )
    done = {one["invoice_line_id"]: one["quantity"] for one in await ctx.rows(taken)}
    lines = await ctx.find(InvoiceLine, InvoiceLine.c.invoice_id == invoice_id)
    return {one.id: one.quantity - done.get(one.id, ZERO) for one in lines}


async def total(ctx: Context, note: Any) -> None:
    """Total a draft from its lines and the invoice it takes back."""
    if note.status != "draft":
        return
    c = CreditNoteLine.c
    lines = await ctx.find(CreditNoteLine, c.credit_note_id == note.id, order=(c.position, c.id))
    account = await account_of(ctx, await ctx.get(Invoice, note.invoice_id), besides=note.id)
    put_totals(note, totals_of(account, lines, note.currency))
    note.operation_nature = nature_of(lines)
    zero = money(ZERO, note.currency)
    note.applied = note.refunded = zero
    note.remaining = note.total_gross


credit_notes = Resource(
    CreditNote,
    profile="doc",
    en="credit note; credit notes; credit memo; invoice correction; sales credit",
    fr="avoir; avoirs; facture d'avoir; note de crédit; annulation de facture",
    said={
        "create": (
            "make a credit note",
            "faire un avoir",
        ),
    },
    lifecycle=lifecycle,
    prepare=prepare,
    editable=("draft",),
    instead="Credit what is left of the invoice with invoicing.invoice.credit, or invoice anew.",
    mutable=("internal_note",),
    lines=Lines(
        CreditNoteLine,
        "credit_note_id",
        total=total,
        shown=(
            "position", "kind", "invoice_line_id", "product_id", "description", "quantity", "unit_id",
            "unit_price", "discount", "tax_percent", "tax_category", "exemption_code", "nature", "net",
        ),
    ),
    afresh=("issue_date",),
    example={
        "invoice_id": "$invoicing.invoice?status=posted",
        "reason": "discount",
        "lines": [
            {
                "description": "Geste commercial",
                "unit_price": {"amount": "10.00"},
                "tax_rate_id": "$sales.tax_rate?code=FR20",
            }
        ],
    },
)  # fmt: skip
credit_note_lines = Resource(
    CreditNoteLine,
    profile="line",
    en="credit note line; credit note lines; item of a credit note",
    fr="ligne d'avoir; lignes d'avoir; poste d'un avoir",
    gender="f",
    prepare=prepare_line,
    example={
        "credit_note_id": "$invoicing.credit_note?status=draft",
        "description": "Remise de fin d'année",
        "unit_price": {"amount": "5.00"},
        "tax_rate_id": "$sales.tax_rate?code=FR20",
    },
)
