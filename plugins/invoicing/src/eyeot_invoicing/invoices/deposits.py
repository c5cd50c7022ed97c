"""Deposits: what of a deposit invoice no other invoice took off yet, by VAT rate and nature.

Sales' billing, the final invoice and posting all read it here, so that none counts a deposit otherwise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from eyeot import Context, RecordRef, kind, minor_units
from eyeot_invoicing.invoices.entry import tax_point, vat_parts
from eyeot_invoicing.invoices.record import Invoice, InvoiceLine
from eyeot_invoicing.payments.settling import fall
from eyeot_invoicing.vat.due import Nature, Part, is_pending, parts
from eyeot_invoicing.vat.pending import Books, released, rest
from eyeot_sales.trade.amounts import ZERO, TaxBase, TaxKey, rounded
from eyeot_sales.trade.lines import amount, counted


class Under(NamedTuple):
    """What an amount of a deposit falls under."""

    nature: Nature
    key: TaxKey


Bases = dict[Under, Decimal]
"""Amounts without VAT, by what they fall under."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a deposit falls under one nature and rate, and how much of it no other invoice took off."""

    deposit: Invoice
    under: Under
    tax_rate_id: UUID | None
    asked: Decimal
    """Less what credit notes on it took back."""
    left: Decimal


async def standing_of(ctx: Context, deposit: Invoice) -> list[Standing]:
    """A deposit, by nature and rate; of a draft, all is left."""
    c = InvoiceLine.c
    lines = await ctx.find(InvoiceLine, c.invoice_id == deposit.id, order=(c.position, c.id))
    asked = summed(vat_parts(deposit, lines))
    for under, base in await _credited(ctx, deposit.id):
        asked[under] = asked.get(under, ZERO) - base
    left = dict(asked)
    for under, base in await _deducted(ctx, deposit.id):
        left[under] = left.get(under, ZERO) + base
    places = minor_units(deposit.currency)
    rates = {under_of(one): one.tax_rate_id for one in reversed(lines) if counted(one)}
    found = {one: (asked.get(one, ZERO), rounded(left[one], places)) for one in sorted(left)}
    return [
        Standing(deposit, under, rates.get(under), *both)
        for under, both in found.items()
        if any(both)
    ]


def under_of(line: Any) -> Under:
    """What a priced line falls under."""
    return Under(line.nature or "service", amount(line).key)


def summed(found: Iterable[Part]) -> Bases:
    """The bases of parts."""
    bases: Bases = {}
    for one in found:
        under = Under(one.nature, one.key)
        bases[under] = bases.get(under, ZERO) + one.base
    return bases


def deducted_by(lines: Iterable[Any]) -> dict[tuple[UUID, Under], Decimal]:
    """What lines take off which deposits."""
    found: dict[tuple[UUID, Under], Decimal] = {}
    for one in lines:
        if one.kind == "deposit" and one.deposit_id and one.net:
            at = (one.deposit_id, under_of(one))
            found[at] = found.get(at, ZERO) - one.net.amount
    return found


def noted(note: Any, lines: Iterable[Any]) -> Bases:
    """What a credit note takes back, by nature and rate."""
    rows: list[Any] = list(note.tax_breakdown)
    breakdown = [
        TaxBase(_key(one), *(Decimal(one.get(name) or 0) for name in ("base", "tax", "allowance")))
        for one in rows
    ]
    return summed(
        parts(breakdown, [(one.nature or "service", amount(one)) for one in lines if counted(one)])
    )


def _key(row: dict[str, Any]) -> TaxKey:
    return TaxKey(row["category"], Decimal(row["percent"]), row.get("exemption_code") or "")


_COLUMNS = ("nature", "tax_category", "tax_percent", "exemption_code")


def _summed(ctx: Context, line: Any, parent: Any, joined: Any) -> sa.Select[Any]:
    named = [line.c[one] for one in _COLUMNS]
    return (
        sa.select(*named, sa.func.sum(line.c.net_amount).label("net"))
        .select_from(line.meta.table.join(parent.meta.table, joined))
        .where(ctx.within(parent), parent.c.status != "draft")
        .group_by(*named)
    )


