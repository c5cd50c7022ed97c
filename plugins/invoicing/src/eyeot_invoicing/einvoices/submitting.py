"""Submitting: an invoice is checked here, then handed to the approved platform."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Input,
    Output,
    ProviderNotConfigured,
    ProviderUnavailable,
    action,
    kind,
)
from eyeot_invoicing.documents import making
from eyeot_invoicing.documents.filing import content_of
from eyeot_invoicing.einvoices.building import Piece, bill_for, piece_of
from eyeot_invoicing.einvoices.model import Bill
from eyeot_invoicing.einvoices.moving import become
from eyeot_invoicing.einvoices.record import EInvoice, Submitted, Told
from eyeot_invoicing.einvoices.rules import Broken, broken
from eyeot_invoicing.einvoices.statuses import STATUS
from eyeot_invoicing.ids import EInvoiceId, InvoiceId
from eyeot_invoicing.invoices.record import Invoice
from eyeot_invoicing.platforms.choosing import connection_of, platform_of, went_well
from eyeot_invoicing.platforms.connections import PaConnection
from eyeot_invoicing.platforms.interface import FlowSyntax, Rejected, Sending

Form = Literal["facturx", "ubl", "cii"]
_SYNTAX: dict[str, FlowSyntax] = {"facturx": "Factur-X", "ubl": "UBL", "cii": "CII"}
_AGAIN = ("prepared", "221")
_DOUBTFUL = frozenset({"BR-61"})
"""Rules that a platform takes as a warning: it does not keep an invoice from being handed over."""


class ToSubmit(Input):
    """An invoice, and how it is written."""

    invoice_id: InvoiceId
    syntax: Annotated[Form, Field(description="facturx: readable, and for machines.")] = "facturx"
    connection_id: Annotated[
        UUID | None, Field(description="The connection in use when left out.")
    ] = None


class Handed(Output):
    """The e-invoice, and what the platform said."""

    einvoice_id: EInvoiceId
    number: str
    status: str
    status_name: str
    is_handed_over: bool
    flow_id: str | None = None
    reason: Annotated[
        str | None, Field(description="Why it was not handed over, or not taken.")
    ] = None
    next: str


@action(
    "invoicing.einvoice.submit",
    risk="e",
    en=(
        "Submit an e-invoice; send an invoice to the platform; transmit an electronic invoice; "
        "lodge an invoice on the platform"
    ),
    fr=(
        "Déposer une facture électronique; envoyer une facture à la plateforme; transmettre une "
        "facture électronique; émettre une e-facture"
    ),
    example={"invoice_id": "$invoicing.invoice?status=posted"},
    events=("invoicing.einvoice.submitted", "invoicing.einvoice.status_changed"),
    record=EInvoice,
    next=("invoicing.einvoice.poll_statuses",),
)
async def submit(ctx: Context, data: ToSubmit) -> Handed:
    """Check a posted invoice's e-invoice, file it and hand it to the approved platform.

    Where the platform gives no answer it stays prepared, and resubmit tries again with the same file.
    """
    invoice = await ctx.get(Invoice, data.invoice_id, lock=True)
    piece = await piece_of(ctx, invoice)
    made = await prepared(ctx, piece, data.syntax)
    made.invoice_id = invoice.id
    return await hand_over(ctx, made, await connection_of(ctx, data.connection_id))


async def prepared(ctx: Context, piece: Piece, form: Form) -> EInvoice:
    """The e-invoice of a posted piece, with its file; refused where it was handed over before."""
    making.refuse_draft(piece)
    about = making.ref_of(piece)
    if before := await ctx.first(EInvoice, EInvoice.c.piece == about):
        if before.status == "prepared":
            return before
        raise Conflict(
            reason=f"The invoice {before.number} was handed over, and is {before.status}.",
            remedy="invoicing.einvoice.poll_statuses tells how it stands; resubmit is for what failed.",
            field="invoice_id",
        )
    bill = await bill_for(ctx, piece)
    refuse_broken(broken(bill, bill.issued, ctx.locale))
    document, _ = await making.made(ctx, piece, form, piece.profile, piece.language)
    return await ctx.add(_einvoice(bill, about, form, piece.profile, document))


def _einvoice(bill: Bill, about: Any, form: Form, profile: str, document: Any) -> EInvoice:
    return EInvoice(
        direction="out",
        piece=about,
        number=bill.number,
        issued_on=bill.issued,
        seller_siren=bill.seller.siren,
        buyer_siren=bill.buyer.siren,
        syntax=form,
        profile=profile,
        from_address=bill.seller.address,
        to_address=bill.buyer.address,
        document_id=document.id,
        sha256=document.sha256,
    )


def refuse_broken(found: list[Broken]) -> None:
    """Refuse what a platform would reject for good: a rejected number cannot be used again."""
    wrong = [one for one in found if one.rule not in _DOUBTFUL]
    if wrong:
        said = "; ".join(f"{one.rule} {one.says} ({one.fix})" for one in wrong)
        raise Conflict(
            reason=f"A platform would reject it: {said}.",
            remedy="Mend what is named; what the posted invoice itself says needs"
            " invoicing.invoice.credit_and_reissue.",
        )


async def hand_over(ctx: Context, einvoice: EInvoice, connection: PaConnection) -> Handed:
    """Hand the filed bytes to a platform, and note what it says."""
    assert einvoice.document_id
    document: Any = await ctx.get(kind("core.document"), einvoice.document_id, beyond=True)
    content = await content_of(ctx, document)
    platform = platform_of(ctx, connection)
    einvoice.connection_id, einvoice.platform = connection.id, connection.platform
    sending = Sending(
        name=document.filename,
        content=content,
        syntax=_SYNTAX[einvoice.syntax],
        profile=einvoice.profile,
        tracking_id=str(einvoice.piece),
    )
    try:
        answer = platform.submit(sending)
        at = platform.time
    except (ProviderUnavailable, ProviderNotConfigured) as none:
        einvoice.attempts += 1
        said = none.body()
        einvoice.status_note = f"{said['message']} {said['hint']}"[:1000]
        return _handed(einvoice, ctx, handed=False, reason=einvoice.status_note)
    einvoice.attempts += 1
    einvoice.sent_at = ctx.now
    if isinstance(answer, Rejected):
        told = Told(
            code="213", at=at.isoformat(), by="platform", reason=answer.code, note=answer.reason
        )
        await become(ctx, einvoice, told, at)
        return _handed(einvoice, ctx, handed=False, reason=f"{answer.code}: {answer.reason}")
    einvoice.flow_id = answer
    went_well(connection)
    await become(ctx, einvoice, Told(code="200", at=at.isoformat(), by="platform"), at)
    ctx.emit(Submitted(einvoice_id=einvoice.id))
    return _handed(einvoice, ctx, handed=True)


def _handed(einvoice: EInvoice, ctx: Context, *, handed: bool, reason: str | None = None) -> Handed:
    row = STATUS.get(einvoice.status)
    following = "invoicing.einvoice.resubmit"
    if handed:
        following = "invoicing.einvoice.poll_statuses"
    elif row is not None and row.terminal:
        following = "invoicing.einvoice.explain_rejection"
    return Handed(
        einvoice_id=einvoice.id,
        number=einvoice.number,
        status=einvoice.status,
        status_name=row.named(ctx.locale) if row else "",
        is_handed_over=handed,
        flow_id=einvoice.flow_id,
        reason=reason,
        next=following,
    )


class Again(Input):
    """An e-invoice."""

    id: EInvoiceId


@action(
    "invoicing.einvoice.resubmit",
    risk="e",
    en=(
        "Resubmit an e-invoice; try the platform again; send again after a routing error; retry an "
        "e-invoice"
    ),
    fr=(
        "Redéposer une facture électronique; réessayer la plateforme; renvoyer après une erreur de "
        "routage; retransmettre une facture"
    ),
    example={"id": "$invoicing.einvoice?direction=out&status=prepared"},
    events=("invoicing.einvoice.submitted", "invoicing.einvoice.status_changed"),
    record=EInvoice,
    next=("invoicing.einvoice.poll_statuses",),
)
async def resubmit(ctx: Context, data: Again) -> Handed:
    """Hand the same file over once more, after the platform gave no answer or could not route it."""
    einvoice = await ctx.get(EInvoice, data.id, lock=True)
    if einvoice.direction != "out" or einvoice.status not in _AGAIN:
        final = einvoice.status in ("210", "213")
        raise Conflict(
            reason=f"The e-invoice {einvoice.number} is {einvoice.status}: it is not sent again.",
            remedy="That is final: take the invoice back with invoicing.invoice.credit, and post a new"
            " one with invoicing.invoice.create."
            if final
            else "invoicing.einvoice.poll_statuses tells how it stands.",
            field="id",
        )
    return await hand_over(ctx, einvoice, await connection_of(ctx, einvoice.connection_id))
