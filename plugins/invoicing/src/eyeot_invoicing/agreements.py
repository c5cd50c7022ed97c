"""Agreements: what is written in two places says the same in both; `eyeot doctor --invariants` looks."""

from typing import Any

import sqlalchemy as sa

from eyeot import Context, Record, invariant, kind
from eyeot_invoicing.bank.statements import BankMatch, BankStatement, BankTransaction
from eyeot_invoicing.credit.record import CreditAllocation, CreditNote
from eyeot_invoicing.invariants import named, zero
from eyeot_invoicing.invoices.record import Invoice
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.entries import EntryLine, JournalEntry
from eyeot_invoicing.payments.record import Allocation, Payment
from eyeot_invoicing.purchases.record import SupplierInvoice
from eyeot_invoicing.vat.due import VatDue

_i, _n, _p, _a = Invoice.c, CreditNote.c, Payment.c, Allocation.c
_s, _t, _m, _v = BankStatement.c, BankTransaction.c, BankMatch.c, VatDue.c
_c = CreditAllocation.c
_ACCOUNTS = {
    "collected": ("vat_collected",),
    "deductible": ("vat_deductible", "vat_deductible_assets"),
}


def _total(ctx: Context, record: type[Record], amount: Any, *where: Any) -> Any:
    """A sum over the rows of a record that belong to the one that is looked at."""
    summed = sa.select(zero(sa.func.sum(amount))).where(ctx.within(record), *where)
    return summed.correlate_except(record.meta.table).scalar_subquery()


def _named(record: type[Record]) -> Any:
    """A record as what refers to it has it."""
    return sa.func.concat(f"{record.meta.name}/", sa.cast(record.c.id, sa.Text))


async def _apart(
    ctx: Context, record: type[Record], name: Any, pair: tuple[Any, Any], *where: Any
) -> list[str]:
    """The rows of which two figures that should be one are not."""
    rows = sa.select(name.label("name"), pair[0].label("one"), pair[1].label("other"))
    r = rows.where(ctx.within(record), *where).subquery().c
    what = sa.func.concat(r.one, " where ", r.other, " is told elsewhere")
    return await named(ctx, sa.select(r.name, what.label("what")).where(r.one != r.other))


@invariant(
    "invoicing.registered",
    "The number of every posted piece is the one that the register of its series gave it.",
)
async def registered(ctx: Context) -> list[str]:
    """A number that nobody took, or that another piece took, is none; nor is one taken for nothing."""
    found: list[str] = []
    register: Any = kind("core.sequence_number")
    r = register.c
    for record in (Invoice, CreditNote, JournalEntry):
        c: Any = record.c
        given = sa.and_(r.org_id == c.org_id, sa.type_coerce(r.record, sa.Text) == _named(record))
        taken = sa.exists().where(given, r.number == c.number)
        ghosts = sa.select(
            zero(c.number, "none").label("name"), sa.literal("no series gave it this number").label("what")
        ).where(ctx.within(record), c.status != "draft", ~taken)  # fmt: skip
        found += await named(ctx, ghosts)
        borne = sa.exists().where(given, c.number == r.number)
        lost = sa.select(
            r.number.label("name"), sa.literal("was given, and no piece bears it").label("what")
        ).where(
            ctx.within(register), sa.type_coerce(r.record, sa.Text).startswith(f"{record.meta.name}/"), ~borne
        )  # fmt: skip
        found += await named(ctx, lost)
    return found


@invariant(
    "invoicing.credited",
    "Credit notes take back no more than their invoice, and are used as far as is counted.",
)
async def credited(ctx: Context) -> list[str]:
    """Of each invoice and of each credit note."""
    standing = _n.status != "draft"
    back = _total(ctx, CreditNote, _n.total_gross_amount, _n.invoice_id == _i.id, standing)
    over = sa.select(
        _i.number.label("name"),
        sa.func.concat(back, " is taken back of ", _i.total_gross_amount).label("what"),
    ).where(ctx.within(Invoice), _i.status != "draft", back > zero(_i.total_gross_amount))
    used = zero(_n.applied_amount) + zero(_n.refunded_amount) + zero(_n.remaining_amount)
    by_note = _total(ctx, CreditAllocation, _c.amount_amount, _c.credit_note_id == _n.id)
    by_invoice = _total(ctx, CreditAllocation, _c.amount_amount, _c.invoice_id == _i.id)
    whole, applied = zero(_n.total_gross_amount), zero(_n.applied_amount)
    return [
        *await named(ctx, over),
        *await _apart(ctx, CreditNote, _n.number, (used, whole), standing),
        *await _apart(ctx, CreditNote, _n.number, (applied, by_note), standing),
        *await _apart(
            ctx, Invoice, _i.number, (zero(_i.credited_amount), by_invoice), _i.status != "draft"
        ),
    ]


