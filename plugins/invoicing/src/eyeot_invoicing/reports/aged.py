"""Aged: what customers owe, by how long it has been overdue."""

from decimal import Decimal
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Exact, Filters, ReportRow, Told, drill, report, typeid
from eyeot.types import Currency
from eyeot_crm.parties import Party
from eyeot_invoicing.ids import PartyId
from eyeot_invoicing.invoices.record import OPEN, Invoice
from eyeot_invoicing.reports.asking import cents
from eyeot_sales.trade.amounts import ZERO

_EDGES = (0, 30, 60, 90)
_NAMES = ("not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90")


class AgedFilters(Filters):
    """Whose, and in which currency."""

    party_id: PartyId | None = None
    currency: Currency = "EUR"
    only_overdue: bool = False


class AgedRow(ReportRow):
    """What one customer owes; disputed and promised amounts are told apart and are in no bucket."""

    party_id: PartyId
    party: str
    not_due: Exact
    days_1_30: Exact
    days_31_60: Exact
    days_61_90: Exact
    days_over_90: Exact
    disputed: Exact
    promised: Exact
    total: Annotated[Exact, Field(description="All of it, disputes and promises too.")]
    invoices: int


def _sums(ctx: Context, data: AgedFilters) -> sa.Select[Any]:
    """One row for each customer, in one pass over what is open."""
    c, today = Invoice.c, ctx.today
    days = sa.literal(today) - c.due_date
    plain = sa.not_(c.is_disputed) & sa.or_(c.promised_on.is_(None), c.promised_on < today)
    amount = c.amount_due_amount
    lows = (None, *_EDGES)
    highs = (*_EDGES, None)
    buckets = [
        cents(
            sa.func.sum(amount).filter(
                plain,
                *([days > low] if low is not None else []),
                *([days <= high] if high is not None else []),
            )
        ).label(name)
        for name, low, high in zip(_NAMES, lows, highs, strict=True)
    ]
    promised = sa.not_(c.is_disputed) & (c.promised_on >= today)
    where = [ctx.within(Invoice), c.status.in_(OPEN), c.amount_due_currency == data.currency]
    if data.party_id is not None:
        where.append(c.party_id == data.party_id)
    if data.only_overdue:
        where.append(c.due_date < today)
    return (
        sa.select(
            c.party_id,
            *buckets,
            cents(sa.func.sum(amount).filter(c.is_disputed)).label("disputed"),
            cents(sa.func.sum(amount).filter(promised)).label("promised"),
            cents(sa.func.sum(amount)).label("total"),
            sa.func.count().label("invoices"),
        )
        .where(*where)
        .group_by(c.party_id)
    )


@report(
    "invoicing.report.aged_receivables",
    row=AgedRow,
    en=(
        "Aged receivables; who owes us money; overdue invoices by customer; unpaid invoices by age; ageing "
        "balance"
    ),
    fr=(
        "Balance âgée clients; qui nous doit de l'argent; impayés par client; factures en retard par "
        "ancienneté; encours échu"
    ),
    example={},
)
async def aged_receivables(ctx: Context, data: AgedFilters) -> Told:
    """Tell what each customer owes today by days overdue, with disputes and promises apart."""
    sums = _sums(ctx, data).subquery()
    party = Party.meta.table
    statement = (
        sa.select(sums, party.c.name.label("party"))
        .select_from(sums.join(party, party.c.id == sums.c.party_id))
        .where(party.c.org_id == ctx.org_id)
        .order_by(sums.c.total.desc(), party.c.name)
    )
    rows = [
        AgedRow(
            **one,
            drill=drill(
                "invoicing.invoice.list",
                party_id=typeid("crm.party", one["party_id"]),
                status_in=[*OPEN],
                sort="due_date",
            ),
        )
        for one in await ctx.rows(statement)
    ]
    names = (*_NAMES, "disputed", "promised", "total")
    totals: dict[str, Decimal | int] = {
        name: sum((getattr(one, name) for one in rows), ZERO) for name in names
    }
    totals["invoices"] = sum(one.invoices for one in rows)
    return Told(rows=rows, totals=totals)
