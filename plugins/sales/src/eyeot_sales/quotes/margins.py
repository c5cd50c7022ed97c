"""Margins: what a quote earns, line by line."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from eyeot import Context, Exact, Input, Output, action, minor_units
from eyeot_sales.catalogue.products import MARGIN
from eyeot_sales.ids import QuoteId, QuoteLineId
from eyeot_sales.quotes.records import Quote, QuoteLine
from eyeot_sales.trade.amounts import HUNDRED, rounded
from eyeot_sales.trade.lines import counted
from eyeot_sales.trade.selling import after_discount, cost_of


class QuoteChosen(Input):
    """One quote."""

    id: QuoteId


class LineMargin(Output):
    """What one line earns; amounts in the quote's currency."""

    line_id: QuoteLineId
    description: str
    quantity: Exact
    net: Annotated[Exact, Field(description="After its part of the discount on the whole.")]
    unit_cost: Exact | None = None
    cost: Exact | None = None
    margin: Exact | None = None
    percent: Annotated[Exact | None, Field(description="Of the net.")] = None


class MarginReport(Output):
    """What a quote earns; totals are over the lines whose cost is known."""

    quote_id: QuoteId
    currency: str
    lines: list[LineMargin]
    net: Exact
    cost: Exact
    margin: Exact
    percent: Exact | None = None
    cost_basis: str
    without_cost: Annotated[int, Field(description="Lines whose cost is not known.")]


@action(
    "sales.quote.margin_report",
    risk="r",
    en=(
        "Margin of a quote; what do we earn on this quote; profit of an offer; cost and margin per "
        "line; is this quote profitable"
    ),
    fr=(
        "Marge d'un devis; combien gagne-t-on sur ce devis; rentabilité d'une offre; coût et marge "
        "par ligne; ce devis est-il rentable"
    ),
    example={"id": "$sales.quote"},
    permission=MARGIN,
    record=Quote,
)
async def margin_report(ctx: Context, data: QuoteChosen) -> MarginReport:
    """Show the margin of a quote by line and in total, with the costs it was priced on."""
    quote = await ctx.get(Quote, data.id)
    order = (QuoteLine.c.position, QuoteLine.c.id)
    lines = await ctx.find(QuoteLine, QuoteLine.c.quote_id == quote.id, order=order)
    told = [_told(quote, one) for one in lines if counted(one)]
    known = [one for one in told if one.cost is not None]
    net = sum((one.net for one in known), Decimal(0))
    cost = sum((one.cost for one in known if one.cost is not None), Decimal(0))
    return MarginReport(
        quote_id=quote.id,
        currency=quote.currency,
        lines=told,
        net=net,
        cost=cost,
        margin=net - cost,
        percent=rounded(HUNDRED * (net - cost) / net) if net else None,
        cost_basis="the product's cost when the line was priced",
        without_cost=len(told) - len(known),
    )


def _told(quote: Quote, line: QuoteLine) -> LineMargin:
    places = minor_units(quote.currency)
    net = rounded(after_discount(quote, line.net.amount if line.net else Decimal(0)), places)
    exact = cost_of(line)
    cost = None if exact is None else rounded(exact, places)
    margin = None if cost is None else net - cost
    return LineMargin(
        line_id=line.id,
        description=line.description,
        quantity=line.quantity,
        net=net,
        unit_cost=line.unit_cost.amount if line.unit_cost else None,
        cost=cost,
        margin=margin,
        percent=rounded(HUNDRED * margin / net) if margin is not None and net else None,
    )
