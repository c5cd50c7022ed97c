"""Quoting: what a customer pays for a product, and the rule that says so."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from eyeot import Conflict, Context, Money
from eyeot_sales.catalogue.pricing import price_at
from eyeot_sales.catalogue.products import Product
from eyeot_sales.money import HUNDRED, less, stepped, trimmed
from eyeot_sales.prices.exchange import exchanged
from eyeot_sales.prices.items import PriceListItem
from eyeot_sales.prices.lists import PriceList, PriceListParty
from eyeot_sales.taxes.rates import TaxRate

Won = Literal["item", "list", "catalogue"]
"""What decided: an item of a list, a list's base, or the product's own list price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one unit costs a customer."""

    unit_price: Money
    """Without VAT, before the discount."""
    discount: Decimal
    """In percent."""
    net: Money
    """Without VAT, after the discount, rounded half up."""
    gross: Money | None
    """With VAT and after the discount, where the list says so: what the customer was promised."""
    won: Won
    rule: str
    """The rule in words."""
    price_list_id: UUID | None = None
    item_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for one customer on one day: asked once for a document, then used for each of its lines."""

    on: dt.date
    currency: str
    lists: tuple[PriceList, ...]
    """Those that hold, the nearest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """What is asked of price lists."""

    product: Product
    quantity: Decimal
    on: dt.date
    currency: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a list says, in its own terms."""

    price: Money
    discount: Decimal
    included: bool
    """Whether the price includes VAT."""
    won: Won
    rule: str
    list: PriceList
    item: PriceListItem | None


async def price_of(
    ctx: Context,
    party_id: UUID | None,
    product: Product,
    quantity: Decimal,
    **more: Any,
) -> Price:
    """What a customer pays for one unit: `on` a day (today) and in a `currency` (EUR).

    The lists that are assigned to the customer go first, then those whose filter finds it, then those for
    everybody; among equals the one that began last. Without any, the product's list price.
    """
    on, currency = more.get("on") or ctx.today, more.get("currency") or "EUR"
    return await priced(ctx, await terms_of(ctx, party_id, on, currency), product, quantity)


async def terms_of(ctx: Context, party_id: UUID | None, on: dt.date, currency: str) -> Terms:
    """The price lists that hold for a customer, the nearest first."""
    c = PriceList.c
    found = await ctx.find(
        PriceList,
        c.status == "active",
        c.archived_at.is_(None),
        c.currency == currency,
        c.valid_from.is_(None) | (c.valid_from <= on),
        c.valid_to.is_(None) | (c.valid_to >= on),
        order=(c.valid_from.desc().nulls_last(), c.id.desc()),
    )
    taken = await _taken(ctx, [one.id for one in found], party_id) if found else {}
    mine = [one for one in found if taken.get(one.id)]
    others = [one for one in found if one.id not in taken]
    fitting = [one for one in others if one.party_filter and await _fits(ctx, one, party_id)]
    general = [one for one in others if not one.party_filter]
    return Terms(on=on, currency=currency, lists=(*mine, *fitting, *general))


async def _taken(ctx: Context, lists: list[UUID], party_id: UUID | None) -> dict[UUID, bool]:
    """Of the lists that are assigned to customers at all: whether this customer is among them."""
    c = PriceListParty.c
    is_mine = sa.func.bool_or(c.party_id == party_id) if party_id else sa.false()
    told = (
        sa.select(c.price_list_id, is_mine.label("mine"))
        .where(ctx.within(PriceListParty), c.price_list_id.in_(lists))
        .group_by(c.price_list_id)
    )
    return {row["price_list_id"]: row["mine"] for row in await ctx.rows(told)}


async def priced(ctx: Context, terms: Terms, product: Product, quantity: Decimal) -> Price:
    """What one unit of a product costs under these terms."""
    basket = Basket(product=product, quantity=quantity, on=terms.on, currency=terms.currency)
    for one in terms.lists:
        if found := await _in_list(ctx, one, basket):
            return await _priced(ctx, basket, found)
    return await _catalogue(ctx, basket)


