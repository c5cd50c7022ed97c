"""Exchange: payments in another currency at the rate of their day, and what is gained or lost by it."""

from datetime import date
from decimal import Decimal

from eyeot import Context, RecordRef
from eyeot_invoicing.invoices.record import Invoice
from eyeot_invoicing.ledger.accounts import Accounts
from eyeot_invoicing.ledger.booking import Booking, Leg, book
from eyeot_invoicing.ledger.entries import EntryLine
from eyeot_invoicing.payments.record import Payment
from eyeot_invoicing.vat.pending import Books
from eyeot_sales.prices.exchange import exchanged
from eyeot_sales.trade.amounts import ZERO, money


async def rate_on(ctx: Context, currency: str, on: date) -> Decimal | None:
    """Units of the books' currency for one of another on a day; None for the books' own."""
    house = await ctx.organization()
    if currency == house.currency:
        return None
    return (await exchanged(ctx, money(Decimal(1), currency), house.currency, on)).rate


async def _owed(ctx: Context, invoice: Invoice) -> Decimal:
    """What the invoice's entry says the buyer owes, in the currency of the books."""
    account = await Accounts(ctx).role("receivable")
    c = EntryLine.c
    lines = await ctx.find(EntryLine, c.entry_id == invoice.entry_id, c.account_id == account.id)
    return sum((one.debit - one.credit for one in lines), ZERO)


async def settle_difference(
    ctx: Context, payment: Payment, invoice: Invoice, amount: Decimal, on: date
) -> None:
    """Book what a settlement gains or loses by the exchange, before it is taken off the invoice.

    Amounts of the books are differences of converted running totals; the last settlement takes what is left.
    Source: PCG, art. 946-66 and 947-76.
    """
    if invoice.exchange_rate is None or payment.exchange_rate is None:
        return
    assert invoice.total_gross
    assert invoice.amount_due
    assert payment.unallocated
    books, paid = Books(invoice.exchange_rate), Books(payment.exchange_rate)
    done = invoice.total_gross.amount - invoice.amount_due.amount
    last = amount == invoice.amount_due.amount
    upto = await _owed(ctx, invoice) if last else books.of(done + amount)
    used = payment.amount.amount - payment.unallocated.amount
    gain = paid.of(used + amount) - paid.of(used) - (upto - books.of(done))
    if not gain:
        return
    accounts = Accounts(ctx)
    side = await accounts.role("exchange_gain" if gain > 0 else "exchange_loss")
    receivable = await accounts.role("receivable")
    await book(
        ctx,
        Booking(
            journal="general",
            on=on,
            label=f"Écart de change {invoice.number}",
            legs=[Leg(receivable, gain, invoice.party_id), Leg(side, -gain)],
            piece_ref=invoice.number,
            source=RecordRef.to(payment.meta.name, payment.id),
        ),
    )
