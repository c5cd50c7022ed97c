"""Correcting: asks within the house that a posted invoice be corrected, and proposes how."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Input, Output, RecordRef, Ref, action
from eyeot_invoicing.ids import InvoiceId
from eyeot_invoicing.invoices.record import Invoice, stands

Trouble = Literal[
    "wrong_buyer",
    "wrong_vat",
    "wrong_price",
    "wrong_quantity",
    "missing_mention",
    "not_owed",
    "other",
]
_PATHS: dict[str, tuple[str, str]] = {
    "wrong_price": ("invoicing.invoice.credit", "Credit the difference with lines[].amount."),
    "wrong_quantity": (
        "invoicing.invoice.credit",
        "Credit what is too much with lines[].quantity.",
    ),
    "not_owed": ("invoicing.invoice.credit", "Credit all of it with reason=cancellation."),
}
_REISSUE = ("invoicing.invoice.credit_and_reissue", "Take it back whole and post the right one.")


class Problematic(Input):
    """A posted invoice and what is wrong with it."""

    id: InvoiceId
    problem: Trouble
    detail: Annotated[str, Field(min_length=3, max_length=1000)]
    assignee_id: Annotated[UUID | None, Ref("core.user")] = None


class Proposal(Output):
    """The task that was noted, and the way that corrects the invoice."""

    activity_id: Annotated[UUID, Ref("crm.activity")]
    action: str
    invoice_id: Annotated[InvoiceId, Field(description="The argument to begin with.")]
    advice: str


@action(
    "invoicing.invoice.request_correction",
    risk="w",
    en=(
        "Request the correction of an invoice; report a mistake on an invoice; an invoice is wrong; how do I "
        "correct a posted invoice"
    ),
    fr=(
        "Demander la correction d'une facture; signaler une erreur de facture; la facture est fausse; "
        "comment corriger une facture validée"
    ),
    example={
        "id": "$invoicing.invoice?status=posted",
        "problem": "wrong_quantity",
        "detail": "Deux journées facturées, une seule faite",
    },
    record=Invoice,
    next=("invoicing.invoice.credit", "invoicing.invoice.credit_and_reissue"),
)
async def request_correction(ctx: Context, data: Problematic) -> Proposal:
    """Note within the house that a posted invoice is to be corrected, and propose the way to do it."""
    invoice = await ctx.get(Invoice, data.id)
    if not stands(invoice):
        raise Conflict(
            reason="The invoice is a draft: it may be changed.",
            remedy="Use invoicing.invoice.update and invoicing.invoice_line.update.",
        )
    way, advice = _PATHS.get(data.problem, _REISSUE)
    given: dict[str, Any] = {
        "subject": f"Corriger la facture {invoice.number}",
        "record": RecordRef.to(invoice.meta.name, invoice.id),
        "assignee_id": data.assignee_id or ctx.user_id,
    }
    body = f"{data.problem}: {data.detail}"
    await ctx.call("invoicing.invoice.comment", {"id": invoice.id, "body": body})
    made = await ctx.call("crm.activity.create", {n: v for n, v in given.items() if v})
    return Proposal(
        activity_id=made.id,
        action=way,
        invoice_id=invoice.id,
        advice=advice,
    )
