"""VAT: what fell due in a period, by rate or by document."""

from decimal import Decimal
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Exact, RecordRef, ReportRow, Spell, Told, drill, report, span, typeid
from eyeot_invoicing.reading import BOOKS
from eyeot_invoicing.vat.due import VatDue
from eyeot_sales.trade.amounts import ZERO


class VatFilters(Spell):
    """A period, a side, and how it is told."""

    direction: Literal["collected", "deductible"] | None = None
    by: Annotated[
        Literal["rate", "document"], Field(description="One row for each rate, or document.")
    ] = "rate"


class VatRow(ReportRow):
    """VAT of one kind, in the currency of the books."""

    direction: str
    nature: str
    category: str
    percent: Exact
    due_by: Annotated[
        Literal["date", "payment"], Field(description="Whether by its date, or as it was paid.")
    ]
    is_self_assessed: bool
    base: Exact
    tax: Exact
    documents: int
    document: RecordRef | None = None


def _rows(ctx: Context, data: VatFilters) -> sa.Select[Any]:
    c, asked = VatDue.c, span(ctx, data.period)
    due_by = sa.case((c.cause == c.source, "date"), else_="payment").label("due_by")
    named = [c.direction, c.nature, c.category, c.percent, due_by, c.is_self_assessed]
    if data.by == "document":
        named.append(c.source.label("document"))
    where = [ctx.within(VatDue), c.due_on.between(asked.first, asked.last)]
    if data.direction:
        where.append(c.direction == data.direction)
    return (
        sa.select(
            *named,
            sa.func.sum(c.base).label("base"),
            sa.func.sum(c.tax).label("tax"),
            sa.func.count(sa.distinct(c.source)).label("documents"),
        )
        .where(*where)
        .group_by(*named)
        .order_by(*named)
    )


@report(
    "invoicing.report.vat_detail",
    row=VatRow,
    en="VAT detail; VAT by rate; VAT by document; what VAT is made of; collected and deductible VAT",
    fr="Détail de la TVA; TVA par taux; TVA par pièce; justificatif de TVA; TVA collectée et déductible",
    permission=BOOKS,
    example={"period": "2026-10"},
)
async def vat_detail(ctx: Context, data: VatFilters) -> Told:
    """Tell the VAT that fell due in a period by rate, nature and due rule, or document by document."""
    rows = []
    for one in await ctx.rows(_rows(ctx, data)):
        source = one.pop("document", None)
        document = RecordRef(source) if source else None
        told = None
        if document is not None:
            told = drill(f"{document.kind}.get", id=typeid(document.kind, document.id))
        elif data.period:
            told = drill(
                "invoicing.report.vat_detail",
                period=data.period,
                direction=one["direction"],
                by="document",
            )
        rows.append(VatRow(**one, document=document, drill=told))
    totals: dict[str, Decimal | int] = {}
    for side in ("collected", "deductible"):
        mine = [one for one in rows if one.direction == side]
        totals[f"{side}_base"] = sum((one.base for one in mine), ZERO)
        totals[f"{side}_tax"] = sum((one.tax for one in mine), ZERO)
    totals["balance"] = totals["collected_tax"] - totals["deductible_tax"]
    return Told(rows=rows, totals=totals)
