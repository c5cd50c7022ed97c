"""Dashboard: how e-invoices stand, what was rejected, and what nobody answered."""

from decimal import Decimal
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Drill, Exact, Filters, ReportRow, Told, report
from eyeot_invoicing.einvoices.record import EInvoice, PlatformFlow
from eyeot_invoicing.einvoices.statuses import STATUS
from eyeot_invoicing.reading import BOOKS

_WAITING = ("200", "201", "202", "203")
_TROUBLE = ("207", "208", "210", "213", "221")
_DAY = 86_400


class Dashboard(Filters):
    """Of which direction, and what counts as unanswered."""

    direction: Literal["in", "out"] | None = None
    unanswered_after: Annotated[
        int, Field(ge=1, le=365, description="Days without an answer that count as too long.")
    ] = 15


class StatusLine(ReportRow):
    """The e-invoices of one status."""

    direction: str
    status: str
    name: str
    needs_work: bool
    count: int
    unanswered: int
    oldest: str | None
    average_days: Annotated[Exact, Field(description="Days since that status, on average.")]


@report(
    "invoicing.report.einvoice_dashboard",
    row=StatusLine,
    en=(
        "E-invoice dashboard; rejected e-invoices; which e-invoices were not answered; status of "
        "electronic invoices"
    ),
    fr=(
        "Tableau de bord des factures électroniques; factures rejetées; quelles factures restent "
        "sans réponse; état des factures électroniques"
    ),
    permission=BOOKS,
    example={},
)
async def einvoice_dashboard(ctx: Context, data: Dashboard) -> Told:
    """Count e-invoices by status, those that need work first, with what waits too long for an answer."""
    rows = [_line(one, ctx.locale) for one in await ctx.rows(_query(ctx, data))]
    rows.sort(key=lambda one: (not one.needs_work, one.direction, one.status))
    c = PlatformFlow.c
    stuck = await ctx.rows(
        sa.select(sa.func.count().label("n")).where(
            ctx.within(PlatformFlow), c.applied_at.is_(None)
        )
    )
    unread = int(stuck[0]["n"])
    notes = (
        (f"{unread} messages of platforms could not be applied: poll_statuses tries them again.",)
        if unread
        else ()
    )
    return Told(
        rows=rows,
        totals={
            "count": sum(one.count for one in rows),
            "unanswered": sum(one.unanswered for one in rows),
            "rejected": sum(one.count for one in rows if one.status in ("210", "213")),
            "unapplied_messages": unread,
        },
        notes=notes,
    )


def _query(ctx: Context, data: Dashboard) -> sa.Select[Any]:
    c = EInvoice.c
    age = sa.func.extract("epoch", sa.literal(ctx.now) - c.status_at) / _DAY
    where = [ctx.within(EInvoice)]
    if data.direction:
        where.append(c.direction == data.direction)
    return (
        sa.select(
            c.direction,
            c.status,
            sa.func.count().label("count"),
            sa.func.count()
            .filter(c.status.in_(_WAITING), age > data.unanswered_after)
            .label("unanswered"),
            sa.func.min(c.issued_on).label("oldest"),
            sa.func.coalesce(sa.func.avg(age), 0).label("average"),
        )
        .where(*where)
        .group_by(c.direction, c.status)
    )


def _line(one: dict[str, Any], locale: str) -> StatusLine:
    row = STATUS.get(one["status"])
    return StatusLine(
        direction=one["direction"],
        status=one["status"],
        name=row.named(locale) if row else one["status"],
        needs_work=one["status"] in _TROUBLE or one["status"] == "prepared",
        count=one["count"],
        unanswered=one["unanswered"],
        oldest=one["oldest"].isoformat() if one["oldest"] else None,
        average_days=round(Decimal(str(one["average"])), 1),
        drill=Drill(
            action="invoicing.einvoice.list",
            arguments={"direction": one["direction"], "status": one["status"]},
        ),
    )
