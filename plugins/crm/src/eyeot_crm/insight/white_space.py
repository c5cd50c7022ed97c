"""White space: what comparable customers buy and this one does not."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from eyeot import (
    Conflict,
    Context,
    Exact,
    Input,
    ModuleNotInstalled,
    Output,
    RecordRef,
    Ref,
    action,
)
from eyeot_crm.customers import Customer
from eyeot_crm.ids import CustomerId
from eyeot_crm.reports.asking import percent

SALES = "sales.report.sales_by_period"
_DAYS = 730
_COMPARED = 40
_PRODUCTS = 500
_ENOUGH = 2


class Asked(Input):
    """A customer, and how far back sales are looked at."""

    id: CustomerId
    days: Annotated[int, Field(ge=30, le=3650, description="Sales of so many days.")] = _DAYS
    most: Annotated[int, Field(ge=1, le=50, description="Products told.")] = 20


class Missing(BaseModel):
    """A product that others buy."""

    model_config = ConfigDict(extra="forbid")

    product_id: RecordRef
    name: str
    buyers: Annotated[int, Field(description="Comparable customers who bought it.")]
    share: Annotated[Exact, Field(description="Percent of the comparable customers.")]
    quantity: Annotated[Exact, Field(description="What they bought together.")]


class WhiteSpace(Output):
    """What might be offered, what most comparable customers buy first."""

    customer_id: CustomerId
    alike_by: Annotated[list[str], Field(description="What customers were compared by.")]
    comparable: Annotated[int, Field(description="Customers compared with, the most alike first.")]
    bought: Annotated[int, Field(description="Products that this customer bought itself.")]
    products: list[Missing]


@action(
    "crm.customer.find_white_space",
    risk="r",
    beside="sales",
    en=(
        "Find white space of a customer; what could we sell them as well; cross-selling ideas; products "
        "that similar customers buy"
    ),
    fr=(
        "Trouver ce qu'un client n'achète pas encore; que lui vendre d'autre; idées de vente croisée; "
        "produits que des clients comparables achètent"
    ),
    example={"id": "$crm.customer?lifecycle=customer&industry_is_set=true"},
)
async def find_white_space(ctx: Context, data: Asked) -> WhiteSpace:
    """List products that customers of the same trade, size and tier ordered and this one did not."""
    customer = await ctx.get(Customer, data.id)
    if not ctx.offers(SALES):
        raise ModuleNotInstalled(module="sales")
    alike = _alike(customer)
    if not alike:
        raise Conflict(
            reason="Nothing is known of this customer by which it could be compared.",
            remedy="Set its industry, tier or headcount with crm.customer.update.",
            field="id",
        )
    others = await _comparable(ctx, customer, alike)
    since = ctx.today - timedelta(days=data.days)
    own = await _bought(ctx, customer.party_id, f"{since}/{ctx.today}")
    found: dict[UUID, _Tally] = {}
    for party in others:
        for product, (name, quantity) in (
            await _bought(ctx, party, f"{since}/{ctx.today}")
        ).items():
            tally = found.setdefault(product, _Tally(name))
            tally.buyers, tally.quantity = tally.buyers + 1, tally.quantity + quantity
    missing = [(product, one) for product, one in found.items() if product not in own]
    missing.sort(key=lambda one: (-one[1].buyers, -one[1].quantity, one[1].name))
    return WhiteSpace(
        customer_id=customer.id,
        alike_by=list(alike),
        comparable=len(others),
        bought=len(own),
        products=[_missing(*one, len(others)) for one in missing[: data.most]],
    )


@dataclass(slots=True)
class _Tally:
    name: str
    buyers: int = 0
    quantity: Any = 0


def _missing(product: UUID, one: _Tally, compared: int) -> Missing:
    return Missing(
        product_id=RecordRef.to("sales.product", product),
        name=one.name,
        buyers=one.buyers,
        share=percent(one.buyers, compared),
        quantity=one.quantity,
    )


def _alike(customer: Customer) -> dict[str, tuple[Any, int]]:
    """What makes another customer like this one, and how much each counts."""
    column = Customer.c
    found: dict[str, tuple[Any, int]] = {}
    if customer.industry:
        same = sa.func.lower(column.industry) == customer.industry.lower()
        found["industry"] = (same, 2)
    if customer.tier:
        found["tier"] = (column.tier == customer.tier, 1)
    if customer.headcount:
        near = column.headcount.between(customer.headcount // 2, customer.headcount * 2)
        found["headcount"] = (near, 1)
    return found


async def _comparable(
    ctx: Context, customer: Customer, alike: dict[str, tuple[Any, int]]
) -> list[UUID]:
    """The parties of the customers most like it, of those within reach."""
    column = Customer.c
    points = sum((sa.case((fits, many), else_=0) for fits, many in alike.values()), sa.literal(0))
    enough = min(_ENOUGH, sum(many for _, many in alike.values()))
    select = (
        sa.select(column.party_id)
        .where(
            ctx.within(Customer),
            column.id != customer.id,
            column.archived_at.is_(None),
            column.lifecycle.in_(["customer", "dormant"]),
            points >= enough,
        )
        .order_by(points.desc(), column.created_at, column.id)
        .limit(_COMPARED)
    )
    return [one["party_id"] for one in await ctx.rows(select)]


async def _bought(ctx: Context, party: UUID, period: str) -> dict[UUID, tuple[str, Any]]:
    """The products that a party ordered, by id: what each is called, and how much of it."""
    asked = {
        "by": "product",
        "period": period,
        "party_id": Ref("crm.party").write(party),
        "limit": _PRODUCTS,
    }
    told = await ctx.call(SALES, asked)
    found: dict[UUID, tuple[str, Any]] = {}
    for row in told.rows:
        if given := row.drill.arguments.get("product_id"):
            product = Ref("sales.product").parse(given)
            assert isinstance(product, UUID)
            found[product] = (row.label, row.quantity)
    return found
