"""Lines: what a line of a quote, an order or an invoice says, and how it is priced and taxed."""

from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from eyeot import Context, Money, field, invalid, minor_units, ref
from eyeot_sales.catalogue.products import Product
from eyeot_sales.taxes.rates import TaxRate
from eyeot_sales.trade.amounts import ZERO, Amount, TaxKey, line_net, money

LineKind = Literal["product", "section", "note", "subtotal", "deposit"]
COUNTED = ("product", "deposit")
"""The kinds of lines that have an amount."""


class TradeLine:
    """The fields that every line of trade has; records take them by inheriting from this as well."""

    position: int = field("Its place, from 1; left out, the last.", ge=1, le=100_000, default=0)
    kind: LineKind = field(
        "product: counts; section, note, subtotal: how the document reads; deposit: one deducted.",
        access="create",
        default="product",
    )
    product_id: UUID | None = ref("sales.product", "What is sold.", default=None)
    description: str = field(
        "What it says; left out, the product's name.", max_length=2000, default=None
    )
    quantity: Decimal = field("How many.", ge=-(10**9), le=10**9, default=lambda: Decimal(1))
    unit_id: UUID | None = ref(
        "sales.unit", "Counted in what; left out, the product's.", default=None
    )
    unit_price: Money | None = field(
        "Price of one without VAT; left out, the customer's price of the product.", default=None
    )
    discount: Decimal = field("Taken off the line, in percent.", ge=0, le=100, default=Decimal)
    tax_rate_id: UUID | None = ref(
        "sales.tax_rate", "Its VAT; left out, what the law says of this sale.", default=None
    )
    tax_category: str | None = field(
        "EN 16931 category of its VAT.", access="read", max_length=2, default=None
    )
    tax_percent: Decimal | None = field("Its VAT rate, in percent.", access="read", default=None)
    exemption_code: str | None = field(
        "Why no VAT is charged (VATEX).", access="read", max_length=40, default=None
    )
    exemption_reason: str | None = field(
        "The same in words, as documents print it.", access="read", max_length=500, default=None
    )
    net: Money | None = field("What it comes to without VAT.", access="read", default=None)


def counted(line: Any) -> bool:
    """Whether its amount is part of the document's: an option counts once it is chosen."""
    if line.kind not in COUNTED:
        return False
    return getattr(line, "chosen", True) or not getattr(line, "optional", False)


def amount(line: Any) -> Amount:
    """What a priced line adds to its document."""
    key = TaxKey(line.tax_category or "", line.tax_percent or ZERO, line.exemption_code or "")
    net = line.net.amount if line.net else ZERO
    return Amount(net, key, discountable=line.kind != "deposit")


async def take_product(ctx: Context, line: Any) -> Product | None:
    """Fill in what the line leaves to its product, and refuse what is not sold."""
    if line.kind not in COUNTED:
        _refuse_amounts(line)
        line.description = line.description or {"subtotal": "Sous-total"}.get(line.kind, "")
        if not line.description:
            raise invalid("description", f"a {line.kind} says something")
        return None
    product = await ctx.get(Product, line.product_id) if line.product_id else None
    if product:
        _refuse_unsold(product, line)
        line.description = line.description or product.name
        line.unit_id = line.unit_id or product.unit_id
    if not line.description:
        raise invalid("description", "say what is sold, or give product_id")
    return product


def _refuse_unsold(product: Product, line: Any) -> None:
    if any(getattr(line, name, None) for name in ("quote_line_id", "order_line_id")):
        # What was agreed while it was on sale is still delivered and invoiced.
        return
    fresh = line.is_new or line.stored("product_id") != product.id
    if fresh and (product.archived_at or product.status != "active" or not product.is_sellable):
        raise invalid(
            "product_id",
            f"{product.sku} is not on sale; sales.product.list(status=active) shows what is",
        )


def _refuse_amounts(line: Any) -> None:
    for name in ("product_id", "unit_price", "tax_rate_id"):
        if getattr(line, name) is not None:
            raise invalid(name, f"a line of kind {line.kind} has none; use kind product")


def charged(line: Any) -> Decimal:
    """How many count: what was given up of an order does not."""
    return Decimal(getattr(line, "due", line.quantity))


def set_net(line: Any, currency: str) -> None:
    """Compute what the line comes to, once it has a price."""
    price = line.unit_price
    if line.kind not in COUNTED or price is None:
        line.net = None
        return
    if price.currency != currency:
        raise invalid("unit_price", f"the document is in {currency}; give the price in it")
    net = line_net(charged(line), price.amount, line.discount, minor_units(currency))
    line.net = money(net, currency)


def set_tax(line: Any, rate: TaxRate) -> None:
    """Note on the line which VAT it bears, so that a rate changed later changes nothing here."""
    line.tax_rate_id = rate.id
    line.tax_category, line.tax_percent = rate.category, rate.rate
    line.exemption_code, line.exemption_reason = rate.exemption_code, rate.mention
