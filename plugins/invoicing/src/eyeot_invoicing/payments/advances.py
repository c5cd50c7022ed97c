"""Advances: what was paid and settles nothing, given back or passed on within a group."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from eyeot import Conflict, Context, Input, Money, RecordRef, action, invalid
from eyeot_crm.parties import Party
from eyeot_invoicing.ids import BankAccountId, PartyId, PaymentId, PaymentMethodId
from eyeot_invoicing.ledger.accounts import Accounts
from eyeot_invoicing.ledger.booking import Booking, Leg, book
from eyeot_invoicing.payments.allocating import free, refuse_unbooked
from eyeot_invoicing.payments.chaining import seal
from eyeot_invoicing.payments.posting import SERIES, PaymentPosted, in_books, post_payment
from eyeot_invoicing.payments.record import Allocation, Payment, lifecycle
from eyeot_sales.trade.amounts import ZERO, money

_DEEPEST = 20


async def take_from(ctx: Context, payment: Payment, amount: Decimal, into: Payment) -> None:
    """Note that a part of a payment became another one."""
    c = Allocation.c
    count = sa.select(sa.func.count().label("n")).where(
        ctx.within(Allocation), c.payment_id == payment.id
    )
    place = int((await ctx.rows(count))[0]["n"]) + 1
    await ctx.add(
        Allocation(
            payment_id=payment.id,
            position=place,
            settles=RecordRef.to(into.meta.name, into.id),
            amount=money(amount, payment.amount.currency),
            on=into.date,
        )
    )
    payment.unallocated = money(free(payment) - amount, payment.amount.currency)


def wanted_of(payment: Payment, amount: Money | None) -> Decimal:
    """The amount that is asked for of an advance, all of it when left out; refused beyond what is free."""
    refuse_unbooked(payment)
    if payment.direction != "in":
        raise Conflict(
            reason="This payment went out: there is no advance of a customer's in it.",
            remedy="Choose a payment of direction in.",
        )
    if amount and amount.currency != payment.amount.currency:
        raise invalid("amount", f"the payment is in {payment.amount.currency}")
    wanted = amount.amount if amount else free(payment)
    if wanted <= 0 or wanted > free(payment):
        raise Conflict(
            reason=f"{free(payment):f} of {payment.number} is free.",
            remedy="Give an amount up to that, or free more with invoicing.payment.unallocate.",
            field="amount",
        )
    return Decimal(wanted)


class Refund(Input):
    """A payment that was too much, and how much of it goes back."""

    id: PaymentId
    amount: Annotated[Money | None, Field(description="All that is free when left out.")] = None
    method_id: Annotated[
        PaymentMethodId | None,
        Field(description="As it came when left out; a cheque's by transfer."),
    ] = None
    bank_account_id: BankAccountId | None = None
    reference: Annotated[str | None, Field(max_length=140)] = None
    date: Annotated[dt.date | None, Field(description="Today when left out.")] = None


@action(
    "invoicing.payment.refund",
    risk="$",
    en=(
        "Refund a customer's overpayment; pay back an advance; the customer paid twice; give money back "
        "to a customer"
    ),
    fr=(
        "Rembourser un trop-perçu; rendre un acompte ou une avance; le client a payé deux fois; "
        "rembourser un client"
    ),
    example={"id": "$invoicing.payment?status=posted&direction=in"},
    events=("invoicing.payment.posted",),
    record=Payment,
)
async def refund(ctx: Context, data: Refund) -> Payment:
    """Book a payment out that gives back what of a customer's payment settles nothing."""
    payment = await ctx.get(Payment, data.id, lock=True)
    wanted = wanted_of(payment, data.amount)
    back = await ctx.add(
        Payment(
            direction="out",
            party_id=payment.party_id,
            amount=money(wanted, payment.amount.currency),
            date=data.date or ctx.today,
            method_id=data.method_id or payment.method_id,
            bank_account_id=data.bank_account_id or payment.bank_account_id,
            reference=data.reference or payment.number,
            origin_id=payment.id,
            exchange_rate=payment.exchange_rate,
        )
    )
    await post_payment(ctx, back, against="receivable")
    back.unallocated = money(ZERO, back.amount.currency)
    await take_from(ctx, payment, wanted, back)
    return back


class Transfer(Input):
    """A payment, and whom its advance is for."""

    id: PaymentId
    party_id: PartyId
    amount: Annotated[Money | None, Field(description="All that is free when left out.")] = None


@action(
    "invoicing.payment.transfer_unallocated",
    risk="w",
    en=(
        "Move an advance to another customer of the group; the parent company paid for its subsidiary; "
        "transfer a credit balance"
    ),
    fr=(
        "Transférer une avance à un autre client du groupe; la maison mère a payé pour sa filiale; "
        "virer un solde créditeur à un autre client"
    ),
    example={
        "id": "$invoicing.payment?status=posted&direction=in",
        "party_id": "$crm.party?kind=company",
    },
    events=("invoicing.payment.posted",),
    record=Payment,
    next=("invoicing.payment.allocate",),
)
async def transfer_unallocated(ctx: Context, data: Transfer) -> Payment:
    """Pass what of a payment settles nothing on to another company of the payer's group, by an entry."""
    payment = await ctx.get(Payment, data.id, lock=True)
    wanted = wanted_of(payment, data.amount)
    if data.party_id == payment.party_id:
        raise invalid("party_id", "the payment is theirs already")
    if await head_of(ctx, data.party_id) != await head_of(ctx, payment.party_id):
        raise Conflict(
            reason="These two are not of one group: one does not pay for the other.",
            remedy="Set the group with crm.party.set_hierarchy, or refund and be paid anew.",
            field="party_id",
        )
    given = await ctx.add(
        Payment(
            direction="in",
            party_id=data.party_id,
            amount=money(wanted, payment.amount.currency),
            date=ctx.today,
            method_id=payment.method_id,
            reference=payment.number,
            origin_id=payment.id,
            exchange_rate=payment.exchange_rate,
        )
    )
    await _pass_on(ctx, payment, given)
    await take_from(ctx, payment, wanted, given)
    return given


async def _pass_on(ctx: Context, payment: Payment, given: Payment) -> None:
    """Book an advance from one customer's account to another's; no money moves."""
    receivable = await Accounts(ctx).role("receivable")
    amount = in_books(given, given.amount.amount)
    source = RecordRef.to(given.meta.name, given.id)
    given.number = await ctx.number(SERIES, on=ctx.today, record=source)
    entry = await book(
        ctx,
        Booking(
            journal="general",
            on=ctx.today,
            label=f"Transfert d'avance {payment.number}",
            legs=[
                Leg(receivable, amount, payment.party_id),
                Leg(receivable, -amount, given.party_id),
            ],
            piece_ref=given.number,
            source=source,
        ),
    )
    given.entry_id, given.posted_at, given.unallocated = entry.id, ctx.now, given.amount
    await seal(ctx, given, entry)
    lifecycle.take(given, "post")
    ctx.emit(PaymentPosted(payment_id=given.id))


async def head_of(ctx: Context, party_id: UUID) -> UUID:
    """The company that a party belongs to through all others."""
    at: Any = await ctx.get(Party, party_id, beyond=True)
    for _ in range(_DEEPEST):
        if at.parent_id is None:
            break
        at = await ctx.get(Party, at.parent_id, beyond=True)
    head: UUID = at.id
    return head
