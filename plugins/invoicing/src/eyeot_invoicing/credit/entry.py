"""Entry: how a credit note is booked, and which VAT it takes back: what waits first, then what fell due."""

from collections.abc import Sequence
from typing import Any

from eyeot import Context, RecordRef
from eyeot_crm.parties import Party
from eyeot_invoicing.credit.record import CreditNote, CreditNoteLine
from eyeot_invoicing.credit.totalling import account_of, totals_of
from eyeot_invoicing.invoices.entry import Sold, income_legs
from eyeot_invoicing.invoices.record import Invoice
from eyeot_invoicing.ledger.accounts import Accounts
from eyeot_invoicing.ledger.booking import Booking, Leg, book
from eyeot_invoicing.ledger.entries import JournalEntry
from eyeot_invoicing.vat.due import Part, fell_due, parts, territories
from eyeot_invoicing.vat.pending import Books, find, reduced
from eyeot_sales.trade.amounts import ZERO, money
from eyeot_sales.trade.lines import amount, counted


async def booked(
    ctx: Context, note: CreditNote, invoice: Invoice, lines: Sequence[CreditNoteLine]
) -> None:
    """Book a posted credit note against its invoice, and take its VAT back.

    Source: CGI, art. 272, 1 (VAT on sales that were cancelled); CIBS since 1 September 2026.
    """
    accounts, books = Accounts(ctx), Books(note.exchange_rate)
    source = RecordRef.to(note.meta.name, note.id)
    legs = await _income(ctx, accounts, note, invoice, lines)
    waiting, taken = await _vat(ctx, note, invoice, lines)
    legs.append(Leg(await accounts.role("vat_pending"), waiting))
    back = [books.part(one) for one in taken]
    legs += [Leg(await accounts.role("vat_collected", one.key.percent), one.tax) for one in back]
    owed = sum((one.amount for one in legs), ZERO)
    foreign = note.total_gross if note.exchange_rate is not None else None
    receivable = Leg(await accounts.role("receivable"), -owed, invoice.party_id, foreign=foreign)
    entry = await _entered(ctx, note, invoice, [*legs, receivable])
    note.entry_id = entry.id
    house = await ctx.organization()
    taxes = waiting + sum((one.tax for one in back), ZERO)
    note.total_tax_books = money(taxes, house.currency)
    due = [Part(one.nature, one.key, -one.base, -one.tax, one.territory) for one in back]
    await fell_due(
        ctx,
        due,
        due_on=note.issue_date,
        direction="collected",
        source=source,
        cause=source,
        party_id=invoice.party_id,
        entry_id=entry.id,
    )


async def _income(
    ctx: Context,
    accounts: Accounts,
    note: CreditNote,
    invoice: Invoice,
    lines: Sequence[CreditNoteLine],
) -> list[Leg]:
    """The debits of what was sold and is taken back, by account."""
    discount = note.total_discount.amount if note.total_discount else ZERO
    sold = Sold(invoice.party_id, note.exchange_rate, invoice.kind == "deposit", discount)
    return [
        Leg(one.account, -one.amount, one.party_id)
        for one in await income_legs(ctx, accounts, sold, lines)
    ]


async def _entered(
    ctx: Context, note: CreditNote, invoice: Invoice, legs: Sequence[Leg]
) -> JournalEntry:
    """A credit note's entry among the sales."""
    party = await ctx.get(Party, invoice.party_id, beyond=True)
    return await book(
        ctx,
        Booking(
            journal="sales",
            on=note.issue_date or ctx.today,
            label=f"Avoir {note.number} sur {note.invoice_number} {party.name}",
            legs=legs,
            piece_ref=note.number,
            source=RecordRef.to(note.meta.name, note.id),
        ),
    )


async def _vat(
    ctx: Context, note: CreditNote, invoice: Invoice, lines: Sequence[CreditNoteLine]
) -> tuple[Any, list[Part]]:
    """What waits less, in the currency of the books, and the parts of what fell due that are taken back."""
    account = await account_of(ctx, invoice, besides=note.id)
    breakdown = totals_of(account, lines, note.currency).breakdown
    natures = [(one.nature or "service", amount(one)) for one in lines if counted(one)]
    found = parts(breakdown, natures, await territories(ctx, lines))
    rows: list[Any] = [dict(one) for one in invoice.pending_vat]
    books, waiting, taken = Books(invoice.exchange_rate), ZERO, []
    for part in found:
        row = find(rows, part)
        if row is None:
            taken.append(part)
            continue
        reduction = reduced(row, part, books)
        waiting += reduction.tax
        if reduction.over:
            taken.append(reduction.over)
    invoice.pending_vat = rows
    return waiting, taken
