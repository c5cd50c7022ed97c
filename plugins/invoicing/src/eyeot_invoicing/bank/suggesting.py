"""Suggesting: what a movement may be, ranked, with the reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Exact, Input, Output, RecordRef, Tool, action
from eyeot_crm.parties import Party
from eyeot_invoicing.bank.accounts import BankAccount
from eyeot_invoicing.bank.matching import unseen
from eyeot_invoicing.bank.parties import known_party, named_parties
from eyeot_invoicing.bank.scoring import (
    POINTS,
    Document,
    Fit,
    ReasonCode,
    Seen,
    group,
    mentions,
    plain,
    ranked,
    reasons_for,
)
from eyeot_invoicing.bank.statements import BankTransaction, remaining
from eyeot_invoicing.ids import BankTransactionId
from eyeot_invoicing.payments.pieces import PIECES, PieceKind
from eyeot_invoicing.payments.record import Payment

_MOST_LOOKED_AT = 300
_TRANSFER_DAYS = 6
_WAITING = ("posted", "bounced")


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known of a movement before anything is compared with it."""

    transaction: BankTransaction
    seen: Seen
    sign: int
    by: dict[UUID, str]
    """By what each party is known to be behind it."""


async def knowledge(ctx: Context, transaction: BankTransaction) -> Knowledge:
    """What the bank told of a movement, and who may be behind it."""
    left = remaining(transaction)
    told = [transaction.remittance, transaction.end_to_end_id, transaction.label]
    parts: list[Any] = list(transaction.details or [])
    told += [one.get(name) for one in parts for name in ("remittance", "end_to_end_id")]
    by: dict[UUID, str] = {}
    if known := await known_party(ctx, transaction):
        by[known[0]] = known[1]
    for one in await named_parties(ctx, transaction):
        by.setdefault(one.id, "name")
    words = plain(" ".join(one for one in told if one))
    seen = Seen(abs(left), transaction.booked_on, words, transaction.counterparty or "")
    return Knowledge(transaction, seen, 1 if left > 0 else -1, by)


async def fits_for(ctx: Context, transaction: BankTransaction) -> list[Fit]:
    """All that a movement may be, the best first."""
    known = await knowledge(ctx, transaction)
    found: list[Fit] = []
    for kind in PIECES.values():
        if kind.direction == ("in" if known.sign > 0 else "out"):
            found += await _pieces(ctx, known, kind)
    found += await _payments(ctx, known)
    found += await _transfers(ctx, known)
    return ranked(one for one in found if one.reasons)


async def _pieces(ctx: Context, known: Knowledge, kind: PieceKind) -> list[Fit]:
    """Documents of which something is due: by their number, their amount or their party."""
    c = kind.record.c
    compact = sa.func.regexp_replace(c.number, "[^A-Za-z0-9]", "", "g")
    words = known.seen.words.replace(" ", "")
    rows: list[Any] = await ctx.find(
        kind.record,
        c.status.in_(kind.open),
        c.currency == known.transaction.amount.currency,
        sa.or_(
            c.amount_due_amount == known.seen.amount,
            c.party_id.in_(list(known.by)),
            sa.func.strpos(words, sa.func.upper(compact)) > 0,
        ),
        order=(c.due_date, c.number),
        limit=_MOST_LOOKED_AT,
    )
    names = await _names(ctx, [one.party_id for one in rows])
    documents = [(_document(one, names, kind), known.by.get(one.party_id)) for one in rows]
    found = [
        Fit("invoice", ((one.ref, min(one.due, known.seen.amount)),), one.label, reasons)
        for one, by in documents
        if (reasons := reasons_for(known.seen, one, by))
    ]
    together = group(known.seen, documents)
    return [*found, together] if together else found


def _document(row: Any, names: dict[UUID, str], kind: PieceKind) -> Document:
    told: list[Any] = list(getattr(row, "instalments", None) or [])
    references = [getattr(row, name, None) for name in ("number", "order_reference")]
    return Document(
        ref=RecordRef.to(row.meta.name, row.id),
        label=row.number or "",
        numbers=tuple(references),
        due=kind.due(row),
        party=names.get(row.party_id, ""),
        issued=getattr(row, "issue_date", None),
        instalments=tuple(Decimal(one["amount"]) for one in told),
    )


async def _names(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, str]:
    if not ids:
        return {}
    found = await ctx.find(Party, Party.c.id.in_(list(set(ids))))
    return {one.id: one.name for one in found}


async def _payments(ctx: Context, known: Knowledge) -> list[Fit]:
    """Payments that were booked and that no statement shows, cheques of one slip together."""
    c = Payment.c
    rows = await ctx.find(
        Payment,
        c.status.in_(_WAITING),
        c.amount_currency == known.transaction.amount.currency,
        order=(c.date.desc(), c.id),
        limit=_MOST_LOOKED_AT,
    )
    names = await _names(ctx, [one.party_id for one in rows])
    found, slips = list[Fit](), dict[str, list[tuple[Payment, Decimal]]]()
    for one in rows:
        near = _expected(one) == known.seen.amount or one.deposit_slip
        told = mentions(known.seen.words, one.number) or mentions(known.seen.words, one.reference)
        if not (near or told):
            continue
        left = await unseen(ctx, one, known.sign)
        if left <= 0:
            continue
        document = Document(
            ref=RecordRef.to(one.meta.name, one.id),
            label=one.number or "",
            numbers=(one.number, one.reference),
            due=left,
            party=names.get(one.party_id, ""),
            issued=one.bounced_on or one.date,
        )
        reasons = reasons_for(known.seen, document, known.by.get(one.party_id))
        if any(code in ("amount", "reference") for code, _ in reasons):
            found.append(Fit("payment", ((document.ref, left),), document.label, reasons))
        if one.deposit_slip:
            slips.setdefault(one.deposit_slip, []).append((one, left))
    return found + [fit for slip, rest in slips.items() if (fit := _slip(known.seen, slip, rest))]


