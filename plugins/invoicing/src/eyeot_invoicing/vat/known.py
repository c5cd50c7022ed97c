"""Known: what the platform knows of each amount of due VAT, and why it does not where it does not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import sqlalchemy as sa

from eyeot import Context, RecordRef
from eyeot_invoicing.credit.record import CreditNote
from eyeot_invoicing.einvoices.record import EInvoice
from eyeot_invoicing.einvoices.statuses import STATUSES
from eyeot_invoicing.invoices.record import Identity, Invoice
from eyeot_invoicing.payments.record import Allocation, Payment
from eyeot_invoicing.purchases.record import SupplierInvoice
from eyeot_invoicing.vat.boxes import Group
from eyeot_invoicing.vat.counting import ALIKE, Span
from eyeot_invoicing.vat.due import VatDue
from eyeot_sales.trade.amounts import ZERO

Reason = Literal[
    "not_sent", "waiting", "routing_error", "rejected", "refused", "collection_untold",
    "withdrawal_untold", "not_received", "amounts_differ", "not_deducted", "unknown_here",
    "unread_status",
]  # fmt: skip
Outside = Literal["before_reform", "not_between_french_companies", "no_invoice", "self_assessed"]
_BY_STATUS: dict[str, Reason] = {
    "prepared": "waiting",
    "221": "routing_error",
    "213": "rejected",
    "210": "refused",
}
_COLLECTED = "212"
_BATCH = 1_000
BEGINS: date = min(one.valid_from for one in STATUSES.rows if one.valid_from)
"""Since when invoices travel by platforms at all."""
_KINDS: dict[str, Any] = {
    one.meta.name: one for one in (Invoice, CreditNote, SupplierInvoice, Payment)
}


@dataclass(frozen=True, slots=True)
class Due:
    """Due VAT of one piece and cause that is alike."""

    source: RecordRef
    cause: RecordRef
    group: Group


@dataclass
class Facts:
    """The pieces behind due VAT, and the e-invoices that they travelled as."""

    pieces: dict[RecordRef, Any] = field(default_factory=dict)
    einvoices: dict[RecordRef, EInvoice] = field(default_factory=dict)
    paid: dict[tuple[RecordRef, RecordRef], Decimal] = field(default_factory=dict)
    """By payment and piece: what the one settles of the other."""

    def number(self, source: RecordRef) -> str:
        """What a piece is called."""
        return str(getattr(self.pieces.get(source), "number", None) or "")

    def collected(self, one: Due) -> Decimal:
        """What the platform was told that a payment collected of an invoice, with VAT."""
        einvoice, payment = self.einvoices.get(one.source), self.pieces.get(one.cause)
        if einvoice is None or payment is None:
            return ZERO
        begins = f"{payment.number}-{self.number(one.source)}-"
        history: list[Any] = list(einvoice.status_history)
        amounts: Iterable[Any] = (
            amount
            for told in history
            if told["code"] == _COLLECTED and str(told.get("message", "")).startswith(begins)
            for amount in told.get("amounts", ())
        )
        return sum((Decimal(amount["amount"]) for amount in amounts), ZERO)


async def due_of(ctx: Context, span: Span) -> list[Due]:
    """The rows of a return, summed up by piece, cause and what boxes are chosen by."""
    c = VatDue.c
    alike = [c[one] for one in ALIKE]
    below = (c.tax < 0).label("below")
    sums = (sa.func.sum(c.base).label("base"), sa.func.sum(c.tax).label("tax"))
    by: Sequence[Any] = (c.source, c.cause, *alike, below)
    statement = sa.select(*by, *sums).where(ctx.within(VatDue), *span.where()).group_by(*by)
    return [
        Due(RecordRef(row.pop("source")), RecordRef(row.pop("cause")), Group(**row))
        for row in await ctx.rows(statement.order_by(c.source, c.cause))
    ]


async def facts_of(ctx: Context, rows: Iterable[Due]) -> Facts:
    """The pieces and e-invoices behind due VAT."""
    found = Facts()
    refs = sorted({ref for one in rows for ref in (one.source, one.cause)})
    for name, record in _KINDS.items():
        ids = [ref.id for ref in refs if ref.kind == name]
        for some in _batches(ids):
            for row in await ctx.find(record, record.c.id.in_(some)):
                found.pieces[RecordRef.to(name, row.id)] = row
    for some in _batches(refs):
        for einvoice in await ctx.find(EInvoice, EInvoice.c.piece.in_(some)):
            found.einvoices[RecordRef(einvoice.piece)] = einvoice
    c = Allocation.c
    for some in _batches([ref.id for ref in refs if ref.kind == Payment.meta.name]):
        for part in await ctx.find(Allocation, c.payment_id.in_(some), c.undone_on.is_(None)):
            key = RecordRef.to(Payment.meta.name, part.payment_id), RecordRef(part.settles)
            found.paid[key] = found.paid.get(key, ZERO) + part.amount.amount
    return found


def _batches(of: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (of[at : at + _BATCH] for at in range(0, len(of), _BATCH))


def outside(one: Due, facts: Facts) -> Outside | None:
    """Why e-invoicing has nothing to say of due VAT; nothing where it has."""
    piece = facts.pieces.get(one.source)
    if piece is None:
        return "no_invoice"
    if one.group.is_self_assessed:
        return "self_assessed"
    on = getattr(piece, "issue_date", None) or getattr(piece, "invoice_date", None)
    if one.source in facts.einvoices:
        return None
    if on is None or on < BEGINS:
        return "before_reform"
    if isinstance(piece, SupplierInvoice):
        return None if piece.issuer_siren else "not_between_french_companies"
    return None if _between_companies(piece) else "not_between_french_companies"


def _between_companies(piece: Any) -> bool:
    if not piece.buyer:
        return False
    told: Any = piece.buyer
    buyer = told if isinstance(told, Identity) else Identity.model_validate(told)
    return buyer.country == "FR" and buyer.is_taxable_person and bool(buyer.siren)


def gap_of(one: Due, facts: Facts) -> Reason | None:
    """Why the platform does not know due VAT as it is; nothing where it does."""
    einvoice = facts.einvoices.get(one.source)
    if one.group.direction == "deductible":
        return None if einvoice is not None and einvoice.flow_id else "not_received"
    if einvoice is None:
        return "not_sent"
    if einvoice.status in _BY_STATUS:
        return _BY_STATUS[einvoice.status]
    if one.cause.kind != Payment.meta.name:
        return None
    if one.group.below:
        return "withdrawal_untold"
    told = facts.collected(one)
    if told and told != facts.paid.get((one.cause, one.source), told):
        return "amounts_differ"
    return None if told else "collection_untold"


def differs(piece: SupplierInvoice) -> tuple[Decimal, Decimal] | None:
    """What the file of a supplier tells without VAT and as VAT, where it is booked otherwise."""
    told: Mapping[str, Any] = piece.told or {}
    if not told or piece.total_net is None or piece.total_tax is None:
        return None
    net, tax = Decimal(told["net"]), Decimal(told["tax"])
    same = (net, tax) == (piece.total_net.amount, piece.total_tax.amount)
    return None if same else (net, tax)
