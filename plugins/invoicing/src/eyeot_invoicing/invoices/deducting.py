"""Deducting: the lines by which an invoice takes deposits off, and what posting refuses of them."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from eyeot import Conflict, Context, Ref
from eyeot_invoicing.invoices.deposits import (
    Bases,
    Standing,
    deducted_by,
    noted,
    standing_of,
    standing_on,
    summed,
)
from eyeot_invoicing.invoices.entry import vat_parts
from eyeot_invoicing.invoices.origins import origins_of
from eyeot_invoicing.invoices.record import Invoice, InvoiceLine
from eyeot_sales.billing.unbilled import unbilled
from eyeot_sales.orders.records import SalesOrder
from eyeot_sales.quotes.records import Quote
from eyeot_sales.trade.amounts import ZERO

_RECORDS: dict[str, Any] = {"sales.quote": Quote, "sales.sales_order": SalesOrder}


async def deduct(
    ctx: Context,
    draft: Invoice,
    lines: Sequence[InvoiceLine],
    standing: Iterable[Standing],
    *,
    partial: bool,
) -> int:
    """Write the lines that take deposits off a draft, less what it takes off already; how many.

    `partial`: no more than the draft comes to at the same rate and nature.
    """
    room: Bases = summed(vat_parts(draft, lines))
    already, written = deducted_by(lines), 0
    for one in standing:
        left = one.left - already.get((one.deposit.id, one.under), ZERO)
        off = min(left, room.get(one.under, ZERO)) if partial else left
        if off <= ZERO:
            continue
        room[one.under] = room.get(one.under, ZERO) - off
        await ctx.call("invoicing.invoice_line.create", _line(draft, one, off))
        written += 1
    return written


def _line(draft: Invoice, one: Standing, off: Decimal) -> dict[str, Any]:
    """The line that takes so much of a deposit off: it names it, and bears its rate and nature."""
    deposit = one.deposit
    assert deposit.issue_date
    words = (
        f"Acompte, facture {deposit.number} du {deposit.issue_date:%d/%m/%Y}"
        if (draft.language or "fr").startswith("fr")
        else f"Deposit, invoice {deposit.number} of {deposit.issue_date:%d/%m/%Y}"
    )
    return {
        "invoice_id": draft.id,
        "kind": "deposit",
        "deposit_id": deposit.id,
        "description": words,
        "quantity": Decimal(-1),
        "unit_price": {"amount": off, "currency": deposit.currency},
        "tax_rate_id": one.tax_rate_id,
        "nature": one.under.nature,
    }


async def refuse_over(
    ctx: Context, invoice: Invoice, lines: Sequence[InvoiceLine], *, lock: bool = True
) -> None:
    """Refuse deductions of what is no deposit of this buyer, or of more than is left of it."""
    for line in lines:
        wrong = line.deposit_id is None or (line.net is not None and line.net.amount > 0)
        if line.kind == "deposit" and wrong:
            raise Conflict(
                reason="A line of kind deposit takes off a deposit invoice: it names it, below 0.",
                remedy="Use invoicing.invoice.convert_deposit_to_final, which writes these lines.",
            )
    taken = deducted_by(lines)
    for id in sorted({id for id, _ in taken}):
        deposit = await ctx.get(Invoice, id, lock=lock)
        _refuse_other(invoice, deposit)
        left = {one.under: one.left for one in await standing_of(ctx, deposit)}
        for (of, under), amount in taken.items():
            if of == id and amount > left.get(under, ZERO):
                raise Conflict(
                    reason=f"{left.get(under, ZERO):f} of {under.nature} at {under.key.percent:f} % is "
                    f"left to deduct of the deposit {deposit.number}, not {amount:f}.",
                    remedy="Lower the deduction with invoicing.invoice_line.update.",
                )


def _refuse_other(invoice: Invoice, deposit: Invoice) -> None:
    fits = (
        deposit.kind == "deposit"
        and deposit.status != "draft"
        and deposit.party_id == invoice.party_id
        and deposit.currency == invoice.currency
    )
    if not fits:
        raise Conflict(
            reason=f"{deposit.number or 'The draft'} is no posted deposit invoice of this buyer in "
            f"{invoice.currency}.",
            remedy="invoicing.invoice.list(kind=deposit, party_id=…) shows what may be deducted.",
        )


async def refuse_undeducted(
    ctx: Context, invoice: Invoice, lines: Sequence[InvoiceLine], *, lock: bool = True
) -> None:
    """Refuse to bill twice what deposits asked: what of them is left never goes beyond what is left to bill.

    A final invoice leaves nothing of them. Whoever posts another piece of the same quote or order waits here.
    """
    origins = await origins_of(ctx, invoice, lines)
    if not origins:
        return
    documents = [
        await ctx.get(_RECORDS[one.kind], one.id, lock=lock, beyond=True) for one in origins
    ]
    taken = deducted_by(lines)
    standing = await standing_on(ctx, origins)
    open_ = [(one, one.left - taken.get((one.deposit.id, one.under), ZERO)) for one in standing]
    asked = sum((left for _, left in open_), ZERO)
    if invoice.kind == "deposit":
        asked += invoice.total_net.amount if invoice.total_net else ZERO
    if asked <= ZERO:
        return
    room = ZERO if invoice.kind == "final" else await _unbilled(ctx, documents, lines)
    if asked <= room:
        return
    if invoice.kind == "deposit":
        raise Conflict(
            reason=f"Deposits would come to {asked:f} without VAT, and {room:f} is left to invoice.",
            remedy="Delete this draft (invoicing.invoice.delete), or lower its lines "
            "(invoicing.invoice_line.update).",
        )
    numbers = ", ".join(dict.fromkeys(str(one.deposit.number) for one, left in open_ if left > 0))
    draft, of = Ref("invoicing.invoice").write(invoice.id), origins[-1].typeid
    raise Conflict(
        reason=f"{asked:f} without VAT of deposits ({numbers}) would stay undeducted, and {room:f} is left "
        "to invoice after this: it would be billed twice.",
        remedy=f"Deduct them: invoicing.invoice.convert_deposit_to_final(draft_id={draft}, of={of}).",
    )


async def _unbilled(
    ctx: Context, documents: Sequence[Any], lines: Sequence[InvoiceLine]
) -> Decimal:
    """What is left to invoice of orders once these lines are billed; of a quote that became none, of it."""
    billing: dict[UUID, Decimal] = {}
    for one in lines:
        if one.order_line_id is not None:
            id = one.order_line_id.id
            billing[id] = billing.get(id, ZERO) + one.quantity
    orders = [one for one in documents if isinstance(one, SalesOrder)]
    left = [await unbilled(ctx, one, billing) for one in orders or documents]
    return sum(left, ZERO)


async def refuse_deducted(ctx: Context, deposit: Invoice, note: Any, lines: Sequence[Any]) -> None:
    """Refuse to take back of a deposit what invoices took off already: its VAT would go back twice."""
    left = {one.under: one.left for one in await standing_of(ctx, deposit)}
    for under, base in noted(note, lines).items():
        if base > max(left.get(under, ZERO), ZERO):
            numbers = ", ".join(await _deducting(ctx, deposit))
            raise Conflict(
                reason=f"{deposit.number} is deducted by {numbers}: {left.get(under, ZERO):f} of "
                f"{under.nature} at {under.key.percent:f} % is left of it, not {base:f}.",
                remedy=f"Credit {numbers} with invoicing.invoice.credit first, or take back what is left.",
            )


async def _deducting(ctx: Context, deposit: Invoice) -> list[str]:
    """The numbers of the posted invoices that deduct a deposit."""
    found = await ctx.find(InvoiceLine, InvoiceLine.c.deposit_id == deposit.id)
    c = Invoice.c
    ids = {one.invoice_id for one in found}
    rows = (
        await ctx.find(Invoice, c.id.in_(ids), c.status != "draft", order=c.number) if ids else []
    )
    return [str(one.number) for one in rows]
