"""Answering: what a customer says to a quote."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, Ref, action, invalid
from eyeot_crm.opportunities import Opportunity
from eyeot_sales.ids import PartyId, QuoteId
from eyeot_sales.quotes.records import DeclineReason, Proof, Quote, lifecycle

_LOST = {"other": "no_decision"}
"""Reasons that deals are not lost for, and the one that comes nearest."""


class QuoteAccepted(Event, name="sales.quote.accepted"):
    """A customer accepted a quote."""

    quote_id: QuoteId
    party_id: PartyId
    number: str


class QuoteDeclined(Event, name="sales.quote.declined"):
    """A customer declined a quote."""

    quote_id: QuoteId
    reason: DeclineReason


class Accept(Input):
    """A quote, and what shows that it was accepted."""

    id: QuoteId
    accepted_on: Annotated[
        dt.date | None, Field(description="When the customer accepted; left out, today.")
    ] = None
    signer: Annotated[str, Field(min_length=1, max_length=200, description="Who accepted.")]
    proof: Annotated[
        Proof,
        Field(description='signature: signed copy ("bon pour accord"); the others as they say.'),
    ] = "signature"
    note: Annotated[
        str | None, Field(max_length=1000, description="Where the proof is, or its words.")
    ] = None


@action(
    "sales.quote.accept",
    risk="x",
    en=(
        "Accept a quote; the customer signed; the customer said yes; record an acceptance; signed "
        "quote received"
    ),
    fr=(
        "Accepter un devis; le client a signé; bon pour accord; enregistrer l'acceptation; devis "
        "signé reçu"
    ),
    example={"id": "$sales.quote?status=sent", "signer": "Claire Morel", "proof": "signature"},
    events=("sales.quote.accepted",),
    record=Quote,
    next=("sales.quote.convert_to_order", "crm.opportunity.win"),
)
async def accept(ctx: Context, data: Accept) -> Quote:
    """Note that the customer accepted a quote within its validity, by whom and with which proof."""
    quote = await ctx.get(Quote, data.id, lock=True)
    lifecycle.take(quote, "accept")
    on = data.accepted_on or ctx.today
    if on > ctx.today or (quote.sent_at and on < quote.sent_at.date()):
        raise invalid("accepted_on", "lies between the day it was sent and today")
    if on > quote.valid_until:
        raise Conflict(
            reason=f"It was valid until {quote.valid_until}: what came later is no acceptance of it.",
            remedy="Revise it with sales.quote.revise, or extend its validity if you still stand by it.",
            field="accepted_on",
        )
    quote.signed_at, quote.accepted_on = ctx.now, on
    quote.signer, quote.proof, quote.proof_note = data.signer, data.proof, data.note
    ctx.emit(QuoteAccepted(quote_id=quote.id, party_id=quote.party_id, number=quote.number))
    return quote


class Decline(Input):
    """A quote, and why the customer does not want it."""

    id: QuoteId
    reason: DeclineReason
    note: Annotated[str | None, Field(max_length=1000)] = None
    lose_opportunity: Annotated[
        bool, Field(description="Lose the deal too; otherwise it stays open.")
    ] = False


@action(
    "sales.quote.decline",
    risk="w",
    en=(
        "Decline a quote; the customer refused the quote; the offer was turned down; quote lost; too "
        "expensive for the customer"
    ),
    fr=(
        "Refuser un devis; le client a refusé le devis; offre déclinée; devis perdu; trop cher pour "
        "le client"
    ),
    example={"id": "$sales.quote?status=sent", "reason": "price", "note": "Trop cher de 10 %"},
    events=("sales.quote.declined",),
    record=Quote,
    next=("sales.quote.revise", "crm.opportunity.lose"),
)
async def decline(ctx: Context, data: Decline) -> Quote:
    """Note that the customer declined a quote, and why; its deal stays open unless you say otherwise."""
    quote = await ctx.get(Quote, data.id, lock=True)
    lifecycle.take(quote, "decline")
    quote.decline_reason, quote.closing_note = data.reason, data.note
    quote.closed_on = ctx.today
    if data.lose_opportunity:
        await _lose(ctx, quote, data)
    ctx.emit(QuoteDeclined(quote_id=quote.id, reason=data.reason))
    return quote


async def _lose(ctx: Context, quote: Quote, data: Decline) -> None:
    if quote.opportunity_id is None:
        raise invalid("lose_opportunity", "this quote belongs to no deal")
    deal = await ctx.get(Opportunity, quote.opportunity_id)
    if deal.status == "open":
        reason = _LOST.get(data.reason, data.reason)
        given = {"id": Ref("crm.opportunity").write(deal.id), "reason": reason}
        await ctx.call("crm.opportunity.lose", given)
