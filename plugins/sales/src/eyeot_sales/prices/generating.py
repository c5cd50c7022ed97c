"""Generating: a new price list made of another one, or of the catalogue."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Exact, Input, Money, Output, action, invalid
from eyeot_sales.catalogue.pricing import Rule, price_at, ruled
from eyeot_sales.catalogue.products import Product
from eyeot_sales.ids import PriceListId, ProductId
from eyeot_sales.money import stepped
from eyeot_sales.prices.items import PriceListItem
from eyeot_sales.prices.lists import PriceList

_MOST = 500


class Generation(Input):
    """What to make a list of, by which rule."""

    source_id: Annotated[
        PriceListId | None, Field(description="The list; left out, list prices of the catalogue.")
    ] = None
    product_ids: Annotated[
        list[ProductId],
        Field(
            max_length=_MOST, description="Of the catalogue: which products; left out, all on sale."
        ),
    ] = Field(default_factory=list)
    name: Annotated[str, Field(min_length=1, max_length=120, description="Of the new list.")]
    rule: Rule
    rounding: Annotated[Exact | None, Field(gt=0, le=10_000)] = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


class Generated(Output):
    """The new list, a draft, and how many prices it has."""

    price_list_id: PriceListId
    items: int


@action(
    "sales.price_list.generate_from",
    risk="w",
    en=(
        "Make a price list from another; next year's price list; price list with 5 % more; copy "
        "a tariff with a discount"
    ),
    fr=(
        "Créer un tarif à partir d'un autre; tarif de l'an prochain; tarif augmenté de 5 %; "
        "copier un tarif avec une remise"
    ),
    example={
        "source_id": "$sales.price_list?status=active",
        "name": "Tarif d'essai",
        "rule": {"kind": "percent", "value": "5"},
        "rounding": "0.10",
    },
    record=PriceList,
    next=("sales.price_list.assign_to_parties", "sales.price_list.activate"),
)
async def generate(ctx: Context, data: Generation) -> Generated:
    """Make a draft price list from another one, or from list prices, by percent, amount or margin."""
    source = await ctx.get(PriceList, data.source_id) if data.source_id else None
    made = await ctx.add(
        PriceList(
            name=data.name,
            currency=source.currency if source else "EUR",
            tax_included=source.tax_included if source else False,
            base=source.base if source else "list",
            base_list_id=source.base_list_id if source else None,
            valid_from=data.valid_from,
            valid_to=data.valid_to,
        )
    )
    count = await (_of_list(ctx, data, source, made.id) if source else _of_all(ctx, data, made.id))
    return Generated(price_list_id=made.id, items=count)


async def _of_list(ctx: Context, data: Generation, source: PriceList, new_id: UUID) -> int:
    """Copy the items whose prices it names; a discount stays a discount."""
    if data.product_ids:
        raise invalid("product_ids", "goes without source_id: a list is taken whole")
    c = PriceListItem.c
    order = (c.product_name, c.min_quantity, c.id)
    items = await ctx.find(
        PriceListItem, c.price_list_id == source.id, order=order, limit=_MOST + 1
    )
    _refuse_many(len(items))
    for one in items:
        product = await ctx.get(Product, one.product_id)
        await ctx.add(
            PriceListItem(
                price_list_id=new_id,
                product_id=product.id,
                min_quantity=one.min_quantity,
                price=one.price and _new(ctx, data, product, one.price),
                discount=one.discount,
                note=one.note,
            )
        )
    return len(items)


def _new(ctx: Context, data: Generation, product: Product, price: Money) -> Money:
    return stepped(ruled(ctx, product, price, data.rule), data.rounding)


async def _of_all(ctx: Context, data: Generation, new_id: UUID) -> int:
    """Name a price for every product that is on sale and has one."""
    c = Product.c
    if data.product_ids:
        found = [await ctx.get(Product, id) for id in dict.fromkeys(data.product_ids)]
    else:
        on_sale = (c.status == "active", c.is_sellable, c.archived_at.is_(None))
        found = await ctx.find(Product, *on_sale, order=c.sku, limit=_MOST + 1)
    _refuse_many(len(found))
    count = 0
    for product in found:
        price = await price_at(ctx, product, data.valid_from or ctx.today)
        if price is None or price.currency != "EUR":
            continue
        count += 1
        new = _new(ctx, data, product, price)
        await ctx.add(PriceListItem(price_list_id=new_id, product_id=product.id, price=new))
    return count


def _refuse_many(count: int) -> None:
    if count > _MOST:
        raise Conflict(
            reason=f"More than {_MOST} prices, too many for one call.",
            remedy="Leave source_id out and name product_ids, or export the list and import it again.",
        )
