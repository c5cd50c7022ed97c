"""Chaining: seals every payment over the one before it, as it is booked (CGI, art. 286, I-3° bis).

Whom it is of may be merged, and what it settles changes: the first is no part of the seal, the second is only
ever added to.
"""

from eyeot import Context
from eyeot_invoicing.ledger.entries import JournalEntry
from eyeot_invoicing.payments.record import Payment
from eyeot_invoicing.sealing import GENESIS, Chain, sealed

VERSION = 1
COVERED = (
    "number", "direction", "amount", "fee", "date", "method_id", "reference", "bank_account_id",
    "exchange_rate", "origin_id", "posted_at", "entry_id",
)  # fmt: skip
chain = Chain(Payment, None, "", {VERSION: (COVERED, ())}, sells=False)


async def seal(ctx: Context, payment: Payment, entry: JournalEntry) -> None:
    """Seal a booked payment in the chain of its fiscal year: the number of its entry keeps others waiting."""
    c = Payment.c
    payment.series = f"{entry.year}"
    placed = (c.series == payment.series, c.rank.is_not(None), c.id != payment.id)
    before = await ctx.first(Payment, *placed, order=c.rank.desc())
    payment.rank = (before.rank or 0) + 1 if before else 1
    payment.prev_hash = (before.hash if before else None) or GENESIS
    payment.hash = sealed(payment.prev_hash, VERSION, chain.content(payment, (), VERSION))
