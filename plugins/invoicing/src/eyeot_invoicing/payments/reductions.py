"""Reductions: what was taken off an invoice and since when: payments, credits, and what was given up."""

import datetime as dt
from decimal import Decimal
from typing import Any

from eyeot import Context, RecordRef
from eyeot_invoicing.credit.record import CreditAllocation
from eyeot_invoicing.invoices.record import Invoice
from eyeot_invoicing.ledger.accounts import Accounts
from eyeot_invoicing.ledger.entries import EntryLine, JournalEntry
from eyeot_invoicing.payments.record import Allocation

Step = tuple[dt.date, Decimal]


async def reductions(ctx: Context, invoice: Invoice) -> list[Step]:
    """What was taken off an invoice, in its currency, with the day since when each counts; in order."""
    paid, credited = Allocation.c, CreditAllocation.c
    rows: list[Any] = [
        *await ctx.find(Allocation, paid.invoice_id == invoice.id, paid.undone_on.is_(None)),
        *await ctx.find(CreditAllocation, credited.invoice_id == invoice.id),
    ]
    told = [(one.on, one.amount.amount) for one in rows]
    return sorted([*told, *await _given_up(ctx, invoice)])


async def _given_up(ctx: Context, invoice: Invoice) -> list[Step]:
    """What the books took off it by other entries of its own: write-offs."""
    if not invoice.written_off or not invoice.written_off.amount:
        return []
    e, c = JournalEntry.c, EntryLine.c
    source = RecordRef.to(invoice.meta.name, invoice.id)
    entries = await ctx.find(JournalEntry, e.source == source, e.id != invoice.entry_id)
    account = await Accounts(ctx).role("receivable")
    lines = await ctx.find(
        EntryLine, c.entry_id.in_([one.id for one in entries]), c.account_id == account.id
    )
    return [
        (one.date, one.amount_currency.amount if one.amount_currency else one.credit - one.debit)
        for one in lines
        if one.date
    ]
