"""Totals: what a supplier's invoice comes to, as its file tells where that agrees with its lines."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from eyeot import Context, Record, minor_units
from eyeot_sales.trade.amounts import ZERO, Amount, TaxKey, Totals, money
from eyeot_sales.trade.amounts import total as summed
from eyeot_sales.trade.documents import TaxRow


def amount(line: Any) -> Amount:
    """What a line adds."""
    key = TaxKey(line.tax_category, line.tax_percent, line.exemption_code or "")
    return Amount(line.net.amount if line.net else ZERO, key)


def computed(lines: Sequence[Any], currency: str) -> Totals:
    """What lines come to, VAT by sum per rate."""
    return summed([amount(one) for one in lines], ZERO, minor_units(currency))


async def retotal(ctx: Context, invoice: Any, line: type[Record]) -> Sequence[Any]:
    """Total an invoice from its lines as they now are; the lines, in order."""
    c = line.c
    lines = await ctx.find(line, c.supplier_invoice_id == invoice.id, order=(c.position, c.id))
    put(invoice, computed(lines, invoice.currency))
    return lines


def put(invoice: Any, found: Totals) -> None:
    """Write totals onto their invoice: the supplier's own where its lines come to the same net."""
    told: dict[str, Any] = invoice.told or {}
    currency = invoice.currency
    if told and Decimal(told["net"]) == found.net:
        rows, tax = told["taxes"], Decimal(told["tax"])
    else:
        rows, tax = [_row(one) for one in found.breakdown], found.tax
    gross = found.net + tax
    invoice.tax_breakdown = rows
    invoice.total_net, invoice.total_tax = money(found.net, currency), money(tax, currency)
    invoice.total_gross = invoice.amount_due = money(gross, currency)
    invoice.paid = money(ZERO, currency)


def _row(one: Any) -> dict[str, Any]:
    return TaxRow(
        category=one.key.category,
        percent=one.key.percent,
        exemption_code=one.key.exemption_code or None,
        base=one.base,
        tax=one.tax,
    ).model_dump(mode="json", exclude_none=True)