def _told(rows: Sequence[dict[str, Any]], sign: int) -> list[tuple[Under, Decimal]]:
    found = []
    for one in rows:
        percent = one["tax_percent"] or ZERO
        key = TaxKey(one["tax_category"] or "", percent, one["exemption_code"] or "")
        found.append((Under(one["nature"] or "service", key), sign * one["net"]))
    return found


async def _deducted(ctx: Context, deposit_id: UUID) -> list[tuple[Under, Decimal]]:
    """What posted invoices deduct, below 0; credit notes on them that give it back, above 0."""
    line, parent = InvoiceLine.c, Invoice.c
    joined = (line.org_id == parent.org_id) & (line.invoice_id == parent.id)
    taken = _summed(ctx, InvoiceLine, Invoice, joined).where(line.deposit_id == deposit_id)
    note, note_line = kind("invoicing.credit_note"), kind("invoicing.credit_note_line")
    c, n = note_line.c, note.c
    back = _summed(ctx, note_line, note, (c.org_id == n.org_id) & (c.credit_note_id == n.id)).where(
        c.deposit_id == deposit_id
    )
    return [*_told(await ctx.rows(taken), 1), *_told(await ctx.rows(back), -1)]


async def _credited(ctx: Context, deposit_id: UUID) -> list[tuple[Under, Decimal]]:
    """What credit notes on the deposit invoice itself took back."""
    note, line = kind("invoicing.credit_note"), kind("invoicing.credit_note_line")
    where = (note.c.invoice_id == deposit_id, note.c.status != "draft")
    found: list[tuple[Under, Decimal]] = []
    for one in await ctx.find(note, *where):
        lines = await ctx.find(line, line.c.credit_note_id == one.id)
        found += noted(one, lines).items()
    return found


async def standing_on(
    ctx: Context, origins: Iterable[RecordRef], *, drafts: bool = False
) -> list[Standing]:
    """The deposits asked on these quotes and orders, oldest first, by nature and rate."""
    c = Invoice.c
    named = list(origins)
    if not named:
        return []
    no = ("credited",) if drafts else ("credited", "draft")
    where = (c.deposit_of.in_(named), c.kind == "deposit", c.status.not_in(no))
    found = await ctx.find(Invoice, *where, order=(c.created_at, c.id))
    return [row for one in found for row in await standing_of(ctx, one)]


async def fall_due_by_delivery(
    ctx: Context, invoice: Invoice, lines: Sequence[InvoiceLine]
) -> None:
    """Let the VAT of unpaid deposits fall due as that of what they were for: on delivery, or by the date.

    What waits for the payment in the final invoice too goes on waiting. The invoice is not posted yet, so
    what is left of a deposit still holds what it takes off. Source: CGI, art. 269, 2-a and 2-c.
    """
    taken = deducted_by(lines)
    for id in sorted({id for id, _ in taken}):
        deposit = await ctx.get(Invoice, id, lock=True)
        left = {one.under: one.left for one in await standing_of(ctx, deposit)}
        rows: list[Any] = [dict(one) for one in deposit.pending_vat]
        found = []
        for row in rows:
            under = Under(row["nature"], _key(row))
            off = taken.get((id, under), ZERO)
            waits = is_pending(under.nature, on_debits=invoice.vat_on_debits, deposit=False)
            if off and not waits and rest(row)[1]:
                share = min(off / left[under], Decimal(1)) if left.get(under) else Decimal(1)
                found.append(
                    (tax_point(invoice, *under), released(row, share, Books(deposit.exchange_rate)))
                )
        deposit.pending_vat = rows
        cause = RecordRef.to(invoice.meta.name, invoice.id)
        for day in sorted({day for day, _ in found}):
            await fall(ctx, deposit, [part for at, part in found if at == day], day, cause=cause)
