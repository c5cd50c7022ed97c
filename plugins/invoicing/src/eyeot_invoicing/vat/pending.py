"""Pending: VAT that waits for the payment, as rows on its invoice; credit notes reduce it.

Rows are in the invoice's currency. Amounts of the books are differences of converted running totals, so that
the account on which VAT waits comes to nothing, to the cent, whatever the rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from eyeot_invoicing.vat.due import Part
from eyeot_sales.trade.amounts import TaxKey, rounded


class Books:
    """Amounts of a piece in the currency of the books."""

    def __init__(self, rate: Decimal | None) -> None:
        self._rate = rate

    def of(self, value: Decimal) -> Decimal:
        """An amount of the piece, converted and rounded where its currency is another."""
        return value if self._rate is None else rounded(value * self._rate)

    def part(self, part: Part) -> Part:
        """A part in the currency of the books."""
        return Part(part.nature, part.key, self.of(part.base), self.of(part.tax), part.territory)


def told(waiting: Sequence[Part]) -> list[dict[str, Any]]:
    """The rows of VAT that waits."""
    return [
        {
            "nature": one.nature,
            "category": one.key.category,
            "percent": f"{one.key.percent:f}",
            **({"exemption_code": one.key.exemption_code} if one.key.exemption_code else {}),
            **({"territory": one.territory} if one.territory else {}),
            "base": f"{one.base:f}",
            "tax": f"{one.tax:f}",
            "released_base": "0",
            "released_tax": "0",
        }
        for one in waiting
    ]


def _key(row: dict[str, Any]) -> TaxKey:
    return TaxKey(row["category"], Decimal(row["percent"]), row.get("exemption_code") or "")


def rest(row: dict[str, Any]) -> tuple[Decimal, Decimal]:
    """Base and VAT of a row that still wait."""
    return (
        Decimal(row["base"]) - Decimal(row["released_base"]),
        Decimal(row["tax"]) - Decimal(row["released_tax"]),
    )


def released(row: dict[str, Any], share: Decimal, books: Books) -> Part:
    """A share of what waits falls due, noted on the row; what falls due, in the currency of the books."""
    base, tax = rest(row)
    now_base, now_tax = (base, tax) if share >= 1 else (rounded(base * share), rounded(tax * share))
    done_base, done_tax = Decimal(row["released_base"]), Decimal(row["released_tax"])
    row["released_base"], row["released_tax"] = (
        f"{done_base + now_base:f}",
        f"{done_tax + now_tax:f}",
    )
    return Part(
        row["nature"],
        _key(row),
        books.of(done_base + now_base) - books.of(done_base),
        books.of(done_tax + now_tax) - books.of(done_tax),
        row.get("territory"),
    )


@dataclass(frozen=True, slots=True)
class Reduction:
    """What a row waits less for, in the currency of the books, and what of a part is over."""

    tax: Decimal
    over: Part | None


def reduced(row: dict[str, Any], part: Part, books: Books) -> Reduction:
    """Let a row wait for less; what it does not wait for any more is over, and is to be taken back."""
    base, tax = rest(row)
    if abs(part.tax) <= abs(tax):
        off_base, off_tax = (base if part.tax == tax else part.base), part.tax
    else:
        off_base, off_tax = base, tax
    before = Decimal(row["tax"])
    row["base"], row["tax"] = f"{Decimal(row['base']) - off_base:f}", f"{before - off_tax:f}"
    left = Part(part.nature, part.key, part.base - off_base, part.tax - off_tax, part.territory)
    return Reduction(
        tax=books.of(before) - books.of(before - off_tax),
        over=left if left.tax else None,
    )


def find(rows: Sequence[dict[str, Any]], part: Part) -> dict[str, Any] | None:
    """The row that a part of the same nature and key waits in."""
    for row in rows:
        if row["nature"] == part.nature and _key(row) == part.key:
            return row
    return None


def share_rest(rows: Sequence[dict[str, Any]], share: Decimal) -> list[tuple[dict[str, Any], Part]]:
    """A share of what waits in each row, in the currency of the piece."""
    found = []
    for row in rows:
        base, tax = rest(row)
        if share < 1:
            base, tax = rounded(base * share), rounded(tax * share)
        if tax:
            found.append((row, Part(row["nature"], _key(row), base, tax, row.get("territory"))))
    return found
