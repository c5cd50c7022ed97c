"""Refunding: what came back and was invoiced is credited by the invoicing module."""

from collections import defaultdict
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from eyeot import Context, Event, Exact, Input, Output, RecordRef, Ref, action, within
from eyeot_sales.billing.asking import listed
from eyeot_sales.ids import ReturnId
from eyeot_sales.orders.deriving import recompute
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine
from eyeot_sales.returns.records import ReturnOrder, lifecycle
from eyeot_sales.returns.resolving import arrived_of, refuse_other
from eyeot_sales.trade.amounts import ZERO, money


class ReturnRefunded(Event, name="sales.return_order.refunded"):
    """What came back was credited."""

    return_id: ReturnId


class Refund(Input):
    """A return that arrived."""

    id: ReturnId
    note: Annotated[
        str | None, Field(max_length=2000, description="What the credit note says.")
    ] = None


class Refunded(Output):
    """The credit notes that were drafted; invoicing.credit_note.post numbers them."""

    return_id: ReturnId
    credit_notes: list[RecordRef]
    total: Annotated[Exact, Field(description="With VAT.")]
    not_invoiced: Annotated[Exact, Field(description="Pieces never invoiced: nothing is due.")]


@action(
    "sales.return_order.refund",
    risk="$",
    beside="invoicing",
    en=(
        "Refund a return; credit returned goods; give the customer their money back; credit note for "
        "a return"
    ),
    fr=(
        "Rembourser un retour; faire l'avoir d'un retour; rendre son argent au client; créditer une "
        "marchandise retournée"
    ),
    example={"id": "$sales.return_order?status=inspected&resolution=refund"},
    events=("sales.return_order.refunded",),
    record=ReturnOrder,
    next=("invoicing.credit_note.post", "invoicing.credit_note.refund"),
)
async def refund(ctx: Context, data: Refund) -> Refunded:
    """Draft the credit notes of what came back, as far as it was invoiced; posting them pays it back."""
    back = await ctx.get(ReturnOrder, data.id, lock=True)
    lifecycle.check(back, "refund")
    refuse_other(back, "refund", "credit")
    order = await ctx.get(SalesOrder, back.order_id, lock=True)
    wanted: dict[str, list[dict[str, Any]]] = defaultdict(list)
    missing = ZERO
    for part in arrived_of(back):
        line = await ctx.get(SalesOrderLine, part.line_id, lock=True)
        left = await _allocate(ctx, line, part.received or ZERO, wanted)
        missing += left
        line.credited += part.received or ZERO
        await ctx.save(line)
    notes, total = await _credited(ctx, wanted, data.note)
    await recompute(ctx, order)
    lifecycle.take(back, "refund")
    back.refund = money(total, order.currency)
    back.credit_note = notes[0] if notes else None
    ctx.emit(ReturnRefunded(return_id=back.id))
    return Refunded(return_id=back.id, credit_notes=notes, total=total, not_invoiced=missing)


async def _allocate(
    ctx: Context,
    line: SalesOrderLine,
    quantity: Decimal,
    wanted: dict[str, list[dict[str, Any]]],
) -> Decimal:
    """Take a quantity off the invoices that billed a line, the newest first; what none of them billed."""
    billed = Ref("sales.sales_order_line").write(line.id)
    known = {id for id, many in line.billed.items() if Decimal(many) > ZERO}
    rows = await listed(ctx, "invoice_line", order_line_id=billed, sort="-created_at")
    for row in rows:
        if row["invoice_id"] not in known or quantity <= ZERO:
            continue
        taken = min(quantity, Decimal(row["quantity"]))
        quantity -= taken
        wanted[row["invoice_id"]].append({"line_id": row["id"], "quantity": f"{taken:f}"})
    return quantity


async def _credited(
    ctx: Context, wanted: dict[str, list[dict[str, Any]]], note: str | None
) -> tuple[list[RecordRef], Decimal]:
    """Have the credit notes drafted; they, and what they come to with VAT."""
    notes, total = list[RecordRef](), ZERO
    for invoice, lines in wanted.items():
        given = {"invoice_id": invoice, "lines": lines, "reason": "return", "note": note}
        told = {name: value for name, value in given.items() if value is not None}
        made = await ctx.call("invoicing.invoice.credit", told)
        notes.append(RecordRef.to("invoicing.credit_note", made.id))
        shown = await ctx.call(
            "invoicing.credit_note.get", {"id": Ref("invoicing.credit_note").write(made.id)}
        )
        total += Decimal(shown["total_gross"]["amount"])
    return notes, total


@within("invoicing.credit_note.posted")
async def close_credited(ctx: Context, event: Any) -> None:
    """Close the return that a credit note was made for."""
    note = RecordRef.to("invoicing.credit_note", event.credit_note_id)
    for back in await ctx.find(ReturnOrder, ReturnOrder.c.credit_note == note):
        if back.status == "resolved":
            lifecycle.take(back, "be_closed")
