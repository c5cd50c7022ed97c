"""Amounts: what lines come to, discounts spread over VAT rates, and VAT by sum per rate (EN 16931).

Pure arithmetic on Decimals. Rounding is half up, away from zero for negative amounts, and happens once for
each line and once for each pair of category and rate (EN 16931-1, BR-CO-17, BR-S-09).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple, TypeVar, cast

from eyeot import Money

ZERO = Decimal(0)
HUNDRED = Decimal(100)
K = TypeVar("K")


def rounded(amount: Decimal, places: int = 2) -> Decimal:
    """An amount in the currency's smallest unit, half up."""
    return amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


class TaxKey(NamedTuple):
    """What VAT is summed up by: EN 16931 category (UNTDID 5305), rate in percent, and exemption code."""

    category: str
    percent: Decimal
    exemption_code: str = ""


@dataclass(frozen=True, slots=True)
class Amount:
    """What one line adds: its net, under which VAT, and whether the document's discount touches it."""

    net: Decimal
    key: TaxKey
    discountable: bool = True


@dataclass(frozen=True, slots=True)
class TaxBase:
    """One row of the breakdown: base after discounts, and its VAT."""

    key: TaxKey
    base: Decimal
    tax: Decimal
    allowance: Decimal = ZERO
    """The part of the document's discount that fell on it, positive when it takes off."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What a document comes to; every figure is rounded to the currency's smallest unit."""

    lines_net: Decimal
    allowance: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    breakdown: tuple[TaxBase, ...]


def line_net(
    quantity: Decimal, unit_price: Decimal, discount: Decimal | None, places: int = 2
) -> Decimal:
    """Quantity by price, less the discount in percent, rounded once (EN 16931, BT-131)."""
    factor = (HUNDRED - (discount or ZERO)) / HUNDRED
    return rounded(quantity * unit_price * factor, places)


def spread(amount: Decimal, over: Mapping[K, Decimal], places: int = 2) -> dict[K, Decimal]:
    """An amount shared in proportion to others, to the last cent: what rounding leaves goes to the largest.

    Of two that are as large, to the one whose key comes last. An amount to share over nothing contradicts
    itself, which the caller refuses first.
    """
    total = sum(over.values(), ZERO)
    if not total or not amount:
        return dict.fromkeys(over, ZERO)
    parts = {key: rounded(amount * base / total, places) for key, base in over.items()}
    rest = amount - sum(parts.values(), ZERO)
    if rest:
        largest = max(over, key=lambda key: (abs(over[key]), cast("Any", key)))
        parts[largest] += rest
    return parts


def total(amounts: Iterable[Amount], allowance: Decimal = ZERO, places: int = 2) -> Totals:
    """The totals of lines with a discount on the document (`allowance`, positive takes off)."""
    bases: dict[TaxKey, Decimal] = {}
    touched: dict[TaxKey, Decimal] = {}
    for one in amounts:
        bases[one.key] = bases.get(one.key, ZERO) + one.net
        if one.discountable:
            touched[one.key] = touched.get(one.key, ZERO) + one.net
    parts = spread(allowance, touched, places)
    rows = tuple(
        _row(key, base - parts.get(key, ZERO), parts.get(key, ZERO), places)
        for key, base in sorted(bases.items())
    )
    net = sum((one.base for one in rows), ZERO)
    tax = sum((one.tax for one in rows), ZERO)
    return Totals(
        lines_net=sum(bases.values(), ZERO),
        allowance=sum(parts.values(), ZERO),
        net=net,
        tax=tax,
        gross=net + tax,
        breakdown=rows,
    )


def _row(key: TaxKey, base: Decimal, allowance: Decimal, places: int) -> TaxBase:
    return TaxBase(key, base, rounded(base * key.percent / HUNDRED, places), allowance)


def money(amount: Decimal, currency: str) -> Money:
    """An amount of a currency."""
    return Money(amount=amount, currency=currency)
