"""Matching: says what a movement was, so that it and what it is matched with come to nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from eyeot import Conflict, Context, Event, RecordRef, invalid, minor_units
from eyeot_invoicing.bank.booking import Direct, Ledger
from eyeot_invoicing.bank.statements import (
    BankMatch,
    BankStatement,
    BankTransaction,
    matches_of,
    open_statement,
    remaining,
    restate,
    transaction_lifecycle,
)
from eyeot_invoicing.ids import BankTransactionId
from eyeot_invoicing.ledger.booking import Leg
from eyeot_invoicing.payments.methods import account_of, method_of
from eyeot_invoicing.payments.pieces import PIECES, PieceKind
from eyeot_invoicing.payments.posting import post_payment
from eyeot_invoicing.payments.record import Payment, lifecycle
from eyeot_sales.trade.amounts import ZERO, money, rounded


class TransactionMatched(Event, name="invoicing.bank_transaction.matched"):
    """All of a movement is explained."""

    transaction_id: BankTransactionId


@dataclass(frozen=True, slots=True)
class Asked:
    """A document or payment that a movement is matched with; the amount is positive."""

    ref: RecordRef
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """All that one movement is matched with."""

    documents: Sequence[Asked] = ()
    direct: Sequence[Direct] = ()
    difference_account_id: UUID | None = None
    party_id: UUID | None = None
    method_id: UUID | None = None
    exchange_rate: Decimal | None = None
    partly: bool = False
    automatic: bool = False
    rule_id: UUID | None = None


async def taken(ctx: Context, id: UUID) -> tuple[BankTransaction, BankStatement]:
    """A movement and its statement, both locked, the statement first as everywhere."""
    seen = await ctx.get(BankTransaction, id)
    statement = await open_statement(ctx, seen)
    return await ctx.get(BankTransaction, id, lock=True), statement


class Matching:
    """One movement that is being matched."""

    def __init__(
        self, ctx: Context, transaction: BankTransaction, ledger: Ledger, wish: Wish
    ) -> None:
        self.ctx = ctx
        self.transaction = transaction
        self.ledger = ledger
        self.wish = wish
        self.left = remaining(transaction)
        self.sign = 1 if self.left > 0 else -1
        self.parties: set[UUID] = set()
        self.position = 0

    @property
    def currency(self) -> str:
        """That of the account."""
        return self.ledger.bank.currency

    async def note(
        self,
        kind: Literal["piece", "payment", "entry", "transfer"],
        target: RecordRef,
        amount: Decimal,
        **facts: Any,
    ) -> None:
        """Write down what a part of the movement was."""
        self.position += 1
        self.left -= amount
        await self.ctx.add(
            BankMatch(
                transaction_id=self.transaction.id,
                position=self.position,
                kind=kind,
                target=target,
                amount=money(amount, self.currency),
                automatic=self.wish.automatic,
                rule_id=self.wish.rule_id,
                **facts,
            )
        )

    async def run(self) -> None:
        """Match all that is wished, and refuse what leaves something unexplained without saying so."""
        self.position = len(await matches_of(self.ctx, self.transaction))
        pieces: list[tuple[PieceKind, Any, Decimal]] = []
        for one in sorted(self.wish.documents, key=lambda asked: asked.ref):
            if one.ref.kind == Payment.meta.name:
                await self._link(one)
            else:
                pieces.append(await self._piece(one, self._kept_for(pieces)))
        for part in self.wish.direct:
            await self._direct(part)
        await self._settle(pieces)
        await self._difference()
        if self.left and not self.wish.partly:
            raise Conflict(
                reason=f"{self.left:+f} {self.currency} of the movement is not explained.",
                remedy=(
                    "Add what it is, give difference_account_id, or partly=true to leave it for later;"
                    " party_id keeps it as an advance."
                ),
                field="allocations",
            )

    def _kept_for(self, pieces: Sequence[tuple[PieceKind, Any, Decimal]]) -> Decimal:
        return sum((amount for _, _, amount in pieces), ZERO)

    async def _piece(self, asked: Asked, before: Decimal) -> tuple[PieceKind, Any, Decimal]:
        """A document that is to be settled, with how much of it."""
        kind = PIECES.get(asked.ref.kind)
        if kind is None:
            raise invalid(
                "allocations",
                f"a {asked.ref.kind} is not settled by money; give {', '.join(PIECES)} or payments",
            )
        piece: Any = await self.ctx.open(asked.ref, lock=True)
        wanted = "in" if self.sign > 0 else "out"
        if kind.direction != wanted:
            raise invalid("allocations", f"{piece.number} is not paid by money that goes {wanted}")
        if piece.currency != self.currency:
            raise invalid("allocations", f"{piece.number} is in {piece.currency}")
        if piece.status not in kind.open:
            raise Conflict(
                reason=f"{piece.number} is {piece.status}: nothing is due on it.",
                remedy="invoicing.bank_transaction.suggest_matches shows what is due.",
                field="allocations",
            )
        rest = abs(self.left) - before
        amount = kind.due(piece) if asked.amount is None else asked.amount
        if asked.amount is None and self.wish.difference_account_id is None:
            amount = min(amount, rest)
        if amount <= 0:
            raise invalid("allocations", f"nothing of the movement is left for {piece.number}")
        if amount > rest and self.wish.difference_account_id is None:
            raise invalid("allocations", f"{rest:f} of the movement is left for {piece.number}")
        return kind, piece, amount

    async def _settle(self, pieces: Sequence[tuple[PieceKind, Any, Decimal]]) -> None:
        """Record a payment for each party and let it settle their documents; what is over is an advance."""
        by_party: dict[UUID, list[tuple[PieceKind, Any, Decimal]]] = {}
        for one in pieces:
            by_party.setdefault(one[1].party_id, []).append(one)
        party_id = self.wish.party_id
        if party_id is not None and self.wish.difference_account_id is None:
            by_party.setdefault(party_id, [])
        over = self._over(by_party, pieces)
        for party, parts in sorted(by_party.items()):
            extra = over if party == (party_id or party) else ZERO
            total = self._kept_for(parts) + extra
            if total:
                await self._pay(party, parts, total)

    def _over(
        self, by_party: dict[UUID, Any], pieces: Sequence[tuple[PieceKind, Any, Decimal]]
    ) -> Decimal:
        """What is an advance of a party: the rest, where it is clear whose."""
        rest = abs(self.left) - self._kept_for(pieces)
        clear = self.wish.party_id is not None or (len(by_party) == 1 and not self.wish.partly)
        if rest <= 0 or self.wish.difference_account_id is not None or not clear:
            return ZERO
        return rest

    async def _pay(
        self, party_id: UUID, parts: Sequence[tuple[PieceKind, Any, Decimal]], total: Decimal
    ) -> None:
        transaction = self.transaction
        payment = await self.ctx.add(
            Payment(
                direction="in" if self.sign > 0 else "out",
                party_id=party_id,
                amount=money(total, self.currency),
                date=transaction.booked_on,
                method_id=self.wish.method_id,
                bank_account_id=self.ledger.bank.id,
                reference=(transaction.end_to_end_id or transaction.remittance or "")[:140] or None,
                exchange_rate=self.ledger.rate,
            )
        )
        await post_payment(self.ctx, payment)
        for kind, piece, amount in parts:
            await kind.settle(self.ctx, payment, piece, amount)
        payment_ref = RecordRef.to(payment.meta.name, payment.id)
        target = RecordRef.to(parts[0][1].meta.name, parts[0][1].id) if parts else payment_ref
        self._seen(payment)
        self.parties.add(party_id)
        await self.note(
            "piece", target, self.sign * total, payment_id=payment.id, entry_id=payment.entry_id
        )

    def _seen(self, payment: Payment) -> None:
        """Note on a payment that the bank's statement shows all of it."""
        payment.bank_transaction = RecordRef.to(self.transaction.meta.name, self.transaction.id)
        payment.reconciled_on = self.transaction.booked_on
        if payment.status == "posted":
            lifecycle.take(payment, "reconcile")

    async def _link(self, asked: Asked) -> None:
        """Match with a payment that was booked before, and clear the account that it waited on."""
        payment = await self.ctx.get(Payment, asked.ref.id, lock=True)
        if payment.amount.currency != self.currency:
            raise invalid("allocations", f"{payment.number} is in {payment.amount.currency}")
        left = await unseen(self.ctx, payment, self.sign)
        if left <= 0:
            raise Conflict(
                reason=f"Nothing of the payment {payment.number or 'that is no more than a draft'} is"
                " missing on the statement in this direction.",
                remedy="invoicing.bank_transaction.suggest_matches shows what may fit.",
                field="allocations",
            )
        rest = self.sign * self.left
        amount = asked.amount if asked.amount is not None else min(left, rest)
        beyond = amount > rest and self.wish.difference_account_id is None
        if amount <= 0 or amount > left or beyond:
            raise invalid(
                "allocations", f"{left:f} of {payment.number} and {rest:f} of the movement are left"
            )
        entry_id = await self._clear(payment, self.sign * amount)
        target = RecordRef.to(payment.meta.name, payment.id)
        await self.note(
            "payment", target, self.sign * amount, payment_id=payment.id, entry_id=entry_id
        )
        if amount == left and payment.status == "posted":
            self._seen(payment)
        self.parties.add(payment.party_id)

    async def _clear(self, payment: Payment, amount: Decimal) -> UUID | None:
        """Book from the account that a payment waited on (cheques, another bank's) to this bank's."""
        method = await method_of(self.ctx, payment.method_id)
        waited = await account_of(self.ctx, method, self.ledger.accounts, payment.bank_account_id)
        ours = await self.ledger.account()
        if waited.id == ours.id:
            return None
        whole = self.ledger.of_books(amount)
        legs = [Leg(ours, whole), Leg(waited, -whole)]
        label = f"Encaissement {payment.number}" if amount > 0 else f"Décaissement {payment.number}"
        return (await self.ledger.entry(self.transaction, label, legs)).id

    async def _direct(self, part: Direct) -> None:
        if not part.amount:
            raise invalid("parts", "a part of nothing is none")
        entry = await self.ledger.direct(self.transaction, part)
        target = RecordRef.to(entry.meta.name, entry.id)
        await self.note("entry", target, part.amount, entry_id=entry.id)

    async def _difference(self) -> None:
        account = self.wish.difference_account_id
        if account is not None and self.left:
            await self._direct(Direct(account, self.left, label=self.transaction.label))


