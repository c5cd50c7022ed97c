"""Asking: a round of signature is begun and called off here; the provider hears of it after the commit."""

from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.model import Input, Output
from eyeot.declare.problem import Conflict, invalid
from eyeot.platform.documents import WRITE, Document, DocumentId, SignatureStatus
from eyeot.platform.signatures.record import (
    ProviderName,
    SignatureCancelled,
    SignatureRequested,
    SignatureRound,
    Signer,
    moved,
    open_round,
)
from eyeot.platform.signatures.yousign import LARGEST, PROVIDERS

_MOST = 6
_USUAL = timedelta(days=30)
_LONGEST = timedelta(days=180)


class ToSign(Input):
    """A document, and who is to sign it."""

    document_id: DocumentId
    signers: Annotated[list[Signer], Limits(min_length=1, max_length=_MOST)]
    provider: ProviderName = "yousign"
    deadline: Annotated[
        date | None, Limits(description="The last day to sign; left out, in 30 days. 180 at most.")
    ] = None


class Round(Output):
    """How a round of signature stands."""

    document_id: DocumentId
    status: SignatureStatus
    provider: ProviderName
    deadline: date
    signers: list[str]


@action(
    "core.document.request_signature",
    risk="e",
    en=(
        "Request a signature; have a document signed; electronic signature; send a contract for "
        "signature; e-sign a PDF"
    ),
    fr=(
        "Demander une signature; faire signer un document; signature électronique; envoyer un "
        "contrat à signer; signer un PDF en ligne"
    ),
    example={
        "document_id": "$core.document?mime=application/pdf",
        "signers": [{"name": "Claire Morel", "email": "claire.morel@example.com"}],
    },
    events=("core.document.signature_requested",),
    permission=WRITE,
    record=Document,
    next=("core.document.get", "core.document.cancel_signature"),
)
async def request_signature(ctx: Context, data: ToSign) -> Round:
    """Have a PDF signed by people outside, whom the provider invites by e-mail.

    The signed copy and the proof are filed beside the document; its signature_status tells how it stands.
    """
    document = await ctx.get(Document, data.document_id, lock=True)
    await _refuse_unfit(ctx, document)
    ctx.require(PROVIDERS[data.provider])
    emails = [one.email for one in data.signers]
    if len({one.casefold() for one in emails}) < len(emails):
        raise invalid("signers", "give each an address of their own: they sign by it")
    deadline = data.deadline or ctx.today + _USUAL
    if not ctx.today < deadline <= ctx.today + _LONGEST:
        raise invalid("deadline", f"give a day after today, up to {ctx.today + _LONGEST}")
    kept: Any = [one.model_dump(mode="json") for one in data.signers]
    row = await ctx.add(
        SignatureRound(
            document_id=document.id,
            sha256=document.sha256,
            provider=data.provider,
            signers=kept,
            emails=emails,
            deadline=deadline,
            asked_by=ctx.user_id,
        )
    )
    document.signature_status = row.status
    ctx.emit(
        SignatureRequested(
            document_id=document.id, round_id=row.id, provider=row.provider, deadline=deadline
        )
    )
    return _told(row)


async def _refuse_unfit(ctx: Context, document: Document) -> None:
    if document.mime != "application/pdf" or document.size > LARGEST:
        raise Conflict(
            reason=f"{document.filename} is {document.mime} of {document.size:,} bytes: a PDF of"
            f" {LARGEST:,} bytes at most can be signed.",
            remedy="Make it a PDF first; core.document.merge_pdf joins PDFs.",
            field="document_id",
        )
    if found := await open_round(ctx, document.id):
        raise Conflict(
            reason=f"{document.filename} is out for signature already ({found.status}, until"
            f" {found.deadline}).",
            remedy="Wait for it, or call it off with core.document.cancel_signature.",
            field="document_id",
        )


class CallOff(Input):
    """A document that is out for signature, and why it is called off."""

    document_id: DocumentId
    reason: Annotated[str, Limits(min_length=1, max_length=500)]


@action(
    "core.document.cancel_signature",
    risk="e",
    en=(
        "Cancel a signature request; stop a signature round; call off a signature; withdraw a "
        "document from signature"
    ),
    fr=(
        "Annuler une demande de signature; arrêter une signature en cours; retirer un document de "
        "la signature; abandonner la signature"
    ),
    example={
        "document_id": "$core.document?signature_status=requested",
        "reason": "Le prix a changé",
    },
    events=("core.document.signature_cancelled",),
    permission=WRITE,
    record=Document,
    next=("core.document.get",),
)
async def cancel_signature(ctx: Context, data: CallOff) -> Round:
    """Call a round of signature off: cancelling until the provider agrees, unless all signed before."""
    document = await ctx.get(Document, data.document_id, lock=True)
    row = await open_round(ctx, document.id)
    if row is None or row.status in ("cancelling", "signed"):
        stands = row.status if row else document.signature_status or "not out for signature"
        raise Conflict(
            reason=f"{document.filename} is {stands}: there is nothing to call off.",
            remedy="core.document.list(signature_status_in=[requested, ongoing]) shows what can be.",
            field="document_id",
        )
    row.reason = data.reason
    await moved(ctx, row, "call_off")
    ctx.emit(SignatureCancelled(document_id=document.id, round_id=row.id, reason=data.reason))
    return _told(row)


def _told(row: SignatureRound) -> Round:
    return Round(
        document_id=row.document_id,
        status=row.status,
        provider=row.provider,
        deadline=row.deadline,
        signers=[one.name for one in _signers(row)],
    )


def _signers(row: SignatureRound) -> list[Signer]:
    return [Signer.model_validate(one) for one in row.signers]
