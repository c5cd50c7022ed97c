"""Posting payments: books the money, so that it can settle what is owed."""

from decimal import Decimal

from eyeot import Context, Event, Input, RecordRef, action, invalid
from eyeot_crm.parties import Party
from eyeot_invoicing.ids import PaymentId
from eyeot_invoicing.ledger.accounts import Accounts
from eyeot_invoicing.ledger.booking import Booking, Leg, book
from eyeot_invoicing.payments.cash import refuse_too_much_cash
from eyeot_invoicing.payments.chaining import seal
from eyeot_invoicing.payments.exchange import rate_on
from eyeot_invoicing.payments.methods import account_of, journal_for, method_of
from eyeot_invoicing.payments.record import Payment, lifecycle
from eyeot_sales.trade.amounts import ZERO, rounded

SERIES = "invoicing.payment"
_PARTY = {"in": "receivable", "out": "payable"}


class PaymentPosted(Event, name="invoicing.payment.posted"):
    """Money was booked as received or paid."""

    payment_id: PaymentId


def in_books(payment: Payment, amount: Decimal) -> Decimal:
    """An amount of a payment in the currency of the books."""
    return amount if payment.exchange_rate is None else rounded(amount * payment.exchange_rate)


async def post_payment(ctx: Context, payment: Payment, against: str | None = None) -> Payment:
    """Number and book a payment; `against`: the role of the account on the other side, if not the party's."""
    lifecycle.check(payment, "post")
    if payment.date and payment.date > ctx.today:
        raise invalid("date", f"lies after today, {ctx.today}: money is booked when it has come")
    method = await method_of(ctx, payment.method_id)
    payment.method_id = method.id
    if payment.exchange_rate is None:
        on = payment.date or ctx.today
        payment.exchange_rate = await rate_on(ctx, payment.amount.currency, on)
    await refuse_too_much_cash(ctx, payment, method)
    payment.number = await ctx.number(
        SERIES, on=ctx.today, record=RecordRef.to(payment.meta.name, payment.id)
    )
    entry = await book(
        ctx,
        Booking(
            journal=await journal_for(ctx, method, payment.bank_account_id),
            on=payment.date or ctx.today,
            label=await _label(ctx, payment),
            legs=await _legs(ctx, payment, against or _PARTY[payment.direction]),
            piece_ref=payment.reference or payment.number,
            source=RecordRef.to(payment.meta.name, payment.id),
        ),
    )
    payment.entry_id, payment.posted_at = entry.id, ctx.now
    payment.unallocated = payment.amount
    await seal(ctx, payment, entry)
    lifecycle.take(payment, "post")
    ctx.emit(PaymentPosted(payment_id=payment.id))
    return payment


async def _label(ctx: Context, payment: Payment) -> str:
    party = await ctx.get(Party, payment.party_id, beyond=True)
    what = "Règlement de" if payment.direction == "in" else "Règlement à"
    return f"{what} {party.name}"


async def _legs(ctx: Context, payment: Payment, against: str) -> list[Leg]:
    accounts = Accounts(ctx)
    method = await method_of(ctx, payment.method_id)
    money = await account_of(ctx, method, accounts, payment.bank_account_id)
    other = await accounts.role(against)
    amount = in_books(payment, payment.amount.amount)
    fee = in_books(payment, payment.fee.amount) if payment.fee else ZERO
    sign = 1 if payment.direction == "in" else -1
    foreign = payment.amount if payment.exchange_rate is not None else None
    legs = [
        Leg(money, sign * amount - fee, foreign=foreign),
        Leg(other, -sign * amount, payment.party_id, foreign=foreign),
    ]
    return [*legs, Leg(await accounts.role("bank_fees"), fee)] if fee else legs


class PaymentChosen(Input):
    """One payment."""

    id: PaymentId


@action(
    "invoicing.payment.post",
    risk="$",
    en="Post a payment; book a payment; confirm money received; enter a receipt in the books",
    fr="Comptabiliser un règlement; valider un paiement; confirmer un encaissement; passer un règlement",
    example={"id": "$invoicing.payment?status=draft"},
    events=("invoicing.payment.posted",),
    record=Payment,
    next=("invoicing.payment.allocate",),
)
async def post(ctx: Context, data: PaymentChosen) -> Payment:
    """Book a draft payment on its date; then it can settle invoices."""
    return await post_payment(ctx, await ctx.get(Payment, data.id, lock=True))
