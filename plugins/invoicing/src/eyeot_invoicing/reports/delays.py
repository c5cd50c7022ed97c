"""Delays: how long customers take to pay, and what their delays cost."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Exact, ReportRow, Spell, Told, drill, report, span, typeid
from eyeot.types import Currency
from eyeot_crm.parties import Party
from eyeot_invoicing.ids import PartyId
from eyeot_invoicing.invoices.record import OPEN, Invoice
from eyeot_invoicing.late.computing import late_fees
from eyeot_invoicing.reading import BOOKS
from eyeot_invoicing.reports.asking import cents, tenth
from eyeot_sales.trade.amounts import ZERO

_MOST = 2_000


class DelayFilters(Spell):
    """A period of issue, a customer, a currency."""

    party_id: PartyId | None = None
    currency: Currency = "EUR"


class DelayRow(ReportRow):
    """How late one customer is."""

    party_id: PartyId
    party: str
    invoices: int
    late: Annotated[int, Field(description="Paid after their due date, or overdue still.")]
    average_delay: Annotated[Exact, Field(description="Days after the due date, of those late.")]
    late_amount: Annotated[Exact, Field(description="Of invoices that were late, with VAT.")]
    overdue: Annotated[Exact, Field(description="Still due, and late.")]
    penalties: Annotated[Exact, Field(description="Penalties and indemnities owed, not charged.")]


def _where(ctx: Context, data: DelayFilters) -> list[Any]:
    c, asked = Invoice.c, span(ctx, data.period)
    where = [
        ctx.within(Invoice),
        c.status != "draft",
        c.currency == data.currency,
        c.issue_date.between(asked.first, asked.last),
    ]
    if data.party_id is not None:
        where.append(c.party_id == data.party_id)
    return where


def _by_customer(ctx: Context, data: DelayFilters) -> Any:
    """How often and how long each customer was late, who owes most of it first."""
    c, today = Invoice.c, ctx.today
    ended = sa.func.coalesce(c.settled_on, sa.literal(today))
    late = ended > c.due_date
    party = Party.meta.table.c
    return (
        sa.select(
            c.party_id,
            party.name.label("party"),
            sa.func.count().label("invoices"),
            sa.func.count().filter(late).label("late"),
            sa.func.avg(ended - c.due_date).filter(late).label("average_delay"),
            cents(sa.func.sum(c.total_gross_amount).filter(late)).label("late_amount"),
            cents(
                sa.func.sum(c.amount_due_amount).filter(c.due_date < today, c.status.in_(OPEN))
            ).label("overdue"),
        )
        .select_from(
            Invoice.meta.table.join(
                Party.meta.table, (party.org_id == c.org_id) & (party.id == c.party_id)
            )
        )
        .where(*_where(ctx, data))
        .group_by(c.party_id, party.name)
        .order_by(sa.desc("overdue"), sa.desc("late"), party.name)
    )


async def _overdue_fees(
    ctx: Context, data: DelayFilters
) -> tuple[dict[Any, Decimal], tuple[str, ...]]:
    """What is owed by customer, and what to know of it."""
    c = Invoice.c
    late = (c.due_date < ctx.today, c.status.in_(OPEN))
    found = await ctx.find(Invoice, *_where(ctx, data)[1:], *late, order=c.due_date, limit=_MOST)
    fees: dict[Any, Decimal] = {}
    cut = len(found) == _MOST
    notes = [f"Penalties are of the {_MOST} oldest overdue invoices."] if cut else []
    for one in found:
        told = await late_fees(ctx, one, ctx.today)
        notes += told.notes
        fees[one.party_id] = fees.get(one.party_id, ZERO) + told.total
    return fees, tuple(dict.fromkeys(notes))


@report(
    "invoicing.report.late_payment_report",
    row=DelayRow,
    en=(
        "Late payment report; how late do customers pay; payment delays; penalties owed to us; "
        "disclosure of payment delays; customers who pay late"
    ),
    fr=(
        "Rapport des retards de paiement; quels clients paient en retard; délais de paiement; "
        "pénalités qui nous sont dues; information sur les délais; clients qui paient en retard"
    ),
    permission=BOOKS,
    example={},
)
async def late_payment_report(ctx: Context, data: DelayFilters) -> Told:
    """Tell by customer how often and how long invoices were late, and what those still open owe for it.

    Source: Code de commerce, art. D441-6 (information on payment delays).
    """
    fees, notes = await _overdue_fees(ctx, data)
    rows = [
        DelayRow(
            **{**one, "average_delay": tenth(one["average_delay"])},
            penalties=fees.get(one["party_id"], ZERO),
            drill=drill("invoicing.invoice.list", party_id=typeid("crm.party", one["party_id"])),
        )
        for one in await ctx.rows(_by_customer(ctx, data))
    ]
    totals: dict[str, Decimal | int] = {
        name: sum((getattr(one, name) for one in rows), ZERO)
        for name in ("late_amount", "overdue", "penalties")
    }
    totals |= {name: sum(getattr(one, name) for one in rows) for name in ("invoices", "late")}
    return Told(rows=rows, totals=totals, notes=notes)


class DsoRow(ReportRow):
    """A month's sales, and how long they take to be paid."""

    month: str
    sold: Annotated[Exact, Field(description="Invoiced in it, with VAT.")]
    due: Annotated[Exact, Field(description="Of that, still due.")]
    paid: int
    average_days: Annotated[Exact, Field(description="From the invoice to its last payment.")]
    average_terms: Annotated[Exact, Field(description="From the invoice to its due date.")]


