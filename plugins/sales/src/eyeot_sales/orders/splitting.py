"""Splitting: one order becomes several, or several drafts one."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from eyeot import Conflict, Context, Event, Exact, Input, NotFound, Output, Ref, action, invalid
from eyeot_sales.ids import OrderId, OrderLineId
from eyeot_sales.orders.amending import noted, snapshot
from eyeot_sales.orders.deriving import lines_of, recompute
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine, lifecycle, refuse_unless
from eyeot_sales.trade.amounts import ZERO
from eyeot_sales.trade.lines import counted

_SAME = (
    "party_id",
    "currency",
    "bill_to_id",
    "ship_to",
    "discount_percent",
    "deposit_percent",
    "acceptance_required",
)
"""What orders that are merged must agree on, and what a split one takes along."""
_TAKEN = (
    *_SAME,
    "quote_id",
    "contact_id",
    "opportunity_id",
    "owner_id",
    "team_id",
    "customer_reference",
    "service_code",
    "requested_date",
    "allow_over_invoicing",
    "approved_discount",
)


class OrderSplit(Event, name="sales.sales_order.split"):
    """A part of an order became an order of its own."""

    order_id: OrderId
    new_ids: tuple[OrderId, ...]


class OrdersMerged(Event, name="sales.sales_order.merged"):
    """Draft orders of one customer became one."""

    order_id: OrderId
    merged_ids: tuple[OrderId, ...]


class Moved(BaseModel):
    """How many of a line move."""

    model_config = ConfigDict(extra="forbid")

    line_id: OrderLineId
    quantity: Annotated[Exact | None, Field(gt=0, le=10**9, description="Left out, all.")] = None


class Split(Input):
    """An order, and by what it is split."""

    id: OrderId
    by: Annotated[
        Literal["lines", "promised_date"],
        Field(description="lines: those named; promised_date: one order for each date."),
    ] = "lines"
    lines: Annotated[list[Moved], Field(default_factory=list, max_length=500)]


class Parts(Output):
    """The order that remains, and the new ones."""

    id: OrderId
    new_ids: list[OrderId]


@action(
    "sales.sales_order.split",
    risk="w",
    en=(
        "Split an order; deliver in several orders; separate an order by date; move lines to "
        "another order; cut an order in two"
    ),
    fr=(
        "Scinder une commande; livrer en plusieurs commandes; séparer une commande par date; "
        "déplacer des lignes vers une autre commande; couper une commande en deux"
    ),
    example={
        "id": "$sales.sales_order?status=confirmed",
        "lines": [{"line_id": "$sales.sales_order_line?order_id=$id"}],
    },
    events=("sales.sales_order.split", "sales.sales_order.amended"),
    record=SalesOrder,
)
async def split(ctx: Context, data: Split) -> Parts:
    """Move lines, or parts of them, that are neither delivered nor invoiced to orders of their own."""
    order = await ctx.get(SalesOrder, data.id, lock=True)
    refuse_unless(order, "split", "draft", "confirmed", "in_progress")
    if order.discount_amount is not None:
        raise Conflict(
            reason="A discount of a fixed amount cannot be split.",
            remedy="Make it a percentage first, with update on a draft or amend.",
            field="id",
        )
    lines = {one.id: one for one in await lines_of(ctx, order) if counted(one)}
    groups = _by_date(order, lines.values()) if data.by == "promised_date" else [data.lines]
    before = await snapshot(ctx, order)
    made = [await _part(ctx, order, lines, group) for group in groups if group]
    if not made:
        raise invalid("lines", "say which lines move; there is nothing to split by date")
    if all(one.order_id != order.id for one in lines.values()):
        raise invalid("lines", "that is the whole order: leave something in it")
    await recompute(ctx, order)
    if order.status != "draft":
        await noted(ctx, order, before, "split")
    ctx.emit(OrderSplit(order_id=order.id, new_ids=tuple(made)))
    return Parts(id=order.id, new_ids=made)


def _by_date(order: SalesOrder, lines: Iterable[SalesOrderLine]) -> list[list[Moved]]:
    """The lines of every date but the first, which stay."""
    dates: dict[date, list[Moved]] = {}
    for one in lines:
        if one.due > max(one.delivered, one.invoiced):
            on = one.promised_date or order.promised_date or date.max
            dates.setdefault(on, []).append(Moved(line_id=one.id))
    return [dates[on] for on in sorted(dates)[1:]]


async def _part(
    ctx: Context, order: SalesOrder, lines: dict[UUID, SalesOrderLine], group: list[Moved]
) -> UUID:
    given: dict[str, Any] = {name: getattr(order, name) for name in _TAKEN}
    part = await ctx.add(SalesOrder(**given, split_from_id=order.id))
    for one in group:
        line = lines.get(one.line_id)
        if line is None:
            raise NotFound(
                kind="sales.sales_order_line",
                id=Ref("sales.sales_order_line").write(one.line_id),
                lookup="sales.sales_order.get",
            )
        await _move(ctx, line, one.quantity, part)
    if order.status != "draft":
        lifecycle.take(part, "confirm")
        part.confirmed_on = order.confirmed_on
    await recompute(ctx, part)
    return part.id


_COPIED = (
    "kind", "product_id", "description", "unit_id", "unit_price", "discount", "tax_rate_id",
    "tax_category", "tax_percent", "exemption_code", "exemption_reason", "list_price",
    "manual_price", "unit_cost", "quote_line_id", "substitutes_id", "promised_date",
)  # fmt: skip


def copied(line: SalesOrderLine) -> dict[str, Any]:
    """What a line is, wherever it stands."""
    return {name: getattr(line, name) for name in _COPIED}


async def _move(
    ctx: Context, line: SalesOrderLine, quantity: Decimal | None, part: SalesOrder
) -> None:
    free = line.due - max(line.delivered, line.invoiced)
    taken = free if quantity is None else quantity
    if taken > free or taken <= ZERO:
        raise Conflict(
            reason=f"Only {free:f} of '{line.description}' are neither delivered nor invoiced.",
            remedy="Move at most those.",
            field="lines",
        )
    if taken == line.quantity:
        line.order_id = part.id
    else:
        given = {**copied(line), "quantity": taken, "order_id": part.id}
        await ctx.add(SalesOrderLine(**given))
        line.quantity -= taken
    await ctx.save(line)


class Merge(Input):
    """Draft orders of one customer; the first takes the lines of the others."""

    ids: Annotated[list[OrderId], Field(min_length=2, max_length=20)]


@action(
    "sales.sales_order.merge",
    risk="w",
    en="Merge orders; group orders of one customer; put draft orders together; combine orders",
    fr=(
        "Fusionner des commandes; regrouper les commandes d'un client; réunir des commandes en "
        "brouillon; grouper"
    ),
    example={"ids": "$*sales.sales_order?status=draft&customer_reference=GROUPE"},
    events=("sales.sales_order.merged",),
    record=SalesOrder,
)
async def merge(ctx: Context, data: Merge) -> SalesOrder:
    """Move the lines of draft orders of one customer to the first of them; the others are cancelled."""
    if len(set(data.ids)) != len(data.ids):
        raise invalid("ids", "name each order once")
    orders = [await ctx.get(SalesOrder, one, lock=True) for one in data.ids]
    first, *others = orders
    for one in orders:
        refuse_unless(one, "merge", "draft")
        _refuse_unlike(first, one)
    for other in others:
        await _take_over(ctx, first, other)
    await recompute(ctx, first)
    ctx.emit(OrdersMerged(order_id=first.id, merged_ids=tuple(one.id for one in others)))
    return first


def _refuse_unlike(first: SalesOrder, other: SalesOrder) -> None:
    unlike = [name for name in _SAME if getattr(first, name) != getattr(other, name)]
    if unlike or first.discount_amount is not None or other.discount_amount is not None:
        told = ", ".join(unlike) or "discount_amount"
        raise Conflict(
            reason=f"{first.number} and {other.number} differ in {told}.",
            remedy="Merge only orders that agree on these; discounts in percent.",
            field="ids",
        )


async def _take_over(ctx: Context, first: SalesOrder, other: SalesOrder) -> None:
    last = max((one.position for one in await lines_of(ctx, first)), default=0)
    for at, line in enumerate(await lines_of(ctx, other), start=1):
        line.order_id, line.position = first.id, last + at
        await ctx.save(line)
    lifecycle.take(other, "cancel")
    other.closing_note, other.closed_on = f"merged into {first.number}", ctx.today
    await recompute(ctx, other)
