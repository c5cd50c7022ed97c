"""Rules: what EN 16931 and the French reform hold an e-invoice to, checked one by one and told in words."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from eyeot import DatedRow, Output, dated, minor_units
from eyeot_invoicing.einvoices.model import ZERO, Bill, Trader
from eyeot_sales.trade.amounts import HUNDRED, rounded

_CENT = Decimal("0.01")
_UNTAXED = frozenset({"AE", "E", "G", "K", "O"})
_TRANSFERS = frozenset({"30", "58"})
_LONGEST = 35
_SIREN = re.compile(r"\d{9}")
_FRAMES = frozenset(f"{what}{how}" for what in "BSM" for how in "1248") | {
    "S3",
    "S5",
    "S6",
    "B7",
    "S7",
}
_BETWEEN_PROFESSIONALS = frozenset({"PMD", "PMT", "AAB"})
_DATES_OF_SUPPLY = frozenset({"K"})


class RuleRow(DatedRow):
    """A rule, in words."""

    id: str
    check: str
    fr: str
    en: str
    fix: str


RULES = dated("eyeot_invoicing.einvoices", "rules.toml", RuleRow, about="rules of e-invoices")


class Broken(Output):
    """A rule that an e-invoice breaks."""

    rule: str
    says: Annotated[str, Field(description="What it demands.")]
    fix: Annotated[str, Field(description="What mends it on an invoice of ours.")]


def _sound(bill: Bill, found: Decimal, wanted: Decimal) -> bool:
    # EXTENDED-CTC-FR tolerates a cent for each line (XP Z12-012).
    slack = _CENT * len(bill.lines) if "extended-ctc-fr" in bill.profile else ZERO
    return abs(found - wanted) <= slack


def _tax_of_rate(bill: Bill) -> bool:
    places = minor_units(bill.currency)
    return all(
        _sound(bill, one.tax, rounded(one.base * (one.percent or ZERO) / HUNDRED, places))
        for one in bill.taxes
    )


def _base_of_rate(bill: Bill) -> bool:
    bases: dict[tuple[str, Decimal], Decimal] = {}
    for line in bill.lines:
        key = (line.category, line.percent or ZERO)
        bases[key] = bases.get(key, ZERO) + line.net
    for one in bill.allowances:
        key = (one.category, one.percent or ZERO)
        bases[key] = bases.get(key, ZERO) - one.amount
    told: dict[tuple[str, Decimal], Decimal] = {}
    for row in bill.taxes:
        key = (row.category, row.percent or ZERO)
        told[key] = told.get(key, ZERO) + row.base
    return all(_sound(bill, told.get(k, ZERO), bases.get(k, ZERO)) for k in {*bases, *told})


def _domestic(bill: Bill) -> bool:
    """Between two who are subject to VAT in France, as far as the invoice tells."""
    return bill.seller.country == bill.buyer.country == "FR" and bool(
        bill.buyer.siren or bill.buyer.vat_number
    )


def _has_siren(one: Trader) -> bool:
    return bool(one.siren and _SIREN.fullmatch(one.siren))


def _terms(bill: Bill) -> bool:
    if not _domestic(bill):
        return True
    return {one.subject for one in bill.notes} >= _BETWEEN_PROFESSIONALS


def _categories(bill: Bill) -> set[str]:
    return {one.category for one in bill.taxes}


CHECKS: dict[str, Callable[[Bill], bool]] = {
    "number": lambda b: bool(b.number),
    "short_number": lambda b: len(b.number) <= _LONGEST,
    "seller_name": lambda b: bool(b.seller.name),
    "buyer_name": lambda b: bool(b.buyer.name),
    "seller_country": lambda b: bool(b.seller.country),
    "buyer_country": lambda b: bool(b.buyer.country),
    "lines": lambda b: bool(b.lines),
    "prices": lambda b: all(one.price >= 0 for one in b.lines),
    "books_tax": lambda b: b.books_currency is None or b.sums.tax_in_books is not None,
    "iban": lambda b: b.paying.means not in _TRANSFERS or b.is_credit_note or bool(b.paying.iban),
    "line_category": lambda b: all(one.category for one in b.lines),
    "sum_of_lines": lambda b: _sound(b, b.sums.lines, sum((n.net for n in b.lines), ZERO)),
    "sum_of_allowances": lambda b: (
        b.sums.allowances == sum((one.amount for one in b.allowances), ZERO)
    ),
    "net": lambda b: _sound(b, b.sums.net, b.sums.lines - b.sums.allowances),
    "tax": lambda b: _sound(b, b.sums.tax, sum((one.tax for one in b.taxes), ZERO)),
    "gross": lambda b: b.sums.gross == b.sums.net + b.sums.tax,
    "due": lambda b: b.sums.due == b.sums.gross - b.sums.prepaid,
    "tax_of_rate": _tax_of_rate,
    "base_of_rate": _base_of_rate,
    "breakdown": lambda b: bool(b.taxes),
    "when_paid": lambda b: b.sums.due <= 0 or bool(b.due or b.paying.terms),
    "exemption": lambda b: all(
        one.code or one.reason for one in b.taxes if one.category in _UNTAXED
    ),
    "both_vat_numbers": lambda b: (
        not _categories(b) & {"AE", "K"} or bool(b.seller.vat_number and b.buyer.vat_number)
    ),
    "intra_eu_date": lambda b: (
        not _categories(b) & _DATES_OF_SUPPLY or bool(b.delivered or (b.start and b.end))
    ),
    "terms": _terms,
    "process": lambda b: b.seller.country != "FR" or b.process in _FRAMES,
    "seller_siren": lambda b: b.seller.country != "FR" or _has_siren(b.seller),
    "buyer_siren": lambda b: not _domestic(b) or _has_siren(b.buyer),
    "buyer_address": lambda b: not _domestic(b) or bool(b.buyer.address),
    "seller_address": lambda b: b.seller.country != "FR" or bool(b.seller.address),
}


def broken(bill: Bill, on: date, locale: str) -> list[Broken]:
    """Every rule that a bill breaks, in the order of the table.

    These are the rules that bear on amounts, parties and mentions, not the whole of the published Schematron,
    which needs an XSLT 2 engine: the platform runs that once more.
    """
    return [
        Broken(rule=one.id, says=one.fr if locale.startswith("fr") else one.en, fix=one.fix)
        for one in RULES.rows
        if one.holds(on) and not CHECKS[one.check](bill)
    ]