@report(
    "invoicing.report.dso_dpo",
    row=DsoRow,
    en=(
        "Days sales outstanding; DSO; average time to be paid; how fast do customers pay; DSO "
        "and DPO; how long do customers take to pay"
    ),
    fr=(
        "Délai moyen de règlement clients; DSO; en combien de temps nous paie-t-on; délai de "
        "paiement moyen; DSO et DPO; en combien de temps les clients paient"
    ),
    permission=BOOKS,
    example={},
)
async def dso_dpo(ctx: Context, data: DelayFilters) -> Told:
    """Tell in how many days customers pay, by month of invoice, and the days of sales due now."""
    c = Invoice.c
    month = sa.func.to_char(c.issue_date, "YYYY-MM")
    paid = c.settled_on.is_not(None)
    statement = (
        sa.select(
            month.label("month"),
            cents(sa.func.sum(c.total_gross_amount)).label("sold"),
            cents(sa.func.sum(c.amount_due_amount)).label("due"),
            sa.func.count().filter(paid).label("paid"),
            sa.func.avg(c.settled_on - c.issue_date).filter(paid).label("average_days"),
            sa.func.avg(c.due_date - c.issue_date).label("average_terms"),
        )
        .where(*_where(ctx, data))
        .group_by(month)
        .order_by(month)
    )
    rows = []
    for one in await ctx.rows(statement):
        first = date.fromisoformat(f"{one['month']}-01")
        told = {name: tenth(one[name]) for name in ("average_days", "average_terms")}
        where = {"issue_date_from": first.isoformat(), "sort": "issue_date"}
        rows.append(DsoRow(**{**one, **told}, drill=drill("invoicing.invoice.list", **where)))
    sold, due = sum((one.sold for one in rows), ZERO), sum((one.due for one in rows), ZERO)
    asked = span(ctx, data.period)
    length = (min(asked.last, ctx.today) - asked.first).days + 1
    totals: dict[str, Decimal | int] = {
        "sold": sold,
        "due": due,
        "dso": tenth(due * length / sold) if sold else ZERO,
    }
    return Told(
        rows=rows,
        totals=totals,
        notes=("DSO: what is due times the days of the period, divided by what was sold.",),
    )
