"""Bar codes: internal numbers, labels, and what was scanned."""

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field
from stdnum import ean, gs1_128
from stdnum.exceptions import ValidationError

from eyeot import Conflict, Context, Input, NotFound, Output, Shows, action, invalid
from eyeot_sales.catalogue.gtin import internal
from eyeot_sales.catalogue.products import Product
from eyeot_sales.data import table
from eyeot_sales.ids import ProductId

_TRIES = 20
_EAN13 = 13


class Label(Input):
    """A product and the kind of bar code."""

    id: ProductId
    symbology: Literal["ean13"] = "ean13"


class Labelled(Output):
    """The product's number and its bar code as modules, from left to right: 1 is a bar, 0 a gap."""

    product_id: ProductId
    barcode: str
    symbology: str
    modules: Annotated[str, Field(description="95 modules of EAN-13.")]
    text: Annotated[str, Field(description="What stands below the bars.")]
    assigned: Annotated[bool, Field(description="Whether the number is new.")]


@action(
    "sales.product.generate_barcode",
    risk="w",
    en=(
        "Give a product a bar code; generate an internal EAN; print a label; number under the bar "
        "code"
    ),
    fr=(
        "Donner un code-barres à un produit; générer un EAN interne; imprimer une étiquette; "
        "gencod d'un article"
    ),
    example={"id": "$sales.product?kind=goods"},
    record=Product,
)
async def generate_barcode(ctx: Context, data: Label) -> Labelled:
    """Give a product without a bar code an internal EAN-13 (prefix 2), and tell the bars of its label."""
    product = await ctx.get(Product, data.id, lock=True)
    assigned = product.barcode is None
    if product.barcode is None:
        product.barcode = await _free(ctx, product)
    number = product.barcode.zfill(_EAN13)
    if len(product.barcode) not in (_EAN13 - 1, _EAN13):
        raise Conflict(
            reason=f"{product.barcode} has {len(product.barcode)} digits, and EAN-13 takes 12 or 13.",
            remedy="Clear it with sales.product.update, and an internal number is given here.",
            field="barcode",
        )
    return Labelled(
        product_id=product.id,
        barcode=product.barcode,
        symbology=data.symbology,
        modules=modules(number),
        text=f"{number[0]} {number[1:7]} {number[7:]}",
        assigned=assigned,
    )


async def _free(ctx: Context, product: Product) -> str:
    """A number that no product has; the same for the same product, so that a dry run foretells it."""
    for number in range(_TRIES):
        found = internal((product.id.int + number) % 10**11)
        if await ctx.first(Product, Product.c.barcode == found) is None:
            return found
    raise Conflict(reason="No free internal number was found.", remedy="Give one by hand.")


def modules(number: str) -> str:
    """The bars of an EAN-13 (GS1 General Specifications, 5.2.1)."""
    codes = table("catalogue", "ean13")
    sets = codes["sets"][int(number[0])]
    left = "".join(codes[kind][int(digit)] for kind, digit in zip(sets, number[1:7], strict=True))
    right = "".join(codes["C"][int(digit)] for digit in number[7:])
    return f"101{left}01010{right}101"


class Scan(Input):
    """What a scanner read."""

    code: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            description="A GTIN, or a GS1 code such as (01)03012345678900(10)LOT7(17)271231.",
        ),
    ]


class Scanned(Output):
    """The product, and what else the code says."""

    product: Annotated[dict[str, Any], Shows(record="sales.product")]
    gtin: str
    lot: str | None = None
    serial: str | None = None
    expires_on: dt.date | None = None
    best_before: dt.date | None = None
    quantity: Annotated[str | None, Field(description="Pieces, or kilograms of weighed goods.")] = (
        None
    )


@action(
    "sales.product.find_by_barcode",
    risk="r",
    en="Find a product by its bar code; scan a bar code; which item is this EAN; read a GS1 code",
    fr=(
        "Trouver un produit par son code-barres; scanner un article; à quel article correspond cet "
        "EAN; lire un code GS1"
    ),
    example={"code": "(01)03760123450010(10)LOT-7(17)271231"},
    record=Product,
)
async def find_by_barcode(ctx: Context, data: Scan) -> Scanned:
    """Find the product of a scanned GTIN or GS1 code, with the lot, serial number and dates that it tells."""
    known = elements(data.code)
    gtin = known["01"]
    bare = gtin.lstrip("0")
    forms = {gtin, *(bare.zfill(length) for length in (8, 12, 13, 14) if len(bare) <= length)}
    found = await ctx.first(Product, Product.c.barcode.in_(forms))
    if found is None:
        raise NotFound(kind="sales.product", id=gtin, lookup="sales.product.search", field="code")
    weight = next((told for ai, told in known.items() if ai.startswith(_KILOGRAMS)), None)
    pieces = known.get("30") or known.get("37") or weight
    return Scanned(
        product=await ctx.view(found),
        gtin=gtin,
        lot=known.get("10"),
        serial=known.get("21"),
        expires_on=known.get("17"),
        best_before=known.get("15"),
        quantity=None if pieces is None else _plain(pieces),
    )


def _plain(value: Any) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


_SEPARATOR = "\x1d"
_KILOGRAMS = "310"
"""Net weight; the fourth digit says how many decimals."""
_MARKS = ("]C1", "]d2", "]Q3", "]e0")
"""What scanners put before GS1-128, DataMatrix, QR and DataBar (ISO/IEC 15424)."""


_PRINTED = re.compile(r"\((?=\d{2,4}\))")
"""Where an element begins in the form that people read."""


def elements(code: str) -> dict[str, Any]:
    """What a scanned code says, by GS1 application identifier; `01` is the GTIN."""
    text = code.strip()
    for mark in _MARKS:
        text = text.removeprefix(mark)
    text = _PRINTED.sub(_SEPARATOR, text).replace(")", "") if text.startswith("(") else text
    text = text.lstrip(_SEPARATOR)
    if ean.is_valid(text):
        return {"01": ean.compact(text)}
    try:
        told: dict[str, Any] = gs1_128.info(text, separator=_SEPARATOR)
        told["01"] = ean.validate(told["01"])
    except (ValidationError, KeyError, ValueError):
        raise invalid(
            "code", "is neither a GTIN nor a GS1 code with one, or its check digit is wrong"
        ) from None
    return told
