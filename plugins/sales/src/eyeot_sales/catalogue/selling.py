"""Selling: products that go on sale, and those that are sold no more."""

from typing import Annotated, Any

from eyeot import Conflict, Context, Event, Input, Output, Shows, action, invalid
from eyeot_sales.catalogue.products import Product, lifecycle
from eyeot_sales.catalogue.usage import used_by
from eyeot_sales.ids import ProductId


class ProductChosen(Input):
    """One product."""

    id: ProductId


@action(
    "sales.product.activate",
    risk="w",
    en=(
        "Put a product on sale; activate a product; publish a product; sell a product again; "
        "start selling a product"
    ),
    fr=(
        "Mettre un produit en vente; activer un article; publier un produit; remettre en vente; "
        "commencer à vendre un produit"
    ),
    example={"id": "$sales.product?status=draft"},
    record=Product,
)
async def activate(ctx: Context, data: ProductChosen) -> Product:
    """Put a draft product on sale, or sell a discontinued one again."""
    product = await ctx.get(Product, data.id, lock=True)
    lifecycle.take(product, "activate")
    product.successor_id, product.discontinued_on = None, None
    return product


class ProductDiscontinued(Event, name="sales.product.discontinued"):
    """A product is sold no more."""

    product_id: ProductId
    successor_id: ProductId | None


class Discontinue(Input):
    """A product, and what is sold instead."""

    id: ProductId
    successor_id: ProductId | None = None


class Discontinued(Output):
    """The product, and what still uses it."""

    product: Annotated[dict[str, Any], Shows(record="sales.product")]
    uses: Annotated[list[dict[str, Any]], Shows("items.id")]


@action(
    "sales.product.discontinue",
    risk="w",
    en=(
        "Discontinue a product; stop selling an item; end of life; replace a product by another; "
        "withdraw from the catalogue"
    ),
    fr=(
        "Arrêter un produit; ne plus vendre un article; fin de vie; remplacer un produit par un "
        "autre; retirer du catalogue"
    ),
    example={"id": "$sales.product?status=active"},
    events=("sales.product.discontinued",),
    record=Product,
    next=("sales.product.where_used",),
)
async def discontinue(ctx: Context, data: Discontinue) -> Discontinued:
    """Sell a product no more, name what follows it, and list the records that still use it."""
    product = await ctx.get(Product, data.id, lock=True)
    lifecycle.take(product, "discontinue")
    if data.successor_id is not None:
        await _follow(ctx, product, data.successor_id)
    product.discontinued_on = ctx.today
    ctx.emit(ProductDiscontinued(product_id=product.id, successor_id=product.successor_id))
    return Discontinued(product=await ctx.view(product), uses=await used_by(ctx, product))


async def _follow(ctx: Context, product: Product, successor_id: Any) -> None:
    successor = await ctx.get(Product, successor_id)
    if successor.id == product.id:
        raise invalid("successor_id", "a product does not follow itself")
    if successor.status != "active" or successor.archived_at:
        raise Conflict(
            reason=f"{successor.sku} is not on sale, so it cannot follow {product.sku}.",
            remedy="Activate it first with sales.product.activate, or name another.",
            field="successor_id",
        )
    product.successor_id = successor.id
