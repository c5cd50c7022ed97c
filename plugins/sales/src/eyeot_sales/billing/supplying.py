"""Supplying: the day on which what an invoice bills was delivered, since the VAT on goods falls due then."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from eyeot import Context
from eyeot_sales.catalogue.products import Product, nature_of
from eyeot_sales.fulfilment.records import Fulfilment, part_of
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine
from eyeot_sales.trade.amounts import ZERO


async def supplied_on(
    ctx: Context,
    order: SalesOrder,
    lines: Sequence[SalesOrderLine],
    wanted: Mapping[UUID, Decimal],
) -> date | None:
    """When what is billed was delivered or done; nothing where none of it was yet.

    An invoice says one day. Of goods it is the first, so that the VAT of none is declared late (CGI, art.
    269, 1-a and 2-a); of work the last, when it was done.
    """
    c = Fulfilment.c
    where = (c.order_id == order.id, c.performed_on.is_not(None))
    done = await ctx.find(Fulfilment, *where, order=(c.performed_on, c.id))
    goods, work = set[date](), set[date]()
    for line in lines:
        if wanted.get(line.id, ZERO) <= ZERO:
            continue
        product = await ctx.get(Product, line.product_id) if line.product_id else None
        days = goods if nature_of(product) == "goods" else work
        days.update(_days(line, done, wanted[line.id]))
    return min(goods) if goods else max(work, default=None)


def _days(line: SalesOrderLine, done: Iterable[Fulfilment], many: Decimal) -> list[date]:
    """The days on which so many of a line came, after those that were invoiced before."""
    first, last = line.invoiced, line.invoiced + many
    found, so_far = list[date](), ZERO
    for one in done:
        before = so_far
        so_far += sum((p.quantity for p in map(part_of, one.lines) if p.line_id == line.id), ZERO)
        if one.performed_on and before < last and so_far > max(first, before):
            found.append(one.performed_on)
    return found
