"""Returns: goods that come back are approved, received, and refunded or exchanged."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, Resource, action, invalid
from eyeot_sales.ids import OrderId, ReturnId
from eyeot_sales.orders.deriving import recompute
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine
from eyeot_sales.returns.records import (
    Resolution,
    Returned,
    ReturnOrder,
    lifecycle,
    prepare,
    returned_of,
)
from eyeot_sales.trade.amounts import ZERO

Answer = Annotated[str | None, Field(max_length=1000)]


class ReturnApproved(Event, name="sales.return_order.approved"):
    """A customer may send something back."""

    return_id: ReturnId
    resolution: Resolution


class ReturnRejected(Event, name="sales.return_order.rejected"):
    """A return was refused."""

    return_id: ReturnId
    reason: str


class ReturnReceived(Event, name="sales.return_order.received"):
    """What was sent back arrived."""

    return_id: ReturnId
    order_id: OrderId


returns = Resource(
    ReturnOrder,
    profile="doc",
    en="return; returns; return order; goods sent back; RMA",
    fr="retour client; retours clients; retour de marchandise; SAV retour; RMA",
    said={
        "create": (
            "the customer returns goods; customer wants to return goods; take goods back",
            "le client renvoie la marchandise; le client veut rendre un article",
        ),
    },
    lifecycle=lifecycle,
    prepare=prepare,
    editable=("requested",),
    instead="Go on with one of the possible steps, or make another return with sales.return_order.create.",
    afresh=("requested_on",),
    example={
        "order_id": "$sales.sales_order?status=delivered",
        "lines": [{"line_id": "$sales.sales_order_line?order_id=$order_id", "quantity": "1"}],
        "reason": "defective",
        "note": "La porte ferme mal",
    },
    find={"status": "requested", "limit": 5},
)


class Approve(Input):
    """A return, and what the customer gets."""

    id: ReturnId
    resolution: Resolution
    note: Answer = None


@action(
    "sales.return_order.approve",
    risk="w",
    en=(
        "Approve a return; accept that the customer sends it back; authorise a return; return "
        "merchandise authorisation"
    ),
    fr=(
        "Accepter un retour; autoriser le retour d'une marchandise; accorder un retour au client; "
        "numéro de retour accordé"
    ),
    example={"id": "$sales.return_order?status=requested", "resolution": "refund"},
    events=("sales.return_order.approved",),
    record=ReturnOrder,
    next=("sales.return_order.receive",),
)
async def approve(ctx: Context, data: Approve) -> ReturnOrder:
    """Let a customer send goods back, and say what they get for them."""
    back = await ctx.get(ReturnOrder, data.id, lock=True)
    lifecycle.check(back, "approve")
    if back.within_withdrawal and back.reason == "changed_mind" and data.resolution != "refund":
        raise Conflict(
            reason="A consumer who withdraws in time is refunded (Code de la consommation, art. L221-24).",
            remedy="Approve it with resolution refund.",
            field="resolution",
        )
    lifecycle.take(back, "approve")
    back.resolution, back.answer = data.resolution, data.note
    ctx.emit(ReturnApproved(return_id=back.id, resolution=data.resolution))
    return back


class Reject(Input):
    """A return, and why it is refused."""

    id: ReturnId
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


@action(
    "sales.return_order.reject",
    risk="w",
    en="Reject a return; refuse that the customer sends it back; no return; return too late",
    fr=(
        "Refuser un retour; rejeter la demande de retour; pas de reprise; retour hors délai; refuser "
        "la reprise d'une marchandise"
    ),
    example={"id": "$sales.return_order?status=requested", "reason": "Hors délai"},
    events=("sales.return_order.rejected",),
    record=ReturnOrder,
)
async def reject(ctx: Context, data: Reject) -> ReturnOrder:
    """Refuse a return with its reason; never that of a consumer who withdraws in time."""
    back = await ctx.get(ReturnOrder, data.id, lock=True)
    lifecycle.check(back, "reject")
    if back.within_withdrawal and back.reason == "changed_mind":
        raise Conflict(
            reason="A consumer who withdraws in time need give no reason (art. L221-18).",
            remedy="Approve it; sales.return_order.check_withdrawal_right tells of the exclusions.",
            field="id",
        )
    lifecycle.take(back, "reject")
    back.answer = data.reason
    ctx.emit(ReturnRejected(return_id=back.id, reason=data.reason))
    return back


class Receive(Input):
    """A return, what of it arrived, and in which condition."""

    id: ReturnId
    lines: Annotated[
        list[Returned] | None,
        Field(min_length=1, max_length=500, description="What arrived; left out, all of it."),
    ] = None
    condition: Annotated[
        Literal["resalable", "opened", "damaged", "unusable"] | None,
        Field(description="Of what says none itself; once all is known, it counts as inspected."),
    ] = None
    on: Annotated[dt.date | None, Field(description="When; left out, today.")] = None


@action(
    "sales.return_order.receive",
    risk="w",
    en=(
        "Receive a return; the goods are back; inspect returned goods; note the condition of a "
        "return; returned goods arrived; goods came back damaged"
    ),
    fr=(
        "Réceptionner un retour; la marchandise est revenue; contrôler un retour; noter l'état "
        "d'un retour; la marchandise retournée est arrivée; le retour est arrivé chez nous"
    ),
    example={"id": "$sales.return_order?status=approved", "condition": "resalable"},
    events=("sales.return_order.received",),
    record=ReturnOrder,
    next=("sales.return_order.refund", "sales.return_order.exchange"),
)
async def receive(ctx: Context, data: Receive) -> ReturnOrder:
    """Note what came back and in which condition; the order's lines count it as returned."""
    back = await ctx.get(ReturnOrder, data.id, lock=True)
    lifecycle.check(back, "receive")
    on = data.on or ctx.today
    if on > ctx.today or on < back.requested_on:
        raise invalid("on", f"lies between {back.requested_on} and today")
    order = await ctx.get(SalesOrder, back.order_id, lock=True)
    told = _received([returned_of(one) for one in back.lines], data)
    await _count(ctx, back, told)
    kept: Any = [one.model_dump(mode="json", exclude_none=True) for one in told]
    back.lines, back.received_at = kept, on
    await recompute(ctx, order)
    known = all(one.condition for one in told if one.received)
    lifecycle.take(back, "be_inspected" if known else "receive")
    ctx.emit(ReturnReceived(return_id=back.id, order_id=order.id))
    return back


