"""Pricing: list prices from a day on, one product or many, with their history."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from eyeot import (
    Conflict,
    Context,
    Event,
    Exact,
    Input,
    Money,
    Output,
    Record,
    RecordEvent,
    Shared,
    action,
    field,
    invalid,
    ref,
    within,
)
from eyeot_sales.catalogue.products import MARGIN, Product
from eyeot_sales.ids import ProductId
from eyeot_sales.money import HUNDRED, stepped, trimmed

_MOST = 200


class ProductPrice(
    Record,
    name="sales.product_price",
    prefix="prc",
    label="id",
    unique=(("product_id", "valid_from"),),
    reach=Shared(),
    sort="-valid_from",
    archivable=False,
):
    """The list price of a product from a day on."""

    product_id: UUID = ref("sales.product", "The product.", on_delete="CASCADE")
    price: Money = field("Price of one unit without VAT.")
    valid_from: dt.date = field("First day.")


class PriceChanged(Event, name="sales.product.price_changed"):
    """A product has another list price from a day on."""

    product_id: ProductId
    price: Money
    effective_from: dt.date


class NewPrice(Input):
    """A product, its price and since when."""

    id: ProductId
    price: Money
    effective_from: Annotated[
        dt.date | None, Field(description="First day; left out, today. Never before today.")
    ] = None


class Price(BaseModel):
    """A list price and its first day; none where it always was."""

    model_config = ConfigDict(extra="forbid")

    price: Money
    valid_from: dt.date | None = None


class Prices(Output):
    """A product's list prices, the one in force and those to come and past."""

    product_id: ProductId
    current: Money | None
    prices: list[Price]


@action(
    "sales.product.set_price",
    risk="w",
    en=(
        "Set a product's price from a date; raise a price; change the price of a service; new "
        "price next month; price history of a product"
    ),
    fr=(
        "Fixer le prix d'un produit à partir d'une date; augmenter un prix; changer le tarif d'une "
        "prestation; nouveau prix le mois prochain; historique des prix"
    ),
    example={
        "id": "$sales.product?status=active",
        "price": {"amount": "99.00", "currency": "EUR"},
    },
    events=("sales.product.price_changed",),
    record=Product,
)
async def set_price(ctx: Context, data: NewPrice) -> Prices:
    """Change a product's list price from a day on, and keep the prices before it."""
    product = await ctx.get(Product, data.id, lock=True)
    await reprice(ctx, product, data.price, data.effective_from or ctx.today)
    known = await history(ctx, product.id)
    return Prices(
        product_id=product.id,
        current=await price_at(ctx, product, ctx.today),
        prices=[Price(price=trimmed(one.price), valid_from=one.valid_from) for one in known],
    )


async def reprice(ctx: Context, product: Product, price: Money, on: dt.date) -> None:
    """Give a locked product another list price from a day on."""
    if on < ctx.today:
        raise invalid("effective_from", f"lies before today, {ctx.today}: the past is not repriced")
    if price.amount < 0:
        raise invalid("price", "a price is not negative")
    before = product.list_price
    if before is not None and before.currency != price.currency:
        raise invalid("price", f"list prices of {product.sku} are in {before.currency}")
    await _note_former(ctx, product)
    await _note(ctx, product.id, price, on)
    if on == ctx.today:
        product.list_price = price
        await ctx.save(product)
    ctx.emit(PriceChanged(product_id=product.id, price=price, effective_from=on))


async def _note_former(ctx: Context, product: Product) -> None:
    """Keep the price that was there before the first change, as of the day the product was made."""
    if product.list_price is None or await history(ctx, product.id):
        return
    made = min(product.created_at.date(), ctx.today - dt.timedelta(days=1))
    await ctx.add(ProductPrice(product_id=product.id, price=product.list_price, valid_from=made))


async def _note(ctx: Context, product_id: UUID, price: Money, on: dt.date) -> None:
    same = (ProductPrice.c.product_id == product_id, ProductPrice.c.valid_from == on)
    if known := await ctx.first(ProductPrice, *same):
        known.price = price
        await ctx.save(known)
    else:
        await ctx.add(ProductPrice(product_id=product_id, price=price, valid_from=on))


async def history(ctx: Context, product_id: UUID) -> list[ProductPrice]:
    """A product's dated list prices, the latest first; none where it never changed."""
    where = ProductPrice.c.product_id == product_id
    return await ctx.find(ProductPrice, where, order=ProductPrice.c.valid_from.desc(), limit=100)


