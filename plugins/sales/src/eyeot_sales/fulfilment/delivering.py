"""Delivering: what of an order was delivered or done, where no stock module tells it."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, NotFound, Ref, action, invalid
from eyeot_sales.catalogue.products import Product
from eyeot_sales.fulfilment.fulfilments import FulfilmentDone
from eyeot_sales.fulfilment.records import Fulfilment, Part, lifecycle, line_of, part_of
from eyeot_sales.ids import FulfilmentId, OrderId
from eyeot_sales.orders.deriving import lines_of, recompute
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine, refuse_unless
from eyeot_sales.trade.lines import counted

DocumentId = Annotated[UUID, Ref("core.document")]


class OrderDelivered(Event, name="sales.sales_order.delivered"):
    """Something of an order was delivered; `complete` when nothing is left."""

    order_id: OrderId
    fulfilment_id: FulfilmentId
    complete: bool


class Delivered(Input):
    """An order, what of it was delivered, and the proof."""

    id: OrderId
    lines: Annotated[
        list[Part] | None,
        Field(min_length=1, max_length=500, description="Left out, all the rest."),
    ] = None
    fulfilment_id: Annotated[
        FulfilmentId | None, Field(description="The planned delivery that is done now.")
    ] = None
    on: Annotated[dt.date | None, Field(description="When; left out, today.")] = None
    document_id: Annotated[DocumentId | None, Field(description="The delivery note.")] = None
    note: Annotated[str | None, Field(max_length=1000)] = None


@action(
    "sales.sales_order.mark_delivered",
    risk="w",
    en=(
        "Mark an order as delivered; record a delivery; the work is done; partial delivery of an "
        "order; goods handed over; the customer got the goods; deliver an order"
    ),
    fr=(
        "Marquer une commande comme livrée; enregistrer une livraison; la prestation est faite; "
        "livraison partielle; marchandise remise; la marchandise est arrivée chez le client; "
        "livrer une commande"
    ),
    example={"id": "$sales.sales_order?status=confirmed"},
    events=("sales.sales_order.delivered", "sales.fulfilment.done"),
    record=SalesOrder,
    next=("sales.fulfilment.accept", "sales.sales_order.create_invoice"),
)
async def mark_delivered(ctx: Context, data: Delivered) -> Fulfilment:
    """Record a delivery, whole or in part, of a confirmed order; it can then be accepted and invoiced."""
    order = await ctx.get(SalesOrder, data.id, lock=True)
    refuse_unless(order, "mark_delivered", "confirmed", "in_progress")
    on = data.on or ctx.today
    if on > ctx.today or (order.confirmed_on and on < order.confirmed_on):
        raise invalid("on", "lies between the day it was confirmed and today")
    if data.fulfilment_id:
        done = await _planned(ctx, order, data)
    else:
        parts = data.lines or _rest(await lines_of(ctx, order))
        told: Any = [one.model_dump(mode="json") for one in parts]
        done = Fulfilment(order_id=order.id, kind=await _kind(ctx, parts), lines=told)
        await ctx.add(done)
    for one in done.lines:
        await _deliver(ctx, order, part_of(one))
    lifecycle.take(done, "be_done")
    done.performed_on, done.performed_by = on, done.performed_by or ctx.user_id
    done.document_id, done.note = data.document_id or done.document_id, data.note or done.note
    await recompute(ctx, order)
    complete = order.delivery_status == "full"
    ctx.emit(FulfilmentDone(fulfilment_id=done.id, order_id=order.id))
    ctx.emit(OrderDelivered(order_id=order.id, fulfilment_id=done.id, complete=complete))
    return done


async def _planned(ctx: Context, order: SalesOrder, data: Delivered) -> Fulfilment:
    assert data.fulfilment_id
    done = await ctx.get(Fulfilment, data.fulfilment_id, lock=True)
    if done.order_id != order.id:
        raise NotFound(
            kind="sales.fulfilment",
            id=Ref("sales.fulfilment").write(done.id),
            lookup="sales.fulfilment.list",
        )
    lifecycle.check(done, "be_done")
    if data.lines is not None:
        told: Any = [one.model_dump(mode="json") for one in data.lines]
        done.lines = told
    return done


def _rest(lines: Sequence[SalesOrderLine]) -> list[Part]:
    left = [one for one in lines if counted(one) and one.due > one.delivered]
    if not left:
        raise Conflict(reason="Nothing of it is left to deliver.", remedy="Nothing is to be done.")
    return [Part(line_id=one.id, quantity=one.due - one.delivered) for one in left]


async def _kind(ctx: Context, parts: Sequence[Part]) -> Literal["goods", "service"]:
    for part in parts:
        line = await ctx.get(SalesOrderLine, part.line_id)
        product = await ctx.get(Product, line.product_id) if line.product_id else None
        if product and product.kind in ("goods", "kit"):
            return "goods"
    return "service"


async def _deliver(ctx: Context, order: SalesOrder, part: Part) -> None:
    line = await line_of(ctx, order, part.line_id)
    left = line.due - line.delivered
    if part.quantity > left:
        raise Conflict(
            reason=f"{left:f} of '{line.description}' are left to deliver, not {part.quantity:f}.",
            remedy="Deliver at most those, or amend the order with sales.sales_order.amend.",
            field="lines",
        )
    line.delivered += part.quantity
    await ctx.save(line)
