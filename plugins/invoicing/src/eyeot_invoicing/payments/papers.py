"""Papers of payments: the receipt that a payer is given, and the slip that cheques go to the bank with."""

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Input, Layout, Output, Paper, RecordRef, action, invalid, kind
from eyeot_crm.parties import Party
from eyeot_invoicing.bank.accounts import BankAccount
from eyeot_invoicing.ids import BankAccountId, DocumentId, PaymentId
from eyeot_invoicing.invoices.record import Invoice
from eyeot_invoicing.payments.allocating import refuse_unbooked
from eyeot_invoicing.payments.methods import method_of
from eyeot_invoicing.payments.record import Payment
from eyeot_invoicing.payments.withdrawing import live
from eyeot_sales.trade.amounts import ZERO, money

Language = Literal["fr", "en"]
SLIPS = "invoicing.cheque_deposit"
_WORDS: dict[str, dict[str, str]] = {
    "fr": {
        "receipt": "Reçu", "from": "Reçu de", "to": "Payé à", "date": "Date", "method": "Moyen de paiement",
        "reference": "Référence", "piece": "Facture", "amount": "Montant", "total": "Total reçu",
        "paid": "Total payé", "free": "Avance non affectée", "bank": "Banque",
        "slip": "Bordereau de remise de chèques", "payer": "Tireur", "cheque": "N° de chèque",
        "sum": "Total de la remise", "count": "Nombre de chèques", "account": "Compte à créditer",
        "bounced": "Ce paiement est revenu impayé.",
    },
    "en": {
        "receipt": "Receipt", "from": "Received from", "to": "Paid to", "date": "Date",
        "method": "Means of payment", "reference": "Reference", "piece": "Invoice", "amount": "Amount",
        "total": "Total received", "paid": "Total paid", "free": "Advance, not allocated", "bank": "Bank",
        "slip": "Cheque deposit slip", "payer": "Drawer", "cheque": "Cheque number",
        "sum": "Total of the deposit", "count": "Number of cheques", "account": "Account to credit",
        "bounced": "This payment came back unpaid.",
    },
}  # fmt: skip


def _party(party: Party) -> dict[str, Any]:
    """A party as papers name it."""
    addresses: list[Any] = list(party.addresses or [])
    first = dict(addresses[0]) if addresses else {}
    city = " ".join(one for one in (first.get("postcode"), first.get("city")) if one)
    lines = [one for one in (first.get("line1"), first.get("line2"), city) if one]
    return {"name": party.name, "lines": lines}


async def receipt_paper(ctx: Context, id: UUID, language: Language) -> Paper:
    """What a receipt shows: who paid what, when, how and for which invoices."""
    payment = await ctx.get(Payment, id)
    words = _WORDS[language]
    method = await method_of(ctx, payment.method_id)
    facts = [
        {"label": words["date"], "value": (payment.date or ctx.today).isoformat(), "kind": "date"},
        {"label": words["method"], "value": method.name},
    ]
    if payment.reference:
        facts.append({"label": words["reference"], "value": payment.reference})
    rows = await _settled(ctx, payment, words)
    comes_in = payment.direction == "in"
    return Paper.model_validate(
        {
            "language": language,
            "title": words["receipt"],
            "number": payment.number or "",
            "date": payment.date or ctx.today,
            "currency": payment.amount.currency,
            "sender": await ctx.sender(language),
            "recipient": _party(await ctx.get(Party, payment.party_id, beyond=True)),
            "facts": facts,
            "subject": words["from" if comes_in else "to"],
            "columns": [
                {"name": "piece", "label": words["piece"], "main": True},
                {"name": "amount", "label": words["amount"], "kind": "money"},
            ],
            "rows": rows,
            "totals": [
                {
                    "label": words["total" if comes_in else "paid"],
                    "amount": payment.amount.amount,
                    "strong": True,
                }
            ],
            "mentions": [words["bounced"]] if payment.status == "bounced" else [],
            "draft": payment.status == "draft",
        }
    )


