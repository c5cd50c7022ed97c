"""Viewing: the page that a customer opens from the mail that brought a quote, and what they did there."""

import datetime as dt
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from eyeot import (
    Context,
    Event,
    Input,
    Opening,
    Output,
    PublicFile,
    PublicPage,
    PublicView,
    RecordRef,
    action,
    kind,
)
from eyeot_crm.parties import Party
from eyeot_sales.ids import QuoteId
from eyeot_sales.papers.paper import Words, language_of, words
from eyeot_sales.papers.wording import amount, day
from eyeot_sales.quotes.records import Quote, lifecycle

_LASTS = timedelta(days=30)
"""After its validity, so that who accepted finds it again."""
_SHUT = ("draft", "pending_approval", "cancelled")
_NOTES = {
    "accepted": "page_accepted",
    "converted": "page_accepted",
    "declined": "page_declined",
    "expired": "page_expired",
    "revised": "page_revised",
}
_MOST = 500


class QuoteViewed(Event, name="sales.quote.viewed"):
    """A customer opened a quote for the first time, by the link of its mail."""

    quote_id: QuoteId


async def show(ctx: Context, id: UUID) -> PublicView | None:
    """What a customer sees of a quote, until 30 days after its validity; of one taken back, nothing."""
    quote = await ctx.get(Quote, id)
    over = ctx.today > quote.valid_until + _LASTS
    if over or quote.status in _SHUT or quote.archived_at is not None:
        return None
    language = language_of(await ctx.get(Party, quote.party_id, beyond=True))
    told = words(language)
    facts = [
        (told["subject"], quote.subject),
        (told["reference"], quote.customer_reference),
        (told["total_net"], amount(quote.total_net, language)),
        (told["total_tax"], amount(quote.total_tax, language)),
        (told["total_gross"], amount(quote.total_gross, language)),
        (told["valid_until"], day(quote.valid_until, language)),
    ]
    return PublicView(
        language=language,
        sender=(await ctx.sender(language)).name,
        title=f"{told['quote']} {quote.number}",
        facts=tuple((label, value) for label, value in facts if value),
        note=_note(quote, told, ctx.today),
        file=await _file(ctx, quote),
    )


def _note(quote: Quote, told: Words, today: dt.date) -> str:
    late = quote.status in ("sent", "viewed") and today > quote.valid_until
    name = "page_expired" if late else _NOTES.get(quote.status)
    return told[name] if name else ""


async def _file(ctx: Context, quote: Quote) -> PublicFile | None:
    """The PDF as it was sent; none where it went out without one."""
    document: Any = kind("core.document")
    found = await ctx.first(
        document,
        document.c.records.contains([RecordRef.to("sales.quote", quote.id)]),
        document.c.filename == f"{quote.number}.pdf",
        document.c.mime == "application/pdf",
        document.c.archived_at.is_(None),
        order=document.c.id.desc(),
    )
    if found is None:
        return None
    return PublicFile(
        filename=found.filename, mime=found.mime, size=found.size, sha256=found.sha256
    )


async def opened(ctx: Context, id: UUID, _what: Opening) -> None:
    """Note that the customer has seen a quote that was sent."""
    quote = await ctx.get(Quote, id, lock=True)
    if quote.status == "sent":
        lifecycle.take(quote, "view")
        ctx.emit(QuoteViewed(quote_id=quote.id))


quote_page = PublicPage(name="sales.quote", show=show, opened=opened)


class Viewed(BaseModel):
    """Something that a customer did."""

    model_config = ConfigDict(extra="forbid")

    what: Opening
    at: dt.datetime
    network: str


class ViewLog(Output):
    """What the customer did with a quote, newest first; who they are is not known."""

    id: QuoteId
    number: str
    opens: int
    downloads: int
    first_at: dt.datetime | None
    last_at: dt.datetime | None
    items: list[Viewed]


class Which(Input):
    """A quote."""

    id: QuoteId


@action(
    "sales.quote.view_log",
    risk="r",
    en=(
        "Show who opened a quote; did the customer read the quote; quote opens and downloads; has "
        "our offer been seen"
    ),
    fr=(
        "Voir les consultations d'un devis; le client a-t-il lu le devis; ouvertures et "
        "téléchargements d'un devis; notre offre a-t-elle été vue"
    ),
    example={"id": "$sales.quote?status=sent"},
    record=Quote,
    next=("sales.quote.follow_up",),
)
async def view_log(ctx: Context, data: Which) -> ViewLog:
    """Show when a quote was opened and downloaded by the link in its mail; at most the newest 500."""
    quote = await ctx.get(Quote, data.id)
    visit: Any = kind("core.page_visit")
    about = RecordRef.to("sales.quote", quote.id)
    found = await ctx.find(
        visit, visit.c.record == about, order=(visit.c.at.desc(), visit.c.id.desc()), limit=_MOST
    )
    return ViewLog(
        id=quote.id,
        number=quote.number,
        opens=sum(one.what == "opened" for one in found),
        downloads=sum(one.what == "downloaded" for one in found),
        first_at=found[-1].at if found else None,
        last_at=found[0].at if found else None,
        items=[Viewed(what=one.what, at=one.at, network=one.network) for one in found],
    )
