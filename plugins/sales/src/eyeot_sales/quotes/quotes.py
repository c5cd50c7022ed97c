"""Quotes: offers to customers, with their lines and totals."""

from datetime import timedelta
from typing import Any

from eyeot import (
    Context,
    Lines,
    McpResource,
    Resource,
    Tool,
    invalid,
)
from eyeot_crm.customers import Customer
from eyeot_crm.opportunities import Opportunity
from eyeot_sales.quotes.records import Quote, QuoteLine, lifecycle
from eyeot_sales.trade.beginning import begin
from eyeot_sales.trade.documents import WATCHED, retotal
from eyeot_sales.trade.numbering import QUOTES
from eyeot_sales.trade.personal import of_customers
from eyeot_sales.trade.selling import margin_of

VALIDITY_DAYS = 30
"""How long an offer holds when nobody says."""


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Give a new quote its number, owner and validity, and refuse a deal of somebody else's."""
    if row.is_new:
        await _begin(ctx, row)
    if row.valid_until < ctx.today and (row.is_new or "valid_until" in values):
        raise invalid("valid_until", f"lies before today, {ctx.today}")
    if row.opportunity_id and (row.is_new or "opportunity_id" in values):
        await _refuse_foreign_deal(ctx, row)


async def _begin(ctx: Context, row: Any) -> None:
    await begin(ctx, row)
    # A revision comes with its root's number already.
    if row.number is None:
        row.number = row.root_number = await ctx.number(QUOTES, on=ctx.today)
    row.valid_until = row.valid_until or ctx.today + timedelta(days=VALIDITY_DAYS)


async def _refuse_foreign_deal(ctx: Context, row: Any) -> None:
    deal = await ctx.get(Opportunity, row.opportunity_id)
    customer = await ctx.get(Customer, deal.customer_id, beyond=True)
    if customer.party_id != row.party_id:
        raise invalid("opportunity_id", "that deal is another customer's")


async def recompute(ctx: Context, quote: Quote) -> None:
    """Total a quote, and what it earns."""
    lines = await retotal(ctx, quote, QuoteLine, "quote_id")
    quote.margin = margin_of(quote, lines)


quotes = Resource(
    Quote,
    profile="doc",
    adding="bulk_update archive restore",
    en="quote; quotes; quotation; offer; estimate; proposal",
    fr="devis; devis; offre; proposition commerciale; chiffrage; estimation",
    said={
        "create": (
            "price a job; write up an offer; how much would this cost the customer",
            "chiffrer un chantier; faire une offre de prix; établir un devis",
        ),
    },
    lifecycle=lifecycle,
    prepare=prepare,
    lines=Lines(QuoteLine, "quote_id", total=recompute, watch=WATCHED),
    editable=("draft",),
    instead="Begin the next version with sales.quote.revise, and change that.",
    mutable=("owner_id", "team_id", "contact_id", "opportunity_id"),
    afresh=("valid_until",),
    example={
        "party_id": "$crm.customer",
        "subject": "Installation d'un four à sole",
        "lines": [{"product_id": "$sales.product?status=active", "quantity": "2"}],
    },
    find={"status": "sent", "limit": 5},
)

mcp_quotes = McpResource(
    collection="quotes",
    record="sales.quote",
    title="Quotes",
    doc="One quote with its lines, totals and state.",
)
create_quote = Tool(
    name="create_quote",
    title="Create a quote",
    action="sales.quote.create",
    doc=(
        "Draft a quote for a customer with its lines. Prices and VAT that are left out come from the"
        " product and the customer. Read it back, then send_quote."
    ),
    show=(
        "party_id",
        "subject",
        "lines",
        "contact_id",
        "opportunity_id",
        "valid_until",
        "discount_percent",
        "deposit_percent",
    ),
    told={"party_id": "The customer: cus_… or pty_…."},
)
get_quote = Tool(
    name="get_quote",
    title="Read a quote",
    action="sales.quote.get",
    doc="One quote by its id or number, with lines, totals, VAT and state.",
    show=("id", "fields"),
)
list_quotes = Tool(
    name="list_quotes",
    title="List quotes",
    action="sales.quote.list",
    doc="List quotes by typed filters such as customer, state, owner and dates.",
    show=(
        "party_id",
        "status",
        "owner_id",
        "opportunity_id",
        "valid_until_to",
        "created_at_from",
        "sort",
        "limit",
        "cursor",
        "fields",
    ),
    told={
        "fields": "Only these fields.",
        "cursor": "next_cursor of the page before.",
        "sort": "e.g. -created_at, valid_until",
    },
)

privacy = of_customers(Quote, "signer", by={"party_id": "crm.party", "contact_id": "crm.contact"})
