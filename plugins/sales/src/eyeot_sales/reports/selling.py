"""Selling: what was sold to whom, what it earned, and what was given away."""

from decimal import Decimal
from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Exact, ReportRow, Told, report
from eyeot_sales.catalogue.products import MARGIN
from eyeot_sales.ids import PartyId
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine
from eyeot_sales.reports.asking import (
    COST,
    DUE,
    NET,
    Asked,
    By,
    amount,
    behind,
    percent,
    sold,
    span_of,
)
from eyeot_sales.trade.amounts import ZERO

_line, _order = SalesOrderLine.c, SalesOrder.c
_CLASS_A, _CLASS_B = Decimal(80), Decimal(95)


class BySales(Asked):
    """What sales are grouped by."""

    by: By = "month"


class SalesRow(ReportRow):
    """What was sold in one group, without VAT."""

    label: str
    net: Exact
    orders: int
    quantity: Exact
    share: Annotated[Exact, Field(description="Percent of the whole.")]


@report(
    "sales.report.sales_by_period",
    row=SalesRow,
    en=(
        "Sales by period; turnover by month; sales by product, customer or seller; how much did "
        "we sell; sales per month; monthly turnover; best selling products; what sells best"
    ),
    fr=(
        "Ventes par période; chiffre d'affaires par mois; ventes par produit, client ou "
        "commercial; combien a-t-on vendu; ventes du mois; chiffre d'affaires mensuel; articles "
        "les plus vendus; ce qui se vend le mieux"
    ),
    example={"by": "product"},
)
async def sales_by_period(ctx: Context, data: BySales) -> Told:
    """Add up what was ordered in a period without VAT, by month, product, customer or seller."""
    spell = span_of(ctx, data.period)
    figures = {
        "net": sa.func.sum(NET),
        "orders": sa.func.count(sa.distinct(_order.id)),
        "quantity": sa.func.sum(DUE),
    }
    found = await sold(ctx, data, spell, data.by, figures)
    if data.by == "month":
        found.sort(key=lambda one: one["key"])
    whole = sum((one["net"] for one in found), ZERO)
    rows = [
        SalesRow(
            label=one["label"] or "-",
            net=amount(one["net"]),
            orders=one["orders"],
            quantity=one["quantity"],
            share=percent(one["net"], whole),
            drill=behind(data.by, one["key"], spell),
        )
        for one in found
    ]
    return Told(rows, {"net": amount(whole)})


class Ranking(Asked):
    """The customers of a period."""


class RankRow(ReportRow):
    """A customer by what they bought, without VAT."""

    rank: int
    party_id: PartyId
    customer: str
    net: Exact
    share: Annotated[Exact, Field(description="Percent of the whole.")]
    cumulated: Annotated[Exact, Field(description="With all customers before.")]
    rating: Annotated[
        Literal["A", "B", "C"], Field(description="A: the first 80 %, B: up to 95 %.")
    ]
    before: Annotated[Exact, Field(description="In as many days just before.")]
    trend: Annotated[Exact | None, Field(description="Change in percent.")] = None


@report(
    "sales.report.customer_ranking",
    row=RankRow,
    en="Customer ranking; best customers; ABC analysis of customers; who buys most",
    fr=(
        "Classement des clients; meilleurs clients; analyse ABC des clients; qui achète le plus; "
        "palmarès clients"
    ),
    example={},
)
async def customer_ranking(ctx: Context, data: Ranking) -> Told:
    """Rank customers by what they ordered in a period, with class, share and trend."""
    spell = span_of(ctx, data.period)
    figures = {"net": sa.func.sum(NET)}
    found = await sold(ctx, data, spell, "customer", figures)
    earlier = await sold(ctx, data, spell.before(), "customer", figures)
    former = {one["key"]: one["net"] for one in earlier}
    whole, run, rows = sum((one["net"] for one in found), ZERO), ZERO, list[RankRow]()
    for rank, one in enumerate(found, start=1):
        reached = percent(run, whole)
        run += one["net"]
        before = former.get(one["key"], ZERO)
        rows.append(
            RankRow(
                rank=rank,
                party_id=one["key"],
                customer=one["label"],
                net=amount(one["net"]),
                share=percent(one["net"], whole),
                cumulated=percent(run, whole),
                rating="A" if reached < _CLASS_A else "B" if reached < _CLASS_B else "C",
                before=amount(before),
                trend=percent(one["net"] - before, before) if before else None,
                drill=behind("customer", one["key"], spell),
            )
        )
    return Told(rows, {"net": amount(whole), "customers": len(rows)})


