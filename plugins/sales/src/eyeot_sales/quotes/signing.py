"""Signing: a quote is signed electronically; once everybody has, it is accepted as if told by hand."""

import base64
from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from eyeot import (
    Conflict,
    Context,
    Event,
    Input,
    Localized,
    Notice,
    RecordRef,
    Ref,
    action,
    after,
    kind,
    within,
)
from eyeot.types import Email, Phone
from eyeot_crm.parties import Party
from eyeot_sales.ids import QuoteId
from eyeot_sales.papers.layouts import quote_layout
from eyeot_sales.papers.paper import language_of, words
from eyeot_sales.quotes.answering import QuoteAccepted, QuoteDeclined
from eyeot_sales.quotes.records import OPEN, Quote, refuse_unopen
from eyeot_sales.quotes.revising import QuoteRevised
from eyeot_sales.quotes.validity import QuoteCancelled, QuoteExpired

_MOST = 6
_LONGEST = timedelta(days=180)
_OUT = ("requested", "ongoing")


class SignatureRequested(Event, name="sales.quote.signature_requested"):
    """A quote went out for electronic signature."""

    quote_id: QuoteId
    provider: str


class Signer(BaseModel):
    """Who is to sign for the customer."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: Annotated[
        str,
        Field(max_length=150, pattern=r"^\S+(\s+\S+)+$", description="First name, then last name."),
    ]
    email: Annotated[Email, Field(max_length=254)]
    phone: Annotated[
        Phone | None, Field(description="Signs with a code sent there; left out, sent by e-mail.")
    ] = None


class Sign(Input):
    """A quote, and who signs it for the customer."""

    id: QuoteId
    signers: Annotated[list[Signer], Field(min_length=1, max_length=_MOST)]
    provider: Literal["yousign"] = "yousign"


@action(
    "sales.quote.request_signature",
    risk="e",
    en=(
        "Request the signature of a quote; have a quote signed; electronic signature of a quote; "
        "send a quote to be signed; e-sign an offer"
    ),
    fr=(
        "Faire signer un devis; signature électronique d'un devis; envoyer un devis à signer; "
        "demander la signature d'une offre; bon pour accord en ligne"
    ),
    example={
        "id": "$sales.quote?status=sent",
        "signers": [{"name": "Claire Morel", "email": "claire.morel@example.com"}],
    },
    events=("sales.quote.signature_requested",),
    record=Quote,
    next=("sales.quote.get", "core.document.cancel_signature"),
)
async def request_signature(ctx: Context, data: Sign) -> Quote:
    """Have an open quote signed electronically within its validity: once all have signed, it is accepted.

    A draft is sent first, under the same rules as by sales.quote.send.
    """
    quote = await ctx.get(Quote, data.id, lock=True)
    if quote.status == "draft":
        given = {"id": Ref("sales.quote").write(quote.id), "channel": "none"}
        await ctx.call("sales.quote.send", given)
        quote = await ctx.get(Quote, data.id, lock=True)
    refuse_unopen(quote, "request_signature")
    if quote.valid_until <= ctx.today:
        raise Conflict(
            reason=f"It is valid until {quote.valid_until}: nobody could sign it in time.",
            remedy="Extend it first with sales.quote.extend_validity.",
            field="id",
        )
    if paper := await _paper_out(ctx, quote):
        raise Conflict(
            reason=f"It is out for signature already ({paper.signature_status}).",
            remedy="Wait, or call that off with core.document.cancel_signature.",
            field="id",
        )
    filed = await _filed(ctx, quote)
    latest = min(quote.valid_until, ctx.today + _LONGEST)
    await ctx.call(
        "core.document.request_signature",
        {
            "document_id": Ref("core.document").write(filed.id),
            "signers": [one.model_dump() for one in data.signers],
            "provider": data.provider,
            "deadline": latest.isoformat(),
        },
    )
    quote.signature_id = filed.id
    ctx.emit(SignatureRequested(quote_id=quote.id, provider=data.provider))
    return quote


async def _paper_out(ctx: Context, quote: Quote) -> Any:
    """The paper of a quote that is out for signature; none when nothing is."""
    if quote.signature_id is None:
        return None
    paper: Any = await ctx.get(kind("core.document"), quote.signature_id, beyond=True)
    return paper if paper.signature_status in (*_OUT, "cancelling", "signed") else None


async def _filed(ctx: Context, quote: Quote) -> Any:
    """The quote's PDF as it goes out for signature, attached to it."""
    language = language_of(await ctx.get(Party, quote.party_id, beyond=True))
    data = await quote_layout.data(ctx, quote.id, language)
    pdf = await ctx.typeset(quote_layout, data, language=language)
    return await ctx.call(
        "sales.quote.attach_document",
        {
            "id": Ref("sales.quote").write(quote.id),
            "filename": f"{quote.number}-signature.pdf",
            "content": base64.b64encode(pdf).decode(),
            "kind": "quote",
        },
    )


