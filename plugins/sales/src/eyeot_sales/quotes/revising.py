"""Revising: a new version of a quote that went out."""

from datetime import timedelta
from typing import Any

from eyeot import Context, Event, Input, action
from eyeot_sales.ids import QuoteId
from eyeot_sales.quotes.quotes import VALIDITY_DAYS
from eyeot_sales.quotes.records import Quote, QuoteLine, lifecycle

_KEPT = (
    "root_number",
    "subject",
    "party_id",
    "contact_id",
    "opportunity_id",
    "owner_id",
    "team_id",
    "intro",
    "closing",
    "customer_reference",
    "deposit_percent",
    "template_id",
    "currency",
    "discount_percent",
    "discount_amount",
)
_COMPUTED = frozenset({"id", "version", "created_at", "updated_at", "archived_at", "quote_id"})


class QuoteRevised(Event, name="sales.quote.revised"):
    """A new version of a quote was begun."""

    quote_id: QuoteId
    former_id: QuoteId
    revision: int


class Revise(Input):
    """The quote of which a new version is wanted."""

    id: QuoteId


@action(
    "sales.quote.revise",
    risk="w",
    en=(
        "Revise a quote; new version of a quote; change a quote that was sent; renegotiate; make the "
        "offer again"
    ),
    fr=(
        "Réviser un devis; nouvelle version d'un devis; modifier un devis envoyé; renégocier; refaire "
        "l'offre"
    ),
    example={"id": "$sales.quote?status=sent"},
    events=("sales.quote.revised",),
    record=Quote,
    next=("sales.quote_line.update", "sales.quote.send"),
)
async def revise(ctx: Context, data: Revise) -> Quote:
    """Begin a new version of a quote as a draft at the same prices; the former one is kept as it was."""
    former = await ctx.get(Quote, data.id, lock=True)
    lifecycle.check(former, "revise")
    revision = former.revision + 1
    given: dict[str, Any] = {name: getattr(former, name) for name in _KEPT}
    quote = await ctx.add(
        Quote(
            **given,
            number=f"{former.root_number}-{revision}",
            revision=revision,
            former_id=former.id,
            valid_until=max(former.valid_until, ctx.today + timedelta(days=VALIDITY_DAYS)),
        )
    )
    for line in await ctx.find(QuoteLine, QuoteLine.c.quote_id == former.id):
        kept = {name: value for name, value in line.values().items() if name not in _COMPUTED}
        await ctx.add(QuoteLine(**kept, quote_id=quote.id))
    lifecycle.take(former, "revise")
    ctx.emit(QuoteRevised(quote_id=quote.id, former_id=former.id, revision=revision))
    return quote