async def _settled(ctx: Context, payment: Payment, words: dict[str, str]) -> list[dict[str, Any]]:
    """The invoices that a payment settles, and what is left of it."""
    rows: list[dict[str, Any]] = []
    for one in await live(ctx, payment):
        label = one.settles.typeid
        if one.invoice_id is not None:
            label = (await ctx.get(Invoice, one.invoice_id, beyond=True)).number or label
        rows.append({"cells": {"piece": label, "amount": one.amount.amount}})
    if payment.unallocated and payment.unallocated.amount:
        rows.append({"cells": {"piece": words["free"], "amount": payment.unallocated.amount}})
    return rows


async def slip_paper(ctx: Context, id: UUID, language: Language) -> Paper:
    """What the slip of a cheque shows: every cheque that went to the bank with it."""
    payment = await ctx.get(Payment, id)
    c = Payment.c
    found = [payment]
    if payment.deposit_slip:
        found = await ctx.find(Payment, c.deposit_slip == payment.deposit_slip, order=c.number)
    words = _WORDS[language]
    bank = await ctx.get(BankAccount, payment.bank_account_id) if payment.bank_account_id else None
    facts = [{"label": words["count"], "value": str(len(found))}]
    return Paper.model_validate(
        {
            "language": language,
            "title": words["slip"],
            "number": payment.deposit_slip or "",
            "date": ctx.today,
            "currency": payment.amount.currency,
            "sender": await ctx.sender(language),
            "recipient": {"name": bank.name if bank else words["bank"]},
            "facts": facts,
            "columns": [
                {"name": "payer", "label": words["payer"], "main": True},
                {"name": "cheque", "label": words["cheque"]},
                {"name": "amount", "label": words["amount"], "kind": "money"},
            ],
            "rows": [await _cheque(ctx, one) for one in found],
            "totals": [
                {
                    "label": words["sum"],
                    "amount": sum((one.amount.amount for one in found), ZERO),
                    "strong": True,
                }
            ],
            "signed": True,
        }
    )


async def _cheque(ctx: Context, payment: Payment) -> dict[str, Any]:
    """A line of the slip."""
    drawer = await ctx.get(Party, payment.party_id, beyond=True)
    amount = payment.amount.amount
    return {"cells": {"payer": drawer.name, "cheque": payment.reference or "", "amount": amount}}


receipt_layout = Layout(name="invoicing.payment", label=("receipt", "reçu"), data=receipt_paper)
slip_layout = Layout(
    name=SLIPS,
    record="invoicing.payment",
    label=("cheque deposit slip", "bordereau de remise de chèques"),
    data=slip_paper,
)


class Print(Input):
    """A payment, and the reader's language."""

    id: PaymentId
    language: Annotated[Language | None, Field(description="The payer's when left out.")] = None


class Printed(Output):
    """The receipt."""

    payment_id: PaymentId
    document_id: DocumentId
    filename: str


@action(
    "invoicing.payment.print_receipt",
    risk="w",
    en=(
        "Print a receipt; give a receipt for a payment; PDF receipt of a payment; acknowledge a "
        "payment; give the customer a receipt"
    ),
    fr=(
        "Imprimer un reçu; faire un reçu de paiement; quittance en PDF d'un règlement; accuser "
        "réception d'un paiement; donner un reçu au client"
    ),
    example={"id": "$invoicing.payment?status=posted"},
    record=Payment,
)
async def print_receipt(ctx: Context, data: Print) -> Printed:
    """Make the receipt of a booked payment as PDF, kept beside it."""
    payment = await ctx.get(Payment, data.id)
    refuse_unbooked(payment)
    party = await ctx.get(Party, payment.party_id, beyond=True)
    language: Language = data.language or ("fr" if party.language.startswith("fr") else "en")
    made = await ctx.typeset(
        receipt_layout, await receipt_paper(ctx, payment.id, language), language=language
    )
    word = "recu" if language == "fr" else "receipt"
    ref = RecordRef.to(payment.meta.name, payment.id)
    document = await _filed(ctx, made, f"{word}-{payment.number}.pdf", [ref])
    return Printed(payment_id=payment.id, document_id=document.id, filename=document.filename)


