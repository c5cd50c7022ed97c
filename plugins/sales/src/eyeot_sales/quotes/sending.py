"""Sending: a quote goes out, and its version stands from then on."""

from datetime import timedelta

from eyeot import Conflict, Context, Event, Input, Tool, action
from eyeot_sales.ids import PartyId, QuoteId
from eyeot_sales.papers.handing import Channel, Handed, Message, To, WentOut, hand_over, remind
from eyeot_sales.papers.layouts import quote_layout
from eyeot_sales.quotes.authority import refuse_excess
from eyeot_sales.quotes.records import Quote, QuoteLine, lifecycle, refuse_unopen
from eyeot_sales.quotes.viewing import quote_page
from eyeot_sales.trade.lines import counted

_PAUSE = timedelta(days=1)


class QuoteSent(Event, name="sales.quote.sent"):
    """A quote went out."""

    quote_id: QuoteId
    party_id: PartyId
    number: str
    channel: str


class Send(Input):
    """A quote, and how it goes out."""

    id: QuoteId
    channel: Channel = "print"
    to: To = None
    message: Message = None


class Sent(WentOut):
    """A quote that went out."""

    id: QuoteId
    valid_until: str


@action(
    "sales.quote.send",
    risk="e",
    en=(
        "Send a quote; send an offer to a customer; issue a quote; hand a quote over; mark a quote "
        "as sent"
    ),
    fr=(
        "Envoyer un devis; transmettre une offre à un client; émettre un devis; remettre un devis; "
        "marquer un devis comme envoyé"
    ),
    example={"id": "$sales.quote?status=draft", "channel": "print"},
    events=("sales.quote.sent",),
    record=Quote,
    next=("sales.quote.accept", "sales.quote.decline", "sales.quote.revise"),
)
async def send(ctx: Context, data: Send) -> Sent:
    """Send a draft quote: its version never changes again; revise it to change anything.

    The mail carries a link by which the customer sees it; sales.quote.view_log tells when they did.
    """
    quote = await ctx.get(Quote, data.id, lock=True)
    lifecycle.check(quote, "send")
    await _refuse_unfit(ctx, quote)
    await refuse_excess(ctx, quote)
    lifecycle.take(quote, "send")
    quote.sent_at, quote.sent_by = ctx.now, data.channel
    await ctx.save(quote)
    link = ctx.public_link(quote_page, quote.id)
    handed = Handed(quote_layout, quote, "quote", data.to, data.message, link)
    told = await hand_over(ctx, handed, data.channel)
    ctx.emit(
        QuoteSent(
            quote_id=quote.id,
            party_id=quote.party_id,
            number=quote.number,
            channel=data.channel,
        )
    )
    return Sent(id=quote.id, valid_until=quote.valid_until.isoformat(), **told)


async def _refuse_unfit(ctx: Context, quote: Quote) -> None:
    """Refuse an offer of nothing, and one that nobody could accept any more."""
    lines = await ctx.find(QuoteLine, QuoteLine.c.quote_id == quote.id)
    if not any(counted(one) for one in lines):
        raise Conflict(
            reason="This quote offers nothing yet.",
            remedy="Add lines first with sales.quote_line.create.",
            field="id",
        )
    if quote.valid_until < ctx.today:
        raise Conflict(
            reason=f"It would have expired already, on {quote.valid_until}.",
            remedy="Move its validity with sales.quote.extend_validity first.",
            field="id",
        )


send_quote = Tool(
    name="send_quote",
    title="Send a quote",
    action="sales.quote.send",
    doc="Send a draft quote as a PDF, by mail or to be handed over. Its version never changes afterwards.",
    show=("id", "channel", "to", "message"),
)


class QuoteFollowedUp(Event, name="sales.quote.followed_up"):
    """A customer was reminded of a quote."""

    quote_id: QuoteId


class FollowUp(Input):
    """An open quote, and what the reminder says."""

    id: QuoteId
    to: To = None
    message: Message = None


@action(
    "sales.quote.follow_up",
    risk="e",
    en=(
        "Follow up a quote; remind a customer of a quote; chase an unanswered quote; ask what became "
        "of our offer"
    ),
    fr=(
        "Relancer un devis; rappeler un devis au client; relancer un devis sans réponse; où en est "
        "notre offre"
    ),
    example={"id": "$sales.quote?status=sent", "to": ["contact@example.com"]},
    events=("sales.quote.followed_up",),
    record=Quote,
)
async def follow_up(ctx: Context, data: FollowUp) -> Quote:
    """Remind the customer of an open quote by a polite mail; at most one a day."""
    quote = await ctx.get(Quote, data.id, lock=True)
    refuse_unopen(quote, "follow_up")
    if quote.valid_until < ctx.today:
        raise Conflict(
            reason=f"It was valid until {quote.valid_until}.",
            remedy="Extend it (sales.quote.extend_validity) or revise it first.",
            field="id",
        )
    if quote.reminded_at and ctx.now - quote.reminded_at < _PAUSE:
        raise Conflict(
            reason="The customer was reminded of it less than a day ago.",
            remedy="Wait until tomorrow.",
            field="id",
        )
    link = ctx.public_link(quote_page, quote.id)
    await remind(ctx, Handed(quote_layout, quote, "reminder", data.to, data.message, link))
    quote.reminded_at = ctx.now
    ctx.emit(QuoteFollowedUp(quote_id=quote.id))
    return quote
