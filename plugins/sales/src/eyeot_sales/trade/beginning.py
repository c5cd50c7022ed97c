"""Beginning: what every new document to a customer takes from the customer: number, owner and team."""

from typing import Any

from eyeot import Conflict, Context
from eyeot_crm.customers import Customer
from eyeot_crm.parties import Party


async def begin(ctx: Context, row: Any) -> Party:
    """Give a new document its owner and team; refuse a customer who was put away."""
    party = await ctx.get(Party, row.party_id)
    if party.archived_at is not None:
        raise Conflict(
            reason=f"{party.name} is archived.",
            remedy="Bring it back with crm.party.restore, or choose another customer.",
            field="party_id",
        )
    customer = await ctx.first(Customer, Customer.c.party_id == row.party_id)
    row.owner_id = row.owner_id or ctx.user_id or (customer.owner_id if customer else None)
    row.team_id = row.team_id or (customer.team_id if customer else None)
    return party
