"""Aged payables: what is owed to suppliers, by how long it is due."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Drill, Exact, Filters, Ref, ReportRow, Told, report
from eyeot_crm.parties import Party
from eyeot_invoicing.ids import PartyId
from eyeot_invoicing.purchases.record import OPEN, SupplierInvoice
from eyeot_invoicing.reading import BOOKS

_BUCKETS = (
    ("not_due", None, 0),
    ("days_1_30", 1, 30),
    ("days_31_60", 31, 60),
    ("days_61_90", 61, 90),
)
_LAST = "over_90"


class AgedPayables(Filters):
    """As of which day, and of whom."""

    as_of: Annotated[date | None, Field(description="Today when left out.")] = None
    party_id: PartyId | None = None


class PayableRow(ReportRow):
    """What is owed to one supplier, in the currency of the books."""

    party_id: PartyId
    name: str
    not_due: Exact
    days_1_30: Exact
    days_31_60: Exact
    days_61_90: Exact
    over_90: Exact
    total: Exact
    invoices: int


@report(
    "invoicing.report.aged_payables",
    row=PayableRow,
    en=(
        "Aged payables; what we owe suppliers by age; overdue bills; supplier balances by due "
        "date; what do we owe suppliers; supplier debts"
    ),
    fr=(
        "Balance âgée fournisseurs; ce que nous devons aux fournisseurs; factures fournisseurs "
        "en retard; dettes fournisseurs par échéance; combien doit-on aux fournisseurs"
    ),
    permission=BOOKS,
    example={},
)
async def aged_payables(ctx: Context, data: AgedPayables) -> Told:
    """Sum what is owed on booked invoices by supplier and days past due; credit notes take off."""
    as_of = data.as_of or ctx.today
    rows = await ctx.rows(_query(ctx, data, as_of))
    told = [_row(one) for one in rows]
    names = [name for name, *_ in _BUCKETS] + [_LAST, "total"]
    return Told(
        rows=told,
        totals={
            **{name: sum((getattr(one, name) for one in told), Decimal(0)) for name in names},
            "invoices": sum(one.invoices for one in told),
        },
        notes=() if data.as_of is None else ("Amounts are what is due now, aged as of that day.",),
    )


def _query(ctx: Context, data: AgedPayables, as_of: date) -> sa.Select[tuple[object, ...]]:
    c, p = SupplierInvoice.c, Party.c
    rate = sa.func.coalesce(c.exchange_rate, 1)
    sign = sa.case((c.kind == "credit_note", -1), else_=1)
    due = sa.func.round(c.amount_due_amount * rate * sign, 2)
    late = sa.cast(as_of, sa.Date) - sa.func.coalesce(c.due_date, c.invoice_date)
    sums = [
        sa.func.coalesce(
            sa.func.sum(due).filter(late <= last if first is None else late.between(first, last)), 0
        ).label(name)
        for name, first, last in _BUCKETS
    ]
    where = [ctx.within(SupplierInvoice), c.status.in_(OPEN), c.invoice_date <= as_of]
    if data.party_id:
        where.append(c.party_id == data.party_id)
    return (
        sa.select(
            c.party_id,
            p.name,
            *sums,
            sa.func.coalesce(sa.func.sum(due).filter(late > 90), 0).label(_LAST),  # noqa: PLR2004
            sa.func.sum(due).label("total"),
            sa.func.count().label("invoices"),
        )
        .where(p.org_id == c.org_id, p.id == c.party_id, *where)
        .group_by(c.party_id, p.name)
        .order_by(sa.desc("total"), p.name)
    )


def _row(one: dict[str, object]) -> PayableRow:
    told = PayableRow.model_validate(one)
    told.drill = Drill(
        action="invoicing.supplier_invoice.list",
        arguments={
            "party_id": Ref("crm.party").write(told.party_id),
            "status_in": list(OPEN),
        },
    )
    return told
