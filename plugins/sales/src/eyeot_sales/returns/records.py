"""Return records: what a customer sends back, why, and what they get for it."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from eyeot import (
    Conflict,
    Context,
    Exact,
    Lifecycle,
    Money,
    Record,
    RecordRef,
    Through,
    by_hand,
    field,
    follows,
    invalid,
    ref,
)
from eyeot_sales.fulfilment.records import line_of
from eyeot_sales.ids import OrderLineId
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine
from eyeot_sales.returns.withdrawal import is_consumer, right_of
from eyeot_sales.trade.amounts import ZERO
from eyeot_sales.trade.numbering import RETURNS

Reason = Literal[
    "changed_mind", "defective", "damaged", "wrong_item", "not_as_described", "late", "other"
]
Resolution = Literal["refund", "exchange", "repair", "credit"]
Condition = Literal["resalable", "opened", "damaged", "unusable"]
OPEN = ("requested", "approved", "received", "inspected")
"""The states in which its quantities are still to be settled."""


class Returned(BaseModel):
    """How many of an order's line come back."""

    model_config = ConfigDict(extra="forbid")

    line_id: OrderLineId
    quantity: Annotated[Exact, Field(gt=0, le=10**9)]
    received: Annotated[Exact | None, Field(ge=0, le=10**9)] = None
    condition: Condition | None = None


class ReturnOrder(
    Record,
    name="sales.return_order",
    prefix="rto",
    label="number",
    hint=("status", "reason"),
    search=("number", "note"),
    exact=("number",),
    unique=(("number",),),
    index=(("order_id",), ("party_id",), ("status",)),
    reach=Through("order_id"),
    state="status",
    archivable=False,
):
    """Goods that a customer sends back."""

    number: str = field("Its number, e.g. R-2026-0003.", access="read")
    order_id: UUID = ref("sales.sales_order", "The order it is about.", access="create")
    party_id: UUID = ref("crm.party", "Who sends it back.", access="read")
    lines: list[Returned] = field("How many of which lines.", access="create", default=list)
    reason: Reason = field("Why.")
    note: str | None = field("What the customer says.", max_length=2000, default=None)
    requested_on: date = field("When the customer asked.", access="create", default=None)
    within_withdrawal: bool = field(
        "Whether a consumer asked within the period of withdrawal.", access="read", default=False
    )
    resolution: Resolution | None = field("What the customer gets.", access="read", default=None)
    answer: str | None = field(
        "What was answered, or why it was refused.", access="read", max_length=1000, default=None
    )
    received_at: date | None = field("When it came back.", access="read", default=None)
    refund: Money | None = field("What is given back, with VAT.", access="read", default=None)
    credit_note: RecordRef | None = field("The credit note of it.", access="read", default=None)
    exchange_id: UUID | None = ref(
        "sales.sales_order", "The order of the replacement.", access="read", default=None
    )
    status: Literal[
        "requested", "approved", "received", "inspected", "resolved", "closed", "rejected"
    ] = field("How far it is.", access="read", default="requested")


lifecycle = Lifecycle(
    "status",
    "requested",
    (
        by_hand("approve", "requested", to="approved"),
        by_hand("reject", "requested", to="rejected"),
        by_hand("receive", "approved", "received", to="received"),
        follows("be_inspected", "approved", "received", to="inspected"),
        by_hand("refund", "received", "inspected", to="resolved"),
        by_hand("exchange", "received", "inspected", to="resolved"),
        follows("be_closed", "resolved", to="closed"),
    ),
)


def returned_of(part: Any) -> Returned:
    """A part as it was stored, or given."""
    return part if isinstance(part, Returned) else Returned.model_validate(part)


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Number a new return, and refuse what was not delivered or comes back already."""
    if not row.is_new:
        return
    order = await ctx.get(SalesOrder, row.order_id)
    if not values.get("lines"):
        raise invalid("lines", "say how many of which lines")
    row.requested_on = row.requested_on or ctx.today
    if row.requested_on > ctx.today:
        raise invalid("requested_on", f"lies after today, {ctx.today}")
    coming = await _coming(ctx, order)
    for one in map(returned_of, row.lines):
        line = await line_of(ctx, order, one.line_id)
        _refuse_excess(line, one, coming.get(line.id, ZERO))
        if one.received is not None or one.condition is not None:
            raise invalid("lines", "what was received is told with sales.return_order.receive")
    row.party_id = order.party_id
    row.number = await ctx.number(RETURNS, on=ctx.today)
    if await is_consumer(ctx, order):
        right = await right_of(ctx, order)
        row.within_withdrawal = right.deadline is None or row.requested_on <= right.deadline


async def _coming(ctx: Context, order: SalesOrder) -> dict[UUID, Decimal]:
    """What of an order's lines other returns bring back, and did not yet."""
    found: dict[UUID, Decimal] = {}
    c = ReturnOrder.c
    for other in await ctx.find(
        ReturnOrder, c.order_id == order.id, c.status.in_(("requested", "approved"))
    ):
        for one in map(returned_of, other.lines):
            found[one.line_id] = found.get(one.line_id, ZERO) + one.quantity
    return found


def _refuse_excess(line: SalesOrderLine, one: Returned, coming: Decimal) -> None:
    left = line.delivered - line.returned - coming
    if one.quantity > left:
        raise Conflict(
            reason=f"Of '{line.description}', {left:f} can still come back, not {one.quantity:f}.",
            remedy="Return at most what was delivered and is not on its way back.",
            field="lines",
        )
