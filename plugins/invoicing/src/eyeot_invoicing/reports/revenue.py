"""Revenue: what was sold without VAT, by what it was, to where, under which VAT."""

from decimal import Decimal
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Exact, ReportRow, Spell, Told, drill, report, span
from eyeot_invoicing.credit.record import CreditNote, CreditNoteLine
from eyeot_invoicing.invoices.record import Invoice, InvoiceLine
from eyeot_sales.catalogue.products import Product
from eyeot_sales.trade.amounts import ZERO, rounded

By = Literal["nature", "product", "territory", "vat_category"]


class RevenueFilters(Spell):
    """A period, and what rows are by."""

    by: Annotated[
        By, Field(description="territory: the country of who bought; nature: goods or service.")
    ] = "nature"


class RevenueRow(ReportRow):
    """Revenue of one kind, in the currency of the books, less credit notes and discounts."""

    what: str
    label: str
    invoiced: Exact
    credited: Exact
    revenue: Exact
    documents: int


_COLUMNS: dict[str, str] = {
    "nature": "nature",
    "vat_category": "tax_category",
    "product": "product_id",
}


def _nets(ctx: Context, data: RevenueFilters, line: Any, piece: Any, parent: str) -> sa.Select[Any]:
    """Lines by kind: their net less their part of the discount on the whole, in the currency of the books."""
    c, p, asked = line.c, piece.c, span(ctx, data.period)
    by_place = data.by == "territory"
    what = p.buyer["country"].astext if by_place else sa.cast(c[_COLUMNS[data.by]], sa.Text)
    # The discount touches every line but deductions of deposits; its part is in proportion.
    touched = (
        sa.func.sum(c.net_amount)
        .filter(c.kind == "product")
        .over(partition_by=c[parent])
        .label("touched")
    )
    lines = (
        sa.select(
            what.label("what"),
            p.id.label("document"),
            c.net_amount.label("net"),
            p.total_discount_amount.label("discount"),
            p.exchange_rate.label("rate"),
            touched,
        )
        .select_from(
            line.meta.table.join(piece.meta.table, (c.org_id == p.org_id) & (c[parent] == p.id))
        )
        .where(
            ctx.within(piece),
            p.status != "draft",
            p.issue_date.between(asked.first, asked.last),
            c.kind == "product",
            *([p.kind != "deposit"] if "kind" in piece.meta.fields else []),
        )
        .subquery()
    )
    part = 1 - sa.func.coalesce(lines.c.discount, 0) / sa.func.nullif(lines.c.touched, 0)
    net = lines.c.net * sa.func.coalesce(part, 1) * sa.func.coalesce(lines.c.rate, 1)
    return sa.select(
        lines.c.what,
        sa.func.sum(net).label("net"),
        sa.func.count(sa.distinct(lines.c.document)).label("documents"),
    ).group_by(lines.c.what)


async def _labels(ctx: Context, by: By, found: set[str]) -> dict[str, str]:
    if by != "product" or not found:
        return {}
    known = await ctx.find(Product, Product.c.id.in_(found))
    return {str(one.id): one.name for one in known}


@report(
    "invoicing.report.revenue_by_nature",
    row=RevenueRow,
    en=(
        "Revenue by nature; sales by product; sales of goods and services; sales by country; "
        "sales by VAT; turnover of the year; revenue by product"
    ),
    fr=(
        "Chiffre d'affaires par nature; ventes par produit; ventes de biens et de services; "
        "ventes par pays; ventes par TVA; chiffre d'affaires de l'année"
    ),
    example={"by": "nature"},
)
async def revenue_by_nature(ctx: Context, data: RevenueFilters) -> Told:
    """Tell posted revenue less credit notes by nature, product, country or VAT category.

    Deposits count when their final invoice is made.
    """
    sold = await ctx.rows(_nets(ctx, data, InvoiceLine, Invoice, "invoice_id"))
    back = await ctx.rows(_nets(ctx, data, CreditNoteLine, CreditNote, "credit_note_id"))
    credited = {one["what"]: rounded(one["net"]) for one in back}
    invoiced = {one["what"]: rounded(one["net"]) for one in sold}
    counts = {one["what"]: one["documents"] for one in sold}
    names = await _labels(ctx, data.by, {one for one in (*invoiced, *credited) if one})
    asked = span(ctx, data.period)
    rows = [
        RevenueRow(
            what=what or "none",
            label=names.get(what or "", what or "none"),
            invoiced=invoiced.get(what, ZERO),
            credited=credited.get(what, ZERO),
            revenue=invoiced.get(what, ZERO) - credited.get(what, ZERO),
            documents=counts.get(what, 0),
            drill=drill(
                "invoicing.invoice.list",
                issue_date_from=asked.first.isoformat(),
                issue_date_to=asked.last.isoformat(),
                sort="issue_date",
            ),
        )
        for what in {*invoiced, *credited}
    ]
    rows.sort(key=lambda one: (-one.revenue, one.label))
    totals: dict[str, Decimal | int] = {
        name: sum((getattr(one, name) for one in rows), ZERO)
        for name in ("invoiced", "credited", "revenue")
    }
    return Told(rows=rows, totals=totals)
