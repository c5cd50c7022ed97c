"""Amending: controlled changes of a confirmed order, of which both versions are kept."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from eyeot import Conflict, Context, Event, Exact, Input, Money, NotFound, Ref, action, invalid
from eyeot_sales.ids import OrderId, OrderLineId, ProductId, TaxRateId
from eyeot_sales.orders.deriving import lines_of, recompute
from eyeot_sales.orders.records import (
    Amendment,
    SalesOrder,
    SalesOrderLine,
    Version,
    refuse_unless,
)
from eyeot_sales.quotes.authority import excess_of, given_of
from eyeot_sales.trade.amounts import ZERO
from eyeot_sales.trade.lines import counted
from eyeot_sales.trade.pricing import price_line


class OrderAmended(Event, name="sales.sales_order.amended"):
    """A confirmed order was changed."""

    order_id: OrderId
    number: int
    reason: str


class Added(BaseModel):
    """A line to add."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    product_id: ProductId | None = None
    description: Annotated[str | None, Field(min_length=1, max_length=2000)] = None
    quantity: Annotated[Exact, Field(gt=0, le=10**9)] = Decimal(1)
    unit_price: Money | None = None
    discount: Annotated[Exact, Field(ge=0, le=100)] = Decimal(0)
    tax_rate_id: TaxRateId | None = None


class Changed(BaseModel):
    """A line to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    line_id: OrderLineId
    quantity: Annotated[Exact | None, Field(ge=0, le=10**9, description="0 gives it up.")] = None
    unit_price: Money | None = None
    discount: Annotated[Exact | None, Field(ge=0, le=100)] = None
    promised_date: dt.date | None = None


class Amend(Input):
    """A confirmed order, what changes, and why."""

    id: OrderId
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    note: Annotated[str | None, Field(max_length=1000, description="For the customer.")] = None
    change: Annotated[list[Changed], Field(default_factory=list, max_length=200)]
    add: Annotated[list[Added], Field(default_factory=list, max_length=200)]
    discount_percent: Annotated[Exact | None, Field(ge=0, le=100)] = None


class Snapshot(NamedTuple):
    """An order as it stood."""

    net: Decimal
    lines: list[Version]


async def snapshot(ctx: Context, order: SalesOrder) -> Snapshot:
    """An order as it stands now."""
    lines = [_version(one) for one in await lines_of(ctx, order) if counted(one)]
    return Snapshot(order.total_net.amount if order.total_net else ZERO, lines)


def _version(line: SalesOrderLine) -> Version:
    return Version(
        line_id=line.id,
        description=line.description,
        quantity=line.due,
        unit_price=line.unit_price.amount if line.unit_price else ZERO,
        discount=line.discount,
        promised_date=line.promised_date,
    )


async def noted(
    ctx: Context, order: SalesOrder, before: Snapshot, reason: str, note: str | None = None
) -> Amendment:
    """Keep both versions of an order that was changed."""
    after = await snapshot(ctx, order)
    made = Amendment(
        number=len(order.amendments) + 1,
        at=ctx.now,
        by=ctx.actor,
        reason=reason,
        note=note,
        net_before=before.net,
        net_after=after.net,
        before=[one for one in before.lines if one not in after.lines],
        after=[one for one in after.lines if one not in before.lines],
    )
    told: Any = made.model_dump(mode="json", exclude_none=True)
    order.amendments = [*order.amendments, told]
    ctx.emit(OrderAmended(order_id=order.id, number=made.number, reason=reason))
    return made


@action(
    "sales.sales_order.amend",
    risk="w",
    en=(
        "Amend an order; change a confirmed order; the customer changed the order; add or change "
        "a line of an order; correct a price on an order; add an item to a confirmed order"
    ),
    fr=(
        "Modifier une commande confirmée; avenant à une commande; le client change sa commande; "
        "ajouter ou changer une ligne de commande; corriger un prix; ajouter un article à une "
        "commande"
    ),
    example={
        "id": "$sales.sales_order?status=confirmed",
        "reason": "Demande du client",
        "add": [{"product_id": "$sales.product?status=active", "quantity": "1"}],
    },
    events=("sales.sales_order.amended",),
    record=SalesOrder,
    next=("sales.sales_order.send_confirmation",),
)
async def amend(ctx: Context, data: Amend) -> SalesOrder:
    """Change lines of a confirmed order within your authority; what was ordered before is kept beside it."""
    order = await ctx.get(SalesOrder, data.id, lock=True)
    refuse_unless(order, "amend", "confirmed", "in_progress", "delivered", "on_hold")
    if not data.change and not data.add and data.discount_percent is None:
        raise invalid("change", "say what changes: change, add or discount_percent")
    before = await snapshot(ctx, order)
    await _change(ctx, order, data.change)
    for one in data.add:
        given = {n: v for n, v in one.model_dump().items() if v is not None}
        price: Any = one.unit_price
        await ctx.add(SalesOrderLine(**{**given, "unit_price": price, "order_id": order.id}))
    if data.discount_percent is not None:
        order.discount_percent, order.discount_amount = data.discount_percent, None
    await recompute(ctx, order)
    await _refuse_excess(ctx, order)
    await noted(ctx, order, before, data.reason, data.note)
    return order


async def _change(ctx: Context, order: SalesOrder, changes: Sequence[Changed]) -> None:
    lines: dict[UUID, SalesOrderLine] = {one.id: one for one in await lines_of(ctx, order)}
    for one in changes:
        line = lines.get(one.line_id)
        if line is None:
            raise NotFound(
                kind="sales.sales_order_line",
                id=Ref("sales.sales_order_line").write(one.line_id),
                lookup="sales.sales_order.get",
            )
        _set_quantity(line, one.quantity)
        line.unit_price = one.unit_price or line.unit_price
        line.discount = line.discount if one.discount is None else one.discount
        line.promised_date = one.promised_date or line.promised_date
        await price_line(ctx, order, line)
        await ctx.save(line)


def _set_quantity(line: SalesOrderLine, quantity: Decimal | None) -> None:
    if quantity is None:
        return
    done = max(line.delivered, line.invoiced)
    if quantity < done:
        raise Conflict(
            reason=f"{done:f} of '{line.description}' are delivered or invoiced already.",
            remedy="Give at least that; what comes back is a sales.return_order.",
            field="change",
        )
    # An agreed price is not another one because the quantity changed.
    line.manual_price = True
    line.quantity, line.cancelled = max(quantity, done), ZERO
    if quantity == ZERO:
        line.quantity = line.stored("quantity")
        line.cancelled, line.cancel_reason = line.quantity, "amended to 0"


async def _refuse_excess(ctx: Context, order: SalesOrder) -> None:
    given = given_of(order, await lines_of(ctx, order))
    if beyond := await excess_of(ctx, given, order.approved_discount):
        raise Conflict(
            reason=f"The order would have {beyond}.",
            remedy="Ask who may approve exceptions (sales.quote:approve_exception) to amend it.",
            field="change",
        )
