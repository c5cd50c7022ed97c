"""Rates: VAT rates with their category, mention and dates."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from eyeot import Conflict, Context, Record, Resource, Shared, Starting, field, invalid, ref
from eyeot.types import Country
from eyeot_sales.data import table
from eyeot_sales.taxes.objects import TaxObject

Category = Literal["S", "AE", "E", "K", "G", "O", "Z"]
"""VAT categories of EN 16931 (UNTDID 5305)."""
Territory = Literal[
    "metropole", "corse", "guadeloupe_martinique_reunion", "guyane_mayotte", "eu", "export"
]
Level = Literal["standard", "intermediate", "reduced", "super_reduced"]
TAXED: tuple[Category, ...] = ("S", "Z")


class TaxRate(
    Record,
    name="sales.tax_rate",
    prefix="tax",
    hint=("code",),
    search=("name", "code"),
    exact=("code",),
    unique=(("code",),),
    index=(("scope", "territory"),),
    reach=Shared(),
    sort="code",
):
    """A VAT rate, or a reason for which there is none, for sales or purchases of one territory."""

    code: str = field("What it is known by, e.g. FR20.", access="create", max_length=30)
    name: str = field("Its name.", max_length=120)
    rate: Decimal = field("In percent, e.g. 20.", access="create", ge=0, le=100)
    category: Category = field("VAT category of EN 16931.", access="create")
    scope: Literal["sale", "purchase"] = field("What it is for.", access="create", default="sale")
    territory: Territory = field("Where it applies.", access="create")
    country: Country | None = field(
        "Of which other Member State, for sales by the one-stop shop.",
        access="create",
        default=None,
    )
    level: Level | None = field(
        "Which of the rates of mainland France it corresponds to.", access="create", default=None
    )
    tax_object: TaxObject = field(
        "What it is for, where a territory has a rate for that alone.",
        access="create",
        default="general",
    )
    exemption_code: str | None = field(
        "VATEX code of why there is no VAT.", access="create", max_length=40, default=None
    )
    mention: str | None = field("What invoices must say.", max_length=500, default=None)
    mention_en: str | None = field("The same in English.", max_length=500, default=None)
    mention_until: date | None = field(
        "Last day on which the mention's wording may be used.", default=None
    )
    article: str | None = field("Where the law says so.", max_length=200, default=None)
    payable_on: Literal["debits", "payment"] | None = field(
        "When the VAT falls due; left out, as the organisation and the nature of the sale say.",
        default=None,
    )
    valid_from: date = field("First day it applies.", access="create")
    valid_to: date | None = field("Last day it applies.", default=None)
    replaces_id: UUID | None = ref("sales.tax_rate", "The rate before it.", default=None)

    def complete(self) -> None:
        """Refuse a category, rate, reason and dates that contradict each other."""
        if (self.category == "S") != (self.rate > 0):
            raise invalid("rate", "category S has a rate above 0, every other category 0")
        if self.category not in TAXED and not (self.exemption_code or self.mention):
            raise invalid(
                "exemption_code", "say why there is no VAT: a VATEX code, a mention, or both"
            )
        if self.valid_to and self.valid_to < self.valid_from:
            raise invalid("valid_to", f"lies before valid_from, {self.valid_from}")


async def prepare(ctx: Context, row: Any, _values: dict[str, Any]) -> None:
    """Refuse a second rate for the same case on the same day."""
    if row.category not in TAXED or (row.level is None and row.tax_object == "general"):
        return
    c = TaxRate.c
    told = ("scope", "territory", "level", "tax_object", "country")
    same = [c[n].is_not_distinct_from(getattr(row, n)) for n in told]
    same.append(c.archived_at.is_(None))
    if not row.is_new:
        same.append(c.id != row.id)
    if row.valid_to:
        same.append(c.valid_from <= row.valid_to)
    same.append(c.valid_to.is_(None) | (c.valid_to >= row.valid_from))
    what = row.level or row.tax_object
    if other := await ctx.first(TaxRate, *same):
        raise Conflict(
            reason=f"{other.code} ({other.rate:f} %) already is the {what} rate there then.",
            remedy="Close it first: sales.tax_rate.update with valid_to the day before the new one.",
            field="valid_from",
        )


tax_rates = Resource(
    TaxRate,
    profile="config",
    adding="history search",
    en="tax rate; tax rates; VAT rate; VAT code; tax code",
    fr="taux de TVA; taux de TVA; code TVA; taxe; régime de TVA",
    prepare=prepare,
    example={
        "code": "DE19",
        "name": "TVA allemande 19 %",
        "rate": "19",
        "category": "S",
        "territory": "eu",
        "country": "DE",
        "level": "standard",
        "valid_from": "2021-01-01",
    },
)


BOUGHT = "A-"
"""What the code of a starting row for purchases begins with."""
_TOLD_APART = {"scopes", "rate"}


def starting() -> list[dict[str, Any]]:
    """The rows of `rates.toml`, once for each scope."""
    shipped = table("taxes", "rates")
    rows = []
    for one in shipped["rate"]:
        given = {name: value for name, value in one.items() if name not in _TOLD_APART}
        given |= {"rate": Decimal(one["rate"]), "valid_from": shipped["valid_from"]}
        for scope in one["scopes"]:
            bought = scope == "purchase"
            code = f"{BOUGHT}{one['code']}" if bought else one["code"]
            name = f"{one['name']} (achats)" if bought else one["name"]
            rows.append({**given, "scope": scope, "code": code, "name": name})
    return rows


starts = Starting(TaxRate, key="code", rows=starting())


async def standard_percent(ctx: Context, on: date) -> Decimal:
    """The standard rate of mainland France on a day, in percent."""
    c = TaxRate.c
    found = await ctx.first(
        TaxRate,
        c.scope == "sale",
        c.territory == "metropole",
        c.level == "standard",
        c.valid_from <= on,
        c.valid_to.is_(None) | (c.valid_to >= on),
    )
    if found is None:
        raise Conflict(
            reason=f"No standard VAT rate of mainland France is known for {on}.",
            remedy="Give the rate, or create it with sales.tax_rate.create (level=standard).",
        )
    return found.rate
