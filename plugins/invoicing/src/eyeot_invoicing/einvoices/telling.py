"""Telling: a status of ours goes to the other side by the platform."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from eyeot import Conflict, Context
from eyeot_invoicing.einvoices.model import CREDIT_NOTE, INVOICE
from eyeot_invoicing.einvoices.moving import apply, refuse_step
from eyeot_invoicing.einvoices.record import EInvoice
from eyeot_invoicing.einvoices.statuses import REASON, STATUS, may_follow, reasons_for
from eyeot_invoicing.platforms import cdar
from eyeot_invoicing.platforms.cdar import Message, Part
from eyeot_invoicing.platforms.choosing import connection_of, platform_of
from eyeot_invoicing.platforms.interface import LIFE, Rejected, Sending


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """A status to tell, with why and of how much."""

    code: str
    reason_code: str = ""
    note: str = ""
    parts: Sequence[Part] = field(default_factory=tuple)
    id: str = ""
    """What the message is called; made of the e-invoice and its history when left out."""


def refuse_unfit(einvoice: EInvoice, saying: Saying) -> None:
    """Refuse a status that cannot follow, lacks its reason, or has no way to go."""
    if not may_follow(saying.code, einvoice.status):
        refuse_step(einvoice, saying.code)
    row = STATUS[saying.code]
    known = reasons_for(saying.code)
    if row.reason and saying.reason_code not in known:
        raise Conflict(
            reason=f"{saying.code} ({row.en}) says why, by one of the coded reasons.",
            remedy=f"Give reason_code, one of: {', '.join(known)}.",
            field="reason_code",
        )
    if einvoice.flow_id and not _other(einvoice):
        raise Conflict(
            reason=f"The e-invoice {einvoice.number} names no electronic address of the other side,"
            " so that no status reaches it.",
            remedy="Ask the other side for an invoice with its address; invoicing.einvoice.check_routing"
            " tells which one fails.",
            field="id",
        )


def _other(einvoice: EInvoice) -> str | None:
    return einvoice.from_address if einvoice.direction == "in" else einvoice.to_address


async def tell(ctx: Context, einvoice: EInvoice, saying: Saying) -> EInvoice:
    """Send a status by the platform that the e-invoice came or went by, and take it here."""
    refuse_unfit(einvoice, saying)
    if einvoice.flow_id is None:
        # It came by no platform (a file that somebody mailed), so that there is nobody to be told.
        await apply(ctx, einvoice, _message(einvoice, saying, ctx.now))
        return einvoice
    connection = await connection_of(ctx, einvoice.connection_id)
    platform = platform_of(ctx, connection)
    message = _message(einvoice, saying, platform.time)
    answer = platform.submit(
        Sending(
            name=f"{message.id}.xml".replace("/", "-"),
            content=cdar.write(message),
            syntax="CDAR",
            profile="",
            tracking_id=message.id,
            kind=LIFE[1] if einvoice.direction == "in" else LIFE[0],
        )
    )
    if isinstance(answer, Rejected):
        raise Conflict(
            reason=f"{connection.platform} does not take that status: {answer.code}, {answer.reason}.",
            remedy="invoicing.einvoice.poll_statuses tells whether it moved meanwhile.",
        )
    await apply(ctx, einvoice, message)
    return einvoice


def _message(einvoice: EInvoice, saying: Saying, at: Any) -> Message:
    row = STATUS[saying.code]
    reason = REASON.get(saying.reason_code)
    history: list[Any] = list(einvoice.status_history)
    return Message(
        id=saying.id or f"{einvoice.number}-{saying.code}-{len(history) + 1}",
        code=saying.code,
        name=row.fr,
        at=at,
        number=einvoice.number,
        issued=einvoice.issued_on,
        seller_siren=einvoice.seller_siren or "",
        buyer_siren=einvoice.buyer_siren or "",
        type_code=CREDIT_NOTE if "credit_note" in str(einvoice.piece) else INVOICE,
        by_buyer=einvoice.direction == "in",
        to_address=_other(einvoice) or "",
        reason_code=saying.reason_code,
        reason=reason.fr if reason else "",
        note=saying.note,
        parts=tuple(saying.parts),
    )
