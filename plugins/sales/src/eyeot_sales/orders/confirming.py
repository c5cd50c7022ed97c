"""Confirming: an order is checked and committed."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, Problem, Ref, action, within
from eyeot_crm.customers import Customer, move_to
from eyeot_crm.opportunities import Opportunity
from eyeot_crm.parties import Party
from eyeot_sales.catalogue.products import Product
from eyeot_sales.ids import OrderId, PartyId
from eyeot_sales.orders.deriving import lines_of, recompute
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine, lifecycle
from eyeot_sales.quotes.authority import excess_of, given_of
from eyeot_sales.trade.lines import counted

FORCE = "sales.sales_order:force"
"""The permission to confirm an order despite what speaks against it."""
Flag = Literal["blocked", "discontinued", "discount"]


class OrderConfirmed(Event, name="sales.sales_order.confirmed"):
    """An order was committed."""

    order_id: OrderId
    party_id: PartyId
    number: str


class Confirm(Input):
    """A draft order, and what is confirmed despite what speaks against it."""

    id: OrderId
    force_flags: Annotated[
        list[Flag],
        Field(
            default_factory=list,
            max_length=3,
            description=f"blocked: orders of the customer are; each needs {FORCE}.",
        ),
    ]


@action(
    "sales.sales_order.confirm",
    risk="x",
    en=(
        "Confirm an order; commit an order; validate an order; accept a customer's order; the order "
        "is firm"
    ),
    fr=(
        "Confirmer une commande; valider une commande; commande ferme; accepter la commande d'un "
        "client; lancer une commande"
    ),
    example={"id": "$sales.sales_order?status=draft"},
    events=("sales.sales_order.confirmed",),
    record=SalesOrder,
    next=(
        "sales.sales_order.send_confirmation",
        "sales.sales_order.mark_delivered",
        "sales.sales_order.create_deposit_invoice",
    ),
)
async def confirm(ctx: Context, data: Confirm) -> SalesOrder:
    """Check a draft order (customer, products, discount) and commit it: prices and quantities stand then."""
    order = await ctx.get(SalesOrder, data.id, lock=True)
    lifecycle.check(order, "confirm")
    lines = [one for one in await lines_of(ctx, order) if counted(one)]
    if not lines:
        raise Conflict(
            reason="Nothing is ordered yet.",
            remedy="Add lines first with sales.sales_order_line.create.",
            field="id",
        )
    for flag, reason in await _against(ctx, order, lines):
        _refuse(ctx, data, flag, reason)
    lifecycle.take(order, "confirm")
    order.confirmed_on = ctx.today
    await recompute(ctx, order)
    ctx.emit(OrderConfirmed(order_id=order.id, party_id=order.party_id, number=order.number))
    return order


async def _against(
    ctx: Context, order: SalesOrder, lines: Sequence[SalesOrderLine]
) -> list[tuple[Flag, str]]:
    """What speaks against an order, and by which flag it is confirmed all the same."""
    found: list[tuple[Flag, str]] = []
    party = await ctx.get(Party, order.party_id)
    if "orders" in party.blocked_for:
        found.append(("blocked", f"Orders of {party.name} are blocked: {party.block_reason}"))
    for line in lines:
        product = await ctx.get(Product, line.product_id) if line.product_id else None
        if product and (product.status != "active" or product.archived_at):
            found.append(("discontinued", f"{product.sku} is not on sale any more"))
    given = given_of(order, lines)
    if beyond := await excess_of(ctx, given, order.approved_discount):
        found.append(("discount", f"This order has {beyond}"))
    return found


def _refuse(ctx: Context, data: Confirm, flag: Flag, reason: str) -> None:
    if flag in data.force_flags and ctx.allows(FORCE):
        return
    remedy = {
        "blocked": "Lift the block with crm.party.unblock",
        "discontinued": "Replace it with sales.sales_order_line.substitute",
        "discount": "Lower the discount",
    }[flag]
    raise Conflict(
        reason=f"{reason}.",
        remedy=f"{remedy}, or have somebody with {FORCE} confirm it with force_flags: {flag}.",
        field="id",
    )


@within("sales.sales_order.confirmed")
async def follow_confirmed(ctx: Context, event: OrderConfirmed) -> None:
    """Make a prospect who ordered a customer, and win the deal of the order where nothing is missing."""
    customer = await ctx.first(Customer, Customer.c.party_id == event.party_id)
    if customer and customer.lifecycle in ("lead", "prospect", "dormant", "former"):
        await move_to(ctx, customer, "customer")
    order = await ctx.get(SalesOrder, event.order_id)
    if order.opportunity_id is None:
        return
    deal = await ctx.get(Opportunity, order.opportunity_id)
    if deal.status != "open":
        return
    try:
        async with ctx.attempt() as part:
            await part.call("crm.opportunity.win", {"id": Ref("crm.opportunity").write(deal.id)})
    except Problem as refused:
        # The order stands; what its deal still lacks is for its owner to fill in.
        kept = await ctx.get(Opportunity, deal.id, lock=True)
        kept.next_step = f"{order.number}: {refused.body()['message']}"[:500]
