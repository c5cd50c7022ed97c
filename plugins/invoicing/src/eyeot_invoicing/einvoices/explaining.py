"""Explaining: why an e-invoice was rejected, refused or disputed, what mends it, and the file itself."""

import base64
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Input, Output, Ref, action, kind
from eyeot_invoicing.documents.filing import content_of
from eyeot_invoicing.einvoices.opening import Refused
from eyeot_invoicing.einvoices.reading import opened
from eyeot_invoicing.einvoices.record import EInvoice
from eyeot_invoicing.einvoices.rules import Broken, broken
from eyeot_invoicing.einvoices.statuses import REASON, STATUS
from eyeot_invoicing.ids import EInvoiceId

_SMALL = 3_000_000


class Chosen(Input):
    """One e-invoice."""

    id: EInvoiceId


class Explained(Output):
    """Where it stands, why, and what to do."""

    einvoice_id: EInvoiceId
    number: str
    status: str
    status_name: str
    is_final: bool
    reason_code: str | None = None
    meaning: str | None = None
    note: str | None = None
    steps: Annotated[list[str], Field(description="What to do, in order.")]
    broken: Annotated[list[Broken], Field(description="Rules that the file itself breaks.")]


@action(
    "invoicing.einvoice.explain_rejection",
    risk="r",
    en=(
        "Explain a rejected e-invoice; why was the invoice refused; what does this reason code "
        "mean; how to fix a rejected invoice; why did the platform reject our invoice"
    ),
    fr=(
        "Expliquer le rejet d'une facture électronique; pourquoi la facture est refusée; que "
        "veut dire ce motif; comment corriger une facture rejetée; la plateforme a rejeté ma "
        "facture"
    ),
    example={"id": "$invoicing.einvoice?direction=out"},
    record=EInvoice,
)
async def explain_rejection(ctx: Context, data: Chosen) -> Explained:
    """Turn an e-invoice's status and coded reason into words and steps, and check its file once more."""
    einvoice = await ctx.get(EInvoice, data.id)
    french = ctx.locale.startswith("fr")
    row, reason = STATUS.get(einvoice.status), REASON.get(einvoice.status_reason or "")
    final = bool(row and row.terminal)
    steps = [reason.fix] if reason else []
    if final and not steps:
        steps = [
            "Take the invoice back with invoicing.invoice.credit: it keeps its number.",
            "Post a corrected one with invoicing.invoice.create and invoicing.invoice.post.",
        ]
    if einvoice.status in ("prepared", "221"):
        steps.append("Hand it over again with invoicing.einvoice.resubmit.")
    if einvoice.status == "208" and einvoice.direction == "out":
        steps.append("Then tell that it is complete: invoicing.einvoice.send_status(status=209).")
    return Explained(
        einvoice_id=einvoice.id,
        number=einvoice.number,
        status=einvoice.status,
        status_name=row.named(ctx.locale) if row else einvoice.status,
        is_final=final,
        reason_code=einvoice.status_reason,
        meaning=(reason.fr if french else reason.en) if reason else None,
        note=einvoice.status_note,
        steps=steps,
        broken=await _broken(ctx, einvoice),
    )


async def _broken(ctx: Context, einvoice: EInvoice) -> list[Broken]:
    if einvoice.document_id is None:
        return []
    document: Any = await ctx.get(kind("core.document"), einvoice.document_id, beyond=True)
    try:
        bill = (await opened(await content_of(ctx, document))).bill
    except Refused as wrong:
        return [Broken(rule="XSD", says=str(wrong), fix="invoicing.invoice.validate_xml")]
    return broken(bill, bill.issued, ctx.locale)


class Original(Output):
    """The file, with the proof that it is that one."""

    document_id: Annotated[UUID, Ref("core.document")]
    filename: str
    mime: str
    size: int
    sha256: str
    is_intact: Annotated[bool, Field(description="Whether the bytes still have that digest.")]
    retention_until: str | None = None
    content: Annotated[
        str | None, Field(description="Base64; left out above 3,000,000 bytes: get_download_link.")
    ] = None


@action(
    "invoicing.einvoice.download_original",
    risk="r",
    en=(
        "Download the original e-invoice; the exact file that was sent or received; proof of an "
        "e-invoice; archived XML"
    ),
    fr=(
        "Télécharger l'original d'une facture électronique; le fichier exact envoyé ou reçu; "
        "preuve d'une facture; XML archivé"
    ),
    example={"id": "$invoicing.einvoice"},
    record=EInvoice,
)
async def download_original(ctx: Context, data: Chosen) -> Original:
    """Give the exact file that travelled, after comparing it with the digest it had then."""
    einvoice = await ctx.get(EInvoice, data.id)
    if einvoice.document_id is None:
        raise Conflict(
            reason="No file was kept of it.", remedy="invoicing.einvoice.history tells why."
        )
    document: Any = await ctx.get(kind("core.document"), einvoice.document_id, beyond=True)
    content = await content_of(ctx, document)
    until = document.retention_until
    return Original(
        document_id=document.id,
        filename=document.filename,
        mime=document.mime,
        size=document.size,
        sha256=document.sha256,
        is_intact=document.sha256 == einvoice.sha256,
        retention_until=until.isoformat() if until else None,
        content=base64.b64encode(content).decode() if len(content) <= _SMALL else None,
    )
