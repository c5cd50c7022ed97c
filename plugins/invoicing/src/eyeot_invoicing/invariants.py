"""Invariants: what always holds in the tables of invoicing, looked for by `eyeot doctor --invariants`."""

from typing import Any

import sqlalchemy as sa

from eyeot import Context, Record, invariant
from eyeot_invoicing.credit.record import CreditNote, CreditNoteLine
from eyeot_invoicing.invoices.record import Invoice, InvoiceLine
from eyeot_invoicing.ledger.entries import EntryLine, JournalEntry
from eyeot_invoicing.ledger.periods import FiscalPeriod
from eyeot_invoicing.payments.record import Allocation, Payment
from eyeot_invoicing.sealing import chains

_MOST = 20
_i, _e, _l, _p, _a = (
    Invoice.c, JournalEntry.c, EntryLine.c, Payment.c, Allocation.c,
)  # fmt: skip


def _sum(amount: Any) -> Any:
    return sa.func.coalesce(sa.func.sum(amount), 0)


def zero(amount: Any, otherwise: Any = 0) -> Any:
    """An amount, 0 where there is none."""
    return sa.func.coalesce(amount, otherwise)


async def named(ctx: Context, statement: sa.Select[*tuple[Any, ...]]) -> list[str]:
    """The breaches that a query finds: each row is `name` and `what`."""
    return [f"{row['name']}: {row['what']}" for row in await ctx.rows(statement.limit(_MOST))]


def _joined(one: type[Record], other: type[Record], by: str) -> Any:
    a, b = one.c, other.c
    return one.meta.table.join(
        other.meta.table, sa.and_(b.org_id == a.org_id, b[by] == a.id), isouter=True
    )


@invariant(
    "invoicing.sealed", "What is posted or validated says what it said then, in unbroken chains."
)
async def sealed(ctx: Context) -> list[str]:
    """Invariants 1 and 8."""
    told = [
        (name, (await chains[name].first_break(ctx, part))[2])
        for name in sorted(chains)
        for part in await chains[name].parts(ctx)
    ]
    return [f"{name} {broken.number}: {broken.reason}" for name, broken in told if broken]


@invariant(
    "invoicing.numbered",
    "Posted invoices and credit notes are numbered without a gap and dated in order; drafts have none.",
)
async def numbered(ctx: Context) -> list[str]:
    """Invariant 2."""
    found = [await _in_order(ctx, record) for record in (Invoice, CreditNote)]
    return [line for one in found for line in one]


async def _in_order(ctx: Context, record: type[Record]) -> list[str]:
    """The pieces of a kind that are out of place, and those whose number and state differ."""
    c: Any = record.c
    before = sa.func.lag(c.issue_date).over(partition_by=c.series, order_by=c.rank)
    place = sa.func.row_number().over(partition_by=c.series, order_by=c.rank)
    ranked = (
        sa.select(c.number, c.rank, c.issue_date, before.label("before"), place.label("place"))
        .where(ctx.within(record), c.rank.is_not(None))
        .subquery()
    )
    r = ranked.c
    wrong = sa.or_(r.rank != r.place, r.issue_date < r.before)
    gaps = sa.select(
        r.number.label("name"), sa.literal("a number is missing before it, or it is dated before it")
        .label("what"),
    ).where(wrong)  # fmt: skip
    drafts = sa.select(
        sa.cast(c.id, sa.Text).label("name"), sa.literal("its number and its state differ").label("what")
    ).where(ctx.within(record), (c.status == "draft") != c.number.is_(None))  # fmt: skip
    return [*await named(ctx, gaps), *await named(ctx, drafts)]


@invariant(
    "invoicing.balanced", "The debits of every validated entry are its credits, to the cent."
)
async def balanced(ctx: Context) -> list[str]:
    """Invariant 4; what holds for each entry holds for journals, periods and years."""
    sums = (
        sa.select(_e.id, _e.number, _e.total, _sum(_l.debit).label("debit"), _sum(_l.credit).label("credit"))
        .select_from(_joined(JournalEntry, EntryLine, "entry_id"))
        .where(ctx.within(JournalEntry), _e.status != "draft")
        .group_by(_e.id, _e.number, _e.total)
        .subquery()
    )  # fmt: skip
    s = sums.c
    what = sa.func.concat("debit ", s.debit, ", credit ", s.credit, ", total ", s.total)
    wrong = sa.or_(s.debit != s.credit, s.debit != s.total, s.debit == 0)
    return await named(ctx, sa.select(s.number.label("name"), what.label("what")).where(wrong))


@invariant(
    "invoicing.due",
    "What is due is the total less payments, credits and write-offs, never below 0.",
)
async def due(ctx: Context) -> list[str]:
    """Invariant 5."""
    left = (
        zero(_i.total_gross_amount) - zero(_i.paid_amount) - zero(_i.credited_amount)
        - zero(_i.written_off_amount)
    )  # fmt: skip
    owed = zero(_i.amount_due_amount)
    what = sa.func.concat(owed, " is due, ", left, " is left")
    wrong = sa.or_(owed != left, owed < 0, sa.and_(_i.status == "paid", owed != 0))
    posted = (ctx.within(Invoice), _i.status != "draft")
    return await named(
        ctx, sa.select(_i.number.label("name"), what.label("what")).where(*posted, wrong)
    )


