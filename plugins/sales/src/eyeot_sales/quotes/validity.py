"""Validity: how long a quote holds, and how it ends without an answer."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, Output, StateRefused, action, invalid
from eyeot_sales.ids import QuoteId
from eyeot_sales.quotes.records import OPEN, Quote, lifecycle

_MOST = 500


class QuoteExpired(Event, name="sales.quote.expired"):
    """A quote's validity ended without an answer."""

    quote_id: QuoteId


class QuoteCancelled(Event, name="sales.quote.cancelled"):
    """An offer was taken back."""

    quote_id: QuoteId
    reason: str


class Expire(Input):
    """Quotes whose validity has ended."""

    ids: Annotated[
        list[QuoteId] | None,
        Field(max_length=_MOST, description="Left out: every open one past its validity."),
    ] = None


class Expired(Output):
    """The quotes that expired."""

    ids: list[QuoteId]
    count: int


@action(
    "sales.quote.expire",
    risk="w",
    en=(
        "Expire quotes past their validity; close old quotes; quotes out of date; end unanswered "
        "quotes"
    ),
    fr=(
        "Faire expirer les devis; clore les devis périmés; devis hors délai; fermer les devis sans "
        "réponse"
    ),
    example={},
    events=("sales.quote.expired",),
    record=Quote,
    next=("sales.quote.revise",),
)
async def expire(ctx: Context, data: Expire) -> Expired:
    """Expire open quotes whose validity has ended; plan it daily with core.job.schedule, 500 at a time."""
    late = (Quote.c.status.in_(OPEN), Quote.c.valid_until < ctx.today)
    if data.ids is None:
        found = await ctx.find(Quote, *late, order=(Quote.c.valid_until, Quote.c.id), limit=_MOST)
        chosen = [one.id for one in found]
    else:
        chosen = data.ids
    for id in chosen:
        quote = await ctx.get(Quote, id, lock=True)
        lifecycle.take(quote, "expire")
        if quote.valid_until >= ctx.today:
            raise Conflict(
                reason=f"{quote.number} is valid until {quote.valid_until}.",
                remedy="Wait, or take it back with sales.quote.cancel.",
                field="ids",
            )
        quote.closed_on = ctx.today
        ctx.emit(QuoteExpired(quote_id=quote.id))
    return Expired(ids=chosen, count=len(chosen))


class Extend(Input):
    """A quote and the last day it is to hold."""

    id: QuoteId
    until: dt.date


@action(
    "sales.quote.extend_validity",
    risk="w",
    en=(
        "Extend the validity of a quote; give the customer more time; prolong an offer; new expiry "
        "date of a quote"
    ),
    fr=(
        "Prolonger la validité d'un devis; laisser plus de temps au client; prolonger une offre; "
        "nouvelle date de validité"
    ),
    example={"id": "$sales.quote?status=sent", "until": "2027-12-31"},
    record=Quote,
)
async def extend_validity(ctx: Context, data: Extend) -> Quote:
    """Move the last day of an open quote; one that has expired is revised instead."""
    quote = await ctx.get(Quote, data.id, lock=True)
    if quote.status not in ("draft", *OPEN):
        raise StateRefused(
            kind="sales.quote",
            state=quote.status,
            step="extend_validity",
            allowed=["draft", *OPEN],
            possible=lifecycle.possible(quote.status),
        )
    if data.until < ctx.today or data.until <= quote.valid_until:
        raise invalid("until", f"give a day after {max(quote.valid_until, ctx.today)}")
    quote.valid_until = data.until
    return quote


class Cancel(Input):
    """A quote, and why it is taken back."""

    id: QuoteId
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


@action(
    "sales.quote.cancel",
    risk="w",
    en=(
        "Cancel a quote; take back an offer; withdraw a quote; the quote was a mistake; abandon a "
        "quote"
    ),
    fr="Annuler un devis; retirer une offre; devis fait par erreur; abandonner un devis",
    example={"id": "$sales.quote?status=draft", "reason": "Doublon"},
    events=("sales.quote.cancelled",),
    record=Quote,
)
async def cancel(ctx: Context, data: Cancel) -> Quote:
    """Take back a quote that is not converted yet, with the reason."""
    quote = await ctx.get(Quote, data.id, lock=True)
    lifecycle.take(quote, "cancel")
    quote.closing_note, quote.closed_on = data.reason, ctx.today
    ctx.emit(QuoteCancelled(quote_id=quote.id, reason=data.reason))
    return quote
