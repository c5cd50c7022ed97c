"""Selling: what lines that are not invoiced yet know besides: list price, cost, and so the margin."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from eyeot import Money, field, minor_units
from eyeot_sales.catalogue.products import MARGIN
from eyeot_sales.trade.amounts import ZERO, money, rounded
from eyeot_sales.trade.lines import TradeLine, charged, counted


class SoldLine(TradeLine):
    """The fields of lines of quotes and orders; records take them by inheriting from this as well."""

    list_price: Money | None = field(
        "Price of one in the catalogue when it was priced.", access="read", default=None
    )
    manual_price: bool = field(
        "Whether somebody set its price, instead of the catalogue.", access="read", default=False
    )
    unit_cost: Money | None = field(
        "What one cost when it was priced.", access="read", sensitive=MARGIN, default=None
    )


def cost_of(line: Any) -> Decimal | None:
    """What a line costs, not rounded; None where that is not known."""
    return None if line.unit_cost is None else Decimal(charged(line) * line.unit_cost.amount)


def after_discount(document: Any, net: Decimal) -> Decimal:
    """What is left of a line's net once it bore its part of the discount on the whole, not rounded."""
    taken = document.total_discount.amount if document.total_discount else ZERO
    lines_net = taken + (document.total_net.amount if document.total_net else ZERO)
    return net * (1 - taken / lines_net) if lines_net else net


def margin_of(document: Any, lines: Iterable[Any]) -> Money | None:
    """Net less cost, over the lines whose cost is known; None when none is."""
    known = [
        (after_discount(document, one.net.amount), cost)
        for one in lines
        if counted(one) and one.net and (cost := cost_of(one)) is not None
    ]
    if not known:
        return None
    left = sum((net - cost for net, cost in known), ZERO)
    return money(rounded(left, minor_units(document.currency)), document.currency)