async def _catalogue(ctx: Context, basket: Basket) -> Price:
    price = await price_at(ctx, basket.product, basket.on)
    if price is None:
        raise Conflict(
            reason=f"{basket.product.sku} has no price on {basket.on}.",
            remedy="Set one with sales.product.set_price, or name it in a price list.",
        )
    price = await _in(ctx, price, basket)
    return Price(
        unit_price=price,
        discount=Decimal(0),
        net=price,
        gross=None,
        won="catalogue",
        rule=f"list price of {basket.product.sku}",
    )


async def _in(ctx: Context, price: Money, basket: Basket) -> Money:
    if price.currency == basket.currency:
        return price
    return (await exchanged(ctx, price, basket.currency, basket.on)).amount


async def _fits(ctx: Context, chosen: PriceList, party_id: UUID | None) -> bool:
    """Whether a list's filter finds the customer."""
    if party_id is None:
        return False
    asked = {**(chosen.party_filter or {}), "party_id": party_id}
    return bool((await ctx.call("crm.customer.count", asked))["count"])


async def _in_list(ctx: Context, chosen: PriceList, basket: Basket) -> Found | None:
    """What a list says of a product: its item with the greatest quantity reached, else its base."""
    item = await _item(ctx, chosen, basket)
    if item is None:
        return await _based(ctx, chosen, basket)
    told = f"{chosen.name}: {item.product_name}, from {item.min_quantity:f}"
    discount = item.discount or Decimal(0)
    if item.price is not None:
        return Found(trimmed(item.price), discount, chosen.tax_included, "item", told, chosen, item)
    base = await _based(ctx, chosen, basket)
    if base is None:
        return None
    return Found(
        less(base.price, base.discount), discount, base.included, "item", told, chosen, item
    )


async def _item(ctx: Context, chosen: PriceList, basket: Basket) -> PriceListItem | None:
    c = PriceListItem.c
    return await ctx.first(
        PriceListItem,
        c.price_list_id == chosen.id,
        c.product_id == basket.product.id,
        c.min_quantity <= basket.quantity,
        c.valid_from.is_(None) | (c.valid_from <= basket.on),
        c.valid_to.is_(None) | (c.valid_to >= basket.on),
        order=(c.min_quantity.desc(), c.valid_from.desc().nulls_last()),
    )


async def _based(ctx: Context, chosen: PriceList, basket: Basket) -> Found | None:
    """What a list makes of its base: list price, cost or another list, with what it adds and its step."""
    included, price = False, None
    if chosen.base == "other_list" and chosen.base_list_id:
        other = await ctx.get(PriceList, chosen.base_list_id)
        if under := await _in_list(ctx, other, basket):
            included, price = under.included, less(under.price, under.discount)
    elif chosen.base == "cost":
        price = basket.product.cost
    else:
        price = await price_at(ctx, basket.product, basket.on)
    if price is None:
        return None
    made = (await _in(ctx, price, basket)).times(1 + chosen.markup_percent / HUNDRED)
    told = f"{chosen.name}: {chosen.base} {chosen.markup_percent:+f} %"
    return Found(stepped(made, chosen.rounding), Decimal(0), included, "list", told, chosen, None)


async def _priced(ctx: Context, basket: Basket, found: Found) -> Price:
    """What was found, without VAT."""
    price, gross = found.price, None
    if found.included:
        gross = less(price, found.discount)
        price = price.times(1 / (1 + await _vat(ctx, basket) / HUNDRED))
    net = gross.times(1 / (1 + await _vat(ctx, basket) / HUNDRED)) if gross else None
    return Price(
        unit_price=price,
        discount=found.discount,
        net=net or less(price, found.discount),
        gross=gross,
        won=found.won,
        rule=found.rule,
        price_list_id=found.list.id,
        item_id=found.item.id if found.item else None,
    )


async def _vat(ctx: Context, basket: Basket) -> Decimal:
    """The VAT that prices of a list include: the product's own rate, in percent."""
    if basket.product.tax_rate_id is None:
        raise Conflict(
            reason=f"The list's prices include VAT, and {basket.product.sku} has no VAT rate.",
            remedy="Give it one with sales.product.update (tax_rate_id).",
        )
    return (await ctx.get(TaxRate, basket.product.tax_rate_id)).rate