@within("core.document.signature_ended")
async def settled(ctx: Context, event: Any) -> None:
    """Accept a quote that everybody signed, on the day when the last of them did."""
    if event.outcome != "done":
        return
    quote = await ctx.first(Quote, Quote.c.signature_id == event.document_id)
    if quote is None:
        return
    quote = await ctx.get(Quote, quote.id, lock=True)
    late = event.signed_on is None or event.signed_on > quote.valid_until
    if quote.status not in OPEN or late:
        await _tell_late(ctx, quote, event)
        return
    told = words(ctx.locale)
    done: Any = await ctx.get(kind("core.signature_round"), event.round_id, beyond=True)
    given = {
        "id": Ref("sales.quote").write(quote.id),
        "accepted_on": event.signed_on.isoformat(),
        "signer": ", ".join(one["name"] for one in done.signers)[:200],
        "proof": "signature",
        "note": told["signature_note"].format(
            provider=done.provider, document=Ref("core.document").write(event.signed_id)
        ),
    }
    await ctx.call("sales.quote.accept", given)


async def _tell_late(ctx: Context, quote: Quote, event: Any) -> None:
    """Tell the seller of a signature under a quote that does not stand any more."""
    if quote.owner_id is None:
        return
    values = {"number": quote.number, "on": event.signed_on, "status": quote.status}
    en, fr = (words(one)["signature_late"].format(**values) for one in ("en", "fr"))
    ctx.notify(
        Notice(
            to=quote.owner_id,
            kind="core.document.signature_ended",
            title=Localized(en=en[:200], fr=fr[:200]),
            record=RecordRef.to("sales.quote", quote.id),
            severity="warning",
        )
    )


class CallOff(BaseModel):
    """What is called off, and why."""

    document_id: str
    reason: str


async def _withdraw(ctx: Context, quote_id: UUID, reason: str) -> None:
    """Have called off what is out for signature of a quote that does not stand any more."""
    quote = await ctx.get(Quote, quote_id, beyond=True)
    paper = await _paper_out(ctx, quote)
    if paper is not None and paper.signature_status in _OUT:
        told = CallOff(document_id=Ref("core.document").write(paper.id), reason=reason)
        await ctx.enqueue("core.document.cancel_signature", told)


@after("sales.quote.cancelled")
async def cancelled(ctx: Context, event: QuoteCancelled) -> None:
    """Nobody signs an offer that was taken back."""
    await _withdraw(ctx, event.quote_id, event.reason[:500])


@after("sales.quote.declined")
async def declined(ctx: Context, event: QuoteDeclined) -> None:
    """Nobody signs an offer that was declined."""
    await _withdraw(ctx, event.quote_id, event.reason)


@after("sales.quote.expired")
async def expired(ctx: Context, event: QuoteExpired) -> None:
    """Nobody signs an offer that has expired."""
    await _withdraw(ctx, event.quote_id, "expired")


@after("sales.quote.revised")
async def revised(ctx: Context, event: QuoteRevised) -> None:
    """Nobody signs a version that another follows."""
    await _withdraw(ctx, event.former_id, "revised")


@after("sales.quote.accepted")
async def accepted(ctx: Context, event: QuoteAccepted) -> None:
    """Nobody signs what was accepted otherwise meanwhile."""
    await _withdraw(ctx, event.quote_id, "accepted")
