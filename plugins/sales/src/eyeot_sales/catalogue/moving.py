"""Moving: products go to another category, and to its accounts."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, Output, action, invalid
from eyeot_sales.catalogue.categories import ProductCategory, line_of
from eyeot_sales.catalogue.products import Product
from eyeot_sales.ids import CategoryId, ProductId

_MOST = 500


class ProductsMoved(Event, name="sales.product_category.products_moved"):
    """Products went from one category to another."""

    category_id: CategoryId
    to_category_id: CategoryId
    products: int


class Move(Input):
    """Two categories, and which products go."""

    id: CategoryId
    to_category_id: CategoryId
    product_ids: Annotated[
        list[ProductId], Field(max_length=_MOST, description="Left out, all of the category.")
    ] = Field(default_factory=list)
    accept_accounts: Annotated[
        bool, Field(description="Move them though they will be booked on other accounts.")
    ] = False


class Moved(Output):
    """How many products went, and what they are booked on from now."""

    category_id: CategoryId
    moved: int
    income_account: str | None
    expense_account: str | None


@action(
    "sales.product_category.move_products",
    risk="w",
    en=(
        "Move products to another category; merge product categories; reclassify items; change the "
        "family of products"
    ),
    fr=(
        "Déplacer des produits vers une autre catégorie; fusionner des familles d'articles; "
        "reclasser des articles; changer de famille"
    ),
    example={
        "id": "$sales.product_category",
        "to_category_id": "$sales.product_category",
        "accept_accounts": True,
    },
    events=("sales.product_category.products_moved",),
    record=ProductCategory,
)
async def move_products(ctx: Context, data: Move) -> Moved:
    """Move products to another category; refused where that changes their accounts, unless accepted."""
    if data.id == data.to_category_id:
        raise invalid("to_category_id", "give another category than the one they are in")
    before, after = await _accounts(ctx, data.id), await _accounts(ctx, data.to_category_id)
    target = await ctx.get(ProductCategory, data.to_category_id)
    if target.archived_at:
        raise Conflict(
            reason=f"{target.name} is archived.",
            remedy="Restore it with sales.product_category.restore, or choose another.",
            field="to_category_id",
        )
    products = await _chosen(ctx, data)
    if before != after and not data.accept_accounts:
        _refuse_booked(products, before, after)
    for one in products:
        one.category_id = target.id
    ctx.emit(ProductsMoved(category_id=data.id, to_category_id=target.id, products=len(products)))
    return Moved(
        category_id=target.id,
        moved=len(products),
        income_account=after[0],
        expense_account=after[1],
    )


Accounts = tuple[str | None, str | None]


async def _accounts(ctx: Context, id: UUID) -> Accounts:
    """What a category's products are booked on: its own accounts, else its parents'."""
    line = await line_of(ctx, id)
    income = next((one.income_account for one in line if one.income_account), None)
    expense = next((one.expense_account for one in line if one.expense_account), None)
    return income, expense


async def _chosen(ctx: Context, data: Move) -> list[Product]:
    where = [Product.c.category_id == data.id]
    if data.product_ids:
        where.append(Product.c.id.in_(data.product_ids))
    found = await ctx.find(Product, *where, order=Product.c.sku, limit=_MOST + 1)
    if len(found) > _MOST:
        raise Conflict(
            reason=f"More than {_MOST} products, too many for one call.",
            remedy="Name some of them in product_ids, and call again.",
        )
    if missing := len(set(data.product_ids)) - len(found) if data.product_ids else 0:
        raise invalid("product_ids", f"{missing} of them are not in that category")
    return found


def _refuse_booked(products: list[Product], before: Accounts, after: Accounts) -> None:
    """Refuse what would change the accounts of products that have none of their own."""
    own = ("income_account", "expense_account")
    hit = [
        one.sku
        for one in products
        if any(
            not getattr(one, name) and was != will
            for name, was, will in zip(own, before, after, strict=True)
        )
    ]
    if hit:
        raise Conflict(
            reason=(
                f"{len(hit)} products ({', '.join(hit[:5])}…) would be booked on {after[0]} / {after[1]}"
                f" instead of {before[0]} / {before[1]}."
            ),
            remedy="Call again with accept_accounts=true, or give the products accounts of their own.",
            field="to_category_id",
        )
