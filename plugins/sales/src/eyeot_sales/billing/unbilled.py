"""Unbilled: what of a quote or order no invoice billed yet, which deposits may never go beyond."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from eyeot import Context, minor_units
from eyeot_sales.orders.deriving import lines_of
from eyeot_sales.orders.records import SalesOrder
from eyeot_sales.quotes.records import Quote
from eyeot_sales.trade.amounts import HUNDRED, ZERO, line_net, rounded
from eyeot_sales.trade.lines import counted


async def unbilled(
    ctx: Context, document: Quote | SalesOrder, billing: Mapping[UUID, Decimal] | None = None
) -> Decimal:
    """What is left to invoice of a quote or order, without VAT, its discount on the whole taken off.

    `billing`: how many of which lines an invoice is about to bill. A quote counts what was drafted of it.
    """
    places = minor_units(document.currency)
    if isinstance(document, Quote):
        net = document.total_net.amount if document.total_net else ZERO
        return rounded(net * (HUNDRED - document.invoiced_percent) / HUNDRED, places)
    left, now = ZERO, billing or {}
    for line in await lines_of(ctx, document):
        quantity = line.due - line.credited - line.invoiced - now.get(line.id, ZERO)
        if counted(line) and line.unit_price and quantity > ZERO:
            left += line_net(quantity, line.unit_price.amount, line.discount, places)
    return rounded(left * share_left(document), places)


def share_left(document: Quote | SalesOrder) -> Decimal:
    """What of each line's net is left once the discount on the whole is taken off."""
    taken = document.total_discount.amount if document.total_discount else ZERO
    net = document.total_net.amount if document.total_net else ZERO
    return net / (net + taken) if net + taken else Decimal(1)
