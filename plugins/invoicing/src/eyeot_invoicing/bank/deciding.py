"""Deciding: what people and agents say a movement was."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from eyeot import Conflict, Context, Exact, Input, Money, RecordRef, Tool, action, invalid
from eyeot_crm.parties import Party
from eyeot_invoicing.bank.booking import Direct
from eyeot_invoicing.bank.matching import Asked, Wish, matched, taken
from eyeot_invoicing.bank.statements import (
    BankTransaction,
    matches_of,
    remaining,
    restate,
    transaction_lifecycle,
)
from eyeot_invoicing.ids import (
    AccountId,
    BankTransactionId,
    PartyId,
    PaymentMethodId,
    TaxRateId,
)
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.payments.methods import PaymentMethod


class Allotment(Input):
    """A document or payment, and how much of it."""

    record: Annotated[
        RecordRef, Field(description="An invoice, or a payment that was booked before.")
    ]
    amount: Annotated[
        Money | None, Field(description="Above 0; all that is due and left when left out.")
    ] = None


class Match(Input):
    """A movement, and what it was."""

    id: BankTransactionId
    allocations: Annotated[list[Allotment], Field(max_length=200)] = Field(default_factory=list)
    party_id: Annotated[
        PartyId | None,
        Field(description="Whose advance it is, as far as nothing else explains it."),
    ] = None
    difference_account_id: Annotated[
        AccountId | None,
        Field(
            description="Where the difference is booked: what is missing too, such as bank fees."
        ),
    ] = None
    method_id: PaymentMethodId | None = None
    exchange_rate: Annotated[
        Exact | None,
        Field(
            gt=0,
            description="Units of the books' currency for one of the account's; the day's rate otherwise.",
        ),
    ] = None
    partly: Annotated[bool, Field(description="Whether the rest may wait for a later call.")] = (
        False
    )


def amount_in(amount: Money | None, currency: str) -> Decimal | None:
    """An amount that must be in the movement's currency."""
    if amount is not None and amount.currency != currency:
        raise invalid("allocations", f"the movement is in {currency}")
    return amount.amount if amount else None


@action(
    "invoicing.bank_transaction.match",
    risk="w",
    en=(
        "Match a bank transaction; reconcile a bank movement with invoices or payments; this transfer pays "
        "these invoices; tick off a bank line"
    ),
    fr=(
        "Rapprocher une opération bancaire; lettrer un mouvement avec des factures ou des règlements; ce "
        "virement paie ces factures; pointer une ligne de relevé"
    ),
    example={
        "id": "$invoicing.bank_transaction?status=unmatched",
        "allocations": [{"record": "$invoicing.invoice?status=posted"}],
    },
    events=("invoicing.bank_transaction.matched", "invoicing.payment.posted"),
    record=BankTransaction,
    next=("invoicing.bank_transaction.unmatch",),
)
async def match(ctx: Context, data: Match) -> BankTransaction:
    """Say what a movement was: invoices, which a payment is recorded for, or payments booked before."""
    if not data.allocations and data.party_id is None:
        raise invalid("allocations", "give what it was, or party_id to keep it as an advance")
    refs = [one.record for one in data.allocations]
    if len(set(refs)) < len(refs):
        raise invalid("allocations", "names a record twice; give one amount for each")
    seen = await ctx.get(BankTransaction, data.id)
    await _refuse_unknown(ctx, data)
    wish = Wish(
        documents=[
            Asked(one.record, amount_in(one.amount, seen.amount.currency))
            for one in data.allocations
        ],
        difference_account_id=data.difference_account_id,
        party_id=data.party_id,
        method_id=data.method_id,
        exchange_rate=data.exchange_rate,
        partly=data.partly,
    )
    return await matched(ctx, data.id, wish)


async def _refuse_unknown(ctx: Context, data: Match) -> None:
    """Refuse what is not there, even where nothing would be left for it."""
    named = (
        (Party, data.party_id),
        (LedgerAccount, data.difference_account_id),
        (PaymentMethod, data.method_id),
    )
    for record, id in named:
        if id is not None:
            await ctx.get(record, id)


class NewEntry(Input):
    """A movement, and the account that it is booked on."""

    id: BankTransactionId
    account_id: AccountId
    tax_rate_id: Annotated[
        TaxRateId | None, Field(description="The VAT within it; none when left out.")
    ] = None
    label: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    exchange_rate: Annotated[Exact | None, Field(gt=0)] = None


@action(
    "invoicing.bank_transaction.create_entry",
    risk="w",
    en=(
        "Book a bank movement on an account; enter a bank fee, interest or tax; book a bank line directly; "
        "record a charge of the bank"
    ),
    fr=(
        "Comptabiliser une opération bancaire sur un compte; saisir des frais bancaires, des intérêts ou "
        "une taxe; imputer une ligne de relevé; enregistrer un prélèvement"
    ),
    example={
        "id": "$invoicing.bank_transaction?status=unmatched",
        "account_id": "$invoicing.ledger_account?code=627000",
        "label": "Frais de tenue de compte",
    },
    events=("invoicing.bank_transaction.matched",),
    record=BankTransaction,
    next=("invoicing.bank_transaction.unmatch",),
)
async def create_entry(ctx: Context, data: NewEntry) -> BankTransaction:
    """Book what is left of a movement on an account, its VAT apart: a bank's fee, interest, a tax."""
    seen = await ctx.get(BankTransaction, data.id)
    part = Direct(data.account_id, remaining(seen), data.tax_rate_id, data.label, seen.party_id)
    return await matched(ctx, data.id, Wish(direct=(part,), exchange_rate=data.exchange_rate))


