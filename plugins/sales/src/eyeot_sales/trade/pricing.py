"""Pricing: gives a line of a quote, an order or an invoice its price, its VAT and so its net."""

from datetime import date
from decimal import Decimal
from typing import Any

from eyeot import Context, Money, invalid
from eyeot_sales.catalogue.products import Product
from eyeot_sales.prices.quoting import price_of
from eyeot_sales.taxes.cases import Nature
from eyeot_sales.taxes.determining import Sale, determine
from eyeot_sales.taxes.rates import TaxRate
from eyeot_sales.taxes.zones import Place
from eyeot_sales.trade.lines import COUNTED, set_net, set_tax, take_product

_OF_PRODUCT = (
    "description",
    "unit_id",
    "unit_price",
    "tax_rate_id",
)
"""What a line takes over from its product, unless it says so itself."""
_NATURES: dict[str, Nature] = {"goods": "goods", "service": "services"}


async def price_line(ctx: Context, document: Any, line: Any, on: date | None = None) -> None:
    """Complete a line of a document before it is written: what it leaves out follows from the sale.

    The price is the customer's (`price_of`), the VAT what the law says (`determine`). What the line has
    already stays as it is: a price or rate that changed since changes no line. `on`: the day on which VAT
    falls due; today when left out.
    """
    if line.is_new and line.tax_percent is not None:
        # A copy of a line of another document: what was agreed there holds.
        set_net(line, document.currency)
        return
    if _product_changed(line):
        _forget(line, tuple(n for n in _OF_PRODUCT if getattr(line, n) == line.stored(n)))
    elif _follows_quantity(line):
        _forget(line, ("unit_price",))
    product = await take_product(ctx, line)
    if line.kind in COUNTED:
        await _set_price(ctx, document, line, product)
        await _set_vat(ctx, document, line, on or ctx.today)
    set_net(line, document.currency)


async def reprice_line(ctx: Context, document: Any, line: Any, *, keep_manual: bool = True) -> None:
    """Price a line anew, as if it were written today; a price that somebody set stays if that is wanted."""
    if line.kind not in COUNTED:
        return
    stays = line.product_id is None or (keep_manual and getattr(line, "manual_price", False))
    again = ["tax_rate_id"] if line.product_id else []
    _forget(line, (*again, *(() if stays else ("unit_price",))))
    line.tax_percent = None
    await price_line(ctx, document, line)


def _product_changed(line: Any) -> bool:
    return not line.is_new and line.product_id != line.stored("product_id")


def _follows_quantity(line: Any) -> bool:
    """Whether its price came from the customer's prices, which may be others for another quantity."""
    if line.is_new or "manual_price" not in line.meta.fields or line.manual_price:
        return False
    same = line.unit_price == line.stored("unit_price")
    return same and line.product_id is not None and line.quantity != line.stored("quantity")


def _forget(line: Any, names: tuple[str, ...]) -> None:
    for name in names:
        setattr(line, name, None)


async def _set_price(ctx: Context, document: Any, line: Any, product: Product | None) -> None:
    said = line.unit_price is not None
    if said and (line.is_new or line.unit_price != line.stored("unit_price")):
        _note(line, manual_price=True)
    if not said:
        await _take_price(ctx, document, line, product)
        _note(line, manual_price=False)
    if product and (line.is_new or _product_changed(line) or not said):
        listed, cost = product.list_price, product.cost
        _note(line, list_price=_same(listed, document), unit_cost=_same(cost, document))


async def _take_price(ctx: Context, document: Any, line: Any, product: Product | None) -> None:
    if product is None:
        raise invalid("unit_price", "say its price: only a product has one of its own")
    found = await price_of(
        ctx, document.party_id, product, abs(line.quantity), currency=document.currency
    )
    line.unit_price = found.unit_price
    line.discount = line.discount or found.discount or Decimal(0)


def _note(line: Any, **known: Any) -> None:
    """Note what lines of this kind keep; those of invoices keep no list price and no cost."""
    for name, value in known.items():
        if name in line.meta.fields:
            setattr(line, name, value)


def _same(amount: Money | None, document: Any) -> Money | None:
    """An amount, if it is in the document's currency."""
    return amount if amount and amount.currency == document.currency else None


async def _set_vat(ctx: Context, document: Any, line: Any, on: date) -> None:
    known = line.tax_percent is not None and line.tax_rate_id == line.stored("tax_rate_id")
    if known and line.tax_rate_id is not None:
        return
    if line.kind == "deposit" and line.tax_rate_id is not None:
        # A deduction bears the rate of the deposit that it takes off, whatever has changed since.
        set_tax(line, await ctx.get(TaxRate, line.tax_rate_id))
        return
    nature = None if line.product_id else _NATURES.get(getattr(line, "nature", None) or "")
    found = await determine(
        ctx,
        Sale(
            on=on,
            party_id=document.party_id,
            product_id=line.product_id,
            tax_rate_id=line.tax_rate_id,
            nature=nature,
            ship_to=_place(getattr(document, "ship_to", None)),
        ),
    )
    set_tax(line, await ctx.get(TaxRate, found.tax_rate_id))


def _place(address: Any) -> Place | None:
    """Where goods go, if the document says another address than the buyer's."""
    if not address:
        return None
    return Place(country=address.get("country", "FR"), postcode=address.get("postcode"))
