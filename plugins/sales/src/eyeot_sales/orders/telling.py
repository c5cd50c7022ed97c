"""Telling: where an order is, what it earns, and its confirmation for the customer."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from eyeot import (
    Context,
    Event,
    Exact,
    Input,
    Output,
    RecordRef,
    action,
    minor_units,
)
from eyeot_sales.billing.asking import MODULE, listed, reference
from eyeot_sales.catalogue.products import MARGIN
from eyeot_sales.fulfilment.records import Fulfilment
from eyeot_sales.ids import FulfilmentId, OrderId, OrderLineId
from eyeot_sales.orders.deriving import lines_of
from eyeot_sales.orders.holding import Chosen
from eyeot_sales.orders.records import RUNNING, SalesOrder, SalesOrderLine, refuse_unless
from eyeot_sales.papers.handing import Channel, Handed, Message, To, WentOut, hand_over
from eyeot_sales.papers.layouts import order_layout
from eyeot_sales.trade.amounts import HUNDRED, ZERO, rounded
from eyeot_sales.trade.lines import charged, counted
from eyeot_sales.trade.selling import after_discount


class LineTold(Output):
    """How far a line is."""

    line_id: OrderLineId
    description: str
    ordered: Exact
    cancelled: Exact
    delivered: Exact
    invoiced: Exact
    returned: Exact
    left: Annotated[Exact, Field(description="Still to deliver.")]
    status: str
    promised_date: str | None = None


class Delivery(Output):
    """One delivery."""

    fulfilment_id: FulfilmentId
    status: str
    on: str | None = None


class Billed(Output):
    """One invoice."""

    invoice_id: RecordRef
    number: str | None = None
    kind: str
    status: str
    total_gross: Exact
    amount_due: Exact


class Track(Output):
    """Where an order is."""

    order_id: OrderId
    number: str
    status: str
    delivery_status: str
    invoice_status: str
    currency: str
    total_gross: Exact
    lines: list[LineTold]
    deliveries: list[Delivery]
    invoices: list[Billed]
    paid: Annotated[
        Exact | None, Field(description="None where invoicing is not there, or not yours to read.")
    ] = None
    promised_date: str | None = None
    summary: str


@action(
    "sales.sales_order.track",
    risk="r",
    en=(
        "Track an order; where is my order; what was shipped and invoiced; status of an order; is it "
        "delivered and paid"
    ),
    fr=(
        "Suivre une commande; où en est ma commande; ce qui est livré et facturé; état d'une commande; "
        "est-elle livrée et payée"
    ),
    example={"id": "$sales.sales_order"},
    record=SalesOrder,
)
async def track(ctx: Context, data: Chosen) -> Track:
    """Tell in one answer what of an order was ordered, delivered, invoiced and paid."""
    order = await ctx.get(SalesOrder, data.id)
    lines = [one for one in await lines_of(ctx, order) if counted(one)]
    c = Fulfilment.c
    done = await ctx.find(Fulfilment, c.order_id == order.id, order=(c.performed_on, c.id))
    invoices = await _invoices(ctx, order)
    known = [_billed(one) for one in invoices or ()]
    paid = None
    if invoices is not None:
        paid = sum((Decimal(one["paid"]["amount"]) for one in invoices if one.get("paid")), ZERO)
    return Track(
        order_id=order.id,
        number=order.number,
        status=order.status,
        delivery_status=order.delivery_status,
        invoice_status=order.invoice_status,
        currency=order.currency,
        total_gross=order.total_gross.amount if order.total_gross else ZERO,
        lines=[_line(order, one) for one in lines],
        deliveries=[
            Delivery(
                fulfilment_id=one.id,
                status=one.status,
                on=_day(one.performed_on or one.planned_on),
            )
            for one in done
        ],
        invoices=known,
        paid=paid,
        promised_date=_day(order.promised_date),
        summary=_summary(ctx, order, lines),
    )


def _day(on: Any) -> str | None:
    return on.isoformat() if on else None


def _line(order: SalesOrder, line: SalesOrderLine) -> LineTold:
    return LineTold(
        line_id=line.id,
        description=line.description,
        ordered=line.quantity,
        cancelled=line.cancelled,
        delivered=line.delivered,
        invoiced=line.invoiced,
        returned=line.returned,
        left=max(line.due - line.delivered, ZERO),
        status=line.status,
        promised_date=_day(line.promised_date or order.promised_date),
    )


async def _invoices(ctx: Context, order: SalesOrder) -> list[dict[str, Any]] | None:
    if MODULE not in ctx.modules or not ctx.allows(f"{MODULE}:read"):
        return None
    return await listed(ctx, "invoice", origin=reference(order).typeid, sort="created_at")


def _billed(told: dict[str, Any]) -> Billed:
    return Billed(
        invoice_id=RecordRef.parse(told["id"]),
        number=told.get("number"),
        kind=told["kind"],
        status=told["status"],
        total_gross=Decimal(told["total_gross"]["amount"]),
        amount_due=Decimal(told["amount_due"]["amount"]),
    )


def _summary(ctx: Context, order: SalesOrder, lines: Sequence[SalesOrderLine]) -> str:
    due = sum((one.due for one in lines), ZERO)
    out = sum((one.delivered for one in lines), ZERO)
    billed = sum((one.invoiced for one in lines), ZERO)
    if ctx.locale.startswith("fr"):
        return f"{order.number} : {out:f} sur {due:f} livrés, {billed:f} facturés."
    return f"{order.number}: {out:f} of {due:f} delivered, {billed:f} invoiced."


class Profitability(Output):
    """What an order earns, as ordered and as delivered so far; amounts in its currency, without VAT."""

    order_id: OrderId
    currency: str
    planned_revenue: Exact
    planned_cost: Exact
    planned_margin: Exact
    planned_percent: Exact | None = None
    delivered_revenue: Exact
    delivered_cost: Exact
    delivered_margin: Exact
    invoiced_revenue: Exact
    without_cost: Annotated[int, Field(description="Lines whose cost is not known, left out.")]
    cost_basis: str


@action(
    "sales.sales_order.profitability",
    risk="r",
    en=(
        "Profitability of an order; what do we earn on this order; margin planned and actual; cost of "
        "an order"
    ),
    fr=(
        "Rentabilité d'une commande; combien rapporte cette commande; marge prévue et réelle; coût "
        "d'une commande; résultat d'une affaire"
    ),
    example={"id": "$sales.sales_order"},
    permission=MARGIN,
    record=SalesOrder,
)
async def profitability(ctx: Context, data: Chosen) -> Profitability:
    """Compare what an order earns as ordered with what was delivered and invoiced of it so far."""
    order = await ctx.get(SalesOrder, data.id)
    lines = [one for one in await lines_of(ctx, order) if counted(one)]
    known = [one for one in lines if one.unit_cost is not None]
    planned = _earned(order, known, "due")
    delivered = _earned(order, known, "delivered")
    revenue, cost = planned
    return Profitability(
        order_id=order.id,
        currency=order.currency,
        planned_revenue=revenue,
        planned_cost=cost,
        planned_margin=revenue - cost,
        planned_percent=rounded(HUNDRED * (revenue - cost) / revenue) if revenue else None,
        delivered_revenue=delivered[0],
        delivered_cost=delivered[1],
        delivered_margin=delivered[0] - delivered[1],
        invoiced_revenue=_earned(order, lines, "invoiced")[0],
        without_cost=len(lines) - len(known),
        cost_basis="the product's cost when the line was priced",
    )


def _earned(order: SalesOrder, lines: Sequence[SalesOrderLine], by: str) -> tuple[Decimal, Decimal]:
    """Revenue and cost of so many of each line, after its part of the discount on the whole."""
    places, revenue, cost = minor_units(order.currency), ZERO, ZERO
    for line in lines:
        quantity = getattr(line, by)
        whole = charged(line)
        if line.net and whole:
            revenue += after_discount(order, line.net.amount) * quantity / whole
        if line.unit_cost:
            cost += line.unit_cost.amount * quantity
    return rounded(revenue, places), rounded(cost, places)


class OrderAcknowledged(Event, name="sales.sales_order.acknowledged"):
    """The customer was sent an order's confirmation."""

    order_id: OrderId
    channel: str