async def _filed(ctx: Context, content: bytes, filename: str, refs: list[RecordRef]) -> Any:
    document: Any = kind("core.document")
    return await document.filed(ctx, content, filename, kind="receipt", records=refs)


class Deposit(Input):
    """The cheques, and the account that they go to."""

    payment_ids: Annotated[list[PaymentId], Field(min_length=1, max_length=100)]
    bank_account_id: BankAccountId
    date: Annotated[dt.date | None, Field(description="Today when left out.")] = None


class Deposited(Output):
    """The slip; the bank's statement will show one amount for it."""

    slip: str
    document_id: DocumentId
    cheques: int
    total: str
    currency: str


@action(
    "invoicing.payment.deposit_cheques",
    risk="w",
    en=(
        "Deposit cheques at the bank; make a cheque deposit slip; take cheques to the bank; bank "
        "the cheques"
    ),
    fr=(
        "Remettre des chèques en banque; faire un bordereau de remise de chèques; déposer des "
        "chèques; remise de chèques; porter les chèques à la banque"
    ),
    example={
        "payment_ids": ["$invoicing.payment?reference=CHQ 0004512"],
        "bank_account_id": "$invoicing.bank_account?status=active",
    },
    record=Payment,
    next=("invoicing.bank_transaction.match",),
)
async def deposit_cheques(ctx: Context, data: Deposit) -> Deposited:
    """Group booked cheques on one slip, as PDF; they are matched together with the bank's movement."""
    bank = await ctx.get(BankAccount, data.bank_account_id)
    if bank.status != "active":
        raise invalid("bank_account_id", f"{bank.name} is closed")
    if len(set(data.payment_ids)) < len(data.payment_ids):
        raise invalid("payment_ids", "names a cheque twice")
    cheques = [await ctx.get(Payment, id, lock=True) for id in sorted(data.payment_ids)]
    for one in cheques:
        await _refuse_no_cheque(ctx, one, bank)
    slip = await ctx.number(SLIPS, on=ctx.today)
    for one in cheques:
        one.deposit_slip = slip
    language: Language = "fr" if ctx.locale.startswith("fr") else "en"
    paper = await slip_paper(ctx, cheques[0].id, language)
    words = _WORDS[language]
    (count,) = paper.facts
    account = count.model_copy(update={"label": words["account"], "value": bank.iban or bank.name})
    shown = paper.model_copy(
        update={
            "facts": [count, account],
            "date": data.date or ctx.today,
            "recipient": paper.recipient.model_copy(update={"name": bank.name}),
        }
    )
    made = await ctx.typeset(slip_layout, shown, language=language)
    refs = [RecordRef.to(one.meta.name, one.id) for one in cheques]
    document = await _filed(ctx, made, f"{slip}.pdf", refs)
    total = sum((one.amount.amount for one in cheques), ZERO)
    return Deposited(
        slip=slip,
        document_id=document.id,
        cheques=len(cheques),
        total=f"{money(total, bank.currency).amount:f}",
        currency=bank.currency,
    )


async def _refuse_no_cheque(ctx: Context, payment: Payment, bank: BankAccount) -> None:
    """Refuse what is no cheque of a customer, or went to the bank before."""
    method = await method_of(ctx, payment.method_id)
    if payment.status != "posted" or method.kind != "cheque" or payment.direction != "in":
        raise Conflict(
            reason=f"{payment.number or 'A draft'} is no booked cheque: it is a {method.kind}"
            f" {payment.direction}, {payment.status}.",
            remedy="Choose payments of kind cheque with status posted.",
            field="payment_ids",
        )
    if payment.deposit_slip:
        raise Conflict(
            reason=f"{payment.number} went to the bank with {payment.deposit_slip}.",
            remedy="Leave it out.",
            field="payment_ids",
        )
    if payment.amount.currency != bank.currency:
        raise invalid("bank_account_id", f"{payment.number} is in {payment.amount.currency}")