class SplitPart(Input):
    """A part of a movement: for a document or payment, or on an account."""

    amount: Annotated[
        Money, Field(description="With the movement's sign: what went out is negative.")
    ]
    record: RecordRef | None = None
    account_id: AccountId | None = None
    tax_rate_id: TaxRateId | None = None
    label: Annotated[str | None, Field(min_length=1, max_length=200)] = None


class Split(Input):
    """A movement, and what its parts were."""

    id: BankTransactionId
    parts: Annotated[list[SplitPart], Field(min_length=2, max_length=100)]
    exchange_rate: Annotated[Exact | None, Field(gt=0)] = None


@action(
    "invoicing.bank_transaction.split",
    risk="w",
    en=(
        "Split a bank transaction over accounts and documents; one transfer for several things; break a "
        "bank movement down"
    ),
    fr=(
        "Ventiler une opération bancaire; un virement pour plusieurs choses; répartir un mouvement sur "
        "plusieurs comptes ou pièces; éclater une ligne de relevé"
    ),
    example={
        "id": "$invoicing.bank_transaction?status=unmatched&remittance=ECHEANCE PRET 2026-11",
        "parts": [
            {
                "amount": {"amount": "-380.00"},
                "account_id": "$invoicing.ledger_account?code=164000",
                "label": "Capital",
            },
            {
                "amount": {"amount": "-20.00"},
                "account_id": "$invoicing.ledger_account?code=661000",
                "label": "Intérêts",
            },
        ],
    },
    events=("invoicing.bank_transaction.matched", "invoicing.payment.posted"),
    record=BankTransaction,
    next=("invoicing.bank_transaction.unmatch",),
)
async def split(ctx: Context, data: Split) -> BankTransaction:
    """Say what the parts of a movement were, which sum up to it to the cent."""
    seen = await ctx.get(BankTransaction, data.id)
    currency, left = seen.amount.currency, remaining(seen)
    amounts = [amount_in(one.amount, currency) or Decimal(0) for one in data.parts]
    total = sum(amounts, Decimal(0))
    if total != left:
        raise Conflict(
            reason=f"The parts sum to {total:f}, the movement to {left:f} {currency}.",
            remedy="Give amounts with the movement's sign that sum up to it.",
            field="parts",
        )
    if any((one.record is None) == (one.account_id is None) for one in data.parts):
        raise invalid("parts", "give record or account_id for each part, not both")
    documents, direct = [], []
    for one, amount in zip(data.parts, amounts, strict=True):
        if one.record is not None:
            if amount * left <= 0:
                raise invalid("parts", "what goes to a document has the movement's sign")
            documents.append(Asked(one.record, abs(amount)))
        elif one.account_id is not None:
            direct.append(Direct(one.account_id, amount, one.tax_rate_id, one.label, seen.party_id))
    wish = Wish(documents=documents, direct=direct, exchange_rate=data.exchange_rate)
    return await matched(ctx, data.id, wish)


class Ignore(Input):
    """A movement, and why the books need nothing of it."""

    id: BankTransactionId
    reason: Annotated[str, Field(min_length=1, max_length=200)]


@action(
    "invoicing.bank_transaction.ignore",
    risk="w",
    en=(
        "Ignore a bank transaction; leave a bank movement out of the books; booked before we began; "
        "already in the opening balances"
    ),
    fr=(
        "Ignorer une opération bancaire; ne pas comptabiliser un mouvement; déjà comptabilisé avant; déjà "
        "dans les à-nouveaux"
    ),
    example={
        "id": "$invoicing.bank_transaction?status=unmatched",
        "reason": "Reprise : déjà dans le bilan d'ouverture",
    },
    record=BankTransaction,
)
async def ignore(ctx: Context, data: Ignore) -> BankTransaction:
    """Leave a movement out of the books, with the reason: what it was stands there already."""
    transaction, statement = await taken(ctx, data.id)
    transaction_lifecycle.check(transaction, "ignore")
    if await matches_of(ctx, transaction):
        raise Conflict(
            reason="A part of the movement is matched.",
            remedy="Undo that with invoicing.bank_transaction.unmatch first.",
        )
    transaction.label = data.reason
    transaction_lifecycle.take(transaction, "ignore")
    await restate(ctx, statement)
    return transaction


match_transaction = Tool(
    name="match_bank_transaction",
    title="Match a bank transaction",
    action="invoicing.bank_transaction.match",
    doc="Say which invoices or payments a bank movement was; suggest_matches of it tells candidates.",
    show=("id", "allocations", "party_id", "difference_account_id"),
)
