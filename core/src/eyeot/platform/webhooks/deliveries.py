"""Deliveries: sent again when somebody asks for it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.job import Cursor, Step, job
from eyeot.declare.model import Input, Output, Ref
from eyeot.declare.problem import Conflict, invalid
from eyeot.platform.webhooks.record import ADMIN, Delivery, DeliveryId, Endpoint, EndpointId

_AT_ONCE = 200


class Chosen(Input):
    """One delivery."""

    id: DeliveryId


@action(
    "core.webhook_delivery.redeliver",
    risk="e",
    en="Redeliver a webhook; resend a webhook; retry a webhook",
    fr="Renvoyer un webhook; relancer un webhook",
    example={"id": "$core.webhook_delivery"},
    events=("core.webhook_delivery.updated",),
    permission=ADMIN,
    record=Delivery,
    next=("core.webhook_delivery.get",),
)
async def redeliver(ctx: Context, data: Chosen) -> Delivery:
    """Send one event again, under the same webhook-id, so that its receiver can tell it is the same."""
    row = await ctx.get(Delivery, data.id, lock=True)
    if await ctx.first(Endpoint, Endpoint.c.id == row.endpoint_id) is None:
        raise Conflict(
            reason="Its endpoint was deleted.", remedy="Make an endpoint for what comes next."
        )
    _again(ctx, row)
    return row


def _again(ctx: Context, row: Delivery) -> None:
    row.status, row.attempt, row.next_retry_at = "queued", 0, ctx.now
    row.first_tried_at = row.error = None


class Period(Input):
    """Of which endpoint, and when they happened."""

    endpoint_id: EndpointId
    since: Annotated[datetime | None, Limits(description="From; the beginning when left out.")] = (
        None
    )
    until: Annotated[datetime | None, Limits(description="Before; now when left out.")] = None


class Begun(Output):
    """The job that sends them again, and how many there are."""

    job_id: Annotated[UUID, Ref("core.job")]
    total: int


@job("core.webhook_delivery.replay")
async def replay(ctx: Context, data: Period, cursor: Cursor | None) -> Step:
    """Put dead deliveries of an endpoint back into the queue, oldest first."""
    done = cursor["done"] if cursor else 0
    table = Delivery.c
    where = [table.endpoint_id == data.endpoint_id, table.status == "dead"]
    where += [table.happened_at >= data.since] if data.since else []
    where += [table.happened_at < data.until] if data.until else []
    found = await ctx.find(Delivery, *where, order=(table.place, table.id), limit=_AT_ONCE)
    for row in found:
        _again(ctx, row)
    done += len(found)
    more = {"done": done} if len(found) == _AT_ONCE else None
    return Step(cursor=more, done=done, result={"count": done})


@action(
    "core.webhook_delivery.redeliver_failed",
    risk="e",
    en="Redeliver all failed webhooks; replay dead webhooks; resend missed webhooks",
    fr="Renvoyer tous les webhooks en échec; rejouer les webhooks abandonnés",
    example={"endpoint_id": "$core.webhook_endpoint"},
    events=("core.job.created",),
    permission=ADMIN,
    next=("core.job.get", "core.webhook_delivery.list"),
)
async def redeliver_failed(ctx: Context, data: Period) -> Begun:
    """Send all events again that were given up for an endpoint, of a period, in order."""
    await ctx.get(Endpoint, data.endpoint_id)
    until = min(data.until or ctx.now, ctx.now)
    if data.since and data.since >= until:
        raise invalid("since", "comes after the period's end")
    table = Delivery.c
    where = [
        table.endpoint_id == data.endpoint_id,
        table.status == "dead",
        table.happened_at < until,
    ]
    where += [table.happened_at >= data.since] if data.since else []
    counted = await ctx.rows(
        sa.select(sa.func.count().label("total")).where(ctx.within(Delivery), *where)
    )
    total: int = counted[0]["total"]
    # What dies from now on was not meant: the period ends here.
    asked = Period(endpoint_id=data.endpoint_id, since=data.since, until=until)
    made = await ctx.enqueue(replay, asked, total=total)
    return Begun(job_id=made.id, total=total)
