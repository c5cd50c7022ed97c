"""Pieces: the kinds of documents that money settles; a package that brings one adds it here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from eyeot import Context, Record
from eyeot_invoicing.invoices.record import OPEN, Invoice
from eyeot_invoicing.payments.record import Payment
from eyeot_invoicing.payments.settling import due, settle

Settle = Callable[[Context, Payment, Any, Decimal], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceKind:
    """How documents of one kind are settled; they have number, party_id, currency, due_date, amount_due."""

    record: type[Record]
    direction: Literal["in", "out"]
    """Whether money for it comes in or goes out."""
    open: tuple[str, ...]
    """The states in which something is due."""
    due: Callable[[Any], Decimal]
    settle: Settle


PIECES: dict[str, PieceKind] = {
    Invoice.meta.name: PieceKind(record=Invoice, direction="in", open=OPEN, due=due, settle=settle),
}
"""By the record's name; every kind is there once the plugin is loaded."""