def _received(lines: list[Returned], data: Receive) -> list[Returned]:
    """The lines with what arrived of them."""
    arrived = {one.line_id: one for one in data.lines or ()}
    if unknown := arrived.keys() - {one.line_id for one in lines}:
        raise invalid("lines", f"{len(unknown)} of them are not of this return")
    made: list[Returned] = []
    for one in lines:
        came = arrived.get(one.line_id)
        quantity = one.quantity if data.lines is None else (came.quantity if came else ZERO)
        if quantity > one.quantity:
            raise Conflict(
                reason=f"{one.quantity:f} were to come back, not {quantity:f}.",
                remedy="Receive at most those; ask another return for the rest.",
                field="lines",
            )
        condition = (came.condition if came else None) or data.condition or one.condition
        made.append(one.model_copy(update={"received": quantity, "condition": condition}))
    return made


async def _count(ctx: Context, back: ReturnOrder, told: list[Returned]) -> None:
    """Count on the order's lines what came back, beyond what was counted before."""
    before = {one.line_id: one.received or ZERO for one in map(returned_of, back.lines)}
    for one in told:
        line = await ctx.get(SalesOrderLine, one.line_id, lock=True)
        line.returned += (one.received or ZERO) - before.get(one.line_id, ZERO)
        await ctx.save(line)
