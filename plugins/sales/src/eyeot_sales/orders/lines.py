"""Order lines: what was ordered; the rest of one is given up, or another product takes its place."""

from typing import Annotated, Any, Literal

from pydantic import Field

from eyeot import Conflict, Context, Input, Resource, action, invalid
from eyeot_sales.ids import OrderLineId, ProductId
from eyeot_sales.orders.amending import noted, snapshot
from eyeot_sales.orders.deriving import recompute
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine, line_lifecycle, refuse_unless
from eyeot_sales.trade.amounts import ZERO
from eyeot_sales.trade.lines import counted
from eyeot_sales.trade.placing import place_last
from eyeot_sales.trade.pricing import price_line


async def prepare(ctx: Context, row: Any, _values: dict[str, Any]) -> None:
    """Place and price a line."""
    order = await ctx.get(SalesOrder, row.order_id)
    if row.kind == "deposit":
        raise invalid("kind", "a deposit is invoiced with sales.sales_order.create_deposit_invoice")
    if row.kind == "product" and row.quantity <= 0:
        raise invalid("quantity", "more than 0: what comes back is a sales.return_order")
    await place_last(ctx, row, "order_id")
    await price_line(ctx, order, row)


order_lines = Resource(
    SalesOrderLine,
    profile="line",
    adding="bulk_create bulk_update search export",
    en="order line; order lines; line of an order; item ordered",
    fr="ligne de commande; lignes de commande; article commandé; poste de commande",
    gender="f",
    lifecycle=line_lifecycle,
    prepare=prepare,
    example={
        "order_id": "$sales.sales_order?status=draft",
        "product_id": "$sales.product?status=active",
        "quantity": "3",
    },
    find={"status": "open", "limit": 5},
)


class CancelRemaining(Input):
    """A line, and why its rest is given up."""

    id: OrderLineId
    reason: Annotated[str, Field(min_length=1, max_length=500)]


@action(
    "sales.sales_order_line.cancel_remaining",
    risk="w",
    en=(
        "Cancel the rest of an order line; give up what is not delivered; the item cannot be "
        "supplied any more"
    ),
    fr=(
        "Annuler le reste d'une ligne de commande; renoncer au reliquat; article qui ne sera plus "
        "livré; solder une ligne"
    ),
    example={"id": "$sales.sales_order_line?status=open", "reason": "Fin de série"},
    events=("sales.sales_order_line.updated",),
    record=SalesOrderLine,
    next=("sales.sales_order.track",),
)
async def cancel_remaining(ctx: Context, data: CancelRemaining) -> SalesOrderLine:
    """Give up what of a line is neither delivered nor invoiced; the order goes on without it."""
    line = await ctx.get(SalesOrderLine, data.id, lock=True)
    order = await ctx.get(SalesOrder, line.order_id, lock=True)
    refuse_unless(order, "cancel_remaining", "confirmed", "in_progress", "delivered", "on_hold")
    give_up(line, data.reason)
    await ctx.save(line)
    await recompute(ctx, order)
    return line


def give_up(line: SalesOrderLine, reason: str) -> None:
    """Count what of a line is neither delivered nor invoiced as cancelled."""
    rest = line.due - max(line.delivered, line.invoiced)
    if not counted(line) or rest <= ZERO:
        raise Conflict(
            reason="Nothing of this line is left: it is delivered or invoiced.",
            remedy="Take back what was delivered with sales.return_order.create.",
            field="id",
        )
    line.cancelled += rest
    line.cancel_reason = reason


class Substitute(Input):
    """A line, the product that takes its place, and at which price."""

    id: OrderLineId
    product_id: ProductId
    price: Annotated[
        Literal["keep", "customer"],
        Field(description="keep: the price agreed; customer: the customer's price of the new one."),
    ] = "keep"
    reason: Annotated[str, Field(min_length=1, max_length=500)] = "Substitution"


@action(
    "sales.sales_order_line.substitute",
    risk="w",
    en=(
        "Substitute a product on an order; deliver another product instead; replace an item; use an "
        "equivalent"
    ),
    fr=(
        "Remplacer un produit sur une commande; livrer un autre article à la place; produit de "
        "substitution; article équivalent"
    ),
    example={
        "id": "$sales.sales_order_line?status=open",
        "product_id": "$sales.product?status=active",
    },
    record=SalesOrderLine,
)
async def substitute(ctx: Context, data: Substitute) -> SalesOrderLine:
    """Put another product in the place of one of which nothing is delivered or invoiced yet."""
    line = await ctx.get(SalesOrderLine, data.id, lock=True)
    order = await ctx.get(SalesOrder, line.order_id, lock=True)
    refuse_unless(order, "substitute", "draft", "confirmed", "in_progress", "on_hold")
    if line.delivered or line.invoiced:
        raise Conflict(
            reason="Some of it is delivered or invoiced already.",
            remedy="Give the rest up (cancel_remaining) and amend the order by a new line.",
            field="id",
        )
    if line.product_id == data.product_id:
        raise invalid("product_id", "is what was ordered already")
    before = await snapshot(ctx, order)
    line.substitutes_id = line.substitutes_id or line.product_id
    price = line.unit_price
    line.product_id = data.product_id
    line.description = line.unit_price = line.unit_id = line.tax_rate_id = None  # type: ignore[assignment]
    await price_line(ctx, order, line)
    if data.price == "keep" and price is not None:
        line.unit_price, line.manual_price = price, True
        await price_line(ctx, order, line)
    await ctx.save(line)
    await recompute(ctx, order)
    if order.status != "draft":
        await noted(ctx, order, before, data.reason)
    return line
