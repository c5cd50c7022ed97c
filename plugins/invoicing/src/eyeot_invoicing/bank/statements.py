"""Statements: what the bank told of an account, and each of its movements."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict

from eyeot import (
    Conflict,
    Context,
    Exact,
    Lifecycle,
    Money,
    Privacy,
    Record,
    RecordRef,
    Resource,
    Through,
    by_hand,
    field,
    follows,
    ref,
)
from eyeot_invoicing.reading import BOOKS
from eyeot_invoicing.retention import KEPT

StatementFormat = Literal["camt053", "mt940", "ofx", "cfonb120", "csv", "open_banking"]


class Part(BaseModel):
    """One of the payments that the bank booked together as one movement."""

    model_config = ConfigDict(extra="forbid")

    amount: Exact
    counterparty: str | None = None
    iban: str | None = None
    remittance: str | None = None
    end_to_end_id: str | None = None


class BankStatement(
    Record,
    name="invoicing.bank_statement",
    prefix="bst",
    needs=BOOKS,
    label="name",
    hint=("status",),
    search=("name",),
    unique=(("digest", "bank_account_id", "position"),),
    index=(("bank_account_id", "end"),),
    state="status",
    sort="-end",
    archivable=False,
):
    """A statement: opening balance, movements, closing balance."""

    name: str = field("The account and its days.", access="read", max_length=200)
    bank_account_id: UUID = ref("invoicing.bank_account", "Its account.", access="create")
    start: date = field("Its first day.", access="create")
    end: date = field("Its last day.", access="create")
    opening: Money = field("What was on the account before.", access="create")
    closing: Money = field("What was on it after.", access="create")
    format: StatementFormat = field("What the file was.", access="create", filter=False)
    digest: str = field("SHA-256 of the file.", access="create", max_length=64)
    position: int = field("Which statement of the file, from 1.", access="create", default=1)
    document_id: UUID | None = ref("core.document", "The file.", access="read", default=None)
    movements: int = field("How many movements it brought.", access="read", default=0)
    skipped: int = field("How many of the file were known already.", access="read", default=0)
    status: Literal["imported", "in_progress", "reconciled", "locked"] = field(
        "reconciled: every movement is explained; locked: nothing changes any more.",
        access="read",
        default="imported",
    )


statement_lifecycle = Lifecycle(
    "status",
    "imported",
    (
        follows("begin", "imported", "reconciled", to="in_progress"),
        follows("finish", "imported", "in_progress", to="reconciled"),
        follows("restart", "in_progress", "reconciled", to="imported"),
        by_hand("lock", "reconciled", to="locked"),
    ),
)
bank_statements = Resource(
    BankStatement,
    adding="list get search count export history attach_document list_documents",
    en="bank statement; bank statements; account statement; statement of account of the bank",
    fr="relevé bancaire; relevés bancaires; relevé de compte; extrait de compte",
    lifecycle=statement_lifecycle,
)


class BankTransaction(
    Record,
    name="invoicing.bank_transaction",
    prefix="btx",
    needs=BOOKS,
    label="remittance",
    hint=("booked_on", "counterparty"),
    search=("remittance", "counterparty", "end_to_end_id"),
    exact=("end_to_end_id",),
    unique=(("bank_account_id", "fingerprint"),),
    index=(
        ("bank_account_id", "booked_on"),
        ("statement_id", "position"),
        ("status", "booked_on"),
        ("counterparty_iban",),
    ),
    state="status",
    sort="-booked_on",
    archivable=False,
):
    """One movement on one of our accounts; what the bank told of it never changes."""

    bank_account_id: UUID = ref("invoicing.bank_account", "The account.", access="create")
    statement_id: UUID = ref("invoicing.bank_statement", "The statement.", access="create")
    position: int = field("Its place there, from 1.", access="create")
    booked_on: date = field("When the bank booked it.", access="create")
    value_on: date | None = field("From when interest counts it.", access="create", default=None)
    amount: Money = field("Positive: it came in.", access="create")
    counterparty: str | None = field(
        "Who paid or was paid, as the bank writes it.",
        access="create",
        max_length=140,
        default=None,
        personal=True,
    )
    counterparty_iban: str | None = field(
        "Their IBAN.", access="create", max_length=34, default=None, personal=True
    )
    remittance: str | None = field(
        "What they wrote.", access="create", max_length=500, default=None, personal=True
    )
    end_to_end_id: str | None = field(
        "Their reference.", access="create", max_length=100, default=None
    )
    bank_code: str | None = field(
        "What the bank calls such a movement.", access="create", max_length=60, default=None
    )
    details: list[Part] = field(
        "The payments it is made of, where the bank tells.",
        access="create",
        default=list,
        personal=True,
    )
    fingerprint: str = field(
        "By what it is known again.", access="secret", max_length=64, filter=False
    )
    party_id: UUID | None = ref(
        "crm.party", "Who it is from or to.", access="read", default=None, personal=True
    )
    remaining: Money | None = field("What of it is not explained.", access="read", default=None)
    label: str | None = field("A note of ours.", max_length=200, default=None)
    receipt_asked_of: UUID | None = ref(
        "core.user", "Who was asked for its receipt.", access="read", default=None, soft=True
    )
    receipt_asked_at: datetime | None = field("When, last.", access="read", default=None)
    status: Literal["unmatched", "suggested", "matched", "ignored"] = field(
        "suggested: something fits and waits for a decision.", access="read", default="unmatched"
    )

    def complete(self) -> None:
        """Refuse any change of what the bank told."""
        if self.is_new:
            return
        changed = {n for n in self.meta.fields if self.__dict__[n] != self.stored(n)}
        if wrong := changed - MARKS:
            raise Conflict(
                reason=f"The bank told this movement's {min(wrong)}: it never changes.",
                remedy="Import the bank's corrected statement.",
            )


MARKS = frozenset({
    "party_id", "remaining", "label", "status", "receipt_asked_of", "receipt_asked_at", "updated_at",
    "version",
})  # fmt: skip
"""What may change on a movement."""
transaction_lifecycle = Lifecycle(
    "status",
    "unmatched",
    (
        follows("suggest", "unmatched", to="suggested"),
        by_hand("match", "unmatched", "suggested", to="matched"),
        by_hand("ignore", "unmatched", "suggested", to="ignored"),
        by_hand("unmatch", "matched", "suggested", "ignored", to="unmatched"),
    ),
)
bank_transactions = Resource(
    BankTransaction,
    profile="ledger",
    adding="update bulk_update history",
    en="bank transaction; bank transactions; bank movement; line of a bank statement",
    fr="opération bancaire; opérations bancaires; mouvement bancaire; ligne de relevé",
    gender="f",
    lifecycle=transaction_lifecycle,
    mutable=("label",),
)


privacy = Privacy(
    BankTransaction,
    keep=dict.fromkeys(("counterparty", "counterparty_iban", "remittance", "details"), KEPT),
)


class BankMatch(
    Record,
    name="invoicing.bank_match",
    prefix="bma",
    needs=BOOKS,
    label="id",
    index=(("target",), ("transaction_id", "undone_on")),
    reach=Through("transaction_id"),
    sort="position",
    archivable=False,
):
    """What a part of a movement was found to be; those that count sum up to it."""

    transaction_id: UUID = ref(
        "invoicing.bank_transaction", "The movement.", access="create", on_delete="CASCADE"
    )
    position: int = field("Its place, from 1.", access="create", default=1)
    kind: Literal["piece", "payment", "entry", "transfer"] = field(
        "piece: an invoice was settled by it; payment: it is one that was booked before; entry: it was"
        " booked directly; transfer: it went to or came from another account of ours.",
        access="create",
    )
    target: RecordRef = field("The invoice, payment, entry or movement.", access="create")
    amount: Money = field("How much of it, with its sign.", access="create")
    payment_id: UUID | None = ref(
        "invoicing.payment", "The payment.", access="create", default=None
    )
    entry_id: UUID | None = ref(
        "invoicing.journal_entry", "What was booked for it.", access="create", default=None
    )
    rule_id: UUID | None = ref(
        "invoicing.reconciliation_rule", "The rule that found it.", access="create", default=None
    )
    automatic: bool = field("Whether nobody looked at it.", access="create", default=False)
    undone_on: date | None = field("Since when it counts no more.", access="read", default=None)


class BankIdentity(
    Record,
    name="invoicing.bank_identity",
    prefix="bid",
    needs=BOOKS,
    label="value",
    unique=(("kind", "value"),),
    index=(("party_id",),),
    archivable=False,
):
    """What a party is known by at banks: learnt when somebody said who a movement is from."""

    party_id: UUID = ref("crm.party", "The party.", personal=True)
    kind: Literal["iban", "name"] = field("What it is.", access="create")
    value: str = field(
        "The IBAN, or the folded name.", access="create", max_length=140, personal=True
    )


def remaining(transaction: BankTransaction) -> Decimal:
    """What of a movement is not explained, with its sign."""
    left = transaction.remaining
    return Decimal(left.amount if left is not None else transaction.amount.amount)


async def matches_of(ctx: Context, transaction: BankTransaction) -> list[BankMatch]:
    """What a movement was found to be, that still counts."""
    c = BankMatch.c
    return await ctx.find(
        BankMatch, c.transaction_id == transaction.id, c.undone_on.is_(None), order=c.position
    )


async def open_statement(ctx: Context, transaction: BankTransaction) -> BankStatement:
    """The statement of a movement, or a refusal when it is locked."""
    statement = await ctx.get(BankStatement, transaction.statement_id, lock=True)
    if statement.status == "locked":
        raise Conflict(
            reason=f"The statement {statement.name} is locked: its movements stay as they are.",
            remedy="Book a correction with invoicing.journal_entry.create.",
        )
    return statement


async def restate(ctx: Context, statement: BankStatement) -> None:
    """Say how far a statement is, by its movements."""
    c = BankTransaction.c
    settled = sa.func.count().filter(c.status.in_(("matched", "ignored")))
    figures: list[Any] = [sa.func.count().label("total"), settled.label("done")]
    counted = sa.select(*figures).where(ctx.within(BankTransaction), c.statement_id == statement.id)
    (found,) = await ctx.rows(counted)
    complete = found["done"] == found["total"]
    wanted = "reconciled" if complete else "in_progress" if found["done"] else "imported"
    if wanted != statement.status:
        name = {"reconciled": "finish", "in_progress": "begin", "imported": "restart"}[wanted]
        statement_lifecycle.take(statement, name)


def named(account: Any, start: date, end: date) -> str:
    """What a statement is called."""
    return f"{account.name} {start:%Y-%m-%d}/{end:%Y-%m-%d}"[:200]
