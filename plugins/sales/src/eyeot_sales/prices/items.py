"""Items: the price of one product in a list, from a quantity and between two days."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from eyeot import Conflict, Context, Money, Record, Resource, Shared, field, invalid, ref
from eyeot_sales.catalogue.products import Product
from eyeot_sales.prices.lists import PriceList


class PriceListItem(
    Record,
    name="sales.price_list_item",
    prefix="pli",
    label="product_name",
    search=("product_name",),
    index=(("product_id", "price_list_id"),),
    reach=Shared(),
    archivable=False,
    sort="product_name",
):
    """What one product costs in a list: a price, or a discount on what it would cost otherwise."""

    price_list_id: UUID = ref("sales.price_list", "The list.", access="create", on_delete="CASCADE")
    product_id: UUID = ref("sales.product", "The product.", access="create")
    product_name: str = field("Its reference and name.", access="read", default="")
    min_quantity: Decimal = field(
        "From how many units.", ge=0, le=10**12, default=lambda: Decimal(0)
    )
    price: Money | None = field("Price of one unit, in the list's currency.", default=None)
    discount: Decimal | None = field(
        "Discount in percent, on the price or else on the list's base.", ge=0, le=100, default=None
    )
    valid_from: date | None = field("First day; left out, as the list.", default=None)
    valid_to: date | None = field("Last day; left out, as the list.", default=None)
    note: str | None = field("Why this price.", max_length=300, default=None)

    def complete(self) -> None:
        """Refuse an item that gives nothing, or never holds."""
        if self.price is None and self.discount is None:
            raise invalid("price", "give a price, a discount, or both")
        if self.price is not None and self.price.amount < 0:
            raise invalid("price", "a price is not negative")
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise invalid("valid_to", f"lies before valid_from, {self.valid_from}")


async def prepare(ctx: Context, row: Any, _values: dict[str, Any]) -> None:
    """Name the product, hold the price to the list's currency, and refuse two answers to one question."""
    # Locked, so that two items of one product and time wait for each other.
    chosen = await ctx.get(PriceList, row.price_list_id, lock=True)
    if row.price is not None and row.price.currency != chosen.currency:
        raise invalid("price", f"is in {row.price.currency}; the list is in {chosen.currency}")
    product = await ctx.get(Product, row.product_id)
    row.product_name = f"{product.sku} {product.name}"
    c = PriceListItem.c
    same = [
        c.price_list_id == row.price_list_id,
        c.product_id == row.product_id,
        c.min_quantity == row.min_quantity,
    ]
    if not row.is_new:
        same.append(c.id != row.id)
    if row.valid_to:
        same.append(c.valid_from.is_(None) | (c.valid_from <= row.valid_to))
    if row.valid_from:
        same.append(c.valid_to.is_(None) | (c.valid_to >= row.valid_from))
    if await ctx.first(PriceListItem, *same):
        raise Conflict(
            reason=f"{chosen.name} already has {product.sku} from {row.min_quantity:f} at that time.",
            remedy="Change that item (sales.price_list_item.list with product_id finds it).",
            field="min_quantity",
        )


price_list_items = Resource(
    PriceListItem,
    profile="line",
    adding="import bulk_update search",
    en="price list item; price list items; price of a product in a list; quantity price",
    fr="ligne de tarif; lignes de tarif; prix d'un article dans un tarif; prix par quantité",
    gender="f",
    prepare=prepare,
    example={
        "price_list_id": "$sales.price_list?status=draft",
        "product_id": "$sales.product?status=active",
        "min_quantity": "250",
        "discount": "12.5",
    },
)
