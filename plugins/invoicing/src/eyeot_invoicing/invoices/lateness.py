"""Lateness: what of an invoice is late, and since when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from eyeot_invoicing.invoices.record import Invoice
from eyeot_sales.trade.amounts import ZERO

Dated = tuple[date, Decimal]


@dataclass(frozen=True, slots=True)
class Late:
    """What of an invoice is late, and since when: the day after the first due date that nothing settled."""

    amount: Decimal
    due_on: date
    days: int


def parts_of(invoice: Invoice) -> list[Dated]:
    """What is to be paid of an invoice, by due date."""
    rows: Sequence[Any] = invoice.instalments or []
    parts = [
        (date.fromisoformat(str(one["due_date"])), Decimal(str(one["amount"]))) for one in rows
    ]
    if not parts and invoice.due_date and invoice.amount_due:
        parts = [(invoice.due_date, invoice.amount_due.amount)]
    return sorted(parts)


def late(invoice: Invoice, on: date) -> Late | None:
    """What is late on a day: what was paid is taken off what is due first; none if nothing is."""
    if invoice.amount_due is None or not invoice.amount_due.amount:
        return None
    parts = parts_of(invoice)
    settled = sum((amount for _, amount in parts), ZERO) - invoice.amount_due.amount
    left = _left(parts, settled)
    over = [(day, amount) for day, amount in left if day < on]
    if not over:
        return None
    first = over[0][0]
    return Late(sum((amount for _, amount in over), ZERO), first, (on - first).days)


def _left(parts: Iterable[Dated], settled: Decimal) -> list[Dated]:
    """The parts that a sum leaves over when it settles them in order."""
    found = []
    for day, amount in parts:
        taken = min(amount, max(settled, ZERO))
        settled -= taken
        if amount > taken:
            found.append((day, amount - taken))
    return found
