"""Promising: what late payers say they will pay and when; reminders wait until then."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, Money, Output, RecordRef, action, invalid, within
from eyeot_crm.activities import Activity
from eyeot_crm.customers import Customer
from eyeot_crm.doing import logged
from eyeot_crm.parties import Party
from eyeot_invoicing.dunning.letters import PENDING, DunnedInvoice, DunningLetter, lifecycle
from eyeot_invoicing.ids import DunningLetterId, InvoiceId, PartyId
from eyeot_invoicing.invoices.lateness import late
from eyeot_invoicing.invoices.record import OPEN, Invoice
from eyeot_sales.trade.amounts import ZERO, money

_MOST_DAYS = 365
_OPEN_ONES = (
    "invoicing.invoice.list(party_id=…, status_in=[posted, partially_paid]) shows what is open."
)


class PaymentPromised(Event, name="invoicing.dunning_letter.promised"):
    """A customer said when they pay."""

    party_id: PartyId
    invoice_ids: list[InvoiceId]
    promised_on: date


class Promise(Input):
    """Who promised to pay, which invoices, and when."""

    party_id: PartyId
    date: date
    invoices: Annotated[
        list[InvoiceId] | None,
        Field(min_length=1, max_length=500, description="All that are late when left out."),
    ] = None
    note: Annotated[str | None, Field(max_length=1_000, description="What they said.")] = None


class Promised(Output):
    """What waits for the promise."""

    party_id: PartyId
    promised_on: date
    invoices: list[InvoiceId]
    letters: list[DunningLetterId]
    amounts: list[Money]


async def chosen(
    ctx: Context, party_id: UUID, ids: Sequence[UUID] | None, *, lock: bool = True
) -> list[Invoice]:
    """The open invoices of a customer that are named, or all that are late; refused when there are none."""
    c = Invoice.c
    await ctx.get(Party, party_id)
    open_ = await ctx.find(Invoice, c.party_id == party_id, c.status.in_(OPEN), order=c.id)
    if ids is None:
        wanted = [one.id for one in open_ if late(one, ctx.today)]
    else:
        wanted = sorted(set(ids))
        _refuse_others({one.id for one in open_}, wanted)
    if not wanted:
        raise Conflict(
            reason="Nothing of this customer is late.",
            remedy=_OPEN_ONES,
            field="party_id",
        )
    return [await ctx.get(Invoice, id, lock=lock) for id in wanted]


def _refuse_others(known: set[UUID], wanted: Iterable[UUID]) -> None:
    if not set(wanted) <= known:
        raise Conflict(
            reason="An invoice among these is not this customer's, or nothing is due on it.",
            remedy=_OPEN_ONES,
            field="invoices",
        )


async def letters_about(ctx: Context, ids: Sequence[UUID], *states: str) -> list[DunningLetter]:
    """The letters about one of these invoices, in one of these states."""
    c, m = DunnedInvoice.c, DunningLetter.c
    found = {one.letter_id for one in await ctx.find(DunnedInvoice, c.invoice_id.in_(ids))}
    where = (m.id.in_(found), m.status.in_(states))
    return await ctx.find(DunningLetter, *where, order=m.id)


@action(
    "invoicing.dunning_letter.record_promise",
    risk="w",
    en=(
        "Record a promise to pay; the customer promised to pay by a date; note a payment commitment; pause "
        "reminders until a date; they will pay on Friday"
    ),
    fr=(
        "Noter une promesse de règlement; le client a promis de payer; enregistrer un engagement de "
        "paiement; suspendre les relances jusqu'à une date; il paiera vendredi"
    ),
    example={
        "party_id": "$crm.customer?lifecycle=customer",
        "invoices": ["$invoicing.invoice?status=posted&party_id=$party_id"],
        "date": "2027-01-15",
    },
    events=("invoicing.dunning_letter.promised",),
    record=DunningLetter,
)
async def record_promise(ctx: Context, data: Promise) -> Promised:
    """Note when a customer promised to pay: their invoices are not chased until that day is over."""
    if data.date < ctx.today:
        raise invalid("date", f"lies before today, {ctx.today}")
    if data.date > ctx.today + timedelta(days=_MOST_DAYS):
        raise Conflict(
            reason="A promise more than a year away is no promise.",
            remedy="Grant the delay with invoicing.invoice.change_due_date instead.",
            field="date",
        )
    invoices = await chosen(ctx, data.party_id, data.invoices)
    _refuse_collected(invoices)
    sums: dict[str, Any] = {}
    for one in invoices:
        one.promised_on = data.date
        due = one.amount_due.amount if one.amount_due else ZERO
        sums[one.currency] = sums.get(one.currency, ZERO) + due
    ids = [one.id for one in invoices]
    letters = await letters_about(ctx, ids, *PENDING)
    for letter in letters:
        letter.promise_date = data.date
        lifecycle.take(letter, "record_promise")
    await _note(ctx, data, [one.number or "" for one in invoices])
    told = {"party_id": data.party_id, "invoice_ids": ids, "promised_on": data.date}
    ctx.emit(PaymentPromised.model_validate(told))
    return Promised(
        party_id=data.party_id,
        promised_on=data.date,
        invoices=ids,
        letters=[one.id for one in letters],
        amounts=[money(amount, currency) for currency, amount in sorted(sums.items())],
    )


def _refuse_collected(invoices: Sequence[Invoice]) -> None:
    for one in invoices:
        if one.in_collection:
            raise Conflict(
                reason=f"{one.number} is with whoever collects it: a promise made to us binds nobody there.",
                remedy="Tell the agency or the court; leave the invoice out of this promise.",
                field="invoices",
            )


async def _note(ctx: Context, data: Promise, numbers: list[str]) -> None:
    customer = await ctx.first(Customer, Customer.c.party_id == data.party_id)
    about = ("crm.customer", customer.id) if customer else ("crm.party", data.party_id)
    word = "Promesse de règlement au" if ctx.locale.startswith("fr") else "Promised to pay by"
    told: dict[str, Any] = {
        "kind": "call",
        "subject": f"{word} {data.date} : {', '.join(numbers)}"[:200],
        "record": RecordRef.to(*about),
        "customer_id": customer.id if customer else None,
        "assignee_id": ctx.user_id,
        "direction": "in",
        "outcome": "positive",
        "result": data.note,
    }
    await logged(ctx, Activity(**told))


async def miss_promises(ctx: Context) -> None:
    """Note the promises whose day is over and that were not kept."""
    m = DunningLetter.c
    over = (m.status == "promised", m.promise_date < ctx.today)
    for letter in await ctx.find(DunningLetter, *over, limit=1_000):
        lifecycle.take(letter, "miss")


@within("invoicing.invoice.paid")
async def note_paid(ctx: Context, event: Any) -> None:
    """Note on letters that everything they were about is paid."""
    for letter in await letters_about(ctx, [event.invoice_id], *PENDING):
        c = DunnedInvoice.c
        rows = await ctx.find(DunnedInvoice, c.letter_id == letter.id)
        ids = [one.invoice_id for one in rows]
        still = await ctx.first(Invoice, Invoice.c.id.in_(ids), Invoice.c.status.in_(OPEN))
        if still is None:
            lifecycle.take(letter, "settle")
