"""Polling: what the platform tells is fetched and applied; what cannot be applied stays in sight."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Input, Output, Problem, Ref, action
from eyeot_invoicing.einvoices.moving import apply, become
from eyeot_invoicing.einvoices.opening import Refused
from eyeot_invoicing.einvoices.record import EInvoice, PlatformFlow, Told
from eyeot_invoicing.einvoices.statuses import may_follow
from eyeot_invoicing.ids import EInvoiceId
from eyeot_invoicing.platforms import cdar
from eyeot_invoicing.platforms.cdar import Message
from eyeot_invoicing.platforms.choosing import connection_of, platform_of
from eyeot_invoicing.platforms.connections import PaConnection
from eyeot_invoicing.platforms.interface import LIFE, Flow, Platform

_MOST = 5
"""Files a call, within the eight answers from outside that one may wait for."""
_LISTED = 200
_OVERLAP = timedelta(minutes=10)
"""Looked at again each time, since a platform may be late to list what it has."""


class ToPoll(Input):
    """Which platform, and since when."""

    connection_id: Annotated[
        UUID | None,
        Ref("invoicing.pa_connection"),
        Field(description="The one in use when left out."),
    ] = None
    since: Annotated[datetime | None, Field(description="Since the last time when left out.")] = (
        None
    )


class Changed(Output):
    """A status that was applied."""

    einvoice_id: EInvoiceId
    number: str
    status: str
    reason: str | None = None


class Failed(Output):
    """A message that could not be applied; it is tried again."""

    flow_id: str
    attempts: int
    error: str


class Polled(Output):
    """What came."""

    changed: list[Changed]
    failed: list[Failed]
    is_complete: Annotated[bool, Field(description="Whether nothing is left: else call again.")]


@action(
    "invoicing.einvoice.poll_statuses",
    risk="w",
    en=(
        "Fetch e-invoice statuses; poll the platform; what became of our e-invoices; did the buyer "
        "approve the invoice"
    ),
    fr=(
        "Relever les statuts des factures électroniques; interroger la plateforme; que deviennent "
        "nos factures; l'acheteur a-t-il approuvé"
    ),
    example={},
    events=("invoicing.einvoice.status_changed",),
    record=EInvoice,
    next=("invoicing.report.einvoice_dashboard",),
)
async def poll_statuses(ctx: Context, data: ToPoll) -> Polled:
    """Fetch what the platform tells of e-invoices and apply it, oldest first; five messages a call.

    A message counts as known once it is applied. One that cannot be is kept with its error and tried again.
    """
    connection = await connection_of(ctx, data.connection_id)
    platform = platform_of(ctx, connection)
    since = data.since or (connection.polled_at - _OVERLAP if connection.polled_at else None)
    flows = platform.flows(since, _LISTED)
    told = Polled(changed=[], failed=[], is_complete=True)
    for flow in flows:
        if flow.kind not in LIFE:
            await acknowledged(ctx, flow, told)
    waiting = await pending(ctx, connection, [one for one in flows if one.kind in LIFE])
    told.is_complete = len(waiting) <= _MOST and len(flows) < _LISTED
    fetched = [(one, _file(platform, one)) for one in waiting[:_MOST]]
    for flow, content in fetched:
        await _applied(ctx, connection, flow, content, told)
    if told.is_complete and flows:
        connection.polled_at = max(one.at for one in flows)
    return told


def _file(platform: Platform, flow: Flow) -> bytes:
    return platform.original(flow.flow_id)


async def acknowledged(ctx: Context, flow: Flow, told: Polled) -> None:
    """What the platform made of a file of ours: it is deposited, or rejected with the reason."""
    c = EInvoice.c
    where = c.flow_id == flow.flow_id
    if flow.tracking_id:
        # Handed over, and its answer lost: the platform tells it by the name that we gave it.
        where = sa.or_(where, sa.and_(c.flow_id.is_(None), c.piece == flow.tracking_id))
    einvoice = await ctx.first(EInvoice, c.direction == "out", where)
    if einvoice is None:
        return
    einvoice.flow_id = einvoice.flow_id or flow.flow_id
    if flow.acknowledged == "error" and may_follow("213", einvoice.status) and flow.rejected:
        why = flow.rejected
        told_now = Told(
            code="213", at=flow.at.isoformat(), by="platform", reason=why.code, note=why.reason
        )
        await become(ctx, einvoice, told_now, flow.at)
        told.changed.append(_changed(einvoice))
    elif flow.acknowledged == "ok" and einvoice.status == "prepared":
        await become(
            ctx, einvoice, Told(code="200", at=flow.at.isoformat(), by="platform"), flow.at
        )
        told.changed.append(_changed(einvoice))


def _changed(einvoice: EInvoice) -> Changed:
    return Changed(
        einvoice_id=einvoice.id,
        number=einvoice.number,
        status=einvoice.status,
        reason=einvoice.status_reason,
    )


async def pending(ctx: Context, connection: PaConnection, flows: list[Flow]) -> list[Flow]:
    """The flows that were not applied yet, oldest first: those of before that failed come after the new."""
    c = PlatformFlow.c
    rows = await ctx.find(PlatformFlow, c.connection_id == connection.id)
    known = {one.flow_id: one for one in rows}
    fresh = [one for one in flows if one.flow_id not in known]
    failed = [
        Flow(flow_id=one.flow_id, kind=one.kind, at=one.at)
        for one in sorted(rows, key=lambda one: (one.attempts, one.at))
        if one.applied_at is None and one.kind in {flow.kind for flow in flows} | set(LIFE)
    ]
    return [*fresh, *failed]


async def _applied(
    ctx: Context, connection: PaConnection, flow: Flow, content: bytes, told: Polled
) -> None:
    """Apply a message, alone, and note what came of it."""
    error, about = "", None
    try:
        message = cdar.read(content)
        async with ctx.attempt() as part:
            einvoice = await _about(part, message)
            changed = await apply(part, einvoice, message)
            about = einvoice.id
            if changed:
                told.changed.append(_changed(einvoice))
    except Refused as wrong:
        error = str(wrong)
    except Problem as wrong:
        error = str(wrong.body()["message"])
    row = await noted(ctx, connection, flow, error, about)
    if error:
        told.failed.append(Failed(flow_id=flow.flow_id, attempts=row.attempts, error=error))


async def noted(
    ctx: Context, connection: PaConnection, flow: Flow, error: str, about: UUID | None
) -> PlatformFlow:
    """Note that a flow was tried: known once it is applied."""
    c = PlatformFlow.c
    row: Any = await ctx.first(
        PlatformFlow, c.connection_id == connection.id, c.flow_id == flow.flow_id
    )
    if row is None:
        row = await ctx.add(
            PlatformFlow(
                connection_id=connection.id, flow_id=flow.flow_id, kind=flow.kind, at=flow.at
            )
        )
    row.attempts += 1
    row.error = error[:1000] or None
    row.einvoice_id = about
    row.applied_at = None if error else ctx.now
    return row  # type: ignore[no-any-return]


async def _about(ctx: Context, message: Message) -> EInvoice:
    """The e-invoice that a message is about: by what the stored XML says, not by cards that changed since."""
    c = EInvoice.c
    where = [c.number == message.number]
    if message.seller_siren:
        where.append(c.seller_siren == message.seller_siren[:9])
    if message.issued:
        where.append(c.issued_on == message.issued)
    found = await ctx.find(EInvoice, *where, order=c.id, limit=2)
    if len(found) != 1:
        what = "no e-invoice here" if not found else "several e-invoices"
        raise Refused(
            f"it is about {message.number} of {message.seller_siren or 'nobody'}: {what} has that"
        )
    return await ctx.get(EInvoice, found[0].id, lock=True)
