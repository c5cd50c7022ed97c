"""Moving: an e-invoice comes to another status, along the table only, and what follows from that."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from eyeot import Conflict, Context
from eyeot_invoicing.einvoices.record import EInvoice, StatusChanged, Told
from eyeot_invoicing.einvoices.statuses import STATUS, lifecycle, may_follow, was_passed
from eyeot_invoicing.invoices.record import Invoice
from eyeot_invoicing.platforms.cdar import Message, Part
from eyeot_invoicing.purchases.record import SupplierInvoice
from eyeot_invoicing.purchases.record import lifecycle as purchase_lifecycle

_DISPUTED, _COMPLETED, _APPROVED = "207", "209", frozenset({"205", "206"})
_LONGEST = 500


def told_of(message: Message, *, late: bool = False) -> Told:
    """A message as a row of the history."""
    return Told(
        code=message.code,
        at=message.at.isoformat(),
        by=STATUS[message.code].by if message.code in STATUS else "platform",
        reason=message.reason_code or None,
        note=" ".join(part for part in (message.reason, message.note) if part) or None,
        amounts=amounts_of(message.parts),
        message=message.id,
        late=late,
    )


def amounts_of(parts: Sequence[Part]) -> list[dict[str, str]]:
    """Amounts as the history keeps them."""
    return [
        {
            "amount": f"{one.amount:f}",
            "currency": one.currency,
            "kind": one.kind,
            **({"percent": f"{one.percent:f}"} if one.percent is not None else {}),
        }
        for one in parts
    ]


def knows(einvoice: EInvoice, message_id: str) -> bool:
    """Whether a message was applied before."""
    history: list[Any] = list(einvoice.status_history)
    return any(one.get("message") == message_id for one in history)


async def apply(ctx: Context, einvoice: EInvoice, message: Message) -> bool:
    """Apply a status that somebody told; whether it changed anything.

    One that was said before the present one, and was passed, is kept as late; one that cannot follow is
    refused, so that it stays in sight (invariants 10 and 12).
    """
    if knows(einvoice, message.id):
        return False
    if message.code not in STATUS:
        raise Conflict(reason=f"{message.code} is no status that this version knows.")
    if not may_follow(message.code, einvoice.status):
        said_before = einvoice.status_at is not None and message.at <= einvoice.status_at
        repeated = message.code == einvoice.status
        if not repeated and not (said_before and was_passed(message.code, einvoice.status)):
            refuse_step(einvoice, message.code)
        _noted(einvoice, told_of(message, late=True))
        return True
    return await become(ctx, einvoice, told_of(message), message.at)


async def become(ctx: Context, einvoice: EInvoice, told: Told, at: datetime) -> bool:
    """Let an e-invoice come to a status that may follow."""
    lifecycle.take(einvoice, f"become_{told.code}")
    einvoice.status_reason, einvoice.status_note = told.reason, (told.note or "")[:1000] or None
    einvoice.status_at = at
    _noted(einvoice, told)
    await _follow(ctx, einvoice, told)
    ctx.emit(StatusChanged(einvoice_id=einvoice.id, status=told.code))
    return True


def _noted(einvoice: EInvoice, told: Told) -> None:
    history: list[Any] = list(einvoice.status_history)
    history.append(told.model_dump(mode="json", exclude_none=True))
    einvoice.status_history = history


def refuse_step(einvoice: EInvoice, code: str) -> None:
    """Refuse a status that may not follow, with what may."""
    possible = [one for one in STATUS if may_follow(one, einvoice.status)]
    named = STATUS[einvoice.status].en if einvoice.status in STATUS else einvoice.status
    remedy = (
        "That status is final: invoicing.invoice.credit takes the invoice back, then post a new one."
        if einvoice.status in STATUS and STATUS[einvoice.status].terminal
        else f"From {einvoice.status} it may become {', '.join(possible)}."
    )
    raise Conflict(
        reason=f"The e-invoice {einvoice.number} is {einvoice.status} ({named}): {code} cannot follow.",
        remedy=remedy,
        field="status",
    )


async def _follow(ctx: Context, einvoice: EInvoice, told: Told) -> None:
    """What the other side says of a piece shows on it."""
    if einvoice.direction == "out" and einvoice.invoice_id:
        await _on_invoice(ctx, einvoice, told)
    elif einvoice.direction == "in" and told.code == _COMPLETED:
        c = SupplierInvoice.c
        row = await ctx.first(SupplierInvoice, c.einvoice_id == einvoice.id)
        if row is not None and row.status == "suspended":
            purchase_lifecycle.take(row, "review")


async def _on_invoice(ctx: Context, einvoice: EInvoice, told: Told) -> None:
    assert einvoice.invoice_id
    if told.code == _DISPUTED:
        invoice = await ctx.get(Invoice, einvoice.invoice_id, lock=True, beyond=True)
        invoice.is_disputed = True
        said = " ".join(part for part in (told.reason, told.note) if part)
        invoice.dispute_reason = said[:_LONGEST] or None
    elif told.code in _APPROVED:
        invoice = await ctx.get(Invoice, einvoice.invoice_id, lock=True, beyond=True)
        invoice.is_disputed, invoice.dispute_reason = False, None
