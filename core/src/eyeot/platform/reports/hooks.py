"""Hooks: whether webhooks arrive."""

from typing import Annotated

import sqlalchemy as sa
from pydantic import Field as Limits

from eyeot.declare.context import Context
from eyeot.declare.money import Exact
from eyeot.declare.report import ReportRow, Told, drill, report, typeid
from eyeot.platform.reports.asking import Spell, counted, instants, percent, span
from eyeot.platform.webhooks.record import ADMIN, PENDING, Delivery, Endpoint, EndpointId

_P95 = 0.95


class HookRow(ReportRow):
    """How the deliveries of one endpoint went."""

    endpoint_id: EndpointId
    url: str
    status: str
    events: int
    delivered: int
    waiting: int
    dead: int
    delivered_share: Annotated[Exact | None, Limits(description="Percent of what is decided.")] = (
        None
    )
    attempts: Annotated[int, Limits(description="All together.")]
    p95_ms: Annotated[int | None, Limits(description="95 of 100 answers came within.")] = None


@report(
    "core.report.webhook_health",
    row=HookRow,
    en=(
        "Webhook health report; do webhooks arrive; delivery rate per endpoint; failing webhooks; "
        "dead letters"
    ),
    fr=(
        "Rapport de santé des webhooks; les webhooks arrivent-ils; taux de livraison par récepteur; "
        "webhooks en échec; lettres mortes"
    ),
    example={},
    permission=ADMIN,
    next=("core.webhook_delivery.list", "core.webhook_delivery.redeliver_failed"),
)
async def webhook_health(ctx: Context, data: Spell) -> Told:
    """Show for each webhook endpoint what was delivered, waits and was given up in a period, and how fast."""
    spell, made = instants(ctx, span(ctx, data.period)), Delivery.c
    fast = sa.func.percentile_disc(_P95).within_group(made.duration_ms)
    found = await ctx.rows(
        sa.select(
            made.endpoint_id,
            sa.func.count().label("events"),
            counted(made.status == "delivered").label("delivered"),
            counted(made.status.in_(PENDING)).label("waiting"),
            counted(made.status == "dead").label("dead"),
            sa.func.sum(made.attempt).label("attempts"),
            fast.label("p95_ms"),
        )
        .where(ctx.within(Delivery), spell.covers(made.happened_at))
        .group_by(made.endpoint_id)
    )
    figures = {one["endpoint_id"]: one for one in found}
    rows = [
        _row(one, figures.get(one.id))
        for one in await ctx.find(Endpoint, Endpoint.c.archived_at.is_(None), order=Endpoint.c.url)
    ]
    counts = ("events", "delivered", "waiting", "dead")
    return Told(rows, {n: sum(getattr(one, n) for one in rows) for n in counts})


def _row(endpoint: Endpoint, found: dict[str, int] | None) -> HookRow:
    one = found or {"events": 0, "delivered": 0, "waiting": 0, "dead": 0, "attempts": 0}
    return HookRow(
        endpoint_id=endpoint.id,
        url=endpoint.url,
        status=endpoint.status,
        delivered_share=percent(one["delivered"], one["delivered"] + one["dead"]),
        drill=drill(
            "core.webhook_delivery.list", endpoint_id=typeid("core.webhook_endpoint", endpoint.id)
        ),
        **{n: one.get(n) for n in ("events", "delivered", "waiting", "dead", "attempts", "p95_ms")},  # type: ignore[arg-type]
    )