@invariant(
    "invoicing.allocated",
    "What a payment settles is never more than the payment, nor than is paid.",
)
async def allocated(ctx: Context) -> list[str]:
    """Invariant 6."""
    counts = _a.undone_on.is_(None)
    paid = (
        sa.select(
            _p.number, _p.amount_amount.label("amount"), zero(_p.unallocated_amount).label("free"),
            _sum(sa.case((counts, _a.amount_amount), else_=0)).label("used"),
        )
        .select_from(_joined(Payment, Allocation, "payment_id"))
        .where(ctx.within(Payment), _p.status.in_(["posted", "reconciled"]))
        .group_by(_p.id, _p.number, _p.amount_amount, _p.unallocated_amount)
        .subquery()
    )  # fmt: skip
    p = paid.c
    what = sa.func.concat(p.used, " used and ", p.free, " free of ", p.amount)
    wrong = sa.or_(p.used > p.amount, p.free < 0)
    over = sa.select(p.number.label("name"), what.label("what")).where(wrong)
    settled = (
        sa.select(
            _i.number, zero(_i.paid_amount).label("paid"),
            _sum(sa.case((counts, _a.amount_amount), else_=0)).label("used"),
        )
        .select_from(_joined(Invoice, Allocation, "invoice_id"))
        .where(ctx.within(Invoice), _i.status != "draft")
        .group_by(_i.id, _i.number, _i.paid_amount)
        .subquery()
    )  # fmt: skip
    s = settled.c
    what = sa.func.concat(s.used, " allocated, ", s.paid, " counted as paid")
    other = sa.select(s.number.label("name"), what.label("what")).where(s.used != s.paid)
    return [*await named(ctx, over), *await named(ctx, other)]


@invariant("invoicing.lettered", "The lines of a letter balance, and are on one account.")
async def lettered(ctx: Context) -> list[str]:
    """Lettering says what settles what; letters of other software are as they came."""
    c = _l.letter
    wrong = (
        sa.select(c.label("name"), sa.cast(_sum(_l.debit - _l.credit), sa.Text).label("what"))
        .where(ctx.within(EntryLine), c.is_not(None), sa.func.length(c) <= 5)  # noqa: PLR2004 - ours are short
        .group_by(_l.account_id, c)
        .having(_sum(_l.debit - _l.credit) != 0)
    )
    return await named(ctx, wrong)


@invariant("invoicing.closed", "No entry was written in a fiscal year after it was closed.")
async def closed(ctx: Context) -> list[str]:
    """Invariant 13."""
    f = FiscalPeriod.c
    table = JournalEntry.meta.table.join(
        FiscalPeriod.meta.table,
        sa.and_(f.org_id == _e.org_id, f.month.is_(None), _e.date.between(f.start, f.end)),
    )
    # A draft may lie there: it can never be validated.
    late = sa.and_(f.status == "closed", _e.status != "draft", _e.created_at > f.closed_at)
    what = sa.func.concat("is dated ", _e.date, " in ", f.name, ", which was closed before")
    name = sa.func.coalesce(_e.number, _e.label)
    return await named(
        ctx,
        sa.select(name.label("name"), what.label("what"))
        .select_from(table)
        .where(ctx.within(JournalEntry), ctx.within(FiscalPeriod), late),
    )


@invariant(
    "invoicing.vat_due",
    "VAT that waits for a payment falls due with what is paid, and never more than was charged.",
)
async def vat_due(ctx: Context) -> list[str]:
    """Invariant 15: the rows that the return reads are those that payments made."""
    waiting = sa.func.jsonb_array_elements(_i.pending_vat).table_valued("value", name="w")
    w: Any = sa.literal_column("w.value")

    def number(name: str) -> Any:
        return sa.cast(w.op("->>")(name), sa.Numeric)

    over = (
        sa.select(
            _i.number.label("name"),
            sa.func.concat(number("released_tax"), " fell due of ", number("tax")).label("what"),
        )
        .select_from(Invoice.meta.table.join(waiting, sa.true()))
        .where(
            ctx.within(Invoice),
            sa.func.jsonb_typeof(_i.pending_vat) == "array",
            sa.or_(
                sa.func.abs(number("released_tax")) > sa.func.abs(number("tax")),
                # A deposit's falls due by delivery too.
                sa.and_(
                    zero(_i.paid_amount) == 0, number("released_tax") != 0, _i.status == "posted",
                    _i.kind != "deposit",
                ),
            ),
        )
    )  # fmt: skip
    return await named(ctx, over)


@invariant(
    "invoicing.deducted",
    "Of a deposit no more is taken off final invoices, or given back, than it was charged.",
)
async def deducted(ctx: Context) -> list[str]:
    """Invariant 3: nothing is counted twice, nor deducted twice."""
    n, m = CreditNote.c, CreditNoteLine.c
    posted = sa.select(_i.id).where(ctx.within(Invoice), _i.status != "draft")
    notes = sa.select(n.id).where(ctx.within(CreditNote), n.status != "draft")
    c, deposit = InvoiceLine.c, Invoice.meta.table.alias("deposit")
    d = deposit.c
    taken = sa.select(-_sum(c.net_amount)).where(
        c.org_id == d.org_id, c.deposit_id == d.id, c.invoice_id.in_(posted)
    )
    back = sa.select(_sum(m.net_amount)).where(
        m.org_id == d.org_id, m.deposit_id == d.id, m.credit_note_id.in_(notes)
    )
    given = sa.select(_sum(n.total_net_amount)).where(
        n.org_id == d.org_id, n.invoice_id == d.id, n.status != "draft"
    )
    used = taken.scalar_subquery() + back.scalar_subquery() + given.scalar_subquery()
    what = sa.func.concat(used, " is deducted or given back of ", d.total_net_amount)
    own = sa.and_(d.id.in_(posted), d.kind == "deposit")
    wrong = sa.or_(used > zero(d.total_net_amount), used < 0)
    return await named(ctx, sa.select(d.number.label("name"), what.label("what")).where(own, wrong))
