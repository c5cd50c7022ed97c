"""Undoing: takes back what a movement was said to be, in a period that is open."""

from typing import Any

from eyeot import Conflict, Context, Input, RecordRef, action
from eyeot_invoicing.bank.matching import taken
from eyeot_invoicing.bank.statements import (
    BankMatch,
    BankTransaction,
    matches_of,
    restate,
    transaction_lifecycle,
)
from eyeot_invoicing.ids import BankTransactionId
from eyeot_invoicing.ledger.entries import JournalEntry
from eyeot_invoicing.ledger.periods import check_open
from eyeot_invoicing.ledger.taking_back import take_back
from eyeot_invoicing.payments.record import Payment, lifecycle
from eyeot_invoicing.payments.withdrawing import Withdrawal, live, withdraw
from eyeot_invoicing.vat.due import VatDue, back_on
from eyeot_sales.trade.amounts import ZERO, money


class Unmatch(Input):
    """A movement."""

    id: BankTransactionId


@action(
    "invoicing.bank_transaction.unmatch",
    risk="w",
    en=(
        "Undo the match of a bank transaction; this movement was matched with the wrong invoice; "
        "unreconcile a bank line; matched by mistake"
    ),
    fr=(
        "Annuler le rapprochement d'une opération bancaire; ce mouvement était rapproché de la "
        "mauvaise facture; dépointer une ligne de relevé; rapprochement fait par erreur"
    ),
    example={"id": "$invoicing.bank_transaction?status=matched"},
    record=BankTransaction,
    next=("invoicing.bank_transaction.match",),
)
async def unmatch(ctx: Context, data: Unmatch) -> BankTransaction:
    """Take back what a movement was matched with: what it paid is due again, entries are reversed."""
    transaction, statement = await taken(ctx, data.id)
    transaction_lifecycle.check(transaction, "unmatch")
    found = await matches_of(ctx, transaction)
    if not found and transaction.status == "suggested":
        raise Conflict(
            reason="Nothing of the movement is matched.",
            remedy="invoicing.bank_transaction.suggest_matches tells what it may be.",
        )
    await check_open(ctx, transaction.booked_on)
    for one in reversed(found):
        await _undo(ctx, transaction, one)
    transaction.remaining = transaction.amount
    transaction_lifecycle.take(transaction, "unmatch")
    await restate(ctx, statement)
    return transaction


async def _undo(ctx: Context, transaction: BankTransaction, one: BankMatch) -> None:
    cause = RecordRef.to(transaction.meta.name, transaction.id)
    if one.kind == "piece":
        await _cancel(ctx, one, cause)
    elif one.kind == "payment":
        await _let_go(ctx, one)
    if one.kind != "piece" and one.entry_id is not None:
        await _reverse(ctx, one.entry_id, cause)
    one.undone_on = ctx.today
    if one.kind == "transfer":
        await _other(ctx, transaction, one)


async def _cancel(ctx: Context, one: BankMatch, cause: RecordRef) -> None:
    """Cancel the payment that the match recorded; what it settled is due again."""
    assert one.payment_id
    payment = await ctx.get(Payment, one.payment_id, lock=True)
    lifecycle.check(payment, "cancel")
    parts = await live(ctx, payment)
    if any(part.settles.kind == payment.meta.name for part in parts):
        raise Conflict(
            reason=f"A part of {payment.number} was given back or passed on to another customer.",
            remedy="Take that back first.",
        )
    day = payment.date or ctx.today
    await withdraw(ctx, payment, parts, Withdrawal(ctx.today, cause))
    assert payment.entry_id
    await take_back(ctx, payment.entry_id, day, cause)
    payment.unallocated = money(ZERO, payment.amount.currency)
    payment.reconciled_on, payment.bank_transaction = None, None
    lifecycle.take(payment, "cancel")


async def _let_go(ctx: Context, one: BankMatch) -> None:
    """Let a payment that was booked before wait for its movement again."""
    assert one.payment_id
    payment = await ctx.get(Payment, one.payment_id, lock=True)
    if payment.status == "reconciled":
        payment.reconciled_on, payment.bank_transaction = None, None
        lifecycle.take(payment, "unreconcile")


async def _reverse(ctx: Context, entry_id: Any, cause: RecordRef) -> None:
    """Reverse an entry on its day, and take the VAT of it back."""
    entry = await ctx.get(JournalEntry, entry_id)
    opposite = await take_back(ctx, entry_id, entry.date, cause)
    if opposite is None:
        return
    c = VatDue.c
    apart = {"id", "due_on", "base", "tax", "entry_id", "return_id"}
    for row in await ctx.find(VatDue, c.cause == RecordRef.to(entry.meta.name, entry.id)):
        same = {name: getattr(row, name) for name in VatDue.meta.fields if name not in apart}
        on = back_on(ctx, [row])
        back = VatDue(**same, base=-row.base, tax=-row.tax, due_on=on, entry_id=opposite.id)
        await ctx.add(back)


async def _other(ctx: Context, transaction: BankTransaction, one: BankMatch) -> None:
    """Free the movement on the other account of ours too."""
    other = await ctx.get(BankTransaction, one.target.id)
    mine = RecordRef.to(transaction.meta.name, transaction.id)
    parts = [part for part in await matches_of(ctx, other) if part.target == mine]
    if not parts:
        return
    other, statement = await taken(ctx, one.target.id)
    for part in parts:
        part.undone_on = ctx.today
        if part.entry_id is not None:
            await _reverse(ctx, part.entry_id, mine)
    other.remaining = other.amount
    transaction_lifecycle.take(other, "unmatch")
    await restate(ctx, statement)
