"""Totalling: what a credit note comes to, never more at a rate than the invoice has left (invariant 9).

What it takes back of the invoice's lines has its part of the discount on the whole. Parts are differences of
running totals, so that notes which take back everything come to the invoice, to the cent, at each rate.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from eyeot import Conflict, Context, minor_units
from eyeot_invoicing.credit.record import CreditNote, CreditNoteLine
from eyeot_invoicing.invoices.record import Invoice, InvoiceLine
from eyeot_sales.trade.amounts import HUNDRED, ZERO, TaxBase, TaxKey, Totals, rounded
from eyeot_sales.trade.lines import amount, counted


@dataclass
class Sums:
    """Sums by key of what an invoice says, or of what credit notes took back of it."""

    linked: dict[TaxKey, Decimal] = field(default_factory=dict)
    """Nets of the lines that the discount on the whole touches."""
    base: dict[TaxKey, Decimal] = field(default_factory=dict)
    tax: dict[TaxKey, Decimal] = field(default_factory=dict)
    allowance: dict[TaxKey, Decimal] = field(default_factory=dict)

    def count(self, rows: Iterable[Any]) -> None:
        """Add a breakdown."""
        for row in rows:
            key = TaxKey(row["category"], Decimal(row["percent"]), row.get("exemption_code") or "")
            for name in ("base", "tax", "allowance"):
                sums = getattr(self, name)
                sums[key] = sums.get(key, ZERO) + Decimal(row.get(name) or 0)

    def link(self, lines: Iterable[Any]) -> None:
        """Add lines."""
        for one in lines:
            if counted(one) and one.kind != "deposit":
                found = amount(one)
                self.linked[found.key] = self.linked.get(found.key, ZERO) + found.net


@dataclass(frozen=True)
class Account:
    """An invoice as it is taken back: what it says, and what earlier credit notes took."""

    invoice: Sums
    earlier: Sums

    def left(self, key: TaxKey) -> tuple[Decimal, Decimal]:
        """Base and VAT that are left to take back at a rate."""
        return (
            self.invoice.base.get(key, ZERO) - self.earlier.base.get(key, ZERO),
            self.invoice.tax.get(key, ZERO) - self.earlier.tax.get(key, ZERO),
        )


async def account_of(ctx: Context, invoice: Invoice, besides: Any = None) -> Account:
    """What an invoice says and what posted credit notes took back of it, other than `besides`."""
    said, taken = Sums(), Sums()
    said.count(invoice.tax_breakdown)
    said.link(await ctx.find(InvoiceLine, InvoiceLine.c.invoice_id == invoice.id))
    c = CreditNote.c
    where = [c.invoice_id == invoice.id, c.status != "draft"]
    notes = await ctx.find(CreditNote, *where, *([c.id != besides] if besides else []))
    for one in notes:
        taken.count(one.tax_breakdown)
    if notes:
        lines = CreditNoteLine.c
        ids = [one.id for one in notes]
        found = await ctx.find(CreditNoteLine, lines.credit_note_id.in_(ids))
        taken.link(one for one in found if one.invoice_line_id)
    return Account(said, taken)


def totals_of(account: Account, lines: Sequence[Any], currency: str) -> Totals:
    """What lines of a credit note come to."""
    places, this = minor_units(currency), Sums()
    this.link(one for one in lines if one.invoice_line_id)
    nets: dict[TaxKey, Decimal] = {}
    for one in lines:
        if counted(one):
            found = amount(one)
            nets[found.key] = nets.get(found.key, ZERO) + found.net
    rows = []
    for key, net in sorted(nets.items()):
        off = _allowance(account, key, this.linked.get(key, ZERO), places)
        base = net - off
        rows.append(TaxBase(key, base, _tax(account, key, base, places), off))
    base, tax = sum((one.base for one in rows), ZERO), sum((one.tax for one in rows), ZERO)
    off = sum((one.allowance for one in rows), ZERO)
    return Totals(base + off, off, base, tax, base + tax, tuple(rows))


def _allowance(account: Account, key: TaxKey, net: Decimal, places: int) -> Decimal:
    whole, said = account.invoice.linked.get(key, ZERO), account.invoice.allowance.get(key, ZERO)
    if not whole or not said or not net:
        return ZERO
    before = account.earlier.linked.get(key, ZERO)
    return rounded(said * (before + net) / whole, places) - account.earlier.allowance.get(key, ZERO)


def _tax(account: Account, key: TaxKey, base: Decimal, places: int) -> Decimal:
    tax = rounded(base * key.percent / HUNDRED, places)
    base_left, tax_left = account.left(key)
    if base == base_left:
        return tax_left
    return tax_left if _within(base, base_left) and not _within(tax, tax_left) else tax


def _within(part: Decimal, whole: Decimal) -> bool:
    return part * whole >= 0 and abs(part) <= abs(whole)


def refuse_beyond(account: Account, found: Totals, number: str | None) -> None:
    """Refuse to take back at a rate what the invoice does not have there any more."""
    for row in found.breakdown:
        base, tax = account.left(row.key)
        if not (_within(row.base, base) and _within(row.tax, tax)):
            raise Conflict(
                reason=f"At {row.key.percent:f} % ({row.key.category}) {base:f} is left to take back "
                f"of {number}, not {row.base:f}.",
                remedy="Take back less: lower the lines with invoicing.credit_note_line.update.",
            )
