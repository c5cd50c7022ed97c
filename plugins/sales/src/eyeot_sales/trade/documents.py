"""Documents: what a quote, an order and an invoice say as a whole, and their totals."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from eyeot import Conflict, Context, Exact, Money, Record, field, invalid, minor_units
from eyeot.types import Currency
from eyeot_sales.trade.amounts import HUNDRED, ZERO, Totals, money, rounded, total
from eyeot_sales.trade.lines import amount, counted


class TaxRow(BaseModel):
    """VAT of one category and rate."""

    model_config = ConfigDict(extra="forbid")

    category: str
    percent: Exact
    exemption_code: str | None = None
    base: Exact
    tax: Exact
    allowance: Exact | None = None


class TradeDocument:
    """The fields that every document of trade has; records take them by inheriting from this as well."""

    currency: Currency = field("Its currency.", access="create", default="EUR")
    discount_percent: Decimal = field(
        "Taken off the whole, in percent.", ge=0, le=100, default=Decimal
    )
    discount_amount: Money | None = field(
        "Taken off the whole without VAT, instead of a percentage.", default=None
    )
    total_discount: Money | None = field(
        "What the discount on the whole comes to.", access="read", default=None
    )
    total_net: Money | None = field("Total without VAT.", access="read", default=None)
    total_tax: Money | None = field("VAT.", access="read", default=None)
    total_gross: Money | None = field("Total with VAT.", access="read", default=None)
    tax_breakdown: list[TaxRow] = field("VAT per category and rate.", access="read", default=list)


WATCHED = ("discount_percent", "discount_amount")
"""The fields of a document whose change asks for new totals."""


def allowance(document: Any, lines_net: Decimal) -> Decimal:
    """What the discount on the whole comes to, of lines that it touches."""
    if document.discount_amount is not None:
        if document.discount_percent:
            raise invalid("discount_amount", "give a percentage or an amount, not both")
        if document.discount_amount.currency != document.currency:
            raise invalid("discount_amount", f"the document is in {document.currency}")
        if document.discount_amount.amount < 0:
            raise invalid("discount_amount", "a discount is not negative")
        return Decimal(document.discount_amount.amount)
    part = lines_net * document.discount_percent / HUNDRED
    return rounded(part, minor_units(document.currency))


def totalled(document: Any, lines: Sequence[Any]) -> Totals:
    """What a document's priced lines come to."""
    amounts = [amount(one) for one in lines if counted(one)]
    touched = sum((one.net for one in amounts if one.discountable), ZERO)
    taken = allowance(document, touched)
    if taken and not touched:
        if document.discount_amount is None or not amounts:
            taken = ZERO
        else:
            raise Conflict(
                reason="There is a discount on the whole and no line that it could be taken off.",
                remedy="Add a line, or clear discount_amount.",
                field="discount_amount",
            )
    return total(amounts, taken, minor_units(document.currency))


def put_totals(document: Any, found: Totals) -> None:
    """Write totals onto their document."""
    currency = document.currency
    document.total_discount = money(found.allowance, currency)
    document.total_net = money(found.net, currency)
    document.total_tax = money(found.tax, currency)
    document.total_gross = money(found.gross, currency)
    document.tax_breakdown = [
        TaxRow(
            category=one.key.category,
            percent=one.key.percent,
            exemption_code=one.key.exemption_code or None,
            base=one.base,
            tax=one.tax,
            allowance=one.allowance or None,
        ).model_dump(mode="json", exclude_none=True)
        for one in found.breakdown
    ]


async def retotal(ctx: Context, document: Record, line: type[Record], parent: str) -> Sequence[Any]:
    """Total a document from its lines as they now are; the lines, in order."""
    lines = await ctx.find(line, line.c[parent] == document.id, order=(line.c.position, line.c.id))
    put_totals(document, totalled(document, lines))
    return lines
