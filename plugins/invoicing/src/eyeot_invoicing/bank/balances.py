"""Balances: what the bank and the books say is on an account, and what makes the difference."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Exact, Input, Output, RecordRef, action, minor_units
from eyeot_invoicing.bank.accounts import BankAccount, in_books
from eyeot_invoicing.bank.statements import BankMatch, BankStatement, BankTransaction
from eyeot_invoicing.ids import BankAccountId
from eyeot_invoicing.ledger.entries import EntryLine, JournalEntry
from eyeot_invoicing.payments.record import Payment
from eyeot_sales.trade.amounts import ZERO, rounded

_MOST_SHOWN = 100


class At(Input):
    """An account and a day."""

    id: BankAccountId
    date: Annotated[dt.date | None, Field(description="Today when left out.")] = None


class Difference(Output):
    """Something that the bank and the books do not both know."""

    kind: Annotated[
        Literal["not_booked", "not_at_bank", "before"],
        Field(
            description="not_booked: a movement that nothing explains; not_at_bank: an entry that no movement"
            " shows; before: what the first statement opened with and no entry did."
        ),
    ]
    record: RecordRef | None = None
    date: dt.date | None = None
    amount: Annotated[
        Exact, Field(description="What it adds to the bank's balance less the books'.")
    ]
    told: str = ""


class Balances(Output):
    """Both balances and what makes the gap, to the cent."""

    date: dt.date
    currency: str
    bank: Annotated[Exact | None, Field(description="None: no statement goes so far.")]
    statement_until: dt.date | None
    in_books: Exact
    gap: Annotated[
        Exact | None,
        Field(description="None where the account is not in the currency of the books."),
    ]
    differences: list[Difference]
    unexplained: Annotated[
        Exact | None,
        Field(description="What the differences leave of the gap; 0 when all is told."),
    ]


@action(
    "invoicing.bank_account.balance_at",
    risk="r",
    en=(
        "Balance of a bank account at a date; how much is on the account; bank balance and book "
        "balance, gap explained; bank reconciliation statement; how much money is in the bank"
    ),
    fr=(
        "Solde d'un compte bancaire à une date; combien y a-t-il sur le compte; solde banque et "
        "solde comptable, écart expliqué; état de rapprochement; combien il y a en banque"
    ),
    example={"id": "$invoicing.bank_account?status=active"},
    record=BankAccount,
)
async def balance_at(ctx: Context, data: At) -> Balances:
    """Tell what the bank and the books say is on an account at the end of a day, and what makes the gap."""
    account = await ctx.get(BankAccount, data.id)
    on = data.date or ctx.today
    booked = await in_books(ctx, account, on)
    bank, until = await at_bank(ctx, account, on)
    house = await ctx.organization()
    comparable = bank is not None and account.currency == house.currency
    found = await _differences(ctx, account, on) if comparable else []
    gap = bank - booked if bank is not None and comparable else None
    told = sum((one.amount for one in found), ZERO)
    return Balances(
        date=on,
        currency=account.currency,
        bank=bank,
        statement_until=until,
        in_books=booked,
        gap=gap,
        differences=found[:_MOST_SHOWN],
        unexplained=None if gap is None else gap - told,
    )


async def at_bank(
    ctx: Context, account: BankAccount, on: dt.date
) -> tuple[Decimal | None, dt.date | None]:
    """The bank's balance at the end of a day: the first opening and all movements since."""
    c, t = BankStatement.c, BankTransaction.c
    ours = c.bank_account_id == account.id
    first = await ctx.first(BankStatement, ours, order=(c.start, c.end, c.created_at))
    if first is None or on < first.start:
        opening = account.opening_balance if first is None else None
        return (Decimal(opening.amount), None) if opening else (None, None)
    total = sa.select(sa.func.coalesce(sa.func.sum(t.amount_amount), 0).label("total")).where(
        ctx.within(BankTransaction), t.bank_account_id == account.id, t.booked_on <= on
    )
    moved = rounded((await ctx.rows(total))[0]["total"], minor_units(account.currency))
    last = await ctx.first(BankStatement, ours, order=c.end.desc())
    until = min(on, last.end) if last else None
    return Decimal(first.opening.amount) + moved, until


async def _differences(ctx: Context, account: BankAccount, on: dt.date) -> list[Difference]:
    found = await _before(ctx, account)
    explained = await _explained(ctx, account, on)
    t = BankTransaction.c
    rows = await ctx.find(
        BankTransaction, t.bank_account_id == account.id, t.booked_on <= on, order=t.booked_on
    )
    for one in rows:
        left = one.amount.amount - explained.get(one.id, ZERO)
        if left:
            ref = RecordRef.to(one.meta.name, one.id)
            told = one.remittance or one.counterparty or ""
            found.append(
                Difference(
                    kind="not_booked", record=ref, date=one.booked_on, amount=left, told=told
                )
            )
    return found + await _unseen(ctx, account, on)


