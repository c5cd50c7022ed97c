"""Converting: an accepted quote becomes an order."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, NotFound, Ref, action, minor_units
from eyeot_crm.parties import Party
from eyeot_sales.ids import OrderId, QuoteId, QuoteLineId
from eyeot_sales.orders.deriving import recompute
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine
from eyeot_sales.quotes.authority import given_of
from eyeot_sales.quotes.records import Quote, QuoteLine, lifecycle
from eyeot_sales.trade.amounts import ZERO, money, rounded
from eyeot_sales.trade.lines import counted


class QuoteConverted(Event, name="sales.quote.converted"):
    """An accepted quote became an order."""

    quote_id: QuoteId
    order_id: OrderId


class Convert(Input):
    """An accepted quote, and which of its lines and options are ordered."""

    id: QuoteId
    line_ids: Annotated[
        list[QuoteLineId] | None,
        Field(
            min_length=1,
            max_length=500,
            description="Left out, every line and the options chosen; options named are taken.",
        ),
    ] = None
    customer_reference: Annotated[
        str | None, Field(max_length=100, description="The customer's own order number.")
    ] = None


@action(
    "sales.quote.convert_to_order",
    risk="w",
    en=(
        "Convert a quote to an order; make an order of a quote; turn an accepted offer into an order; "
        "order chosen lines of a quote"
    ),
    fr=(
        "Convertir un devis en commande; transformer un devis en commande; passer commande d'un devis "
        "accepté; commander une partie du devis"
    ),
    example={"id": "$sales.quote?status=accepted"},
    events=("sales.quote.converted",),
    record=Quote,
    next=("sales.sales_order.confirm",),
)
async def convert_to_order(ctx: Context, data: Convert) -> SalesOrder:
    """Make a draft order of an accepted quote at its prices: whole, or the lines and options named."""
    quote = await ctx.get(Quote, data.id, lock=True)
    lifecycle.check(quote, "convert_to_order")
    lines = await chosen_lines(ctx, quote, data.line_ids)
    order = await _begin(ctx, quote, lines, data)
    for line in lines:
        await ctx.add(SalesOrderLine(**_copied(line), order_id=order.id))
    await recompute(ctx, order)
    lifecycle.take(quote, "convert_to_order")
    ctx.emit(QuoteConverted(quote_id=quote.id, order_id=order.id))
    return order


async def chosen_lines(ctx: Context, quote: Quote, ids: Sequence[UUID] | None) -> list[QuoteLine]:
    """The lines of a quote that are ordered, in order."""
    c = QuoteLine.c
    every = await ctx.find(QuoteLine, c.quote_id == quote.id, order=(c.position, c.id))
    if ids is None:
        return [one for one in every if not one.optional or one.chosen]
    known = {one.id for one in every}
    for id in ids:
        if id not in known:
            told = Ref("sales.quote_line").write(id)
            raise NotFound(kind="sales.quote_line", id=told, lookup="sales.quote.get")
    lines = [one for one in every if one.id in ids]
    if not any(one.net for one in lines):
        raise Conflict(
            reason="These lines have no amount: nothing would be ordered.",
            remedy="Name lines of products too.",
            field="line_ids",
        )
    return lines


_KEPT = (
    "party_id",
    "contact_id",
    "opportunity_id",
    "owner_id",
    "team_id",
    "currency",
    "discount_percent",
    "deposit_percent",
)
_LINE = (
    "position", "kind", "product_id", "description", "quantity", "unit_id", "unit_price", "discount",
    "tax_rate_id", "tax_category", "tax_percent", "exemption_code", "exemption_reason", "list_price",
    "manual_price", "unit_cost",
)  # fmt: skip


async def _begin(
    ctx: Context, quote: Quote, lines: Sequence[QuoteLine], data: Convert
) -> SalesOrder:
    party = await ctx.get(Party, quote.party_id)
    given: dict[str, Any] = {name: getattr(quote, name) for name in _KEPT}
    every = await ctx.find(QuoteLine, QuoteLine.c.quote_id == quote.id)
    given["discount_amount"] = discount_on(quote, every, lines)
    return await ctx.add(
        SalesOrder(
            **given,
            quote_id=quote.id,
            bill_to_id=party.bill_to_id,
            customer_reference=data.customer_reference or quote.customer_reference,
            approved_discount=given_of(quote, every).discount,
            note=quote.closing,
        )
    )


def discount_on(quote: Quote, every: Sequence[QuoteLine], lines: Sequence[QuoteLine]) -> Any:
    """The part of a fixed discount on the whole that falls on the lines that are ordered."""
    if quote.discount_amount is None:
        return None
    whole = sum((one.net.amount for one in every if counted(one) and one.net), ZERO)
    part = sum((one.net.amount for one in lines if one.net), ZERO)
    amount = quote.discount_amount.amount * min(part / whole, Decimal(1)) if whole else ZERO
    return money(rounded(amount, minor_units(quote.currency)), quote.currency)


def _copied(line: QuoteLine) -> dict[str, Any]:
    return {**{name: getattr(line, name) for name in _LINE}, "quote_line_id": line.id}