async def unseen(ctx: Context, payment: Payment, sign: int) -> Decimal:
    """What of a payment should move in a direction (1: in, -1: out) and no statement shows yet."""
    way = 1 if payment.direction == "in" else -1
    fee = payment.fee.amount if payment.fee else ZERO
    if payment.status in ("posted", "reconciled", "bounced") and sign == way:
        should = payment.amount.amount - way * fee
    elif payment.status == "bounced":
        should = payment.amount.amount
        should += payment.bounce_fee.amount if payment.bounce_fee else ZERO
    else:
        return ZERO
    if payment.origin_id is not None and payment.direction == "in":
        return ZERO
    c = BankMatch.c
    seen = sa.select(sa.func.coalesce(sa.func.sum(c.amount_amount), 0).label("seen")).where(
        ctx.within(BankMatch),
        c.payment_id == payment.id,
        c.undone_on.is_(None),
        c.amount_amount > 0 if sign > 0 else c.amount_amount < 0,
    )
    places = minor_units(payment.amount.currency)
    return rounded(should - abs((await ctx.rows(seen))[0]["seen"]), places)


async def matched(ctx: Context, id: UUID, wish: Wish) -> BankTransaction:
    """Match a movement as wished, all of it or nothing."""
    transaction, statement = await taken(ctx, id)
    if transaction.status in ("matched", "ignored"):
        transaction_lifecycle.check(transaction, "match")
    ledger = await Ledger.of(ctx, transaction, wish.exchange_rate)
    matching = Matching(ctx, transaction, ledger, wish)
    await matching.run()
    transaction.remaining = money(matching.left, matching.currency)
    if len(matching.parties) == 1 and transaction.party_id is None:
        transaction.party_id = next(iter(matching.parties))
    if matching.left:
        if transaction.status == "unmatched":
            transaction_lifecycle.take(transaction, "suggest")
    else:
        transaction_lifecycle.take(transaction, "match")
        ctx.emit(TransactionMatched(transaction_id=transaction.id))
    await restate(ctx, statement)
    return transaction


def with_direct(wish: Wish, *parts: Direct) -> Wish:
    """A wish with parts that are booked directly."""
    return replace(wish, direct=(*wish.direct, *parts))
