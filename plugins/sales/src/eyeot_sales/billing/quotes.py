"""Billing quotes: an accepted quote is invoiced without an order, or asks for its deposit."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from eyeot import Conflict, Context, Exact, Input, Money, Ref, action, minor_units
from eyeot_sales.billing.asking import (
    Draft,
    Drafted,
    draft,
    line_given,
    refuse_draft,
)
from eyeot_sales.billing.deposits import Asked, draft_deposit
from eyeot_sales.ids import QuoteId
from eyeot_sales.orders.records import SalesOrder
from eyeot_sales.quotes.converting import chosen_lines
from eyeot_sales.quotes.records import Quote, QuoteLine, lifecycle
from eyeot_sales.trade.amounts import HUNDRED, ZERO, money, rounded
from eyeot_sales.trade.lines import counted


class Invoice(Input):
    """An accepted quote, and which share of it is invoiced."""

    id: QuoteId
    percent: Annotated[
        Exact | None, Field(gt=0, le=100, description="Of the whole; left out, all that is left.")
    ] = None


@action(
    "sales.quote.convert_to_invoice",
    risk="w",
    beside="invoicing",
    en=(
        "Invoice a quote; make an invoice of a quote; bill an accepted quote without an order; "
        "invoice a share of a quote"
    ),
    fr=(
        "Facturer un devis; transformer un devis en facture; facturer un devis accepté sans commande; "
        "facturer une part du devis"
    ),
    example={"id": "$sales.quote?status=accepted"},
    record=Quote,
    next=("invoicing.invoice.post",),
)
async def convert_to_invoice(ctx: Context, data: Invoice) -> Drafted:
    """Draft an invoice of an accepted quote, whole or a share; deposits on it are taken off."""
    quote = await ctx.get(Quote, data.id, lock=True)
    lifecycle.check(quote, "convert_to_invoice")
    left = HUNDRED - quote.invoiced_percent
    percent = data.percent if data.percent is not None else left
    await _refuse_unfit(ctx, quote, percent, left)
    lines = [one for one in await chosen_lines(ctx, quote, None) if counted(one)]
    last = percent == left
    rows = [_row(one, percent) for one in lines]
    lifecycle.take(quote, "convert_to_invoice")
    quote.invoiced_percent += percent
    asked = Draft(
        document=quote,
        kind="standard",
        lines=rows,
        more=_discount(quote, percent),
        deducts="all" if last else "its part",
    )
    return await draft(ctx, asked)


async def _refuse_unfit(ctx: Context, quote: Quote, percent: Decimal, left: Decimal) -> None:
    if await ctx.first(SalesOrder, SalesOrder.c.quote_id == quote.id):
        raise Conflict(
            reason="This quote became an order.",
            remedy="Invoice the order with sales.sales_order.create_invoice.",
            field="id",
        )
    if percent > left or percent <= ZERO:
        raise Conflict(
            reason=f"{left:f} % of this quote are left to invoice.",
            remedy="Ask for at most that.",
            field="percent",
        )
    await refuse_draft(ctx, quote)


def _row(line: QuoteLine, percent: Decimal) -> dict[str, Any]:
    id = Ref("sales.quote_line").write(line.id)
    return line_given(line, line.quantity * percent / HUNDRED, quote_line_id=id)


def _discount(quote: Quote, percent: Decimal) -> dict[str, Any]:
    if quote.discount_amount is None:
        share = quote.discount_percent
        return {"discount_percent": f"{share:f}"} if share else {}
    places = minor_units(quote.currency)
    part = rounded(quote.discount_amount.amount * percent / HUNDRED, places)
    return {"discount_amount": money(part, quote.currency).model_dump(mode="json")}


class Deposit(Input):
    """An accepted quote, and the deposit that is asked."""

    id: QuoteId
    percent: Annotated[
        Exact | None, Field(gt=0, le=100, description="Left out with amount: what was agreed.")
    ] = None
    amount: Annotated[Money | None, Field(description="Without VAT.")] = None


@action(
    "sales.quote.create_deposit_invoice",
    risk="w",
    beside="invoicing",
    en=(
        "Invoice the deposit of a quote; down payment on a quote; advance on an accepted quote; "
        "deposit agreed in the offer; invoice the deposit of a quote"
    ),
    fr=(
        "Facturer l'acompte d'un devis; acompte à la signature du devis; avance sur un devis "
        "accepté; acompte prévu au devis; facturer l'acompte"
    ),
    example={"id": "$sales.quote?status=accepted", "percent": "30"},
    record=Quote,
    next=("invoicing.invoice.post",),
)
async def create_deposit_invoice(ctx: Context, data: Deposit) -> Drafted:
    """Draft the invoice of the deposit agreed in an accepted quote, by VAT rate; it is taken off later."""
    quote = await ctx.get(Quote, data.id, lock=True)
    if quote.status != "accepted":
        lifecycle.check(quote, "convert_to_invoice")
        raise Conflict(
            reason="This quote is converted.",
            remedy="Ask the deposit on its order: sales.sales_order.create_deposit_invoice.",
            field="id",
        )
    lines = await chosen_lines(ctx, quote, None)
    asked = Asked(percent=data.percent, amount=data.amount)
    return await draft_deposit(ctx, quote, lines, asked)
