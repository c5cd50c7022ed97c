"""Billing orders: what was ordered or delivered is drafted as invoices, and deposits are taken off them."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from eyeot import Conflict, Context, Exact, Input, Money, Ref, action, invalid, minor_units
from eyeot_sales.billing.asking import (
    Draft,
    Drafted,
    draft,
    line_given,
    refuse_draft,
)
from eyeot_sales.billing.deposits import Asked, draft_deposit
from eyeot_sales.billing.supplying import supplied_on
from eyeot_sales.billing.unbilled import share_left
from eyeot_sales.fulfilment.records import Fulfilment, Part, line_of, part_of
from eyeot_sales.ids import OrderId, OrderLineId
from eyeot_sales.orders.deriving import lines_of
from eyeot_sales.orders.records import (
    RUNNING,
    OrderStatus,
    SalesOrder,
    SalesOrderLine,
    refuse_unless,
)
from eyeot_sales.trade.amounts import HUNDRED, ZERO, line_net, money, rounded
from eyeot_sales.trade.lines import counted

BILLABLE: tuple[OrderStatus, ...] = (*RUNNING, "closed")
Quantities = dict[UUID, Decimal]


class Bill(Input):
    """An order, and how much of it is invoiced."""

    id: OrderId
    policy: Annotated[
        Literal["delivered", "ordered", "percentage", "lines"],
        Field(
            description="delivered: what was delivered; ordered: all the rest; percentage: a share of"
            " each line; lines: those named."
        ),
    ] = "delivered"
    percent: Annotated[
        Exact | None, Field(gt=0, le=100, description="Of what was ordered, with percentage.")
    ] = None
    lines: Annotated[list[Part], Field(default_factory=list, max_length=500)]


@action(
    "sales.sales_order.create_invoice",
    risk="w",
    beside="invoicing",
    en=(
        "Invoice an order; draft an invoice of an order; bill what was delivered; invoice part of an "
        "order; final invoice of an order"
    ),
    fr=(
        "Facturer une commande; préparer la facture d'une commande; facturer ce qui est livré; "
        "facturer une partie d'une commande; facture de solde"
    ),
    example={"id": "$sales.sales_order?status=delivered", "policy": "delivered"},
    record=SalesOrder,
    next=("invoicing.invoice.post",),
)
async def create_invoice(ctx: Context, data: Bill) -> Drafted:
    """Draft an invoice of what was delivered, ordered or named; deposits are taken off, posting counts it."""
    order = await ctx.get(SalesOrder, data.id, lock=True)
    refuse_unless(order, "create_invoice", *BILLABLE)
    await refuse_draft(ctx, order)
    lines = [one for one in await lines_of(ctx, order) if counted(one)]
    wanted = await _wanted(ctx, order, lines, data)
    return await _drafted(ctx, order, lines, wanted, "standard")


async def _wanted(
    ctx: Context, order: SalesOrder, lines: Sequence[SalesOrderLine], data: Bill
) -> Quantities:
    if data.policy == "lines":
        if not data.lines:
            raise invalid("lines", "say how many of which lines")
        return {(await line_of(ctx, order, p.line_id)).id: p.quantity for p in data.lines}
    if data.policy == "percentage":
        if data.percent is None:
            raise invalid("percent", "say which share of each line")
        share = data.percent / HUNDRED
        return {one.id: one.due * share for one in lines if one.due}
    done = {one.id: one.due - one.credited for one in lines}
    if data.policy == "delivered":
        done = await _delivered(ctx, order, lines)
    return {one.id: done[one.id] - one.invoiced for one in lines if done[one.id] > one.invoiced}


async def _delivered(
    ctx: Context, order: SalesOrder, lines: Sequence[SalesOrderLine]
) -> Quantities:
    """What was delivered and not taken back; where acceptance is required, what was accepted."""
    if not order.acceptance_required:
        return {one.id: one.delivered - one.credited for one in lines}
    found: Quantities = defaultdict(Decimal)
    c = Fulfilment.c
    for done in await ctx.find(Fulfilment, c.order_id == order.id, c.status == "accepted"):
        for part in map(part_of, done.lines):
            found[part.line_id] += part.quantity
    return found


async def _drafted(
    ctx: Context,
    order: SalesOrder,
    lines: Sequence[SalesOrderLine],
    wanted: Quantities,
    kind: str,
) -> Drafted:
    """Draft an invoice of so many of each line, deposits taken off."""
    if not any(wanted.values()):
        raise Conflict(
            reason="Nothing of it is left to invoice so.",
            remedy="Deliver first (sales.sales_order.mark_delivered), or choose the policy ordered.",
            field="policy",
        )
    for line in lines:
        _refuse_excess(order, line, wanted.get(line.id, ZERO))
    rows = [
        line_given(one, wanted[one.id], order_line_id=_line_id(one.id))
        for one in lines
        if wanted.get(one.id)
    ]
    last = all(one.invoiced + wanted.get(one.id, ZERO) >= one.due - one.credited for one in lines)
    more = {**_discount(order, lines, wanted, last=last), **_shipped(order)}
    day = await supplied_on(ctx, order, lines, wanted)
    if day is not None:
        more["supply_date"] = day.isoformat()
    deducts: Literal["its part", "all"] = "all" if last else "its part"
    return await draft(
        ctx, Draft(document=order, kind=kind, lines=rows, more=more, deducts=deducts)
    )


def _line_id(id: UUID) -> str:
    return Ref("sales.sales_order_line").write(id)


def _shipped(order: SalesOrder) -> dict[str, Any]:
    return {"ship_to": order.ship_to} if order.ship_to else {}


def _refuse_excess(order: SalesOrder, line: SalesOrderLine, quantity: Decimal) -> None:
    if quantity < ZERO or (
        line.invoiced + quantity > line.due - line.credited and not order.allow_over_invoicing
    ):
        left = max(line.due - line.credited - line.invoiced, ZERO)
        raise Conflict(
            reason=f"Of '{line.description}', {left:f} are left to invoice, not {quantity:f}.",
            remedy="Invoice at most those, or amend the order with sales.sales_order.amend.",
            field="lines",
        )


def _discount(
    order: SalesOrder, lines: Sequence[SalesOrderLine], wanted: Quantities, *, last: bool
) -> dict[str, Any]:
    """The discount on the whole, as far as it falls on what is invoiced."""
    if order.discount_amount is None:
        percent = order.discount_percent
        return {"discount_percent": f"{percent:f}"} if percent else {}
    places = minor_units(order.currency)
    if last and not any(one.invoiced for one in lines):
        amount = order.discount_amount.amount
    else:
        nets = [
            line_net(wanted[one.id], one.unit_price.amount, one.discount, places)
            for one in lines
            if wanted.get(one.id) and one.unit_price
        ]
        amount = rounded(sum(nets, ZERO) * (1 - share_left(order)), places)
    return {"discount_amount": money(amount, order.currency).model_dump(mode="json")}


class Progress(BaseModel):
    """How far a line is, since the beginning."""

    model_config = ConfigDict(extra="forbid")

    line_id: OrderLineId
    percent: Annotated[Exact, Field(ge=0, le=100)]


class BillProgress(Input):
    """An order, and how far its lines are."""

    id: OrderId
    progress: Annotated[list[Progress], Field(min_length=1, max_length=500)]


@action(
    "sales.sales_order.create_progress_invoice",
    risk="w",
    beside="invoicing",
    en=(
        "Invoice progress; progress billing; interim invoice; bill by percentage of completion; "
        "construction progress claim"
    ),
    fr=(
        "Facturer l'avancement; facture de situation; situation de travaux; facturer au pourcentage "
        "d'avancement; situation intermédiaire"
    ),
    example={
        "id": "$sales.sales_order?status=confirmed",
        "progress": [{"line_id": "$sales.sales_order_line?order_id=$id", "percent": "40"}],
    },
    record=SalesOrder,
    next=("invoicing.invoice.post",),
)
async def create_progress_invoice(ctx: Context, data: BillProgress) -> Drafted:
    """Draft a progress invoice: each line by its cumulated percentage, less what was invoiced before."""
    order = await ctx.get(SalesOrder, data.id, lock=True)
    refuse_unless(order, "create_progress_invoice", *RUNNING)
    await refuse_draft(ctx, order)
    wanted: Quantities = {}
    for one in data.progress:
        line = await line_of(ctx, order, one.line_id)
        reached = line.due * one.percent / HUNDRED
        if reached < line.invoiced:
            share = rounded(HUNDRED * line.invoiced / line.due) if line.due else ZERO
            raise Conflict(
                reason=f"{share:f} % of '{line.description}' are invoiced already.",
                remedy="Progress is told since the beginning: give at least that.",
                field="progress",
            )
        wanted[line.id] = reached - line.invoiced
    lines = [one for one in await lines_of(ctx, order) if counted(one)]
    return await _drafted(ctx, order, lines, wanted, "progress")


class Deposit(Input):
    """An order, and the deposit that is asked."""

    id: OrderId
    percent: Annotated[
        Exact | None, Field(gt=0, le=100, description="Left out with amount: what was agreed.")
    ] = None
    amount: Annotated[Money | None, Field(description="Without VAT.")] = None


@action(
    "sales.sales_order.create_deposit_invoice",
    risk="w",
    beside="invoicing",
    en=(
        "Invoice a deposit on an order; ask for a down payment; advance invoice; 30 % on order; "
        "prepayment of an order; invoice the deposit"
    ),
    fr=(
        "Facturer un acompte sur commande; demander un acompte; facture d'acompte; 30 % à la "
        "commande; avance sur commande; facturer l'acompte"
    ),
    example={"id": "$sales.sales_order?status=confirmed", "percent": "30"},
    record=SalesOrder,
    next=("invoicing.invoice.post",),
)
async def create_deposit_invoice(ctx: Context, data: Deposit) -> Drafted:
    """Draft the invoice of a deposit on an order, by VAT rate; the invoices that follow take it off."""
    order = await ctx.get(SalesOrder, data.id, lock=True)
    refuse_unless(order, "create_deposit_invoice", "confirmed", "in_progress")
    asked = Asked(percent=data.percent, amount=data.amount)
    return await draft_deposit(ctx, order, await lines_of(ctx, order), asked)
