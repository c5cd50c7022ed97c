"""Earning: what a won deal does to the points of its customer."""

from typing import Any

from acme_loyalty.accounts import Account, Adjusted
from eyeot import Context, after, within

PER_DEAL = 100
_THANKS = "Premier avoir de points"


@within("crm.opportunity.won")
async def earn(ctx: Context, event: Any) -> None:
    """Give the customer of a won deal its points, with the deal or not at all."""
    account = await ctx.first(Account, Account.c.customer_id == event.customer_id)
    if account and account.archived_at is None:
        account.points += PER_DEAL
        account.last_deal_id = event.opportunity_id


@after(Adjusted)
async def thank(ctx: Context, event: Adjusted) -> None:
    """Note the first points that were given by hand."""
    account = await ctx.get(Account, event.account_id)
    if account.note is None and event.points > 0:
        account.note = _THANKS
