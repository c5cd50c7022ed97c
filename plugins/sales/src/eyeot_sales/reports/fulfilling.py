"""Fulfilling: what is still to be delivered and invoiced, how well it is delivered, and what comes back."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Exact, Filters, Period, ReportRow, Told, drill, report, typeid
from eyeot.types import Currency
from eyeot_crm.parties import Party
from eyeot_sales.catalogue.products import Product
from eyeot_sales.fulfilment.records import Fulfilment
from eyeot_sales.ids import OrderId, PartyId
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine
from eyeot_sales.reports.asking import DUE, LEFT, amount, percent, span_of
from eyeot_sales.returns.records import ReturnOrder, returned_of
from eyeot_sales.trade.amounts import ZERO
from eyeot_sales.trade.lines import COUNTED

_order, _line = SalesOrder.c, SalesOrderLine.c
_OPEN = ("confirmed", "in_progress", "delivered", "invoiced", "closed", "on_hold")
_JOINED = SalesOrder.meta.table.join(
    SalesOrderLine.meta.table, (_line.org_id == _order.org_id) & (_line.order_id == _order.id)
).join(Party.meta.table, (Party.c.org_id == _order.org_id) & (Party.c.id == _order.party_id))

_HEAD = (_order.id, _order.number, _order.promised_date, _order.requested_date, Party.c.name)
"""What an order is told by."""


class Backlog(Filters):
    """Whose orders, and which currency."""

    currency: Currency = "EUR"
    party_id: PartyId | None = None
    late: Annotated[bool, Field(description="Only what was promised for before today.")] = False


class BacklogRow(ReportRow):
    """What is left of an order, without VAT."""

    order_id: OrderId
    number: str
    customer: str
    promised: dt.date | None = None
    late_days: int
    status: str
    to_deliver: Exact
    to_invoice: Annotated[Exact, Field(description="Of what is ordered, delivered or not.")]


@report(
    "sales.report.order_backlog",
    row=BacklogRow,
    en=(
        "Order backlog; orders to deliver; what is not delivered or invoiced yet; late orders; "
        "orders not yet delivered"
    ),
    fr=(
        "Carnet de commandes; commandes à livrer; reste à livrer et à facturer; commandes en "
        "retard; reliquats; commandes en retard de livraison"
    ),
    example={},
)
async def order_backlog(ctx: Context, data: Backlog) -> Told:
    """List confirmed orders with something left to deliver or to invoice, the earliest promise first."""
    unit = sa.func.coalesce(_line.net_amount, 0) * LEFT / sa.func.nullif(DUE, 0)
    deliver = sa.func.sum(unit * sa.func.greatest(DUE - _line.delivered, 0))
    invoice = sa.func.sum(unit * sa.func.greatest(DUE - _line.invoiced, 0))
    promised = sa.func.coalesce(
        sa.func.min(_line.promised_date), _order.promised_date, _order.requested_date
    )
    select = (
        sa.select(
            _order.id,
            _order.number,
            _order.status,
            Party.c.name,
            promised.label("promised"),
            sa.func.coalesce(deliver, 0).label("deliver"),
            sa.func.coalesce(invoice, 0).label("invoice"),
        )
        .select_from(_JOINED)
        .where(
            ctx.within(SalesOrder),
            _order.status.in_(_OPEN),
            _order.currency == data.currency,
            _line.kind.in_(COUNTED),
            *((_order.party_id == data.party_id,) if data.party_id else ()),
        )
        .group_by(*_HEAD, _order.status)
        .order_by(promised.nulls_last(), _order.number)
    )
    found = [one for one in await ctx.rows(select) if one["deliver"] > 0 or one["invoice"] > 0]
    rows = [_backlog(ctx, one) for one in found]
    rows = [one for one in rows if one.late_days or not data.late]
    return Told(
        rows,
        {
            "to_deliver": sum((one.to_deliver for one in rows), ZERO),
            "to_invoice": sum((one.to_invoice for one in rows), ZERO),
            "late": sum(1 for one in rows if one.late_days),
        },
    )


def _backlog(ctx: Context, one: dict[str, Any]) -> BacklogRow:
    promised = one["promised"]
    late = (ctx.today - promised).days if promised and one["deliver"] > 0 else 0
    return BacklogRow(
        order_id=one["id"],
        number=one["number"],
        customer=one["name"],
        promised=promised,
        late_days=max(late, 0),
        status=one["status"],
        to_deliver=amount(one["deliver"]),
        to_invoice=amount(one["invoice"]),
        drill=drill("sales.sales_order.track", id=typeid("sales.sales_order", one["id"])),
    )


class Delivering(Filters):
    """The days of delivery."""

    period: Annotated[Period | None, Field(description="Left out, this year.")] = None


class DeliveryRow(ReportRow):
    """How an order was delivered."""

    order_id: OrderId
    number: str
    customer: str
    promised: dt.date | None = None
    delivered: dt.date
    deliveries: int
    late_days: int
    in_full: bool
    contested: int


@report(
    "sales.report.delivery_performance",
    row=DeliveryRow,
    en="Delivery performance; deliveries on time and in full; late deliveries; OTIF",
    fr=(
        "Performance des livraisons; livraisons à l'heure et complètes; livraisons en retard; taux de "
        "service"
    ),
    example={},
)
async def delivery_performance(ctx: Context, data: Delivering) -> Told:
    """Show for each order delivered in a period whether it was on time and in full."""
    spell, c = span_of(ctx, data.period), Fulfilment.c
    contested = sa.func.count().filter(c.status == "contested")
    select = (
        sa.select(
            _order.id,
            _order.number,
            _order.delivery_status,
            Party.c.name,
            sa.func.coalesce(_order.promised_date, _order.requested_date).label("promised"),
            sa.func.max(c.performed_on).label("delivered"),
            sa.func.count().label("deliveries"),
            contested.label("contested"),
        )
        .select_from(
            SalesOrder.meta.table.join(
                Fulfilment.meta.table, (c.org_id == _order.org_id) & (c.order_id == _order.id)
            ).join(
                Party.meta.table,
                (Party.c.org_id == _order.org_id) & (Party.c.id == _order.party_id),
            )
        )
        .where(ctx.within(SalesOrder), c.performed_on.between(spell.first, spell.last))
        .group_by(*_HEAD, _order.delivery_status)
        .order_by(sa.text("delivered"), _order.number)
    )
    rows = [_delivery(one) for one in await ctx.rows(select)]
    on_time = sum(1 for one in rows if not one.late_days)
    both = sum(1 for one in rows if not one.late_days and one.in_full)
    return Told(
        rows,
        {
            "orders": len(rows),
            "on_time": on_time,
            "in_full": sum(1 for one in rows if one.in_full),
            "on_time_in_full": percent(both, len(rows)),
        },
        ("An order without a promised or requested date counts as on time.",),
    )


def _delivery(one: dict[str, Any]) -> DeliveryRow:
    late = (one["delivered"] - one["promised"]).days if one["promised"] else 0
    return DeliveryRow(
        order_id=one["id"],
        number=one["number"],
        customer=one["name"],
        promised=one["promised"],
        delivered=one["delivered"],
        deliveries=one["deliveries"],
        late_days=max(late, 0),
        in_full=one["delivery_status"] == "full",
        contested=one["contested"],
        drill=drill("sales.fulfilment.list", order_id=typeid("sales.sales_order", one["id"])),
    )


class Returning(Filters):
    """The days on which customers asked, and what returns are grouped by."""

    period: Annotated[Period | None, Field(description="Left out, this year.")] = None
    by: Literal["reason", "product"] = "reason"


class ReturnRow(ReportRow):
    """What came back in one group."""

    label: str
    returns: int
    quantity: Annotated[Exact, Field(description="Asked to come back.")]
    rate: Annotated[Exact, Field(description="Percent of what was delivered of it, ever.")]
    rejected: int


@report(
    "sales.report.returns_analysis",
    row=ReturnRow,
    en="Returns analysis; return rate and causes; which products come back; why customers return",
    fr=(
        "Analyse des retours; taux et causes de retour; quels produits reviennent; pourquoi les "
        "clients retournent"
    ),
    example={"by": "product"},
)
async def returns_analysis(ctx: Context, data: Returning) -> Told:
    """Count what customers asked to send back in a period, by cause or product, against deliveries."""
    spell, c = span_of(ctx, data.period), ReturnOrder.c
    found = await ctx.find(ReturnOrder, c.requested_on.between(spell.first, spell.last))
    products = await _products(ctx, found)
    out = await _delivered(ctx)
    groups: dict[Any, list[tuple[ReturnOrder, Decimal]]] = defaultdict(list)
    for back in found:
        for part in map(returned_of, back.lines):
            key = back.reason if data.by == "reason" else products[part.line_id]
            groups[key].append((back, part.quantity))
    names = await _names(ctx, [one for one in products.values() if one])
    everything = sum(out.values(), ZERO)
    rows = []
    for key, parts in sorted(groups.items(), key=lambda pair: -len(pair[1])):
        quantity = sum((many for _, many in parts), ZERO)
        whole = everything if data.by == "reason" else out.get(key, ZERO)
        asked = {"reason": key} if data.by == "reason" else {}
        rows.append(
            ReturnRow(
                label=key if data.by == "reason" else names.get(key, "-"),
                returns=len({back.id for back, _ in parts}),
                quantity=quantity,
                rate=percent(quantity, whole),
                rejected=len({back.id for back, _ in parts if back.status == "rejected"}),
                drill=drill("sales.return_order.list", **asked),
            )
        )
    return Told(rows, {"returns": len(found), "delivered": everything})


async def _products(ctx: Context, found: list[ReturnOrder]) -> dict[UUID, UUID | None]:
    ids = [part.line_id for back in found for part in map(returned_of, back.lines)]
    lines = await ctx.find(SalesOrderLine, _line.id.in_(ids)) if ids else []
    return {one.id: one.product_id for one in lines}


async def _delivered(ctx: Context) -> dict[UUID, Decimal]:
    """What was delivered of each product."""
    select = (
        sa.select(_line.product_id, sa.func.sum(_line.delivered).label("many"))
        .where(ctx.within(SalesOrderLine), _line.delivered > 0)
        .group_by(_line.product_id)
    )
    return {one["product_id"]: one["many"] for one in await ctx.rows(select)}


async def _names(ctx: Context, ids: list[UUID]) -> dict[UUID, str]:
    found = await ctx.find(Product, Product.c.id.in_(ids)) if ids else []
    return {one.id: one.name for one in found}
