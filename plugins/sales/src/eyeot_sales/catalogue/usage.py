"""Usage: where a product is used, in whatever modules are installed."""

from collections.abc import Iterator
from typing import Annotated, Any

import sqlalchemy as sa

from eyeot import Context, Input, Output, Record, Ref, Shows, action
from eyeot_sales.catalogue.products import Product
from eyeot_sales.ids import ProductId

_MOST = 20
"""Records of one kind that are named; the others are counted."""
_SETTING = frozenset({"sales.product_price"})
"""What belongs to a product, and so is no use of it."""


class ProductChosen(Input):
    """One product."""

    id: ProductId


class Uses(Output):
    """What refers to a product, by kind; of each kind the newest 20 are named."""

    product_id: ProductId
    uses: Annotated[list[dict[str, Any]], Shows("items.id")]
    total: int


@action(
    "sales.product.where_used",
    risk="r",
    en=(
        "Where a product is used; quotes and orders with a product; what refers to an item; which "
        "documents sell it; may I delete this product"
    ),
    fr=(
        "Où un produit est utilisé; devis et commandes d'un article; cas d'emploi; quels documents "
        "le vendent; puis-je supprimer cet article"
    ),
    example={"id": "$sales.product"},
    record=Product,
)
async def where_used(ctx: Context, data: ProductChosen) -> Uses:
    """List what uses a product: lines of documents, price lists, variants, in every module you may read."""
    product = await ctx.get(Product, data.id)
    uses = await used_by(ctx, product)
    return Uses(product_id=product.id, uses=uses, total=sum(one["count"] for one in uses))


async def used_by(ctx: Context, product: Product) -> list[dict[str, Any]]:
    """What refers to a product within the caller's reach, by kind of record and field."""
    found = []
    for record, name in _referring():
        meta = record.meta
        if meta.module not in ctx.modules or not ctx.allows(f"{meta.module}:read", ctx.reach):
            continue
        mine = (ctx.within(record), record.c[name] == product.id)
        counted = await ctx.rows(sa.select(sa.func.count().label("n")).where(*mine))
        if not counted[0]["n"]:
            continue
        newest = sa.select(*_told(record)).where(*mine).order_by(record.c.id.desc()).limit(_MOST)
        items = [
            {n: Ref(meta.name).write(v) if n == "id" else v for n, v in row.items()}
            for row in await ctx.rows(newest)
        ]
        found.append({"kind": meta.name, "field": name, "count": counted[0]["n"], "items": items})
    return found


def _told(record: type[Record]) -> list[Any]:
    names = ["id", record.meta.label, record.meta.state]
    plain = [n for n in names if n and record.meta.fields[n].sensitive is None]
    return [record.c[n] for n in dict.fromkeys(plain)]


def _referring() -> Iterator[tuple[type[Record], str]]:
    """Every reference to a product that a record of an installed module declares."""
    for record in sorted(Record.__subclasses__(), key=lambda one: one.meta.name):
        if record.meta.name in _SETTING:
            continue
        for one in record.meta.fields.values():
            if one.target == Product.meta.name:
                yield record, one.name