class Acknowledge(Input):
    """An order, and how its confirmation goes out."""

    id: OrderId
    channel: Channel = "print"
    to: To = None
    message: Message = None


class Confirmed(WentOut):
    """An order whose confirmation went out."""

    id: OrderId
    acknowledged_at: str


@action(
    "sales.sales_order.send_confirmation",
    risk="e",
    en=(
        "Send an order confirmation; acknowledge an order; tell the customer that the order is "
        "confirmed; order acknowledgement"
    ),
    fr=(
        "Envoyer une confirmation de commande; accusé de réception de commande; prévenir le client "
        "que la commande est confirmée; ARC"
    ),
    example={"id": "$sales.sales_order?status=confirmed", "channel": "print"},
    events=("sales.sales_order.acknowledged",),
    record=SalesOrder,
)
async def send_confirmation(ctx: Context, data: Acknowledge) -> Confirmed:
    """Send the customer the confirmation of a confirmed order, as it was last amended."""
    order = await ctx.get(SalesOrder, data.id, lock=True)
    refuse_unless(order, "send_confirmation", *RUNNING, "on_hold")
    order.acknowledged_at = ctx.now
    handed = Handed(order_layout, order, "order", data.to, data.message)
    told = await hand_over(ctx, handed, data.channel)
    ctx.emit(OrderAcknowledged(order_id=order.id, channel=data.channel))
    return Confirmed(id=order.id, acknowledged_at=ctx.now.isoformat(), **told)