@invariant(
    "invoicing.free",
    "What is free of a payment is what settles nothing; a supplier is paid what payments say.",
)
async def free(ctx: Context) -> list[str]:
    """Payments against what they settle, on both sides."""
    used = _total(ctx, Allocation, _a.amount_amount, _a.payment_id == _p.id, _a.undone_on.is_(None))
    left, stands = _p.amount_amount - used, _p.status.in_(["posted", "reconciled"])
    incoming = (ctx.within(Payment), _p.direction == "in")
    c = SupplierInvoice.c
    settles = sa.type_coerce(_a.settles, sa.Text) == _named(SupplierInvoice)
    paid = _total(ctx, Allocation, _a.amount_amount, settles, _a.undone_on.is_(None))
    return [
        *await _apart(ctx, Payment, _p.number, (zero(_p.unallocated_amount), left), stands, *incoming),
        *await _apart(
            ctx, Payment, _p.number, (used, sa.literal(0)), _p.status.in_(["bounced", "cancelled"])
        ),
        *await _apart(
            ctx, SupplierInvoice, c.number, (zero(c.paid_amount), paid), c.entry_id.is_not(None)
        ),
    ]  # fmt: skip


@invariant(
    "invoicing.told",
    "A statement's movements lead from its opening to its closing balance, and are explained as counted.",
)
async def told(ctx: Context) -> list[str]:
    """Statements against their movements, movements against what explains them."""
    own = _t.statement_id == _s.id
    moved = _total(ctx, BankTransaction, _t.amount_amount, own)
    count = _total(ctx, BankTransaction, sa.literal(1), own)
    matched = _total(
        ctx, BankMatch, _m.amount_amount, _m.transaction_id == _t.id, _m.undone_on.is_(None)
    )
    label = sa.func.concat(_t.booked_on, " ", _t.amount_amount)
    explained = _t.amount_amount - zero(_t.remaining_amount)
    return [
        *await _apart(
            ctx, BankStatement, _s.name, (_s.closing_amount - _s.opening_amount, moved)
        ),
        *await _apart(ctx, BankStatement, _s.name, (_s.movements, count)),
        *await _apart(ctx, BankTransaction, label, (explained, matched)),
    ]  # fmt: skip


@invariant(
    "invoicing.vat_booked",
    "The VAT that fell due with an entry is what the entry books on the accounts of VAT.",
)
async def vat_booked(ctx: Context) -> list[str]:
    """The rows that the return reads against the entries that they name."""
    return [line for one in _ACCOUNTS for line in await _booked(ctx, one)]


async def _booked(ctx: Context, direction: str) -> list[str]:
    """The entries whose lines of VAT are not the rows of due VAT that name them."""
    e, line, account = JournalEntry.c, EntryLine.c, LedgerAccount.c
    rows = _total(
        ctx, VatDue, _v.tax, _v.entry_id == e.id, _v.direction == direction, _v.is_self_assessed.is_(False)
    )  # fmt: skip
    lines = EntryLine.meta.table.join(
        LedgerAccount.meta.table,
        sa.and_(account.org_id == line.org_id, account.id == line.account_id),
    )
    side = line.credit - line.debit if direction == "collected" else line.debit - line.credit
    booked = (
        sa.select(zero(sa.func.sum(side)))
        .select_from(lines)
        .where(ctx.within(EntryLine), line.entry_id == e.id, account.role.in_(_ACCOUNTS[direction]))
        .correlate(JournalEntry.meta.table)
        .scalar_subquery()
    )
    noted = sa.select(_v.entry_id).where(
        ctx.within(VatDue), _v.direction == direction, _v.is_self_assessed.is_(False)
    )
    return await _apart(ctx, JournalEntry, e.number, (rows, booked), e.id.in_(noted))
