"""Answering: a status that a person decides on, for what we bought or sold."""

from typing import Annotated

from pydantic import Field

from eyeot import Conflict, Context, Input, Money, action, invalid
from eyeot_invoicing.einvoices.record import EInvoice
from eyeot_invoicing.einvoices.statuses import Code, ReasonCode
from eyeot_invoicing.einvoices.telling import Saying, tell
from eyeot_invoicing.ids import EInvoiceId
from eyeot_invoicing.platforms.cdar import Part

_OURS = {
    "in": ("204", "205", "206", "207", "208", "210", "211", "214"),
    "out": ("209", "220"),
}
_COLLECTED = "212"


class ToTell(Input):
    """An e-invoice, and the status to tell."""

    id: EInvoiceId
    status: Annotated[Code, Field(description="204-211 on what we bought, 209 on what we sold.")]
    reason_code: Annotated[
        ReasonCode | None, Field(description="Wanted by 206, 207, 208 and 210.")
    ] = None
    amount: Annotated[
        Money | None,
        Field(description="Of 206: what is approved, with VAT; of 211: what was paid."),
    ] = None
    note: Annotated[str | None, Field(max_length=500)] = None


@action(
    "invoicing.einvoice.send_status",
    risk="e",
    en=(
        "Send an e-invoice status; answer an e-invoice; tell the supplier it is approved, disputed "
        "or refused; complete a suspended invoice"
    ),
    fr=(
        "Envoyer un statut de facture électronique; répondre à une facture; dire au fournisseur "
        "qu'elle est approuvée, en litige ou refusée; compléter une facture suspendue"
    ),
    example={"id": "$invoicing.einvoice?direction=in&status=202", "status": "204"},
    events=("invoicing.einvoice.status_changed",),
    record=EInvoice,
    next=("invoicing.einvoice.get",),
)
async def send_status(ctx: Context, data: ToTell) -> EInvoice:
    """Tell the other side a status by the platform: along the allowed steps, with its coded reason.

    Collected (212) comes of a posted payment alone: report_collected tells it.
    """
    einvoice = await ctx.get(EInvoice, data.id, lock=True)
    if data.status == _COLLECTED:
        raise Conflict(
            reason="Collected (212) is told of a posted payment alone, with its amounts per rate.",
            remedy="invoicing.einvoice.report_collected(payment_id=…)",
            field="status",
        )
    if data.status not in _OURS[einvoice.direction]:
        ours = ", ".join(_OURS[einvoice.direction])
        raise Conflict(
            reason=f"{data.status} is not ours to tell on an invoice that we"
            f" {'received' if einvoice.direction == 'in' else 'sent'}.",
            remedy=f"Tell one of {ours}.",
            field="status",
        )
    parts = []
    if data.status == "206" and data.amount is None:
        raise invalid("amount", "say how much is approved, with VAT")
    if data.amount is not None:
        sign = "MAP" if data.status == "206" else "MPA"
        parts = [Part(amount=data.amount.amount, currency=data.amount.currency, kind=sign)]
    return await tell(
        ctx,
        einvoice,
        Saying(
            code=data.status,
            reason_code=data.reason_code or "",
            note=data.note or "",
            parts=tuple(parts),
        ),
    )
