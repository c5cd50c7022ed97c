"""Cash: how much of it the law lets a business take or give for one debt."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import Field

from eyeot import Conflict, Context, DatedRow, Exact, Input, Money, Output, action, dated
from eyeot_crm.parties import Party
from eyeot_invoicing.ids import InvoiceId, PartyId, PaymentMethodId
from eyeot_invoicing.payments.methods import PaymentMethod
from eyeot_invoicing.payments.record import Allocation, Payment
from eyeot_sales.trade.amounts import ZERO, rounded

Payer = Literal["resident", "visitor"]
_HERE = "FR"
_COUNTED = ("posted", "reconciled")


class CashRow(DatedRow):
    """The most that one kind of payer may pay in cash."""

    payer: Payer
    amount: Decimal
    article: str


CEILINGS = dated("eyeot_invoicing.law", "cash.toml", CashRow, about="ceiling of cash payments")


def payer_of(party: Party) -> Payer:
    """Whether a payer lives abroad and buys for no business; companies never do."""
    addresses = [dict(one) for one in party.addresses or []]
    abroad = bool(addresses) and all(one.get("country", _HERE) != _HERE for one in addresses)
    return "visitor" if party.kind == "person" and abroad else "resident"


def ceiling(party: Party, on: dt.date) -> CashRow:
    """What the law lets a party pay in cash on a day."""
    payer = payer_of(party)
    return CEILINGS.at(on, lambda row: row.payer == payer)


async def taken_in_cash(ctx: Context, invoice_id: object) -> Decimal:
    """What was paid of an invoice in cash already."""
    a, p, m = Allocation.c, Payment.c, PaymentMethod.c
    statement = (
        sa.select(sa.func.coalesce(sa.func.sum(a.amount_amount), 0).label("paid"))
        .join(Payment.meta.table, sa.and_(p.org_id == a.org_id, p.id == a.payment_id))
        .join(PaymentMethod.meta.table, sa.and_(m.org_id == p.org_id, m.id == p.method_id))
        .where(
            ctx.within(Allocation),
            ctx.within(Payment),
            a.invoice_id == invoice_id,
            a.undone_on.is_(None),
            p.status.in_(_COUNTED),
            m.kind == "cash",
        )
    )
    return rounded(Decimal((await ctx.rows(statement))[0]["paid"]))


async def refuse_too_much_cash(
    ctx: Context, payment: Payment, method: PaymentMethod, before: Decimal = ZERO
) -> None:
    """Refuse cash above the law's ceiling, or our own; `before`: what was paid of the same debt so."""
    if method.kind != "cash" or payment.amount.currency != "EUR":
        return
    party = await ctx.get(Party, payment.party_id, beyond=True)
    row = ceiling(party, payment.date or ctx.today)
    own = method.cash_ceiling
    most = row.amount if own is None else min(own, row.amount)
    whole = before + payment.amount.amount
    if whole > most:
        raise Conflict(
            reason=f"{whole:f} € in cash for one debt: {most:f} € is the most ({row.article}).",
            remedy="Take the rest by transfer, card or cheque (method_id).",
            field="amount",
        )


class CashAsked(Input):
    """An amount, from whom, and for which invoice."""

    amount: Money
    party_id: PartyId
    invoice_id: Annotated[
        InvoiceId | None, Field(description="Whose cash payments count with it.")
    ] = None
    method_id: Annotated[
        PaymentMethodId | None, Field(description="A means of kind cash, with our own ceiling.")
    ] = None
    on: Annotated[dt.date | None, Field(description="Today when left out.")] = None


class CashLimit(Output):
    """Whether it may be taken in cash, and by which rule."""

    allowed: bool
    ceiling: Exact
    paid_in_cash: Annotated[Exact, Field(description="Of the same invoice, before.")]
    payer: Payer
    article: str


@action(
    "invoicing.payment_method.check_cash_limit",
    risk="r",
    en=(
        "Check the legal ceiling of cash payments; may I take this amount in cash; cash limit; "
        "how much cash can a customer pay; may I accept cash"
    ),
    fr=(
        "Vérifier le plafond légal des paiements en espèces; puis-je encaisser cette somme en "
        "espèces; limite d'espèces; combien en liquide; puis-je accepter du liquide; payer en "
        "liquide"
    ),
    example={"amount": {"amount": "1200.00"}, "party_id": "$crm.party?kind=company"},
    record=PaymentMethod,
)
async def check_cash_limit(ctx: Context, data: CashAsked) -> CashLimit:
    """Tell whether an amount may be taken in cash (Code monétaire et financier, art. L112-6 and D112-3)."""
    party = await ctx.get(Party, data.party_id)
    row = ceiling(party, data.on or ctx.today)
    most = row.amount
    if data.method_id is not None:
        method = await ctx.get(PaymentMethod, data.method_id)
        most = most if method.cash_ceiling is None else min(most, method.cash_ceiling)
    before = await taken_in_cash(ctx, data.invoice_id) if data.invoice_id else ZERO
    return CashLimit(
        allowed=before + data.amount.amount <= most,
        ceiling=most,
        paid_in_cash=before,
        payer=row.payer,
        article=row.article,
    )
