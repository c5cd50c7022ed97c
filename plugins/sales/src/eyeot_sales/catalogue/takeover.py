"""Takeover: products and services as Dolibarr and Odoo export them."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from eyeot import Conflict, Context, LeftOut, Part, Ref, Source, Taking, takeover
from eyeot_crm.takeover.columns import layouts, read, truth
from eyeot_sales.catalogue.naming import coded
from eyeot_sales.catalogue.products import MARGIN, Product
from eyeot_sales.catalogue.units import Unit
from eyeot_sales.taxes.rates import TaxRate

_LAYOUTS = layouts("eyeot_sales.catalogue", "takeover.toml")
_PIECE = "C62"
_SAID = (
    "sku", "name", "description", "barcode", "weight_kg", "income_account", "expense_account",
)  # fmt: skip
_AT_ONCE, _CODED = 1000, 40
_CLOSED = ("It is archived there", "Archivé dans l'ancien logiciel")
_NAMELESS = ("It has no name", "Sans nom")
Row = Mapping[str, str]


async def products(ctx: Context, source: Source) -> Taking | None:
    """What a file of products comes to; those whose reference is here already are left alone."""
    layout = _LAYOUTS[source.software]
    rows = read(source, layout)
    if rows is None:
        return None
    left = [LeftOut(row.get("name", "?"), why) for row in rows if (why := _unfit(row))]
    fit = [row for row in rows if not _unfit(row)]
    known = await _known(ctx, [sku_of(row) for row in fit])
    new = [row for row in fit if sku_of(row) not in known]
    unit, rates = await _unit(ctx), await _rates(ctx)
    told = [_product(ctx, row, layout, unit, rates) for row in new]
    return Taking(
        parts=(Part("sales.product", told),), known=len(fit) - len(new), left_out=left
    )  # fmt: skip


products_taken = takeover("sales.products", "dolibarr", "odoo")(products)


def _unfit(row: Row) -> tuple[str, str] | None:
    if not row.get("name"):
        return _NAMELESS
    return _CLOSED if "open" in row and not truth(row["open"]) else None


def sku_of(row: Row) -> str:
    """A product's reference; of one without, that which its name gives, so that it is known again."""
    return row.get("sku") or coded(row["name"], _CODED) or row["name"][:_CODED]


def _product(
    ctx: Context, row: Row, layout: Mapping[str, Any], unit: str, rates: Mapping[Decimal, str]
) -> dict[str, Any]:
    told: dict[str, Any] = {name: row[name] for name in _SAID if name in row}
    told |= {"sku": sku_of(row), "unit_id": unit, "kind": _kind(row, layout)}
    told |= {"list_price": row["price"]} if "price" in row else {}
    if "cost" in row and ctx.allows(MARGIN):
        told["cost"] = row["cost"]
    for name, said in (("is_sellable", "sold"), ("is_purchasable", "bought")):
        if said in row:
            told[name] = truth(row[said])
    if rate := rates.get(_percent(row.get("vat", ""))):
        told["tax_rate_id"] = rate
    return told


def _kind(row: Row, layout: Mapping[str, Any]) -> str:
    said = row.get("kind", "").lower()
    # What is not said, Dolibarr exports apart: a file of products has goods.
    return "service" if said in layout["services"] else "goods"


def _percent(text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", ".").replace("%", "").strip()).normalize()
    except InvalidOperation:
        return Decimal(-1)


async def _known(ctx: Context, skus: list[str]) -> set[str]:
    found: set[str] = set()
    for at in range(0, len(skus), _AT_ONCE):
        some = Product.c.sku.in_(skus[at : at + _AT_ONCE])
        found |= {one.sku for one in await ctx.find(Product, some)}
    return found


async def _unit(ctx: Context) -> str:
    """What they are counted in: neither export says it in a code."""
    found = await ctx.first(Unit, Unit.c.code == _PIECE)
    if found is None:
        raise Conflict(
            reason="There is no unit for pieces (C62), in which products are taken over.",
            remedy="Create it with sales.unit.create(code=C62, family=count).",
        )
    return Ref("sales.unit").write(found.id)


async def _rates(ctx: Context) -> dict[Decimal, str]:
    """The rates of mainland sales that hold today, by percent."""
    c = TaxRate.c
    general = (
        c.scope == "sale",
        c.territory == "metropole",
        c.category == "S",
        c.tax_object == "general",
    )
    rows = await ctx.find(TaxRate, *general, c.archived_at.is_(None), order=c.valid_from)
    return {
        one.rate.normalize(): Ref("sales.tax_rate").write(one.id)
        for one in rows
        if one.valid_to is None or one.valid_to >= ctx.today
    }