async def price_at(ctx: Context, product: Product, on: dt.date) -> Money | None:
    """A product's list price on a day."""
    c = ProductPrice.c
    where = (c.product_id == product.id, c.valid_from <= on)
    found = await ctx.first(ProductPrice, *where, order=c.valid_from.desc())
    price = found.price if found else product.list_price
    return trimmed(price) if price else None


@within("sales.product.updated")
async def follow_update(ctx: Context, event: RecordEvent) -> None:
    """Keep a price that was written on the product itself in its history, where it has one."""
    if not {"list_price", "list_price_amount"} & set(event.fields):
        return
    product = await ctx.get(Product, event.id, beyond=True)
    if product.list_price is not None and await history(ctx, product.id):
        await _note(ctx, product.id, product.list_price, ctx.today)


class Rule(BaseModel):
    """How a new price is made of the present one."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[
        Literal["percent", "amount", "margin"],
        Field(
            description="percent: added to the price; amount: added; margin: part of the price over cost."
        ),
    ]
    value: Annotated[
        Exact, Field(ge=-1_000_000, le=1_000_000, description="Percent, or units of the currency.")
    ]


def ruled(ctx: Context, product: Product, price: Money | None, rule: Rule) -> Money:
    """The new price of a product by a rule, not yet rounded to a step."""
    if rule.kind == "margin":
        return _by_margin(ctx, product, rule.value)
    if price is None:
        raise Conflict(
            reason=f"{product.sku} has no list price to start from.",
            remedy="Set one with sales.product.set_price, or leave the product out.",
        )
    if rule.kind == "percent":
        return price.times(1 + rule.value / HUNDRED)
    return Money(amount=price.amount + rule.value, currency=price.currency)


def _by_margin(ctx: Context, product: Product, percent: Decimal) -> Money:
    """The price of which that part is left over the cost."""
    if not ctx.allows(MARGIN):
        raise invalid(
            "rule", f"a price by margin tells the cost, which needs the permission {MARGIN}"
        )
    if percent >= HUNDRED:
        raise invalid("rule", "a margin is below 100 % of the price")
    if product.cost is None:
        raise Conflict(
            reason=f"The cost of {product.sku} is not known.",
            remedy="Note it with sales.product.update (cost), or leave the product out.",
        )
    return product.cost.times(1 / (1 - percent / HUNDRED))


class Repricing(Input):
    """Products, the rule of their new prices, and since when."""

    product_ids: Annotated[list[ProductId], Field(min_length=1, max_length=_MOST)]
    rule: Rule
    rounding: Annotated[
        Exact | None, Field(gt=0, le=10_000, description="Step of the new prices, e.g. 0.05.")
    ] = None
    effective_from: dt.date | None = None


class Repriced(BaseModel):
    """A product with its price before and after."""

    model_config = ConfigDict(extra="forbid")

    product_id: ProductId
    sku: str
    before: Money | None = None
    after: Money


class Repricings(Output):
    """The products and their prices; of a dry run, what they would be."""

    items: list[Repriced]
    effective_from: dt.date


@action(
    "sales.product.bulk_reprice",
    risk="w",
    en=(
        "Reprice many products; raise all prices by a percentage; lower prices; set prices for a "
        "margin; round prices; raise prices by 5 percent; put all prices up"
    ),
    fr=(
        "Changer les prix de plusieurs produits; augmenter tous les prix de x %; baisser les "
        "prix; prix pour une marge donnée; arrondir les prix; hausse des prix; monter tous les "
        "prix"
    ),
    example={
        "product_ids": ["$sales.product?status=active"],
        "rule": {"kind": "percent", "value": "3"},
        "rounding": "0.10",
    },
    events=("sales.product.price_changed",),
    record=Product,
)
async def bulk_reprice(ctx: Context, data: Repricing) -> Repricings:
    """Raise or lower list prices by percent, amount or margin; a dry run shows them all before."""
    on, told = data.effective_from or ctx.today, []
    for id in dict.fromkeys(data.product_ids):
        product = await ctx.get(Product, id, lock=True)
        before = await price_at(ctx, product, on)
        after = stepped(ruled(ctx, product, before, data.rule), data.rounding)
        if after != before:
            await reprice(ctx, product, after, on)
        told.append(Repriced(product_id=product.id, sku=product.sku, before=before, after=after))
    return Repricings(items=told, effective_from=on)
