"""Applying: what is left of a credit note or of an advance settles other invoices, or is paid back."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Event,
    Exact,
    Input,
    Money,
    Output,
    RecordRef,
    action,
    invalid,
)
from eyeot_invoicing.credit.record import (
    USABLE,
    CreditAllocation,
    CreditNote,
    lifecycle,
    remaining,
)
from eyeot_invoicing.ids import CreditNoteId, InvoiceId, PaymentId, PaymentMethodId
from eyeot_invoicing.invoices.record import OPEN, Invoice
from eyeot_invoicing.payments.posting import post_payment
from eyeot_invoicing.payments.record import Payment
from eyeot_invoicing.payments.settling import Taking, due, settle, take_off
from eyeot_sales.trade.amounts import ZERO, money


class CreditNoteApplied(Event, name="invoicing.credit_note.applied"):
    """A part of a credit note settled an invoice."""

    credit_note_id: CreditNoteId
    invoice_id: InvoiceId


async def apply_to(
    ctx: Context, note: CreditNote, invoice: Invoice, amount: Decimal, on: dt.date | None = None
) -> None:
    """Let a part of a posted credit note settle an invoice (invariant 5).

    Settled with the credit of another invoice, it is paid by set-off, so VAT that waits for the payment falls
    due: on the day on which both were owed, whenever that is invoked.
    Source: Code civil, art. 1347; CGI, art. 269, 2-c.
    """
    _refuse_unfit(note, invoice, amount)
    owed = min(invoice.due_date or ctx.today, ctx.today)
    day = on or max(note.issue_date or ctx.today, owed)
    await ctx.add(
        CreditAllocation(
            credit_note_id=note.id,
            invoice_id=invoice.id,
            amount=money(amount, invoice.currency),
            on=day,
        )
    )
    cause = RecordRef.to(note.meta.name, note.id)
    own = note.invoice_id == invoice.id
    await take_off(ctx, invoice, Taking(amount, day, cause, "credited", releases=not own))
    use(note, amount, "applied")
    ctx.emit(CreditNoteApplied(credit_note_id=note.id, invoice_id=invoice.id))


def use(note: CreditNote, amount: Decimal, how: str) -> None:
    """Count a part of a credit note as used; its state follows."""
    counted: Money | None = getattr(note, how)
    setattr(note, how, money((counted.amount if counted else ZERO) + amount, note.currency))
    left = remaining(note) - amount
    note.remaining = money(left, note.currency)
    if left:
        lifecycle.take(note, "use_in_part") if note.status == "posted" else None
        return
    refunded = note.refunded is not None and note.refunded.amount > 0
    lifecycle.take(note, "refund" if refunded else "apply")


def _refuse_unfit(note: CreditNote, invoice: Invoice, amount: Decimal) -> None:
    if note.status not in USABLE:
        raise Conflict(
            reason=f"The credit note {note.number or ''} is {note.status}: nothing of it is left to use.",
            remedy="invoicing.credit_note.list(status_in=[posted, partly_applied]) shows what may be used.",
        )
    if invoice.status not in OPEN:
        raise Conflict(
            reason=f"The invoice {invoice.number or ''} is {invoice.status}: nothing is due on it.",
            remedy="invoicing.invoice.list(status_in=[posted, partially_paid]) shows what is.",
        )
    if note.party_id != invoice.party_id:
        raise Conflict(
            reason=f"{note.number} and {invoice.number} are of two customers.",
            remedy="A credit note settles invoices of the customer it was made to; or pay it back.",
        )
    if note.currency != invoice.currency:
        raise invalid("amount", f"the invoice is in {invoice.currency}, the credit note is not")
    if amount <= 0 or amount > remaining(note):
        raise invalid("amount", f"{remaining(note):f} of {note.number} is left; give up to that")
    if amount > due(invoice):
        raise invalid("amount", f"{due(invoice):f} is due on {invoice.number}; give up to that")


class Share(Input):
    """An invoice and how much of it."""

    invoice_id: InvoiceId
    amount: Annotated[
        Exact | None, Field(gt=0, description="As much as possible when left out.")
    ] = None


class Apply(Input):
    """A credit note, and the invoices it settles."""

    id: CreditNoteId
    allocations: Annotated[list[Share], Field(min_length=1, max_length=100)]


@action(
    "invoicing.credit_note.apply",
    risk="w",
    en=(
        "Apply a credit note; use a credit note on other invoices; set a credit off against invoices; "
        "allocate a credit note"
    ),
    fr=(
        "Imputer un avoir; utiliser un avoir sur d'autres factures; compenser une facture par un avoir; "
        "affecter un avoir"
    ),
    example={
        "id": "$invoicing.credit_note?status=posted",
        "allocations": [{"invoice_id": "$invoicing.invoice?status=posted"}],
    },
    events=("invoicing.credit_note.applied", "invoicing.invoice.paid"),
    record=CreditNote,
)
async def apply(ctx: Context, data: Apply) -> CreditNote:
    """Settle invoices of the same customer with what is left of a posted credit note."""
    note = await ctx.get(CreditNote, data.id, lock=True)
    for one in data.allocations:
        invoice = await ctx.get(Invoice, one.invoice_id, lock=True)
        amount = one.amount if one.amount is not None else min(remaining(note), due(invoice))
        await apply_to(ctx, note, invoice, amount)
    return note


class ApplyCredit(Input):
    """An invoice, and what it is settled with: a credit note or a payment that is not used up."""

    invoice_id: InvoiceId
    source: Annotated[RecordRef, Field(description="A credit note, or a payment by the customer.")]
    amount: Annotated[
        Exact | None, Field(gt=0, description="As much as possible when left out.")
    ] = None


class Settled(Output):
    """How the invoice and its source now stand."""

    invoice_id: InvoiceId
    status: str
    amount_due: Money
    left: Annotated[Money, Field(description="What of the source may still be used.")]


@action(
    "invoicing.invoice.apply_credit",
    risk="w",
    en=(
        "Use a credit or an advance on an invoice; settle an invoice with a credit note; deduct an "
        "advance payment; match an unused payment"
    ),
    fr=(
        "Utiliser un avoir ou une avance sur une facture; solder une facture avec un avoir; déduire une "
        "avance; affecter un trop-perçu"
    ),
    example={
        "invoice_id": "$invoicing.invoice?status=posted",
        "source": "$invoicing.credit_note?status=posted",
    },
    events=("invoicing.credit_note.applied",),
    record=Invoice,
)
async def apply_credit(ctx: Context, data: ApplyCredit) -> Settled:
    """Settle an invoice with what is left of a credit note, or of a payment that was too much."""
    source: Any = await ctx.open(data.source, lock=True)
    invoice = await ctx.get(Invoice, data.invoice_id, lock=True)
    if isinstance(source, CreditNote):
        amount = data.amount or min(remaining(source), due(invoice))
        await apply_to(ctx, source, invoice, amount)
        left = source.remaining
    elif isinstance(source, Payment):
        if source.party_id != invoice.party_id or source.direction != "in":
            raise Conflict(
                reason=f"{source.number} is no payment by the customer of {invoice.number}.",
                remedy="invoicing.payment.list(party_id=…, direction=in) shows theirs.",
            )
        free = source.unallocated.amount if source.unallocated else ZERO
        await settle(ctx, source, invoice, data.amount or min(free, due(invoice)))
        left = source.unallocated
    else:
        raise invalid("source", "name a credit note or a payment")
    assert invoice.amount_due
    assert left
    return Settled(
        invoice_id=invoice.id, status=invoice.status, amount_due=invoice.amount_due, left=left
    )


class Refund(Input):
    """What of a credit note is paid back, and how."""

    id: CreditNoteId
    amount: Annotated[Exact | None, Field(gt=0, description="All that is left when left out.")] = (
        None
    )
    method_id: PaymentMethodId | None = None
    date: Annotated[dt.date | None, Field(description="Today when left out.")] = None
    reference: Annotated[str | None, Field(max_length=140)] = None


class Refunded(Output):
    """The payment, and what is left."""

    payment_id: PaymentId
    payment_number: str
    credit_note_id: CreditNoteId
    status: str
    remaining: Money


@action(
    "invoicing.credit_note.refund",
    risk="$",
    en="Refund a credit note; pay a customer back; reimburse a customer; pay out a credit",
    fr="Rembourser un avoir; rembourser un client; restituer un trop-perçu; payer un avoir",
    example={"id": "$invoicing.credit_note?status=posted", "reference": "Remboursement"},
    events=("invoicing.payment.posted",),
    record=CreditNote,
)
async def refund(ctx: Context, data: Refund) -> Refunded:
    """Pay what is left of a credit note back to the customer, and book the payment."""
    note = await ctx.get(CreditNote, data.id, lock=True)
    lifecycle.check(note, "refund")
    amount = data.amount if data.amount is not None else remaining(note)
    if amount > remaining(note):
        raise invalid("amount", f"{remaining(note):f} of {note.number} is left; give up to that")
    assert note.party_id
    payment = await ctx.add(
        Payment(
            direction="out",
            party_id=note.party_id,
            amount=money(amount, note.currency),
            date=data.date or ctx.today,
            method_id=data.method_id,
            reference=data.reference or note.number,
        )
    )
    await post_payment(ctx, payment, against="receivable")
    payment.unallocated = money(ZERO, note.currency)
    use(note, amount, "refunded")
    assert payment.number
    assert note.remaining
    return Refunded(
        payment_id=payment.id,
        payment_number=payment.number,
        credit_note_id=note.id,
        status=note.status,
        remaining=note.remaining,
    )
