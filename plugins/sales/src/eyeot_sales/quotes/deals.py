"""Deals: how the opportunity follows its quotes, and how the customer's history tells of them."""

from typing import Any

from eyeot import Context, RecordRef, within
from eyeot_crm.activities import Activity
from eyeot_crm.customers import Customer
from eyeot_crm.opportunities import Opportunity, enter
from eyeot_crm.pipelines import Pipeline, Stage, stages_of
from eyeot_sales.quotes.answering import QuoteAccepted
from eyeot_sales.quotes.records import Quote
from eyeot_sales.quotes.sending import QuoteSent


@within("sales.quote.sent")
async def follow_sent(ctx: Context, event: QuoteSent) -> None:
    """Note in the customer's history that a quote went out, and let its deal be worth what it says."""
    quote = await ctx.get(Quote, event.quote_id)
    deal = await _open_deal(ctx, quote)
    await _log(ctx, quote, deal)
    if deal:
        await _worth(ctx, deal, quote)
        deal.next_step = _told(
            ctx, f"Follow up quote {quote.number}", f"Relancer le devis {quote.number}"
        )


@within("sales.quote.accepted")
async def follow_accepted(ctx: Context, event: QuoteAccepted) -> None:
    """Bring the deal of an accepted quote to its last open stage, and propose to win it."""
    quote = await ctx.get(Quote, event.quote_id)
    deal = await _open_deal(ctx, quote)
    if deal is None:
        return
    await _worth(ctx, deal, quote)
    deal.next_step = _told(
        ctx,
        f"Win the deal: quote {quote.number} is accepted",
        f"Gagner l'affaire : devis {quote.number} accepté",
    )
    last = [one for one in await stages_of(ctx, deal.pipeline_id) if one.kind == "open"][-1:]
    for stage in last:
        if stage.id != deal.stage_id and _admits(stage, deal):
            await enter(ctx, deal, stage)


def _admits(stage: Stage, deal: Opportunity) -> bool:
    """Whether the deal has what the stage asks for; what it lacks is for people to fill in."""
    return all(getattr(deal, name) is not None for name in stage.required_fields)


async def _open_deal(ctx: Context, quote: Quote) -> Opportunity | None:
    if quote.opportunity_id is None:
        return None
    deal = await ctx.get(Opportunity, quote.opportunity_id, lock=True)
    return deal if deal.status == "open" else None


async def _worth(ctx: Context, deal: Opportunity, quote: Quote) -> None:
    pipeline = await ctx.get(Pipeline, deal.pipeline_id)
    if quote.total_net and pipeline.currency == quote.currency:
        deal.amount = quote.total_net


async def _log(ctx: Context, quote: Quote, deal: Opportunity | None) -> None:
    assignee = ctx.user_id or quote.owner_id
    customer = await ctx.first(Customer, Customer.c.party_id == quote.party_id)
    about: Any = deal or customer
    if assignee is None or about is None:
        return
    told = _told(ctx, f"Quote {quote.number} sent", f"Devis {quote.number} envoyé")
    made = Activity(
        kind="email" if quote.sent_by == "mail" else "task",
        subject=told,
        record=RecordRef.to(about.meta.name, about.id),
        assignee_id=assignee,
        due_at=ctx.now,
        direction="out",
    )
    done = {"status": "done", "outcome": "done", "closed_at": ctx.now}
    made.__dict__.update(done)
    await ctx.add(made)


def _told(ctx: Context, en: str, fr: str) -> str:
    return fr if ctx.locale.startswith("fr") else en