class ByMargin(Asked):
    """What margins are grouped by."""

    by: Literal["order", "product", "customer", "month", "seller"] = "product"


class MarginRow(ReportRow):
    """What one group earns, over lines whose cost is known."""

    label: str
    net: Exact
    cost: Exact
    margin: Exact
    percent: Annotated[Exact, Field(description="Of the net.")]
    without_cost: Annotated[int, Field(description="Lines left out: their cost is not known.")]


@report(
    "sales.report.margin_analysis",
    row=MarginRow,
    en=(
        "Margin analysis; margin by product, order or customer; where do we earn money; margin "
        "per customer"
    ),
    fr=(
        "Analyse des marges; marge par produit, commande ou client; où gagne-t-on de l'argent; "
        "rentabilité des ventes; marge par client"
    ),
    example={"by": "order"},
    permission=MARGIN,
)
async def margin_analysis(ctx: Context, data: ByMargin) -> Told:
    """Show net, cost and margin of what was ordered in a period, on the costs it was priced with."""
    spell = span_of(ctx, data.period)
    known = _line.unit_cost_amount.is_not(None)
    figures = {
        "net": sa.func.coalesce(sa.func.sum(NET).filter(known), 0),
        "cost": sa.func.coalesce(sa.func.sum(COST).filter(known), 0),
        "without_cost": sa.func.count().filter(sa.not_(known)),
    }
    found = await sold(ctx, data, spell, data.by, figures)
    rows = [
        MarginRow(
            label=one["label"] or "-",
            net=amount(one["net"]),
            cost=amount(one["cost"]),
            margin=amount(one["net"]) - amount(one["cost"]),
            percent=percent(one["net"] - one["cost"], one["net"]),
            without_cost=one["without_cost"],
            drill=behind(data.by, one["key"], spell),
        )
        for one in found
    ]
    net = amount(sum((one["net"] for one in found), ZERO))
    cost = amount(sum((one["cost"] for one in found), ZERO))
    notes = ("Cost basis: the product's cost when the line was priced.",)
    return Told(rows, {"net": net, "cost": cost, "margin": net - cost}, notes)


class ByDiscount(Asked):
    """What discounts are grouped by."""

    by: By = "seller"


class DiscountRow(ReportRow):
    """What one group gave away, against catalogue prices."""

    label: str
    full: Annotated[Exact, Field(description="At catalogue prices, without VAT.")]
    net: Exact
    given: Exact
    percent: Annotated[Exact, Field(description="Of catalogue prices.")]


@report(
    "sales.report.discount_usage",
    row=DiscountRow,
    en="Discounts given; discount usage by seller; how much do we give away; rebates against list",
    fr=(
        "Remises accordées; remises par commercial; combien de remises a-t-on données; écart au tarif"
    ),
    example={},
)
async def discount_usage(ctx: Context, data: ByDiscount) -> Told:
    """Compare what was ordered in a period with catalogue prices, by seller, customer, product or month."""
    spell = span_of(ctx, data.period)
    full = DUE * sa.func.greatest(_line.list_price_amount, _line.unit_price_amount, 0)
    figures = {"net": sa.func.sum(NET), "full": sa.func.sum(full)}
    found = await sold(ctx, data, spell, data.by, figures)
    rows = [
        DiscountRow(
            label=one["label"] or "-",
            full=amount(one["full"]),
            net=amount(one["net"]),
            given=amount(one["full"]) - amount(one["net"]),
            percent=percent(one["full"] - one["net"], one["full"]),
            drill=behind(data.by, one["key"], spell),
        )
        for one in found
    ]
    whole = amount(sum((one["full"] for one in found), ZERO))
    net = amount(sum((one["net"] for one in found), ZERO))
    return Told(rows, {"full": whole, "net": net, "given": whole - net})
