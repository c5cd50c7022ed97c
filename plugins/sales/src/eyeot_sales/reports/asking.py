"""Asking: what reports of sales are asked, and the order lines that most of them add up."""

from decimal import Decimal
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Days, Drill, Filters, Period, days, drill, kind, typeid
from eyeot.types import Currency
from eyeot_crm.parties import Party
from eyeot_sales.catalogue.products import Product
from eyeot_sales.ids import PartyId, UserId
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine
from eyeot_sales.trade.amounts import HUNDRED, ZERO, rounded
from eyeot_sales.trade.lines import COUNTED

ORDERED = ("confirmed", "in_progress", "delivered", "invoiced", "closed", "on_hold")
"""The states of orders that count as sold."""


class Asked(Filters):
    """A period, and whose sales or to whom."""

    period: Annotated[
        Period | None, Field(description="By the date of confirmation; left out, this year.")
    ] = None
    currency: Annotated[Currency, Field(description="Amounts are of this currency only.")] = "EUR"
    owner_id: Annotated[UserId | None, Field(description="Only this seller's.")] = None
    party_id: Annotated[PartyId | None, Field(description="Only this customer's.")] = None


def span_of(ctx: Context, period: str | None) -> Days:
    """The days that are asked for."""
    return days(period or f"{ctx.today.year}")


def amount(value: Any) -> Decimal:
    """An amount of a sum, to the cent."""
    return rounded(Decimal(value or 0))


def percent(part: Any, whole: Any) -> Decimal:
    """A share in percent, to two decimals; 0 of nothing."""
    return rounded(HUNDRED * Decimal(part) / Decimal(whole)) if whole else ZERO


By = Literal["month", "product", "customer", "seller"]
_order, _line = SalesOrder.c, SalesOrderLine.c
LEFT = sa.func.coalesce(
    _order.total_net_amount
    / sa.func.nullif(_order.total_net_amount + _order.total_discount_amount, 0),
    1,
)
"""What of a line's net is left after the discount on the whole."""
NET = sa.func.coalesce(_line.net_amount, 0) * LEFT
DUE = _line.quantity - _line.cancelled
COST = _line.unit_cost_amount * DUE


async def sold(
    ctx: Context, data: Asked, spell: Days, by: str, figures: dict[str, Any]
) -> list[dict[str, Any]]:
    """Figures over the lines of orders that were confirmed in a period, by what they are grouped by."""
    key, label, tables = _dimension(by)
    select = (
        sa.select(key.label("key"), label.label("label"), *_named(figures))
        .select_from(tables)
        .where(
            ctx.within(SalesOrder),
            _order.status.in_(ORDERED),
            _order.currency == data.currency,
            _order.confirmed_on.between(spell.first, spell.last),
            _line.kind.in_(COUNTED),
            *_chosen(data),
        )
        .group_by(key, label)
        .order_by(sa.desc(sa.text("net")), key)
    )
    return await ctx.rows(select)


def _named(figures: dict[str, Any]) -> list[Any]:
    return [value.label(name) for name, value in figures.items()]


def _chosen(data: Asked) -> list[Any]:
    wanted = [(_order.owner_id, data.owner_id), (_order.party_id, data.party_id)]
    return [column == value for column, value in wanted if value is not None]


def _dimension(by: str) -> tuple[Any, Any, Any]:
    """What a grouping is called by, how it reads, and the tables that it needs."""
    both = SalesOrder.meta.table.join(
        SalesOrderLine.meta.table,
        (_line.org_id == _order.org_id) & (_line.order_id == _order.id),
    )
    if by == "month":
        month = sa.func.to_char(_order.confirmed_on, "YYYY-MM")
        return month, month, both
    if by == "order":
        return _order.id, _order.number, both
    if by == "product":
        return _line.product_id, Product.c.name, _with(both, Product, _line.product_id)
    if by == "customer":
        return _order.party_id, Party.c.name, _with(both, Party, _order.party_id)
    user = kind("core.user")
    return _order.owner_id, user.c.display_name, _with(both, user, _order.owner_id)


def _with(tables: Any, record: Any, column: Any) -> Any:
    """The tables with those that a reference leads to."""
    other = record.c
    named = (other.org_id == _order.org_id) & (other.id == column)
    return tables.outerjoin(record.meta.table, named)


def behind(by: str, key: Any, spell: Days) -> Drill:
    """The orders, or lines, behind a group."""
    between = {"confirmed_on_from": f"{spell.first}", "confirmed_on_to": f"{spell.last}"}
    if by == "month":
        month = days(key)
        between = {
            "confirmed_on_from": f"{max(month.first, spell.first)}",
            "confirmed_on_to": f"{min(month.last, spell.last)}",
        }
    if by == "order":
        return drill("sales.sales_order.get", id=typeid("sales.sales_order", key))
    if by == "product":
        return drill("sales.sales_order_line.list", product_id=typeid("sales.product", key))
    whom = {
        "customer": ("party_id", "crm.party"),
        "seller": ("owner_id", "core.user"),
    }.get(by)
    more = {whom[0]: typeid(whom[1], key)} if whom else {}
    return drill("sales.sales_order.list", **between, **more)
