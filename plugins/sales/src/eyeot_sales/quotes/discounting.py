"""Discounting: discounts on a draft quote, and its prices anew."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Exact,
    Input,
    Money,
    NotFound,
    Output,
    Ref,
    Shows,
    action,
    invalid,
)
from eyeot_sales.ids import QuoteId, QuoteLineId
from eyeot_sales.quotes.authority import excess, given_away, limit_of
from eyeot_sales.quotes.quotes import recompute as total
from eyeot_sales.quotes.records import Quote, QuoteLine, refuse_standing
from eyeot_sales.trade.pricing import price_line, reprice_line


class Discount(Input):
    """A quote, and what is taken off it or off some lines."""

    id: QuoteId
    percent: Annotated[Exact | None, Field(ge=0, le=100)] = None
    amount: Annotated[Money | None, Field(description="Off the whole, without VAT.")] = None
    line_ids: Annotated[
        list[QuoteLineId] | None,
        Field(
            min_length=1, max_length=500, description="Only off these lines; left out, the whole."
        ),
    ] = None


class Discounted(Output):
    """The quote, what it now gives away, and whether that needs an approval."""

    quote: Annotated[dict[str, Any], Shows(record="sales.quote")]
    discount: Annotated[Exact, Field(description="Off catalogue prices, in percent.")]
    limit: Annotated[
        Exact | None, Field(description="What you may give alone; none: no limit.")
    ] = None
    needs_approval: bool


@action(
    "sales.quote.apply_discount",
    risk="w",
    en=(
        "Apply a discount to a quote; give a rebate; lower the price of a quote; discount some lines; "
        "10 % off"
    ),
    fr=(
        "Appliquer une remise sur un devis; faire un rabais; baisser le prix d'un devis; remise sur "
        "des lignes; 10 % de remise"
    ),
    example={"id": "$sales.quote?status=draft", "percent": "5"},
    record=Quote,
    next=("sales.quote.submit_for_approval", "sales.quote.send"),
)
async def apply_discount(ctx: Context, data: Discount) -> Discounted:
    """Set the discount on a draft quote or on some of its lines, and say whether you may give it alone."""
    quote = await ctx.get(Quote, data.id, lock=True)
    refuse_standing(quote, "apply_discount")
    if (data.percent is None) == (data.amount is None):
        raise invalid("percent", "give percent or amount, one of them")
    if data.line_ids is not None:
        await _off_lines(ctx, quote, data)
    else:
        _off_whole(quote, data)
    await total(ctx, quote)
    await ctx.save(quote)
    most, _ = await limit_of(ctx)
    return Discounted(
        quote=await ctx.view(quote),
        discount=(await given_away(ctx, quote)).discount,
        limit=most,
        needs_approval=await excess(ctx, quote) is not None,
    )


def _off_whole(quote: Quote, data: Discount) -> None:
    before = (quote.total_net.amount if quote.total_net else Decimal(0)) + (
        quote.total_discount.amount if quote.total_discount else Decimal(0)
    )
    if data.amount is not None and data.amount.amount > before:
        raise Conflict(
            reason=f"The quote comes to {before} before any discount.",
            remedy="Give at most that.",
            field="amount",
        )
    quote.discount_percent = data.percent or Decimal(0)
    quote.discount_amount = data.amount


async def _off_lines(ctx: Context, quote: Quote, data: Discount) -> None:
    if data.percent is None:
        raise invalid("amount", "lines take a percentage; an amount is off the whole")
    for id in data.line_ids or ():
        line = await ctx.get(QuoteLine, id, lock=True)
        if line.quote_id != quote.id:
            raise NotFound(
                kind="sales.quote_line",
                id=Ref("sales.quote_line").write(id),
                lookup="sales.quote.get",
            )
        line.discount = data.percent
        await price_line(ctx, quote, line)


class Recompute(Input):
    """A draft quote, and whether prices that somebody set stay."""

    id: QuoteId
    keep_manual: bool = True


@action(
    "sales.quote.recompute",
    risk="w",
    en=(
        "Recompute a quote; price a quote again; refresh prices and VAT; update a quote to today's "
        "prices"
    ),
    fr=(
        "Recalculer un devis; actualiser les prix d'un devis; remettre les prix et la TVA à jour; "
        "reprendre les tarifs du jour"
    ),
    example={"id": "$sales.quote?status=draft"},
    record=Quote,
)
async def recompute(ctx: Context, data: Recompute) -> Quote:
    """Price a draft quote anew with today's catalogue prices and VAT."""
    quote = await ctx.get(Quote, data.id, lock=True)
    refuse_standing(quote, "recompute")
    for line in await ctx.find(QuoteLine, QuoteLine.c.quote_id == quote.id):
        await reprice_line(ctx, quote, line, keep_manual=data.keep_manual)
    await total(ctx, quote)
    return quote
