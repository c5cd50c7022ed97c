"""Products: goods and services that are sold or bought."""

import itertools
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Lifecycle,
    McpResource,
    Money,
    Record,
    RecordEvent,
    Resource,
    Shared,
    Tool,
    by_hand,
    field,
    invalid,
    ref,
    within,
)
from eyeot_sales.catalogue.categories import ACCOUNT_DIGITS
from eyeot_sales.catalogue.gtin import Gtin
from eyeot_sales.catalogue.naming import Translations, coded
from eyeot_sales.taxes.objects import TaxObject

MARGIN = "sales.margin:read"
"""The permission without which what products cost, and so what they earn, does not exist."""
Attributes = dict[
    Annotated[str, Field(min_length=1, max_length=40)],
    Annotated[str, Field(min_length=1, max_length=60)],
]


_CODED = 40


class Product(
    Record,
    name="sales.product",
    prefix="prd",
    hint=("sku",),
    search=("name", "sku", "description"),
    exact=("sku", "barcode"),
    unique=(("sku",), ("barcode",)),
    reach=Shared(),
    state="status",
    sort="sku",
):
    """Something that is sold or bought: goods, a service, a subscription, or a kit of others."""

    sku: str = field(
        "What the company calls it, e.g. ECR-27; left out, made of its name.",
        max_length=60,
        default="",
    )
    name: str = field("Its name.", max_length=200)
    translations: Translations = field("Its name in other languages.", default=dict)
    description: str | None = field(
        "What documents say of it below its name.", max_length=2000, default=None
    )
    kind: Literal["goods", "service", "subscription", "kit"] = field(
        "What it is; VAT and delivery follow.", access="create", default="service"
    )
    category_id: UUID | None = ref("sales.product_category", "Its category.", default=None)
    unit_id: UUID = ref("sales.unit", "What it is counted in.")
    list_price: Money | None = field(
        "Price of one unit without VAT, before any discount.", default=None
    )
    cost: Money | None = field("What one unit costs.", sensitive=MARGIN, default=None)
    tax_rate_id: UUID | None = ref(
        "sales.tax_rate",
        "Its VAT rate where the company is established; tax_rate.determine finds its like elsewhere.",
        default=None,
    )
    tax_object: TaxObject = field(
        "What it is where a territory has rates of its own (Corsica, overseas).", default="general"
    )
    barcode: Gtin | None = field("GTIN under its bar code.", default=None)
    tracking: Literal["none", "lot", "serial"] = field(
        "How its pieces are told apart.", default="none"
    )
    weight_kg: Decimal | None = field("Weight of one unit, in kilograms.", ge=0, default=None)
    income_account: str | None = field(
        "Account that sales are booked on; its category's when left out.",
        max_length=ACCOUNT_DIGITS,
        default=None,
    )
    expense_account: str | None = field(
        "Account that purchases are booked on; its category's when left out.",
        max_length=ACCOUNT_DIGITS,
        default=None,
    )
    hs_code: str | None = field(
        "Customs code of the combined nomenclature.", max_length=10, default=None
    )
    is_sellable: bool = field("Whether it may be sold.", default=True)
    is_purchasable: bool = field("Whether it may be bought.", default=True)
    template_id: UUID | None = ref(
        "sales.product", "The product it is a variant of.", access="read", default=None
    )
    attributes: Attributes = field(
        "What tells a variant from its siblings, e.g. colour.", access="read", default=dict
    )
    successor_id: UUID | None = ref(
        "sales.product", "What is sold instead.", access="read", default=None
    )
    discontinued_on: date | None = field(
        "Since when it is sold no more.", access="read", default=None
    )
    status: Literal["draft", "active", "discontinued"] = field(
        "draft: not sold yet; discontinued: sold no more.", access="create", default="active"
    )


def nature_of(product: Product | None) -> Literal["goods", "service"]:
    """What VAT goes by: goods or a service; what is no product of the catalogue is a service."""
    return "goods" if product is not None and product.kind in ("goods", "kit") else "service"


lifecycle = Lifecycle(
    "status",
    "draft",
    (
        by_hand("activate", "draft", "discontinued", to="active"),
        by_hand("discontinue", "active", to="discontinued"),
    ),
)


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Name the product where nobody did, and refuse what contradicts itself."""
    row.sku = row.sku or await _free_sku(ctx, row)
    if row.is_new and row.status == "discontinued":
        raise invalid(
            "status", "a new product is draft or active; sales.product.discontinue follows"
        )
    if row.tracking != "none" and row.kind in ("service", "subscription"):
        raise invalid("tracking", f"a {row.kind} has no lots or serial numbers")
    for name in ("list_price", "cost"):
        price = getattr(row, name)
        if name in values and price is not None and price.amount < 0:
            raise invalid(name, "a price is not negative")


async def _free_sku(ctx: Context, row: Any) -> str:
    """A reference made of the name, which no other product has."""
    made = coded(row.name, _CODED) or "ARTICLE"
    like = Product.c.sku.startswith(made, autoescape=True)
    taken = {one.sku for one in await ctx.find(Product, like) if one is not row}
    numbered = (f"{made}-{number}" for number in itertools.count(2))
    return next(one for one in itertools.chain((made,), numbered) if one not in taken)


products = Resource(
    Product,
    profile="master",
    adding="delete",
    en="product; products; item; article; service; price of a product",
    fr="produit; produits; article; prestation; référence; prix d'un produit",
    said={
        "create": (
            "add an item to the catalogue; sell a new service",
            "ajouter un article au catalogue; vendre une nouvelle prestation",
        ),
    },
    lifecycle=lifecycle,
    prepare=prepare,
    example={
        "sku": "AUDIT-1J",
        "name": "Audit sur site, journée",
        "kind": "service",
        "unit_id": "$sales.unit?code=DAY",
        "list_price": {"amount": "850.00", "currency": "EUR"},
    },
    find={"status": "active", "limit": 5},
)


@within("sales.unit.updated")
async def keep_measure(ctx: Context, event: RecordEvent) -> None:
    """Refuse another family or ratio for a unit that products are counted in."""
    changed = [one for one in ("family", "ratio") if one in event.fields]
    if changed and await ctx.first(Product, Product.c.unit_id == event.id):
        raise Conflict(
            reason=f"Products are counted in this unit: another {changed[0]} would change what was sold.",
            remedy="Create another unit with sales.unit.create and give it to the products.",
            field=changed[0],
        )


mcp_products = McpResource(
    collection="products",
    record="sales.product",
    title="Products",
    doc="One product with its price, unit and VAT rate.",
)
list_products = Tool(
    name="list_products",
    title="List products",
    action="sales.product.list",
    doc="List products and services by typed filters. To find one by name, use search.",
    show=(
        "name_contains",
        "sku",
        "kind",
        "category_id",
        "status",
        "sort",
        "limit",
        "cursor",
        "fields",
    ),
    told={
        "fields": "Only these fields.",
        "cursor": "next_cursor of the page before.",
        "sort": "e.g. sku, -list_price",
    },
)
