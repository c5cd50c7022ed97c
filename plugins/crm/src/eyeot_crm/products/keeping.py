"""Keeping: the amount of a deal with products is their sum, until a quote says otherwise."""

from eyeot import Context, RecordEvent, within
from eyeot_crm.opportunities import Opportunity
from eyeot_crm.products.record import OpportunityLine
from eyeot_crm.products.summing import sum_of


@within("crm.opportunity.updated")
async def follow_quote(ctx: Context, event: RecordEvent) -> None:
    """Let go of a deal's products once a quote is worth something else: its lines say it from then on."""
    if "amount" not in event.fields:
        return
    deal = await ctx.get(Opportunity, event.id)
    known = await sum_of(ctx, deal.id)
    if known is None or (deal.amount is not None and deal.amount.amount == known):
        return
    for one in await ctx.find(OpportunityLine, OpportunityLine.c.opportunity_id == deal.id):
        await ctx.delete(one)
