"""Units: what quantities are counted in, by UN/ECE recommendation 20."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from pydantic import Field

from eyeot import (
    Context,
    Exact,
    Input,
    Output,
    Record,
    Resource,
    Shared,
    Starting,
    action,
    field,
    invalid,
)
from eyeot_sales.catalogue.naming import Translations
from eyeot_sales.data import table
from eyeot_sales.ids import UnitId


class Unit(
    Record,
    name="sales.unit",
    prefix="unit",
    search=("name", "code"),
    exact=("code",),
    unique=(("code",),),
    reach=Shared(),
    sort="code",
    hint=("code",),
):
    """A unit that quantities are counted in; those of one family convert into each other."""

    code: str = field("Code of UN/ECE recommendation 20, e.g. HUR.", access="create", max_length=3)
    name: str = field("Its name.", max_length=100)
    translations: Translations = field("Its name in other languages.", default=dict)
    family: str = field("What it measures, e.g. time; units of one family convert.", max_length=30)
    ratio: Decimal = field(
        "How many of the family's reference unit it is: 60 for an hour among minutes.",
        ge=Decimal("0.000000000001"),
        le=Decimal(1_000_000_000_000),
        default=lambda: Decimal(1),
    )
    rounding: Decimal = field(
        "Smallest step of a quantity, e.g. 0.01; 1 for what is not divided.",
        ge=Decimal("0.000001"),
        le=Decimal(1_000_000),
        default=lambda: Decimal("0.01"),
    )


units = Resource(
    Unit,
    profile="config",
    en="unit; units; unit of measure; measure",
    fr="unité; unités; unité de mesure; unité de vente",
    gender="f",
    example={"code": "XBX", "name": "Carton", "family": "packing", "rounding": "1"},
)


def starting() -> list[dict[str, Any]]:
    """The rows of `units.toml`."""
    sizes = ("ratio", "rounding")
    return [
        {**one, **{name: Decimal(one[name]) for name in sizes}}
        for one in table("catalogue", "units")["unit"]
    ]


starts = Starting(Unit, key="code", rows=starting())


class Conversion(Input):
    """A quantity and two units of one family."""

    quantity: Annotated[Exact, Field(ge=-(10**15), le=10**15)]
    from_unit_id: Annotated[UnitId, Field(description="The unit it is counted in.")]
    to_unit_id: Annotated[UnitId, Field(description="The unit wanted.")]


class Converted(Output):
    """The quantity in the other unit, rounded half up to its smallest step."""

    quantity: Exact
    exact: Annotated[Exact, Field(description="Before rounding, to 12 decimals.")]
    unit_id: UnitId
    code: str
    factor: Annotated[Exact, Field(description="How many of the new unit one of the old is.")]


_FINEST = Decimal("1e-12")


@action(
    "sales.unit.convert",
    risk="r",
    en=(
        "Convert a quantity between units; how many hours is a day; kilograms to grams; change the "
        "unit of a quantity"
    ),
    fr=(
        "Convertir une quantité d'une unité dans une autre; combien d'heures dans une journée; "
        "passer des kilos aux grammes; changer d'unité"
    ),
    example={
        "quantity": "2",
        "from_unit_id": "$sales.unit?code=DAY",
        "to_unit_id": "$sales.unit?code=HUR",
    },
)
async def convert(ctx: Context, data: Conversion) -> Converted:
    """Convert a quantity between two units of one family, such as days into hours."""
    former = await ctx.get(Unit, data.from_unit_id)
    wanted = await ctx.get(Unit, data.to_unit_id)
    exact = converted(data.quantity, former, wanted)
    step = wanted.rounding
    rounded = (exact / step).quantize(Decimal(1), ROUND_HALF_UP) * step
    factor = (former.ratio / wanted.ratio).quantize(_FINEST, ROUND_HALF_UP).normalize()
    return Converted(
        quantity=rounded,
        exact=exact.quantize(_FINEST, ROUND_HALF_UP).normalize(),
        unit_id=wanted.id,
        code=wanted.code,
        factor=factor,
    )


def converted(quantity: Decimal, former: Unit, wanted: Unit) -> Decimal:
    """A quantity in another unit of the same family, not rounded."""
    if former.family != wanted.family:
        raise invalid(
            "to_unit_id",
            f"{wanted.code} measures {wanted.family}, and {former.code} {former.family}:"
            " give a unit of the same family",
        )
    return quantity * former.ratio / wanted.ratio


PIECE = "C62"
"""What is counted one by one: beside a quantity it says nothing."""


def spoken(code: str, language: str) -> str:
    """What a unit that ships is called beside a quantity; the code itself of one that a house made."""
    if code == PIECE:
        return ""
    rows = {one["code"]: one for one in table("catalogue", "units")["unit"]}
    if code not in rows:
        return code
    name: str = rows[code].get("translations", {}).get(language, rows[code]["name"])
    return name.lower()
