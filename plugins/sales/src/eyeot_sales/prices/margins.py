"""Margins: what is left of a product's price over its cost."""

import datetime as dt
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from eyeot import Context, Exact, Input, Money, Output, action
from eyeot.types import Currency
from eyeot_crm.parties import Party
from eyeot_sales.catalogue.products import MARGIN, Product
from eyeot_sales.ids import PartyId, ProductId
from eyeot_sales.money import share
from eyeot_sales.prices.exchange import exchanged
from eyeot_sales.prices.quoting import price_of
from eyeot_sales.types import Quantity


class Margins(Input):
    """A product, and for whom, when and how many."""

    id: ProductId
    quantity: Quantity = Decimal(1)
    party_id: PartyId | None = None
    date: dt.date | None = None
    currency: Currency = "EUR"


class Margin(Output):
    """What is left of the price over the cost, of one unit and of the quantity."""

    product_id: ProductId
    price: Money
    cost: Money | None
    margin: Annotated[Money | None, Field(description="Of one unit; none without a cost.")]
    total_margin: Money | None
    margin_percent: Annotated[Exact | None, Field(description="Of the price.")]
    markup_percent: Annotated[Exact | None, Field(description="Of the cost.")]
    rule: Annotated[str, Field(description="Where the price comes from.")]


@action(
    "sales.product.compute_margin",
    risk="r",
    permission=MARGIN,
    en=(
        "Compute a product's margin; markup of a product; what do we earn on it; profit on an "
        "item; margin for a customer; how much do I make on a product"
    ),
    fr=(
        "Calculer la marge d'un produit; taux de marque; combien gagne-t-on dessus; bénéfice sur "
        "un article; marge pour un client; combien je gagne sur un produit"
    ),
    example={"id": "$sales.product?status=active&kind=goods", "quantity": "10"},
    record=Product,
)
async def compute_margin(ctx: Context, data: Margins) -> Margin:
    """Tell a product's margin and markup at a day and quantity, for a customer's price or everybody's."""
    product, on = await ctx.get(Product, data.id), data.date or ctx.today
    if data.party_id:
        await ctx.get(Party, data.party_id)
    found = await price_of(
        ctx, data.party_id, product, data.quantity, on=on, currency=data.currency
    )
    cost = (await exchanged(ctx, product.cost, data.currency, on)).amount if product.cost else None
    left = Money(amount=found.net.amount - cost.amount, currency=data.currency) if cost else None
    return Margin(
        product_id=product.id,
        price=found.net,
        cost=cost,
        margin=left,
        total_margin=left.times(data.quantity) if left else None,
        margin_percent=share(left.amount, found.net.amount) if left else None,
        markup_percent=share(left.amount, cost.amount) if left and cost else None,
        rule=found.rule,
    )
