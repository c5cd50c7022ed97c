"""Tracking: what invoicing posted is counted on the order's lines, once however often it is told."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from eyeot import Conflict, Context, RecordRef, Ref, within
from eyeot_sales.billing.asking import listed
from eyeot_sales.orders.deriving import recompute
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine
from eyeot_sales.trade.amounts import ZERO


@within("invoicing.invoice.posted")
async def count_invoice(ctx: Context, event: Any) -> None:
    """Count what an invoice bills of orders, and refuse one that bills more than was ordered."""
    id = Ref("invoicing.invoice").write(event.invoice_id)
    rows = await listed(ctx, "invoice_line", invoice_id=id)
    await _count(ctx, id, rows, sign=1)


@within("invoicing.credit_note.posted")
async def count_credit_note(ctx: Context, event: Any) -> None:
    """Count off what a credit note takes back of orders that its invoice billed."""
    id = Ref("invoicing.credit_note").write(event.credit_note_id)
    rows: list[dict[str, Any]] = []
    for row in await listed(ctx, "credit_note_line", credit_note_id=id):
        if row.get("invoice_line_id"):
            billed = await ctx.call("invoicing.invoice_line.get", {"id": row["invoice_line_id"]})
            rows.append({**row, "order_line_id": billed.get("order_line_id")})
    await _count(ctx, id, rows, sign=-1)


async def _count(ctx: Context, piece: str, rows: list[dict[str, Any]], *, sign: int) -> None:
    billed: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row.get("order_line_id"):
            billed[row["order_line_id"]] += sign * Decimal(row["quantity"])
    orders: dict[Any, SalesOrder] = {}
    for named in sorted(billed):
        line = await ctx.get(SalesOrderLine, RecordRef.parse(named).id, lock=True)
        if line.order_id not in orders:
            orders[line.order_id] = await ctx.get(SalesOrder, line.order_id, lock=True)
        line.billed = {**line.billed, piece: f"{billed[named]:f}"}
        line.invoiced = sum(map(Decimal, line.billed.values()), ZERO)
        _refuse_excess(orders[line.order_id], line)
        await ctx.save(line)
    for order in orders.values():
        await recompute(ctx, order)


def _refuse_excess(order: SalesOrder, line: SalesOrderLine) -> None:
    if line.invoiced < ZERO:
        raise Conflict(
            reason=f"More of '{line.description}' would be credited than was invoiced.",
            remedy="Credit at most what was invoiced of it.",
        )
    if line.invoiced > line.due and not order.allow_over_invoicing:
        raise Conflict(
            reason=f"{line.invoiced:f} of '{line.description}' would be invoiced of {line.due:f} ordered"
            f" ({order.number}).",
            remedy="Lower the invoice's quantity, or amend the order with sales.sales_order.amend.",
        )
