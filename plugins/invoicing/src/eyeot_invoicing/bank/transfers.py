"""Transfers: two movements that are one, from an account of ours to another."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from eyeot import Conflict, Context, Exact, Input, Output, RecordRef, action, invalid
from eyeot_invoicing.bank.booking import Ledger
from eyeot_invoicing.bank.matching import Matching, TransactionMatched, Wish, taken
from eyeot_invoicing.bank.statements import (
    BankTransaction,
    remaining,
    restate,
    transaction_lifecycle,
)
from eyeot_invoicing.ids import BankTransactionId
from eyeot_invoicing.ledger.booking import Leg
from eyeot_sales.trade.amounts import money


class Pair(Input):
    """The movement that went out and the one that came in, in whichever order."""

    a: BankTransactionId
    b: BankTransactionId
    exchange_rate: Annotated[
        Exact | None,
        Field(gt=0, description="Where both accounts are in another currency, if not the day's."),
    ] = None


class Paired(Output):
    """Both, as they stand."""

    a: BankTransactionId
    b: BankTransactionId
    amount: Exact
    currency: str


@action(
    "invoicing.bank_transaction.mark_internal_transfer",
    risk="w",
    en=(
        "Mark an internal transfer; money moved between our own accounts; pair two bank movements; savings "
        "account transfer"
    ),
    fr=(
        "Marquer un virement interne; argent déplacé entre nos comptes; apparier deux mouvements; virement "
        "de compte à compte"
    ),
    example={
        "a": "$invoicing.bank_transaction?status=unmatched&remittance=VIREMENT INTERNE",
        "b": "$invoicing.bank_transaction?status=unmatched&remittance=VIREMENT INTERNE RECU",
    },
    events=("invoicing.bank_transaction.matched",),
    record=BankTransaction,
)
async def mark_internal_transfer(ctx: Context, data: Pair) -> Paired:
    """Pair two movements of our own accounts, booked through the account of internal transfers (580)."""
    first, second = sorted((data.a, data.b))
    one, statement = await taken(ctx, first)
    other, other_statement = await taken(ctx, second)
    _refuse_unlike(one, other)
    for mine, theirs in ((one, other), (other, one)):
        await _book(ctx, mine, theirs, data.exchange_rate)
    for each in {statement.id: statement, other_statement.id: other_statement}.values():
        await restate(ctx, each)
    return Paired(a=data.a, b=data.b, amount=abs(one.amount.amount), currency=one.amount.currency)


def _refuse_unlike(one: BankTransaction, other: BankTransaction) -> None:
    if one.bank_account_id == other.bank_account_id:
        raise invalid("b", "both movements are of one account")
    for each in (one, other):
        transaction_lifecycle.check(each, "match")
    if one.amount.currency != other.amount.currency or remaining(one) != -remaining(other):
        raise Conflict(
            reason=f"{remaining(one):+f} {one.amount.currency} and {remaining(other):+f}"
            f" {other.amount.currency} are not one transfer.",
            remedy="Book each with invoicing.bank_transaction.create_entry on 580000, its fees apart.",
        )
    if one.remaining != one.amount or other.remaining != other.amount:
        raise Conflict(
            reason="A part of them is matched already.",
            remedy="Undo that with invoicing.bank_transaction.unmatch first.",
        )


async def _book(
    ctx: Context, mine: BankTransaction, theirs: BankTransaction, rate: Decimal | None
) -> None:
    ledger = await Ledger.of(ctx, mine, rate)
    matching = Matching(ctx, mine, ledger, Wish())
    whole = ledger.of_books(mine.amount.amount)
    passing = await ledger.accounts.role("transfer")
    legs = [Leg(await ledger.account(), whole), Leg(passing, -whole)]
    entry = await ledger.entry(mine, f"Virement interne {ledger.bank.name}", legs)
    target = RecordRef.to(theirs.meta.name, theirs.id)
    await matching.note("transfer", target, mine.amount.amount, entry_id=entry.id)
    mine.remaining = money(matching.left, matching.currency)
    transaction_lifecycle.take(mine, "match")
    ctx.emit(TransactionMatched(transaction_id=mine.id))
