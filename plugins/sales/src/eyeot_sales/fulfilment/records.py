"""Fulfilments: what of an order was delivered or done, when, and whether the customer accepted it."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from eyeot import (
    Context,
    Exact,
    Lifecycle,
    Record,
    Ref,
    Through,
    by_hand,
    field,
    follows,
    invalid,
    ref,
)
from eyeot_sales.ids import OrderLineId
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine, refuse_unless
from eyeot_sales.trade.lines import counted


class Part(BaseModel):
    """How many of an order's line."""

    model_config = ConfigDict(extra="forbid")

    line_id: OrderLineId
    quantity: Annotated[Exact, Field(gt=0, le=10**9)]


class Fulfilment(
    Record,
    name="sales.fulfilment",
    prefix="ful",
    label="kind",
    hint=("status", "performed_on"),
    search=("note",),
    index=(("order_id",), ("performed_on",)),
    reach=Through("order_id"),
    state="status",
    archivable=False,
):
    """A delivery, or work that was done, of an order."""

    order_id: UUID = ref("sales.sales_order", "Of which order.", access="create")
    kind: Literal["goods", "service"] = field(
        "Whether goods were delivered or work was done.", access="create", default="goods"
    )
    lines: list[Part] = field("How many of which lines.", access="create", default=list)
    planned_on: date | None = field("When it is planned.", default=None)
    performed_on: date | None = field("When it was done.", access="read", default=None)
    performed_by: UUID | None = ref("core.user", "Who did it.", default=None)
    document_id: UUID | None = ref(
        "core.document", "The delivery note or report that proves it.", default=None
    )
    note: str | None = field("What is to be known of it.", max_length=1000, default=None)
    accepted_on: date | None = field("When the customer answered.", access="read", default=None)
    accepted_by: str | None = field(
        "Who answered for the customer.",
        access="read",
        max_length=200,
        default=None,
        personal=True,
    )
    reserves: str | None = field(
        "The reservations that the customer made.", access="read", max_length=2000, default=None
    )
    status: Literal["planned", "done", "accepted", "contested"] = field(
        "How far it is.", access="read", default="planned"
    )


lifecycle = Lifecycle(
    "status",
    "planned",
    (
        follows("be_done", "planned", to="done"),
        by_hand("accept", "done", "contested", to="accepted"),
        by_hand("contest", "done", to="contested"),
    ),
)


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Refuse to plan what the order does not hold."""
    if not row.is_new:
        return
    order = await ctx.get(SalesOrder, row.order_id)
    refuse_unless(order, "plan a fulfilment", "confirmed", "in_progress")
    if not values.get("lines"):
        raise invalid("lines", "say how many of which lines")
    for one in row.lines:
        await line_of(ctx, order, _line_id(one))


def _line_id(part: Any) -> UUID:
    return part_of(part).line_id


def part_of(part: Any) -> Part:
    """A part as it was stored, or given."""
    return part if isinstance(part, Part) else Part.model_validate(part)


async def line_of(ctx: Context, order: SalesOrder, id: UUID) -> SalesOrderLine:
    """A line of an order that can be delivered."""
    line = await ctx.get(SalesOrderLine, id, lock=True)
    if line.order_id != order.id or not counted(line):
        told = Ref("sales.sales_order_line").write(id)
        raise invalid("lines", f"{told} is no line of {order.number} that is delivered")
    return line
