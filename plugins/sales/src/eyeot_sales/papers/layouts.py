"""Layouts: the papers of quotes and order confirmations."""

from uuid import UUID

from eyeot import Context, Layout, Paper
from eyeot_sales.orders.deriving import lines_of
from eyeot_sales.orders.records import SalesOrder
from eyeot_sales.papers.paper import Language, deposit, fact, paper, words
from eyeot_sales.quotes.records import Quote, QuoteLine


async def build_quote(ctx: Context, id: UUID, language: Language) -> Paper:
    """What a quote shows."""
    quote = await ctx.get(Quote, id)
    c, told = QuoteLine.c, words(language)
    lines = await ctx.find(QuoteLine, c.quote_id == id, order=(c.position, c.id))
    return await paper(
        ctx,
        quote,
        lines,
        language,
        title=told["quote"],
        date=quote.sent_at.date() if quote.sent_at else ctx.today,
        facts=[
            *fact(told["date"], quote.sent_at.date() if quote.sent_at else ctx.today),
            *fact(told["valid_until"], quote.valid_until),
            *fact(told["reference"], quote.customer_reference),
            *fact(told["deposit"], deposit(quote, language)),
        ],
        subject=quote.subject or "",
        intro=quote.intro or "",
        closing="\n\n".join(one for one in (quote.closing, told["accept"]) if one),
        signed=True,
        draft=quote.status in ("draft", "pending_approval"),
    )


async def build_order(ctx: Context, id: UUID, language: Language) -> Paper:
    """What an order's confirmation shows."""
    order = await ctx.get(SalesOrder, id)
    told = words(language)
    return await paper(
        ctx,
        order,
        [one for one in await lines_of(ctx, order) if one.kind != "product" or one.due],
        language,
        title=told["order"],
        date=order.confirmed_on or ctx.today,
        facts=[
            *fact(told["date"], order.confirmed_on or ctx.today),
            *fact(told["reference"], order.customer_reference),
            *fact(told["promised"], order.promised_date or order.requested_date),
            *fact(told["deposit"], deposit(order, language)),
        ],
        closing=order.note or "",
        draft=order.status == "draft",
    )


_COLUMNS = {
    "quantity": ("Quantity", "Quantité"),
    "unit_price": ("Unit price", "Prix unitaire"),
    "discount": ("Discount", "Remise"),
    "vat": ("VAT", "TVA"),
}
quote_layout = Layout(
    name="sales.quote", label=("Quote", "Devis"), data=build_quote, columns=_COLUMNS
)
order_layout = Layout(
    name="sales.sales_order",
    label=("Order confirmation", "Confirmation de commande"),
    data=build_order,
    columns=_COLUMNS,
)
