"""Resolving: what a customer gets for what came back: their money, or a replacement."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, action
from eyeot_sales.catalogue.products import Product
from eyeot_sales.ids import OrderId, ProductId, ReturnId
from eyeot_sales.orders.deriving import recompute
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine
from eyeot_sales.prices.quoting import price_of
from eyeot_sales.returns.records import Returned, ReturnOrder, lifecycle, returned_of
from eyeot_sales.trade.amounts import ZERO, money
from eyeot_sales.trade.selling import after_discount


class ReturnExchanged(Event, name="sales.return_order.exchanged"):
    """A replacement was ordered for what came back."""

    return_id: ReturnId
    order_id: OrderId


def arrived_of(back: ReturnOrder) -> list[Returned]:
    """What came back; a refusal when nothing did."""
    found = [one for one in map(returned_of, back.lines) if one.received]
    if not found:
        raise Conflict(
            reason="Nothing of it came back.",
            remedy="Note what arrived with sales.return_order.receive.",
            field="id",
        )
    return found


def refuse_other(back: ReturnOrder, *allowed: str) -> None:
    """Refuse another resolution than the one that was promised."""
    if back.resolution not in allowed:
        raise Conflict(
            reason=f"The customer was promised: {back.resolution}.",
            remedy=f"Only a return approved with resolution {' or '.join(allowed)} takes this.",
            field="id",
        )


class Exchange(Input):
    """A return, and what replaces what came back."""

    id: ReturnId
    product_id: Annotated[
        ProductId | None, Field(description="Left out, the same products again.")
    ] = None


@action(
    "sales.return_order.exchange",
    risk="w",
    en=(
        "Exchange returned goods; send a replacement; replace a defective item; swap a product "
        "for another; swap a broken item for a new one"
    ),
    fr=(
        "Échanger une marchandise retournée; envoyer un remplacement; remplacer un article "
        "défectueux; échange contre un autre produit; échanger un produit cassé"
    ),
    example={"id": "$sales.return_order?status=inspected&resolution=exchange"},
    events=("sales.return_order.exchanged",),
    record=ReturnOrder,
    next=("sales.sales_order.confirm",),
)
async def exchange(ctx: Context, data: Exchange) -> SalesOrder:
    """Draft the order of a replacement: the same product costs nothing, a dearer one its difference."""
    back = await ctx.get(ReturnOrder, data.id, lock=True)
    lifecycle.check(back, "exchange")
    refuse_other(back, "exchange")
    arrived = arrived_of(back)
    former = await ctx.get(SalesOrder, back.order_id)
    order = await ctx.add(SalesOrder(**_begun(former)))
    for one in arrived:
        line = await ctx.get(SalesOrderLine, one.line_id)
        given = await _replacement(ctx, former, line, one.received or ZERO, data.product_id)
        await ctx.add(SalesOrderLine(**given, order_id=order.id))
    await recompute(ctx, order)
    lifecycle.take(back, "exchange")
    back.exchange_id = order.id
    ctx.emit(ReturnExchanged(return_id=back.id, order_id=order.id))
    return order


_KEPT = (
    "party_id", "contact_id", "owner_id", "team_id", "bill_to_id", "ship_to", "currency",
    "customer_reference", "service_code",
)  # fmt: skip


def _begun(former: SalesOrder) -> dict[str, Any]:
    given = {name: getattr(former, name) for name in _KEPT}
    # What is given for nothing was agreed with the return.
    return {**given, "approved_discount": Decimal(100)}


async def _replacement(
    ctx: Context,
    former: SalesOrder,
    line: SalesOrderLine,
    quantity: Decimal,
    product_id: UUID | None,
) -> dict[str, Any]:
    """The line of what replaces a line's goods, at what is left to pay for one."""
    if product_id is None or product_id == line.product_id:
        price, chosen = ZERO, line.product_id
    else:
        product = await ctx.get(Product, product_id)
        wanted = await price_of(ctx, former.party_id, product, quantity, currency=former.currency)
        paid = after_discount(former, line.net.amount if line.net else ZERO) / (line.due or 1)
        price, chosen = wanted.net.amount - paid, product_id
        if price < ZERO:
            raise Conflict(
                reason=f"{product.sku} is cheaper than what came back.",
                remedy="Refund what came back (resolution refund), and order the other product.",
                field="product_id",
            )
    return {
        "product_id": chosen,
        "description": line.description if chosen == line.product_id else None,
        "quantity": quantity,
        "unit_price": money(price.quantize(Decimal("0.01")), former.currency),
        "tax_rate_id": line.tax_rate_id if chosen == line.product_id else None,
    }
