"""Deriving: how far an order is follows from its lines, and nobody sets it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from eyeot import Context, Record
from eyeot_sales.orders.records import (
    RUNNING,
    LineStatus,
    Running,
    SalesOrder,
    SalesOrderLine,
    lifecycle,
    line_lifecycle,
)
from eyeot_sales.trade.amounts import ZERO
from eyeot_sales.trade.documents import retotal
from eyeot_sales.trade.lines import counted, set_net
from eyeot_sales.trade.selling import margin_of


async def lines_of(ctx: Context, order: SalesOrder) -> list[SalesOrderLine]:
    """An order's lines, in order."""
    c = SalesOrderLine.c
    return await ctx.find(SalesOrderLine, c.order_id == order.id, order=(c.position, c.id))


async def recompute(ctx: Context, order: Record) -> None:
    """Total an order, and tell from its lines how far it is."""
    assert isinstance(order, SalesOrder)
    for line in await lines_of(ctx, order):
        set_net(line, order.currency)
    lines = await retotal(ctx, order, SalesOrderLine, "order_id")
    order.margin = margin_of(order, lines)
    follow(order, [one for one in lines if counted(one)])


def follow(order: SalesOrder, lines: Sequence[SalesOrderLine]) -> None:
    """Set the states that follow from the lines."""
    for line in lines:
        _follow_line(line)
    order.delivery_status = _extent([(one.due, one.delivered) for one in lines])
    billed = [(one.due - one.credited, one.invoiced) for one in lines]
    over = any(invoiced > due for due, invoiced in billed)
    order.invoice_status = "over" if over else _extent(billed)
    if order.status in RUNNING:
        now = _running(order)
        if order.status != now:
            lifecycle.take(order, f"be_{now}")


def _running(order: SalesOrder) -> Running:
    billed = order.invoice_status in ("full", "over")
    if order.delivery_status == "full":
        return "invoiced" if billed else "delivered"
    begun = order.delivery_status != "none" or order.invoice_status != "none"
    return "in_progress" if begun else "confirmed"


def _extent(pairs: Sequence[tuple[Decimal, Decimal]]) -> Literal["none", "partial", "full"]:
    """How much of what is due was done, over lines of which something is due or was done."""
    told = [(due, done) for due, done in pairs if due > ZERO or done > ZERO]
    if not any(done > ZERO for _, done in told):
        return "none"
    return "full" if all(done >= due for due, done in told) else "partial"


def _follow_line(line: SalesOrderLine) -> None:
    state: LineStatus = "open"
    if line.due <= ZERO and line.cancelled > ZERO and not line.delivered:
        state = "cancelled"
    elif line.delivered >= line.due and line.invoiced >= line.due:
        state = "invoiced"
    elif line.delivered >= line.due:
        state = "delivered"
    if line.status != state:
        line_lifecycle.take(line, f"be_{state}")
