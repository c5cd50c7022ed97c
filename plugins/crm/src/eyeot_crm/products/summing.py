"""Summing: what the products of a deal come to."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from eyeot import Conflict, Context
from eyeot_crm.products.record import OpportunityLine


async def sum_of(ctx: Context, opportunity_id: UUID) -> Decimal | None:
    """What a deal's products come to; none when it has none."""
    here = OpportunityLine.c.opportunity_id == opportunity_id
    total = sa.select(sa.func.sum(OpportunityLine.c.amount_amount).label("total")).where(here)
    found: Decimal | None = (await ctx.rows(total))[0]["total"]
    return found


async def refuse_other_amount(ctx: Context, deal: Any) -> None:
    """Refuse an amount by hand for a deal whose products say it."""
    known = await sum_of(ctx, deal.id)
    if known is not None and (deal.amount is None or deal.amount.amount != known):
        raise Conflict(
            reason=f"The deal's products come to {known:.2f}, so that is what it is worth.",
            remedy="Add a product with crm.opportunity.add_product instead of setting the amount.",
            field="amount",
        )