async def _before(ctx: Context, account: BankAccount) -> list[Difference]:
    c = BankStatement.c
    first = await ctx.first(
        BankStatement, c.bank_account_id == account.id, order=(c.start, c.end, c.created_at)
    )
    if first is None or not first.opening.amount:
        return []
    amount = Decimal(first.opening.amount)
    return [Difference(kind="before", date=first.start, amount=amount, told=first.name)]


async def _explained(ctx: Context, account: BankAccount, on: dt.date) -> dict[UUID, Decimal]:
    """What of each movement was matched with something that is booked by that day."""
    m, t = BankMatch.c, BankTransaction.c
    statement = (
        sa.select(m.transaction_id.label("id"), sa.func.sum(m.amount_amount).label("total"))
        .join(BankTransaction.meta.table, sa.and_(t.org_id == m.org_id, t.id == m.transaction_id))
        .where(
            ctx.within(BankMatch),
            ctx.within(BankTransaction),
            t.bank_account_id == account.id,
            t.booked_on <= on,
            m.undone_on.is_(None),
        )
        .group_by(m.transaction_id)
    )
    places = minor_units(account.currency)
    return {one["id"]: rounded(one["total"], places) for one in await ctx.rows(statement)}


async def _unseen(ctx: Context, account: BankAccount, on: dt.date) -> list[Difference]:
    """What entries put on the account, less what movements up to that day showed of them."""
    shown = await _shown(ctx, account, on)
    totals: dict[str, list[dict[str, Any]]] = {}
    for one in await _booked(ctx, account, on):
        totals.setdefault(_key(one), []).append(one)
    found = []
    for key, lines in totals.items():
        left = rounded(sum((one["amount"] for one in lines), ZERO) - shown.get(key, ZERO))
        if left:
            last = lines[-1]
            ref = RecordRef.to(JournalEntry.meta.name, last["id"])
            found.append(
                Difference(
                    kind="not_at_bank",
                    record=ref,
                    date=last["date"],
                    amount=-left,
                    told=last["label"],
                )
            )
    return found


def _key(one: dict[str, Any]) -> str:
    """An entry by what movements are matched with: a payment, one that came back, or the entry itself."""
    kind, _, id = (one["source"] or "").partition("/")
    if kind != Payment.meta.name:
        return str(one["id"])
    return f"{id} {'own' if one['id'] == one['payment_entry_id'] else 'back'}"


async def _booked(ctx: Context, account: BankAccount, on: dt.date) -> list[dict[str, Any]]:
    """The lines on the account that stand, with the payments that they are of."""
    line, entry, payment = EntryLine.c, JournalEntry.c, Payment.c
    entries, payments = JournalEntry.meta.table, Payment.meta.table
    statement = (
        sa.select(
            entry.id,
            entry.date,
            entry.label,
            entry.source,
            payment.entry_id.label("payment_entry_id"),
            (line.debit - line.credit).label("amount"),
        )
        .join(entries, sa.and_(line.org_id == entry.org_id, line.entry_id == entry.id))
        .outerjoin(payments, sa.and_(payment.org_id == entry.org_id, payment.entry_id == entry.id))
        .where(
            ctx.within(EntryLine),
            ctx.within(JournalEntry),
            line.account_id == account.account_id,
            line.date <= on,
            entry.status == "validated",
            entry.reverses_id.is_(None),
        )
        .order_by(entry.date, entry.id)
    )
    return await ctx.rows(statement)


async def _shown(ctx: Context, account: BankAccount, on: dt.date) -> dict[str, Decimal]:
    """What movements showed, by what they were matched with."""
    m, t, p = BankMatch.c, BankTransaction.c, Payment.c
    statement = (
        sa.select(m.entry_id, m.kind, m.payment_id, p.direction, m.amount_amount.label("amount"))
        .join(BankTransaction.meta.table, sa.and_(t.org_id == m.org_id, t.id == m.transaction_id))
        .outerjoin(Payment.meta.table, sa.and_(p.org_id == m.org_id, p.id == m.payment_id))
        .where(
            ctx.within(BankMatch),
            ctx.within(BankTransaction),
            t.bank_account_id == account.id,
            t.booked_on <= on,
            m.undone_on.is_(None),
        )
    )
    found: dict[str, Decimal] = {}
    for one in await ctx.rows(statement):
        key = str(one["entry_id"])
        if one["kind"] == "piece" or one["entry_id"] is None:
            own = (one["amount"] > 0) == (one["direction"] == "in")
            key = f"{one['payment_id']} {'own' if own else 'back'}"
        found[key] = found.get(key, ZERO) + one["amount"]
    return found
