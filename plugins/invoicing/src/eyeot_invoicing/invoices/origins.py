"""Origins: the quote and orders that an invoice came of, whose deposits it takes off."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from eyeot import Context, RecordRef
from eyeot_invoicing.invoices.record import Invoice, InvoiceLine
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine
from eyeot_sales.quotes.records import Quote, QuoteLine

_INVOICE, _ORDER, _QUOTE = Invoice.meta.name, SalesOrder.meta.name, Quote.meta.name


async def origins_of(
    ctx: Context, invoice: Invoice, lines: Sequence[InvoiceLine]
) -> list[RecordRef]:
    """The quotes and orders whose deposits may stand on an invoice: of its own, and of what it bills."""
    named = {invoice.origin, invoice.deposit_of}
    if invoice.kind == "corrective" and invoice.origin and invoice.origin.kind == _INVOICE:
        corrected = await ctx.get(Invoice, invoice.origin.id, beyond=True)
        named |= {corrected.origin, corrected.deposit_of}
    orders = {one.id for one in named if one and one.kind == _ORDER}
    quotes = {one.id for one in named if one and one.kind == _QUOTE}
    orders |= {one.order_id for one in await _lines(ctx, SalesOrderLine, lines, "order_line_id")}
    quotes |= {one.quote_id for one in await _lines(ctx, QuoteLine, lines, "quote_line_id")}
    return await family(ctx, orders, quotes)


async def _lines(ctx: Context, record: Any, lines: Sequence[InvoiceLine], name: str) -> list[Any]:
    found: Iterable[RecordRef | None] = (getattr(one, name) for one in lines)
    ids = {one.id for one in found if one}
    return await ctx.find(record, record.c.id.in_(ids)) if ids else []


async def family(ctx: Context, orders: Iterable[UUID], quotes: Iterable[UUID]) -> list[RecordRef]:
    """Orders with the quotes that they were made of; quotes with what became of them."""
    every, made = set(quotes), set(orders)
    if every:
        made |= {one.id for one in await ctx.find(SalesOrder, SalesOrder.c.quote_id.in_(every))}
    for id in sorted(made):
        order = await ctx.get(SalesOrder, id, beyond=True)
        every |= {order.quote_id} if order.quote_id else set()
    named = [(_QUOTE, id) for id in sorted(every)] + [(_ORDER, id) for id in sorted(made)]
    return [RecordRef.to(*one) for one in named]
