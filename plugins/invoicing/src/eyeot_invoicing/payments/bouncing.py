"""Bouncing: a payment that comes back unpaid: what it settled is due again."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, Money, RecordRef, action, invalid
from eyeot_crm.parties import Party
from eyeot_invoicing.ids import PaymentId
from eyeot_invoicing.ledger.accounts import Accounts
from eyeot_invoicing.ledger.booking import Booking, Leg, book
from eyeot_invoicing.payments.methods import account_of, journal_for, method_of
from eyeot_invoicing.payments.posting import in_books
from eyeot_invoicing.payments.record import Payment, lifecycle
from eyeot_invoicing.payments.withdrawing import Withdrawal, free_origin, live, withdraw
from eyeot_sales.trade.amounts import ZERO, money

Reason = Literal[
    "insufficient_funds", "account_closed", "no_mandate", "refused_by_payer", "stopped_cheque",
    "wrong_details", "technical", "other",
]  # fmt: skip


class PaymentBounced(Event, name="invoicing.payment.bounced"):
    """A payment came back unpaid."""

    payment_id: PaymentId


class Bounce(Input):
    """A payment, why it came back, and what the bank took for that."""

    id: PaymentId
    reason_code: Reason
    fee: Annotated[Money | None, Field(description="What the bank took for it.")] = None
    date: Annotated[dt.date | None, Field(description="Today when left out.")] = None
    note: Annotated[str | None, Field(max_length=150)] = None


@action(
    "invoicing.payment.bounce",
    risk="x",
    en=(
        "Record a bounced payment; cheque returned unpaid; direct debit rejected; the payment came back; "
        "unpaid cheque"
    ),
    fr=(
        "Enregistrer un impayé; chèque revenu impayé; prélèvement rejeté; le paiement est revenu; chèque "
        "sans provision"
    ),
    example={"id": "$invoicing.payment?status=posted", "reason_code": "insufficient_funds"},
    events=("invoicing.payment.bounced",),
    record=Payment,
    next=("invoicing.bank_transaction.match",),
)
async def bounce(ctx: Context, data: Bounce) -> Payment:
    """Take a payment back that came back unpaid: what it settled is due again, its VAT waits again."""
    payment = await ctx.get(Payment, data.id, lock=True)
    lifecycle.check(payment, "bounce")
    on = data.date or ctx.today
    if on > ctx.today or (payment.date and on < payment.date):
        raise invalid("date", f"lies between the payment, {payment.date}, and today, {ctx.today}")
    if data.fee and (data.fee.currency != payment.amount.currency or data.fee.amount <= 0):
        raise invalid("fee", f"give an amount in {payment.amount.currency} above 0")
    if payment.origin_id is not None and payment.direction == "in":
        raise Conflict(
            reason="No money moved by this payment: it passes an advance on.",
            remedy="Bounce the payment that it came of.",
        )
    cause = RecordRef.to(payment.meta.name, payment.id)
    parts = await live(ctx, payment)
    if any(one.settles.kind == payment.meta.name for one in parts):
        raise Conflict(
            reason="A part of this payment was given back or passed on to another customer.",
            remedy="Take that back first: bounce or unmatch the payment that it became.",
        )
    await withdraw(ctx, payment, parts, Withdrawal(on, cause, vat_on=on))
    if payment.origin_id is not None:
        await free_origin(ctx, payment, on)
    await _book(ctx, payment, data, on)
    payment.bounced_on = on
    payment.bounce_reason = data.reason_code + (f": {data.note}" if data.note else "")
    payment.bounce_fee = data.fee
    payment.unallocated = money(ZERO, payment.amount.currency)
    lifecycle.take(payment, "bounce")
    ctx.emit(PaymentBounced(payment_id=payment.id))
    return payment


async def _book(ctx: Context, payment: Payment, data: Bounce, on: dt.date) -> None:
    """Book the money as gone from where it was booked, and the bank's fee."""
    accounts = Accounts(ctx)
    method = await method_of(ctx, payment.method_id)
    through = await account_of(ctx, method, accounts, payment.bank_account_id)
    party = await ctx.get(Party, payment.party_id, beyond=True)
    sign = 1 if payment.direction == "in" else -1
    amount = in_books(payment, payment.amount.amount)
    fee: Decimal = in_books(payment, data.fee.amount) if data.fee else ZERO
    to_supplier = payment.direction == "out" and payment.origin_id is None
    role = "payable" if to_supplier else "receivable"
    legs = [
        Leg(await accounts.role(role), sign * amount, payment.party_id),
        Leg(through, -sign * amount - fee),
    ]
    if fee:
        legs.append(Leg(await accounts.role("bank_fees"), fee))
    await book(
        ctx,
        Booking(
            journal=await journal_for(ctx, method, payment.bank_account_id),
            on=on,
            label=f"Impayé {party.name}",
            legs=legs,
            piece_ref=payment.number,
            source=RecordRef.to(payment.meta.name, payment.id),
        ),
    )
