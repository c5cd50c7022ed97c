"""Fulfilments: deliveries and work done, accepted or contested by the customer."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from eyeot import Context, Event, Input, Resource, action, invalid
from eyeot_sales.fulfilment.records import Fulfilment, lifecycle, prepare
from eyeot_sales.ids import FulfilmentId, OrderId
from eyeot_sales.trade.personal import of_customers


class FulfilmentDone(Event, name="sales.fulfilment.done"):
    """Something was delivered, or work was done."""

    fulfilment_id: FulfilmentId
    order_id: OrderId


class FulfilmentAccepted(Event, name="sales.fulfilment.accepted"):
    """The customer accepted what was delivered or done."""

    fulfilment_id: FulfilmentId
    order_id: OrderId


class FulfilmentContested(Event, name="sales.fulfilment.contested"):
    """The customer contests what was delivered or done."""

    fulfilment_id: FulfilmentId
    order_id: OrderId


fulfilments = Resource(
    Fulfilment,
    adding="list get create update search count export attach_document history",
    en="fulfilment; fulfilments; delivery; work done; delivery note; acceptance report",
    fr="livraison; livraisons; exécution; prestation réalisée; bon de livraison; PV de recette",
    gender="f",
    lifecycle=lifecycle,
    prepare=prepare,
    example={
        "order_id": "$sales.sales_order?status=confirmed",
        "kind": "service",
        "planned_on": "2027-01-18",
        "lines": [{"line_id": "$sales.sales_order_line?order_id=$order_id", "quantity": "1"}],
    },
    find={"status": "done", "limit": 5},
)

privacy = of_customers(Fulfilment, "accepted_by", by={"order_id": "sales.sales_order"})


class Accept(Input):
    """A delivery, who accepts it, and under which reservations."""

    id: FulfilmentId
    signer: Annotated[str, Field(min_length=1, max_length=200)]
    reserves: Annotated[str | None, Field(max_length=2000)] = None
    accepted_on: Annotated[dt.date | None, Field(description="Left out, today.")] = None


@action(
    "sales.fulfilment.accept",
    risk="w",
    en=(
        "Accept a delivery; sign an acceptance report; the customer accepts the work; delivery "
        "signed for; works approved; the customer signed the delivery note"
    ),
    fr=(
        "Accepter une livraison; PV de recette; le client réceptionne les travaux; livraison "
        "signée; procès-verbal de réception; le client signe le PV de réception; le client a "
        "signé le bon de livraison"
    ),
    example={"id": "$sales.fulfilment?status=done", "signer": "Claire Morel"},
    events=("sales.fulfilment.accepted",),
    record=Fulfilment,
    next=("sales.sales_order.create_invoice",),
)
async def accept(ctx: Context, data: Accept) -> Fulfilment:
    """Note that the customer accepted what was delivered, with reservations if any; it may be invoiced."""
    done = await ctx.get(Fulfilment, data.id, lock=True)
    lifecycle.take(done, "accept")
    on = data.accepted_on or ctx.today
    if on > ctx.today or (done.performed_on and on < done.performed_on):
        raise invalid("accepted_on", "lies between the day it was done and today")
    done.accepted_on, done.accepted_by = on, data.signer
    done.reserves = data.reserves or done.reserves
    ctx.emit(FulfilmentAccepted(fulfilment_id=done.id, order_id=done.order_id))
    return done


class Contest(Input):
    """A delivery, and what the customer contests."""

    id: FulfilmentId
    note: Annotated[str, Field(min_length=1, max_length=2000)]


@action(
    "sales.fulfilment.contest",
    risk="w",
    en=(
        "Contest a delivery; the customer is not satisfied; reservations on a delivery; work is "
        "not accepted; damaged goods; the customer complains about a delivery; something is "
        "missing in the delivery"
    ),
    fr=(
        "Contester une livraison; le client n'est pas satisfait; réserves à la livraison; "
        "travaux refusés; marchandise abîmée; le client se plaint de la livraison; il manque "
        "quelque chose à la livraison"
    ),
    example={"id": "$sales.fulfilment?status=done", "note": "Joint de porte abîmé"},
    events=("sales.fulfilment.contested",),
    record=Fulfilment,
    next=("sales.fulfilment.accept", "sales.return_order.create"),
)
async def contest(ctx: Context, data: Contest) -> Fulfilment:
    """Note what the customer contests of a delivery; it can still be accepted once that is settled."""
    done = await ctx.get(Fulfilment, data.id, lock=True)
    lifecycle.take(done, "contest")
    done.reserves = data.note
    ctx.emit(FulfilmentContested(fulfilment_id=done.id, order_id=done.order_id))
    return done
