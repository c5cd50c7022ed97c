"""Categories: how products are grouped, and which accounts they are booked on."""

from typing import Any, Literal
from uuid import UUID

from eyeot import Context, Record, Resource, Shared, field, invalid, ref
from eyeot_sales.catalogue.naming import Translations

ACCOUNT_DIGITS = 20


class ProductCategory(
    Record,
    name="sales.product_category",
    prefix="pcat",
    search=("name",),
    reach=Shared(),
    sort="name",
):
    """A group of products, perhaps within another."""

    name: str = field("Its name.", max_length=120)
    translations: Translations = field("Its name in other languages.", default=dict)
    parent_id: UUID | None = ref(
        "sales.product_category", "The category it is part of.", default=None
    )
    income_account: str | None = field(
        "Account that sales are booked on, e.g. 706; the parent's when left out.",
        max_length=ACCOUNT_DIGITS,
        default=None,
    )
    expense_account: str | None = field(
        "Account that purchases are booked on, e.g. 607; the parent's when left out.",
        max_length=ACCOUNT_DIGITS,
        default=None,
    )
    costing_method: Literal["average", "fifo", "standard"] = field(
        "How what goes out is valued.", default="average"
    )


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Keep categories free of loops."""
    if values.get("parent_id") is None:
        return
    seen, above = {row.id}, values["parent_id"]
    while above is not None:
        if above in seen:
            raise invalid("parent_id", "that category is, through others, part of this one")
        seen.add(above)
        # Locked, so that two changes that would close a loop together wait for each other.
        above = (await ctx.get(ProductCategory, above, lock=True)).parent_id


categories = Resource(
    ProductCategory,
    profile="config",
    adding="search",
    en="product category; product categories; range of products; product family",
    fr="catégorie d'articles; catégories d'articles; famille d'articles; gamme de produits",
    gender="f",
    prepare=prepare,
    example={"name": "Maintenance", "income_account": "706100"},
)


async def line_of(ctx: Context, id: UUID | None) -> list[ProductCategory]:
    """A category and those it is part of, the nearest first."""
    found: list[ProductCategory] = []
    while id is not None and id not in {one.id for one in found}:
        found.append(await ctx.get(ProductCategory, id))
        id = found[-1].parent_id
    return found
