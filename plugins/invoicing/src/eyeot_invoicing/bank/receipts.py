"""Receipts: whoever paid by card is asked for the receipt that is missing."""

import tomllib
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import babel.dates
import babel.numbers
from pydantic import Field

from eyeot import Conflict, Context, Input, Mail, Output, RecordRef, Ref, action, kind
from eyeot_invoicing.bank.accounts import BankAccount
from eyeot_invoicing.bank.statements import BankTransaction
from eyeot_invoicing.ids import BankTransactionId

UserId = Annotated[UUID, Ref("core.user")]


@cache
def _texts() -> dict[str, dict[str, str]]:
    text = files("eyeot_invoicing.bank").joinpath("receipts.toml").read_text("utf-8")
    return tomllib.loads(text)


class ToAsk(Input):
    """A movement, and who paid."""

    transaction_id: BankTransactionId
    user_id: UserId
    message: Annotated[
        str | None, Field(max_length=1000, description="Added to the usual text.")
    ] = None


class Asked(Output):
    """Who was asked."""

    transaction_id: BankTransactionId
    user_id: UserId
    to: str
    asked_at: datetime


@action(
    "invoicing.bank_transaction.request_receipt",
    risk="e",
    en=(
        "Ask for a receipt; request the missing receipt of a card payment; whose receipt is missing; "
        "remind a colleague of an invoice"
    ),
    fr=(
        "Demander un justificatif; réclamer le ticket d'un paiement par carte; justificatif manquant; "
        "relancer un collègue pour une facture"
    ),
    example={
        "transaction_id": "$invoicing.bank_transaction?status=unmatched&amount_to=-0.01",
        "user_id": "$core.user?status=active",
    },
    record=BankTransaction,
    next=("invoicing.supplier_invoice.create_from_document",),
)
async def request_receipt(ctx: Context, data: ToAsk) -> Asked:
    """Mail whoever paid, with what is known of the payment, and ask for its receipt; once a day at most."""
    row = await ctx.get(BankTransaction, data.transaction_id, lock=True)
    user: Any = await ctx.get(kind("core.user"), data.user_id)
    _refuse_needless(ctx, row, user)
    await ctx.mail(await _mail(ctx, row, user, data.message))
    row.receipt_asked_of, row.receipt_asked_at = user.id, ctx.now
    return Asked(
        transaction_id=row.id, user_id=user.id, to=user.email, asked_at=row.receipt_asked_at
    )


def _refuse_needless(ctx: Context, row: BankTransaction, user: Any) -> None:
    if row.amount.amount > 0:
        raise Conflict(
            reason="Money came in by this movement: there is no receipt to ask for.",
            remedy="invoicing.bank_transaction.suggest_matches tells what it may be.",
            field="transaction_id",
        )
    if row.status in ("matched", "ignored"):
        raise Conflict(
            reason=f"The movement is {row.status}: it is explained already.",
            remedy="invoicing.bank_transaction.unmatch takes that back.",
            field="transaction_id",
        )
    if user.status != "active":
        raise Conflict(
            reason=f"{user.display_name} does not work here now.",
            remedy="Ask somebody else: core.user.list(status=active) shows who does.",
            field="user_id",
        )
    zone = ZoneInfo(ctx.timezone)
    if row.receipt_asked_at and row.receipt_asked_at.astimezone(zone).date() == ctx.today:
        raise Conflict(
            reason="Its receipt was asked for today already.",
            remedy="Ask again tomorrow, or enter the receipt with"
            " invoicing.supplier_invoice.create_from_document.",
        )


async def _mail(ctx: Context, row: BankTransaction, user: Any, message: str | None) -> Mail:
    language: Any = "fr" if user.locale.startswith("fr") else "en"
    texts = _texts()[language]
    account = await ctx.get(BankAccount, row.bank_account_id, beyond=True)
    house = await ctx.organization()
    asker: Any = await ctx.get(kind("core.user"), ctx.user_id, beyond=True) if ctx.user_id else None
    paid = row.amount
    values = {
        "name": user.display_name,
        "amount": babel.numbers.format_currency(abs(paid.amount), paid.currency, locale=language),
        "day": babel.dates.format_date(row.booked_on, "long", locale=language),
        "to": row.counterparty or texts["unknown"],
        "words": row.remittance or texts["unknown"],
        "account": account.name,
        "message": f"{message}\n\n" if message else "",
        "house": house.legal_name,
    }
    return Mail(
        to=user.email,
        name=user.display_name,
        subject=texts["subject"].format(**values)[:200],
        text=texts["text"].format(**values),
        language=language,
        sender_name=house.legal_name,
        reply_to=asker.email if asker else None,
        record=RecordRef.to(row.meta.name, row.id),
    )
