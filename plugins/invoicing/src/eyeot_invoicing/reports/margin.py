"""Margin: revenue less cost by analytic axis, of what was posted."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Drill, Exact, ReportRow, Spell, Told, drill, report, span, typeid
from eyeot_crm.parties import Party
from eyeot_invoicing.credit.record import CreditNote, CreditNoteLine
from eyeot_invoicing.invoices.record import Invoice, InvoiceLine
from eyeot_sales.catalogue.products import MARGIN, Product
from eyeot_sales.orders.records import SalesOrderLine
from eyeot_sales.trade.amounts import HUNDRED, ZERO, rounded

_CUSTOMER = "customer"
_line, _sold = InvoiceLine.c, SalesOrderLine.c


class Axis(Spell):
    """A period and an axis."""

    axis: Annotated[
        str,
        Field(
            min_length=1,
            max_length=60,
            description="customer, or a name that lines bear in analytic, such as project.",
        ),
    ] = _CUSTOMER


class AxisRow(ReportRow):
    """What one value of the axis brought, less credit notes, in the currency of the books."""

    axis: str
    value: str
    label: str
    revenue: Exact
    cost: Exact
    margin: Annotated[Exact, Field(description="Of the revenue whose cost is known.")]
    percent: Annotated[Exact, Field(description="Margin in percent of that revenue.")]
    without_cost: Annotated[Exact, Field(description="Revenue whose cost is not known.")]


@report(
    "invoicing.report.margin_by_analytic_axis",
    row=AxisRow,
    permission=MARGIN,
    en=(
        "Margin by analytic axis; margin by project; margin by department; margin by customer; which "
        "project earns money"
    ),
    fr=(
        "Marge par axe analytique; marge par projet; marge par service; marge par client; quel chantier "
        "est rentable"
    ),
    example={"axis": "customer"},
)
async def margin_by_analytic_axis(ctx: Context, data: Axis) -> Told:
    """Tell posted revenue less credit notes, cost and margin by a value of an analytic axis or customer.

    The cost is that of the order when it was priced, else the product's of today. Lines without the axis
    come under none. Rebates that name no line have no cost. By customer: those within reach.
    """
    found: dict[str | None, _Figures] = {}
    for sign, select in ((1, _invoiced(ctx, data)), (-1, _credited(ctx, data))):
        for one in await ctx.rows(select):
            found.setdefault(one["value"], _Figures()).count(sign, one)
    names = await _names(ctx, data.axis, found)
    rows = [_row(ctx, data, value, told, names) for value, told in found.items()]
    rows.sort(key=lambda one: (-one.margin, one.label))
    totals: dict[str, Decimal | int] = {
        name: sum((getattr(one, name) for one in rows), ZERO)
        for name in ("revenue", "cost", "margin", "without_cost")
    }
    return Told(rows, totals, (f"Axes in use: {', '.join(await _axes(ctx))}.",))


@dataclass(slots=True)
class _Figures:
    revenue: Decimal = ZERO
    known: Decimal = ZERO
    cost: Decimal = ZERO

    def count(self, sign: int, row: dict[str, Any]) -> None:
        """Add what a query summed up."""
        self.revenue += sign * Decimal(row["revenue"] or 0)
        self.known += sign * Decimal(row["known"] or 0)
        self.cost += sign * Decimal(row["cost"] or 0)


def _row(
    ctx: Context, data: Axis, value: str | None, told: _Figures, names: dict[str, str]
) -> AxisRow:
    revenue, known, cost = rounded(told.revenue), rounded(told.known), rounded(told.cost)
    return AxisRow(
        axis=data.axis,
        value=value or "none",
        label=names.get(value or "", value or "none"),
        revenue=revenue,
        cost=cost,
        margin=known - cost,
        percent=rounded(HUNDRED * (known - cost) / known) if known else ZERO,
        without_cost=revenue - known,
        drill=_behind(ctx, data, value),
    )


def _behind(ctx: Context, data: Axis, value: str | None) -> Drill:
    asked = span(ctx, data.period)
    party = UUID(value) if value and data.axis == _CUSTOMER else None
    return drill(
        "invoicing.invoice.list",
        issue_date_from=asked.first.isoformat(),
        issue_date_to=asked.last.isoformat(),
        party_id=typeid("crm.party", party),
        sort="issue_date",
    )


def _invoiced(ctx: Context, data: Axis) -> sa.Select[Any]:
    tables = InvoiceLine.meta.table.join(
        Invoice.meta.table,
        (_line.org_id == Invoice.c.org_id) & (_line.invoice_id == Invoice.c.id),
    )
    wanted = Invoice.c.kind != "deposit"
    return _summed(ctx, data, _Pieces(Invoice, InvoiceLine, _line.invoice_id, tables), wanted)


def _credited(ctx: Context, data: Axis) -> sa.Select[Any]:
    """What was taken back bears the axes and the cost of the line that it takes back."""
    back = CreditNoteLine.c
    tables = CreditNoteLine.meta.table.join(
        CreditNote.meta.table,
        (back.org_id == CreditNote.c.org_id) & (back.credit_note_id == CreditNote.c.id),
    ).outerjoin(
        InvoiceLine.meta.table,
        (_line.org_id == back.org_id) & (_line.id == back.invoice_line_id),
    )
    return _summed(ctx, data, _Pieces(CreditNote, CreditNoteLine, back.credit_note_id, tables))


@dataclass(frozen=True, slots=True)
class _Pieces:
    piece: Any
    line: Any
    parent: Any
    tables: Any


def _summed(ctx: Context, data: Axis, of: _Pieces, *where: Any) -> sa.Select[Any]:
    """Revenue and cost of lines by the axis: their net less their part of the discount on the whole."""
    line, piece, asked = of.line.c, of.piece.c, span(ctx, data.period)
    by = sa.cast(piece.party_id, sa.Text)
    value = by if data.axis == _CUSTOMER else _line.analytic[data.axis].astext
    touched = sa.func.sum(line.net_amount).over(partition_by=of.parent)
    left = 1 - sa.func.coalesce(piece.total_discount_amount, 0) / sa.func.nullif(touched, 0)
    rate = sa.func.coalesce(piece.exchange_rate, 1)
    tables = _costed(of.tables)
    if data.axis == _CUSTOMER:
        tables = tables.join(
            Party.meta.table, (Party.c.org_id == piece.org_id) & (Party.c.id == piece.party_id)
        )
        where = (*where, ctx.within(Party))
    rows = (
        sa.select(
            value.label("value"),
            (line.net_amount * sa.func.coalesce(left, 1) * rate).label("net"),
            (line.quantity * _unit_cost(piece.currency) * rate).label("cost"),
        )
        .select_from(tables)
        .where(
            ctx.within(of.piece),
            piece.status != "draft",
            piece.issue_date.between(asked.first, asked.last),
            line.kind == "product",
            *where,
        )
        .subquery()
    ).c
    return sa.select(
        rows.value,
        sa.func.sum(rows.net).label("revenue"),
        sa.func.sum(rows.net).filter(rows.cost.is_not(None)).label("known"),
        sa.func.sum(rows.cost).label("cost"),
    ).group_by(rows.value)


def _costed(tables: Any) -> Any:
    """The tables with the order lines and products that invoice lines name."""
    ordered = sa.cast(sa.func.split_part(_line.order_line_id, "/", 2), sa.UUID)
    return tables.outerjoin(
        SalesOrderLine.meta.table, (_sold.org_id == _line.org_id) & (_sold.id == ordered)
    ).outerjoin(
        Product.meta.table,
        (Product.c.org_id == _line.org_id) & (Product.c.id == _line.product_id),
    )


def _unit_cost(currency: Any) -> Any:
    """What one cost when it was ordered, else what it costs now; None in another currency."""
    product = Product.c
    return sa.func.coalesce(
        sa.case((_sold.unit_cost_currency == currency, _sold.unit_cost_amount)),
        sa.case((product.cost_currency == currency, product.cost_amount)),
    )


async def _names(ctx: Context, axis: str, found: Iterable[str | None]) -> dict[str, str]:
    if axis != _CUSTOMER:
        return {}
    parties = [UUID(one) for one in found if one]
    select = sa.select(Party.c.id, Party.c.name).where(ctx.within(Party), Party.c.id.in_(parties))
    return {str(one["id"]): one["name"] for one in await ctx.rows(select)}


async def _axes(ctx: Context) -> list[str]:
    """The axes that lines bear."""
    names = sa.func.jsonb_object_keys(_line.analytic).label("name")
    known = ctx.within(InvoiceLine), sa.func.jsonb_typeof(_line.analytic) == "object"
    select = sa.select(names).where(*known).distinct().limit(100)
    return [_CUSTOMER, *sorted(one["name"] for one in await ctx.rows(select))]
