"""Simulating: what a basket would cost a customer, and what it would earn."""

import datetime as dt
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from eyeot import Context, Exact, Input, Money, Output, action
from eyeot.types import Currency
from eyeot_crm.parties import Party
from eyeot_sales.catalogue.products import Product
from eyeot_sales.ids import PartyId, PriceListId, PriceListItemId, ProductId
from eyeot_sales.prices.lists import PriceList
from eyeot_sales.prices.quoting import Won, priced, terms_of
from eyeot_sales.types import Quantity


class Wanted(BaseModel):
    """A product and how many."""

    model_config = ConfigDict(extra="forbid")

    product_id: ProductId
    quantity: Quantity = Decimal(1)


class Simulation(Input):
    """A customer's basket at a day."""

    party_id: Annotated[
        PartyId | None, Field(description="The customer; left out, what everybody pays.")
    ] = None
    lines: Annotated[list[Wanted], Field(min_length=1, max_length=100)]
    date: Annotated[dt.date | None, Field(description="The day; left out, today.")] = None
    currency: Currency = "EUR"


class Simulated(BaseModel):
    """What a line costs, and the rule that won."""

    model_config = ConfigDict(extra="forbid")

    product_id: ProductId
    sku: str
    quantity: Exact
    unit_price: Money
    discount: Exact
    net: Annotated[Money, Field(description="One unit without VAT, after the discount.")]
    gross: Annotated[Money | None, Field(description="With VAT, where the list says so.")] = None
    total: Annotated[Money, Field(description="The line without VAT.")]
    won: Won
    rule: str
    price_list_id: PriceListId | None = None
    item_id: PriceListItemId | None = None


class Prices(Output):
    """The lines with their prices, and what they come to without VAT."""

    lines: list[Simulated]
    total: Money


@action(
    "sales.price_list.simulate",
    risk="r",
    en=(
        "Simulate the price of a basket; what would a customer pay; price for a customer; which "
        "price list applies; price for a quantity"
    ),
    fr=(
        "Simuler le prix d'un panier; combien paierait un client; prix pour un client; quel tarif "
        "s'applique; prix selon la quantité"
    ),
    example={
        "party_id": "$crm.party",
        "lines": [{"product_id": "$sales.product?status=active&kind=goods", "quantity": "10"}],
    },
    record=PriceList,
)
async def simulate(ctx: Context, data: Simulation) -> Prices:
    """Price a basket for a customer at a day, and say for each line which rule won."""
    if data.party_id:
        await ctx.get(Party, data.party_id)
    terms = await terms_of(ctx, data.party_id, data.date or ctx.today, data.currency)
    lines = []
    for one in data.lines:
        product = await ctx.get(Product, one.product_id)
        found = await priced(ctx, terms, product, one.quantity)
        lines.append(
            Simulated(
                product_id=product.id,
                sku=product.sku,
                quantity=one.quantity,
                unit_price=found.unit_price,
                discount=found.discount,
                net=found.net,
                gross=found.gross,
                total=found.net.times(one.quantity),
                won=found.won,
                rule=found.rule,
                price_list_id=found.price_list_id,
                item_id=found.item_id,
            )
        )
    total = Money(
        amount=sum((one.total.amount for one in lines), Decimal(0)), currency=data.currency
    )
    return Prices(lines=lines, total=total)