def _expected(payment: Payment) -> Decimal:
    """What the bank shows of a payment when it shows all of it at once."""
    if payment.status == "bounced":
        taken = payment.bounce_fee.amount if payment.bounce_fee else Decimal(0)
        return Decimal(payment.amount.amount + taken)
    fee = payment.fee.amount if payment.fee else Decimal(0)
    return Decimal(payment.amount.amount - (fee if payment.direction == "in" else -fee))


def _slip(seen: Seen, slip: str, rest: list[tuple[Payment, Decimal]]) -> Fit | None:
    total = sum((left for _, left in rest), Decimal(0))
    if total != seen.amount:
        return None
    reasons: list[tuple[ReasonCode, str]] = [("amount_of_group", f"{total:f}")]
    if mentions(seen.words, slip) or " CHEQUE" in seen.words or " REMISE" in seen.words:
        reasons.append(("slip", slip))
    documents = tuple((RecordRef.to(one.meta.name, one.id), left) for one, left in rest)
    return Fit("payment", documents, slip, tuple(reasons))


async def _transfers(ctx: Context, known: Knowledge) -> list[Fit]:
    """Movements of the opposite amount on other accounts of ours, within some days."""
    c, mine = BankTransaction.c, known.transaction
    if mine.remaining != mine.amount:
        return []
    near = timedelta(days=_TRANSFER_DAYS)
    rows = await ctx.find(
        BankTransaction,
        c.bank_account_id != mine.bank_account_id,
        c.status.in_(("unmatched", "suggested")),
        c.remaining_amount == -mine.amount.amount,
        c.amount_amount == -mine.amount.amount,
        c.amount_currency == mine.amount.currency,
        c.booked_on.between(mine.booked_on - near, mine.booked_on + near),
        limit=_MOST_LOOKED_AT,
    )
    if not rows:
        return []
    accounts = {one.id: one for one in await ctx.find(BankAccount)}
    found = []
    for one in rows:
        theirs, ours = accounts[one.bank_account_id], accounts[mine.bank_account_id]
        reasons: list[tuple[ReasonCode, str]] = [("amount", f"{one.amount.amount:f}")]
        by_iban = theirs.iban == mine.counterparty_iban or ours.iban == one.counterparty_iban
        if by_iban and (mine.counterparty_iban or one.counterparty_iban):
            reasons.append(("own_account", theirs.name))
        reasons.append(("date", one.booked_on.isoformat()))
        ref = RecordRef.to(one.meta.name, one.id)
        found.append(Fit("transfer", ((ref, known.seen.amount),), theirs.name, tuple(reasons)))
    return found


class Ask(Input):
    """A movement."""

    id: BankTransactionId
    most: Annotated[int, Field(ge=1, le=50, description="Candidates told.")] = 5


class Reason(Output):
    """What speaks for it."""

    code: ReasonCode
    points: int
    told: str


class Candidate(Output):
    """Something that the movement may be."""

    kind: Annotated[str, Field(description="invoice, group, payment or transfer.")]
    records: list[RecordRef]
    amounts: list[Exact]
    label: str
    score: Annotated[int, Field(description="From 0 to 100; from 90 on nobody needs to look.")]
    reasons: list[Reason]


class Candidates(Output):
    """What it may be, the best first."""

    remaining: Exact
    currency: str
    candidates: list[Candidate]


@action(
    "invoicing.bank_transaction.suggest_matches",
    risk="r",
    en=(
        "Suggest matches of a bank transaction; what is this bank movement; which invoice does this transfer "
        "pay; candidates for a bank line"
    ),
    fr=(
        "Proposer des rapprochements d'une opération bancaire; qu'est-ce que ce mouvement; quelle facture "
        "paie ce virement; candidats pour une ligne de relevé"
    ),
    example={"id": "$invoicing.bank_transaction?status=unmatched"},
    record=BankTransaction,
    next=("invoicing.bank_transaction.match", "invoicing.bank_transaction.create_entry"),
)
async def suggest_matches(ctx: Context, data: Ask) -> Candidates:
    """Tell what a movement may be: invoices, payments, transfers of our own; each with a score and why."""
    transaction = await ctx.get(BankTransaction, data.id)
    open_still = transaction.status in ("unmatched", "suggested")
    fits = await fits_for(ctx, transaction) if open_still else []
    return Candidates(
        remaining=remaining(transaction),
        currency=transaction.amount.currency,
        candidates=[
            Candidate(
                kind=one.kind,
                records=[ref for ref, _ in one.documents],
                amounts=[amount for _, amount in one.documents],
                label=one.label,
                score=one.score,
                reasons=[
                    Reason(code=code, points=POINTS[code], told=told) for code, told in one.reasons
                ],
            )
            for one in fits[: data.most]
        ],
    )


suggest = Tool(
    name="suggest_bank_matches",
    title="Suggest bank matches",
    action="invoicing.bank_transaction.suggest_matches",
    doc="What a bank movement may be, each candidate with its score and the reasons.",
    show=("id", "most"),
)
