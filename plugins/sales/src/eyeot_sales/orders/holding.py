"""Holding: orders that wait, are cancelled, end short, or are opened again."""

from typing import Annotated

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, action
from eyeot_sales.ids import OrderId
from eyeot_sales.orders.deriving import lines_of, recompute
from eyeot_sales.orders.lines import give_up
from eyeot_sales.orders.records import SalesOrder, lifecycle
from eyeot_sales.trade.amounts import ZERO
from eyeot_sales.trade.lines import counted

Reason = Annotated[str, Field(min_length=1, max_length=500)]


class OrderHeld(Event, name="sales.sales_order.held"):
    """An order waits: nothing of it is delivered or invoiced."""

    order_id: OrderId
    reason: str


class OrderReleased(Event, name="sales.sales_order.released"):
    """An order goes on."""

    order_id: OrderId


class OrderCancelled(Event, name="sales.sales_order.cancelled"):
    """An order of which nothing was delivered was cancelled."""

    order_id: OrderId
    reason: str


class OrderClosed(Event, name="sales.sales_order.closed"):
    """An order ended; what was left of it was given up."""

    order_id: OrderId
    reason: str


class OrderReopened(Event, name="sales.sales_order.reopened"):
    """An order that had ended goes on."""

    order_id: OrderId


class Chosen(Input):
    """One order."""

    id: OrderId


class WithReason(Input):
    """An order, and why."""

    id: OrderId
    reason: Reason


@action(
    "sales.sales_order.hold",
    risk="w",
    en=(
        "Put an order on hold; block an order; stop preparing an order; wait before delivering; "
        "freeze an order"
    ),
    fr=(
        "Mettre une commande en attente; bloquer une commande; suspendre la préparation; attendre "
        "avant de livrer; geler une commande"
    ),
    example={"id": "$sales.sales_order?status=confirmed", "reason": "Acompte non reçu"},
    events=("sales.sales_order.held",),
    record=SalesOrder,
    next=("sales.sales_order.release",),
)
async def hold(ctx: Context, data: WithReason) -> SalesOrder:
    """Let a confirmed order wait: nothing of it is delivered or invoiced until it is released."""
    order = await ctx.get(SalesOrder, data.id, lock=True)
    lifecycle.take(order, "hold")
    order.hold_reason = data.reason
    ctx.emit(OrderHeld(order_id=order.id, reason=data.reason))
    return order


@action(
    "sales.sales_order.release",
    risk="w",
    en="Release an order; unblock an order; resume an order on hold; go on with an order",
    fr=(
        "Débloquer une commande; reprendre une commande en attente; lever la suspension; relancer la "
        "préparation"
    ),
    example={"id": "$sales.sales_order?status=on_hold"},
    events=("sales.sales_order.released",),
    record=SalesOrder,
)
async def release(ctx: Context, data: Chosen) -> SalesOrder:
    """Let an order on hold go on from where it stood."""
    order = await ctx.get(SalesOrder, data.id, lock=True)
    lifecycle.take(order, "release")
    order.hold_reason = None
    await recompute(ctx, order)
    ctx.emit(OrderReleased(order_id=order.id))
    return order


@action(
    "sales.sales_order.cancel",
    risk="x",
    en=(
        "Cancel an order; the customer cancels the order; call an order off; withdraw an order that "
        "is not delivered"
    ),
    fr=(
        "Annuler une commande; le client annule sa commande; renoncer à une commande; annuler une "
        "commande non livrée"
    ),
    example={"id": "$sales.sales_order?status=draft", "reason": "Doublon"},
    events=("sales.sales_order.cancelled",),
    record=SalesOrder,
)
async def cancel(ctx: Context, data: WithReason) -> SalesOrder:
    """Cancel an order of which nothing is delivered or invoiced, with the reason."""
    order = await ctx.get(SalesOrder, data.id, lock=True)
    lines = [one for one in await lines_of(ctx, order) if counted(one)]
    lifecycle.check(order, "cancel")
    if any(one.delivered or one.invoiced for one in lines):
        raise Conflict(
            reason="Some of it is delivered or invoiced.",
            remedy="Give up the rest with sales.sales_order.close_short.",
            field="id",
        )
    for line in lines:
        line.cancelled, line.cancel_reason = line.quantity, data.reason
        await ctx.save(line)
    lifecycle.take(order, "cancel")
    order.closing_note, order.closed_on, order.hold_reason = data.reason, ctx.today, None
    await recompute(ctx, order)
    ctx.emit(OrderCancelled(order_id=order.id, reason=data.reason))
    return order


@action(
    "sales.sales_order.close_short",
    risk="x",
    en=(
        "Close an order short; give up what is not delivered of an order; no more deliveries; "
        "end an order with what was shipped; give up the rest of an order"
    ),
    fr=(
        "Solder une commande; renoncer au reliquat d'une commande; plus de livraison à venir; "
        "clore une commande avec ce qui est livré; abandonner le reste d'une commande"
    ),
    example={"id": "$sales.sales_order?status=in_progress", "reason": "Fin de chantier"},
    events=("sales.sales_order.closed",),
    record=SalesOrder,
    next=("sales.sales_order.create_invoice",),
)
async def close_short(ctx: Context, data: WithReason) -> SalesOrder:
    """End an order: give up what is neither delivered nor invoiced; what is delivered can be invoiced."""
    order = await ctx.get(SalesOrder, data.id, lock=True)
    lines = [one for one in await lines_of(ctx, order) if counted(one)]
    lifecycle.check(order, "close_short")
    if not any(one.delivered or one.invoiced for one in lines):
        raise Conflict(
            reason="Nothing of it is delivered or invoiced.",
            remedy="Cancel it with sales.sales_order.cancel.",
            field="id",
        )
    for line in lines:
        if line.due > max(line.delivered, line.invoiced, ZERO):
            give_up(line, data.reason)
            await ctx.save(line)
    lifecycle.take(order, "close_short")
    order.closing_note, order.closed_on, order.hold_reason = data.reason, ctx.today, None
    await recompute(ctx, order)
    ctx.emit(OrderClosed(order_id=order.id, reason=data.reason))
    return order


@action(
    "sales.sales_order.reopen",
    risk="w",
    en="Reopen an order; open a closed order again; deliver more of an order that was closed",
    fr=(
        "Rouvrir une commande; reprendre une commande soldée; livrer encore une commande close; "
        "annuler la clôture"
    ),
    example={"id": "$sales.sales_order?status=closed"},
    events=("sales.sales_order.reopened",),
    record=SalesOrder,
)
async def reopen(ctx: Context, data: Chosen) -> SalesOrder:
    """Open an order that was closed short again, with what was given up then due once more."""
    order = await ctx.get(SalesOrder, data.id, lock=True)
    lifecycle.take(order, "reopen")
    for line in await lines_of(ctx, order):
        if line.cancelled and line.cancel_reason == order.closing_note:
            line.cancelled, line.cancel_reason = ZERO, None
            await ctx.save(line)
    order.closing_note = order.closed_on = None
    await recompute(ctx, order)
    ctx.emit(OrderReopened(order_id=order.id))
    return order
