"""Statement: one customer's account, and what is open on it."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from eyeot import Context, Exact, RecordRef, ReportRow, Spell, Told, drill, report, span
from eyeot.types import Currency
from eyeot_invoicing.credit.record import CreditNote, remaining
from eyeot_invoicing.ids import PartyId
from eyeot_invoicing.invoices.record import Invoice
from eyeot_invoicing.payments.record import Payment
from eyeot_sales.trade.amounts import ZERO


class StatementFilters(Spell):
    """Whose account."""

    party_id: PartyId
    currency: Currency = "EUR"
    open_only: Annotated[
        bool, Field(description="Only what is not settled; else every movement with a balance.")
    ] = True


class StatementRow(ReportRow):
    """A piece on the account."""

    date: dt.date
    what: Literal["invoice", "credit_note", "payment", "written_off"]
    document: RecordRef
    number: str | None
    due_date: dt.date | None = None
    days_late: int = 0
    amount: Annotated[Exact, Field(description="Above 0: the customer owes it.")]
    open: Annotated[Exact, Field(description="What of it is not settled.")]
    balance: Exact


def _of_invoice(ctx: Context, one: Invoice) -> list[StatementRow]:
    assert one.issue_date
    gross = one.total_gross.amount if one.total_gross else ZERO
    left = one.amount_due.amount if one.amount_due else ZERO
    late = (ctx.today - one.due_date).days if one.due_date and left else 0
    rows = [
        StatementRow(
            date=one.issue_date, what="invoice", document=RecordRef.to(one.meta.name, one.id),
            number=one.number, due_date=one.due_date, days_late=max(late, 0), amount=gross, open=left,
            balance=ZERO,
        )
    ]  # fmt: skip
    if one.written_off and one.written_off.amount:
        rows.append(
            StatementRow(
                date=one.settled_on or ctx.today, what="written_off",
                document=RecordRef.to(one.meta.name, one.id), number=one.number,
                amount=-one.written_off.amount, open=ZERO, balance=ZERO,
            )
        )  # fmt: skip
    return rows


async def _movements(ctx: Context, data: StatementFilters) -> list[StatementRow]:
    i, n, p = Invoice.c, CreditNote.c, Payment.c
    rows: list[StatementRow] = []
    for invoice in await ctx.find(
        Invoice, i.party_id == data.party_id, i.status != "draft", i.currency == data.currency
    ):
        rows += _of_invoice(ctx, invoice)
    for note in await ctx.find(
        CreditNote, n.party_id == data.party_id, n.status != "draft", n.currency == data.currency
    ):
        rows.append(_of_note(note))
    for paid in await ctx.find(
        Payment,
        p.party_id == data.party_id,
        p.status.in_(("posted", "reconciled")),
        p.amount_currency == data.currency,
    ):
        rows.append(_of_payment(paid))
    return sorted(rows, key=lambda one: (one.date, one.number or ""))


def _of_note(one: CreditNote) -> StatementRow:
    assert one.issue_date
    return StatementRow(
        date=one.issue_date,
        what="credit_note",
        document=RecordRef.to(one.meta.name, one.id),
        number=one.number,
        amount=-one.total_gross.amount if one.total_gross else ZERO,
        open=-remaining(one),
        balance=ZERO,
    )


def _of_payment(one: Payment) -> StatementRow:
    assert one.date
    sign = -1 if one.direction == "in" else 1
    left = one.unallocated.amount if one.unallocated else ZERO
    return StatementRow(
        date=one.date,
        what="payment",
        document=RecordRef.to(one.meta.name, one.id),
        number=one.number,
        amount=sign * one.amount.amount,
        open=sign * left,
        balance=ZERO,
    )


@report(
    "invoicing.report.customer_statement_of_account",
    row=StatementRow,
    en=(
        "Customer statement of account; what does this customer owe; open items of a customer; account "
        "history of a customer"
    ),
    fr=(
        "Relevé de compte client; que nous doit ce client; factures ouvertes d'un client; situation de "
        "compte d'un client"
    ),
    example={"party_id": "$crm.customer?lifecycle=customer"},
)
async def customer_statement_of_account(ctx: Context, data: StatementFilters) -> Told:
    """Tell one customer's invoices, credit notes and payments with the balance, or only what is open."""
    rows, balance, before = [], ZERO, ZERO
    asked = span(ctx, data.period) if data.period else None
    for one in await _movements(ctx, data):
        step = one.open if data.open_only else one.amount
        if data.open_only and not step:
            continue
        balance += step
        if asked and one.date < asked.first:
            before = balance
            continue
        if asked and one.date > asked.last:
            balance -= step
            continue
        told = drill(f"{one.document.kind}.get", id=one.document.typeid)
        rows.append(one.model_copy(update={"balance": balance, "drill": told}))
    totals: dict[str, Decimal | int] = {
        "before": before,
        "balance": balance,
        "overdue": sum((one.open for one in rows if one.days_late > 0), ZERO),
    }
    return Told(rows=rows, totals=totals)
