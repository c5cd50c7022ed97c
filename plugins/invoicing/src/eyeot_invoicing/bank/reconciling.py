"""Reconciling: a statement's movements, what is certain by itself, and whether all is explained."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from eyeot import Conflict, Context, Event, Exact, Input, Output, Problem, Tool, action
from eyeot_invoicing.bank.accounts import BankAccount, in_books
from eyeot_invoicing.bank.booking import Direct
from eyeot_invoicing.bank.matching import Asked, Wish, matched
from eyeot_invoicing.bank.rules import ReconciliationRule, in_use, rule_for
from eyeot_invoicing.bank.scoring import CERTAIN, Fit, certain
from eyeot_invoicing.bank.statements import (
    BankStatement,
    BankTransaction,
    remaining,
    restate,
    statement_lifecycle,
    transaction_lifecycle,
)
from eyeot_invoicing.bank.suggesting import fits_for
from eyeot_invoicing.bank.transfers import Pair, mark_internal_transfer
from eyeot_invoicing.ids import BankStatementId, BankTransactionId
from eyeot_sales.trade.amounts import ZERO

_LEAST = 60


class AutoReconciled(Event, name="invoicing.bank_statement.auto_reconciled"):
    """What was certain of a statement was matched."""

    statement_id: BankStatementId
    matched: int


class Auto(Input):
    """A statement, and how certain something must be."""

    id: BankStatementId
    min_confidence: Annotated[
        int,
        Field(ge=_LEAST, le=100, description="Of 100: the document's number and amount are 90."),
    ] = CERTAIN


class Done(Output):
    """A movement that was matched."""

    transaction_id: BankTransactionId
    amount: Exact
    label: str
    by: Annotated[
        str, Field(description="The rule's name, or the score of what it was matched with.")
    ]


class Left(Output):
    """A movement that somebody must look at."""

    transaction_id: BankTransactionId
    amount: Exact
    told: str
    best: Annotated[int, Field(description="Score of the best candidate; 0: there is none.")]
    label: str = ""
    why: Annotated[str, Field(description="Why it was not matched.")] = ""


class Reconciled(Output):
    """What was matched, and what waits."""

    statement_id: BankStatementId
    status: str
    matched: list[Done]
    suggested: list[Left]
    unmatched: list[Left]


@dataclass(slots=True)
class _Result:
    matched: list[Done] = field(default_factory=list)
    suggested: list[Left] = field(default_factory=list)
    unmatched: list[Left] = field(default_factory=list)


@action(
    "invoicing.bank_statement.auto_reconcile",
    risk="w",
    en=(
        "Reconcile a bank statement automatically; match what is certain; apply bank rules; reconcile the "
        "bank; tick off payments received"
    ),
    fr=(
        "Rapprocher automatiquement un relevé; faire le rapprochement bancaire; appliquer les règles de la "
        "banque; pointer les règlements reçus; lettrer la banque"
    ),
    example={"id": "$invoicing.bank_statement?status=imported"},
    events=("invoicing.bank_statement.auto_reconciled", "invoicing.bank_transaction.matched"),
    record=BankStatement,
    next=(
        "invoicing.bank_statement.reconcile_status",
        "invoicing.bank_transaction.suggest_matches",
    ),
)
async def auto_reconcile(ctx: Context, data: Auto) -> Reconciled:
    """Apply rules and match what is certain; the rest waits with its best candidate. Safe to repeat."""
    statement = await ctx.get(BankStatement, data.id, lock=True)
    if statement.status == "locked":
        raise Conflict(
            reason=f"The statement {statement.name} is locked: all of it is explained.",
            remedy="Reconcile the next one; invoicing.bank_statement.list shows them.",
        )
    c = BankTransaction.c
    rows = await ctx.find(
        BankTransaction,
        c.statement_id == statement.id,
        c.status.in_(("unmatched", "suggested")),
        order=c.position,
    )
    known, result = await in_use(ctx), _Result()
    for id in [one.id for one in rows]:
        # Read again each time: what an attempt before wrote, it wrote through a context of its own.
        transaction = await ctx.get(BankTransaction, id, lock=True)
        await _decide(ctx, transaction, known, data.min_confidence, result)
    statement = await ctx.get(BankStatement, data.id, lock=True)
    await restate(ctx, statement)
    ctx.emit(AutoReconciled(statement_id=statement.id, matched=len(result.matched)))
    return Reconciled(
        statement_id=statement.id,
        status=statement.status,
        matched=result.matched,
        suggested=result.suggested,
        unmatched=result.unmatched,
    )


async def _decide(
    ctx: Context,
    transaction: BankTransaction,
    known: Sequence[ReconciliationRule],
    least: int,
    result: _Result,
) -> None:
    """Match one movement if that is certain; else note what it may be."""
    if transaction.status == "matched":
        # The other side of a transfer that this statement held both ends of.
        return
    rule = rule_for(known, transaction)
    if rule and (done := await _by_rule(ctx, transaction, rule)):
        result.matched.append(done)
        return
    fits = await fits_for(ctx, transaction)
    why = ""
    if (fit := certain(fits, least)) and transaction.remaining == transaction.amount:
        try:
            async with ctx.attempt() as part:
                await _match(part, transaction, fit)
        except Problem as refused:
            why = refused.body()["message"]
            transaction = await ctx.get(BankTransaction, transaction.id, lock=True)
        else:
            told = f"{fit.label} ({fit.score})"
            result.matched.append(_done(transaction, told, fit.label))
            return
    _wait(transaction, fits, result, why or _why(fits, least))


def _done(transaction: BankTransaction, by: str, label: str) -> Done:
    amount = transaction.amount.amount
    return Done(transaction_id=transaction.id, amount=amount, label=label, by=by)


async def _by_rule(
    ctx: Context, transaction: BankTransaction, rule: ReconciliationRule
) -> Done | None:
    """Do what a rule says; something only where it books by itself what nobody looks at."""
    if rule.label and transaction.label is None:
        transaction.label = rule.label
    if rule.party_id and transaction.party_id is None:
        transaction.party_id = rule.party_id
    if rule.action != "book":
        rule.hits += 1
        return None
    if not rule.auto_confirm or rule.account_id is None:
        return None
    left = remaining(transaction)
    direct = Direct(rule.account_id, left, rule.tax_rate_id, rule.label or rule.name, rule.party_id)
    wish = Wish(direct=(direct,), automatic=True, rule_id=rule.id)
    await ctx.save(transaction)
    try:
        async with ctx.attempt() as part:
            await matched(part, transaction.id, wish)
    except Problem:
        return None
    rule = await ctx.get(ReconciliationRule, rule.id)
    rule.hits += 1
    return _done(transaction, rule.name, rule.label or rule.name)


async def _match(ctx: Context, transaction: BankTransaction, fit: Fit) -> None:
    if fit.kind == "transfer":
        other = fit.documents[0][0].id
        await mark_internal_transfer.handler(ctx, Pair(a=transaction.id, b=other))
        return
    documents = [Asked(ref, amount) for ref, amount in fit.documents]
    await matched(ctx, transaction.id, Wish(documents=documents, automatic=True))


def _wait(transaction: BankTransaction, fits: list[Fit], result: _Result, why: str) -> None:
    best = fits[0] if fits else None
    left = Left(
        transaction_id=transaction.id,
        amount=remaining(transaction),
        told=transaction.remittance or transaction.counterparty or "",
        best=best.score if best else 0,
        label=best.label if best else "",
        why=why,
    )
    (result.suggested if best else result.unmatched).append(left)
    if best and transaction.status == "unmatched":
        transaction_lifecycle.take(transaction, "suggest")


def _why(fits: list[Fit], least: int) -> str:
    if not fits:
        return "nothing fits"
    if fits[0].score < least:
        return f"the best candidate has {fits[0].score} of {least}"
    rivals = [one.label for one in fits[1:] if one.score >= fits[0].score]
    return f"as good: {', '.join(rivals)}" if rivals else "the amount is another"


class StatementChosen(Input):
    """One statement."""

    id: BankStatementId


class Standing(Output):
    """How far a statement is."""

    statement_id: BankStatementId
    status: str
    movements: int
    matched: int
    suggested: int
    unmatched: int
    ignored: int
    opening: Exact
    closing: Exact
    unexplained: Annotated[Exact, Field(description="Sum of what no entry explains.")]
    in_books: Annotated[Exact, Field(description="What the books say on its last day.")]
    gap: Annotated[Exact, Field(description="Closing balance less that.")]
    blocks: Annotated[list[BankTransactionId], Field(description="Movements to look at.")]
    can_be_locked: bool


async def _rows(ctx: Context, statement: BankStatement) -> list[BankTransaction]:
    c = BankTransaction.c
    return await ctx.find(BankTransaction, c.statement_id == statement.id, order=c.position)


@action(
    "invoicing.bank_statement.reconcile_status",
    risk="r",
    en=(
        "Status of a bank reconciliation; what is left to reconcile; what blocks the statement; "
        "is the bank reconciled; how far is the reconciliation"
    ),
    fr=(
        "État du rapprochement bancaire; que reste-t-il à rapprocher; qu'est-ce qui bloque le "
        "relevé; la banque est-elle rapprochée; où en est le rapprochement"
    ),
    example={"id": "$invoicing.bank_statement"},
    record=BankStatement,
    next=("invoicing.bank_statement.lock",),
)
async def reconcile_status(ctx: Context, data: StatementChosen) -> Standing:
    """Tell how many movements of a statement are explained, the gap to the books, and what blocks it."""
    statement = await ctx.get(BankStatement, data.id)
    account = await ctx.get(BankAccount, statement.bank_account_id)
    rows = await _rows(ctx, statement)
    waiting = [one for one in rows if one.status in ("unmatched", "suggested")]
    booked = await in_books(ctx, account, statement.end)
    return Standing(
        statement_id=statement.id,
        status=statement.status,
        movements=len(rows),
        matched=sum(one.status == "matched" for one in rows),
        suggested=sum(one.status == "suggested" for one in rows),
        unmatched=sum(one.status == "unmatched" for one in rows),
        ignored=sum(one.status == "ignored" for one in rows),
        opening=statement.opening.amount,
        closing=statement.closing.amount,
        unexplained=sum((remaining(one) for one in waiting), ZERO),
        in_books=booked,
        gap=Decimal(statement.closing.amount) - booked,
        blocks=[one.id for one in waiting[:50]],
        can_be_locked=statement.status == "reconciled",
    )


@action(
    "invoicing.bank_statement.lock",
    risk="x",
    en=(
        "Lock a reconciled bank statement; close the bank reconciliation of a month; freeze a statement; it "
        "changes no more"
    ),
    fr=(
        "Verrouiller un relevé rapproché; clôturer le rapprochement bancaire du mois; figer un relevé "
        "bancaire"
    ),
    example={"id": "$invoicing.bank_statement?status=reconciled"},
    record=BankStatement,
)
async def lock(ctx: Context, data: StatementChosen) -> BankStatement:
    """Lock a statement whose movements are all explained; no match of it is undone any more."""
    statement = await ctx.get(BankStatement, data.id, lock=True)
    if statement.status in ("imported", "in_progress"):
        waiting = [
            one for one in await _rows(ctx, statement) if one.status in ("unmatched", "suggested")
        ]
        raise Conflict(
            reason=f"{len(waiting)} movements of {statement.name} are not explained.",
            remedy="invoicing.bank_statement.reconcile_status names them.",
        )
    c = BankStatement.c
    earlier = await ctx.first(
        BankStatement,
        c.bank_account_id == statement.bank_account_id,
        c.status != "locked",
        c.end < statement.start,
        order=c.end,
    )
    if earlier:
        raise Conflict(
            reason=f"The earlier statement {earlier.name} is not locked.",
            remedy="Lock them in the order of their days.",
        )
    statement_lifecycle.take(statement, "lock")
    return statement


reconcile_statement = Tool(
    name="reconcile_bank_statement",
    title="Reconcile a bank statement",
    action="invoicing.bank_statement.auto_reconcile",
    doc="Match what is certain of a statement; answers what was matched and what somebody must look at.",
    show=("id", "min_confidence"),
)
