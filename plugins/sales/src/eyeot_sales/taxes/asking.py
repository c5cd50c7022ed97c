"""Asking: which VAT applies, and why, as actions."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from eyeot import Context, Exact, Input, Output, action, invalid
from eyeot_sales.ids import PartyId, ProductId, TaxRateId
from eyeot_sales.taxes import tokens
from eyeot_sales.taxes.cases import Direction, Nature
from eyeot_sales.taxes.determining import Determination, Sale, answer, determine
from eyeot_sales.taxes.objects import TaxObject
from eyeot_sales.taxes.parties import Other
from eyeot_sales.taxes.rates import TaxRate
from eyeot_sales.taxes.zones import Place

_NATURE = (
    "services: by the general rule; intangible: advice, advertising, licences; immovable: works on land or"
    " buildings; on_site: meals, events; digital: electronic services. Left out, as the product is."
)


class Question(Input):
    """A sale or purchase, as far as its VAT depends on it."""

    direction: Direction = "sale"
    party_id: Annotated[PartyId | None, Field(description="The customer, or the supplier.")] = None
    other: Annotated[
        Other | None, Field(description="The same where it is no party yet: place and VAT number.")
    ] = None
    product_id: ProductId | None = None
    tax_rate_id: Annotated[
        TaxRateId | None, Field(description="Its rate in mainland France; left out, the product's.")
    ] = None
    nature: Annotated[Nature | None, Field(description=_NATURE)] = None
    tax_object: TaxObject | None = None
    ship_to: Annotated[
        Place | None, Field(description="Where goods go, or the works, meal or event is.")
    ] = None
    ship_from: Annotated[Place | None, Field(description="Where goods leave from.")] = None
    date: Annotated[dt.date | None, Field(description="When VAT falls due; left out, today.")] = (
        None
    )
    distance_sales: Annotated[
        bool,
        Field(description="Sales to consumers of other Member States exceed 10,000 € a year."),
    ] = False


class Answer(Output):
    """The VAT that applies, what the invoice must say, and why."""

    determination_id: Annotated[str, Field(description="Give it to tax_rate.explain.")]
    tax_rate_id: TaxRateId
    code: str
    rate: Exact
    category: str
    exemption_code: str | None
    mention: str | None
    payable_on: str
    article: str
    reasons: list[str]
    warnings: list[str]


@action(
    "sales.tax_rate.determine",
    risk="r",
    en=(
        "Determine the VAT of a sale; which VAT rate applies; is there VAT for a foreign customer; "
        "VAT on export; reverse charge or not; which mention on the invoice"
    ),
    fr=(
        "Déterminer la TVA d'une vente; quel taux de TVA appliquer; TVA pour un client étranger; "
        "TVA outre-mer ou Corse; autoliquidation ou non; quelle mention sur la facture"
    ),
    example={
        "other": {"place": {"country": "DE"}, "vat_number": "DE136695976"},
        "nature": "goods",
    },
    record=TaxRate,
    next=("sales.tax_rate.explain",),
)
async def ask_rate(ctx: Context, data: Question) -> Answer:
    """Say which VAT rate, category, mention and VATEX code a sale or purchase bears, and by which article."""
    if data.party_id and data.other:
        raise invalid("other", "give party_id or other, not both")
    sale = Sale(
        on=data.date or ctx.today,
        party_id=data.party_id,
        other=data.other,
        product_id=data.product_id,
        tax_rate_id=data.tax_rate_id,
        nature=data.nature,
        tax_object=data.tax_object,
        ship_to=data.ship_to,
        ship_from=data.ship_from,
        direction=data.direction,
        distance=data.distance_sales,
    )
    return _told(await determine(ctx, sale))


def _told(found: Determination) -> Answer:
    assert found.question
    return Answer(
        determination_id=tokens.written(found.question),
        tax_rate_id=found.tax_rate_id,
        code=found.code,
        rate=found.rate,
        category=found.category,
        exemption_code=found.exemption_code,
        mention=found.mention,
        payable_on=found.payable_on,
        article=found.article,
        reasons=list(found.reasons),
        warnings=list(found.warnings),
    )


class Explain(Input):
    """A determination, and the language to explain it in."""

    determination_id: Annotated[str, Field(min_length=1, max_length=2000)]
    language: Annotated[
        str | None, Field(max_length=5, description="fr or en; left out, the caller's.")
    ] = None


class Explained(Output):
    """Why a rate applies, in words."""

    text: str
    rule: str
    article: str
    code: str
    rate: Exact
    mention: str | None
    warnings: list[str]


_EXAMPLE = (
    "vat1.eyJjYXNlIjp7ImFycml2YWwiOiJldSIsImJ1eWVyIjoiaWRlbnRpZmllZCIsImJ1eWVyX3pvbmUiOiJldSI"
    "sImRpcmVjdGlvbiI6InNhbGUiLCJkaXN0YW5jZSI6ZmFsc2UsIm5hdHVyZSI6Imdvb2RzIiwib3JpZ2luIjoibWV"
    "0cm9wb2xlIiwic2NoZW1lIjoidGF4YWJsZSIsInNlbGxlciI6Im1ldHJvcG9sZSIsInRyZWF0bWVudCI6InRheGF"
    "ibGUifSwiY291bnRyeSI6IkRFIiwibGV2ZWwiOiJzdGFuZGFyZCIsIm9uIjoiMjAyNi0wOS0wMSIsIm9uX2RlYml"
    "0cyI6ZmFsc2UsIm93bl9jb2RlIjpudWxsLCJ0YXhfb2JqZWN0IjoiZ2VuZXJhbCJ9"
)


@action(
    "sales.tax_rate.explain",
    risk="r",
    en=(
        "Explain a VAT rate; why this VAT; which article exempts; why is there no VAT on this "
        "invoice; justify a VAT rate"
    ),
    fr=(
        "Expliquer un taux de TVA; pourquoi cette TVA; quel article exonère; pourquoi pas de TVA "
        "sur cette facture; justifier un taux"
    ),
    example={"determination_id": _EXAMPLE},
    record=TaxRate,
)
async def explain(ctx: Context, data: Explain) -> Explained:
    """Say in words why a determination came out as it did, with the article of law."""
    question = tokens.read(data.determination_id)
    own = None
    if question.own_code:
        own = await ctx.first(TaxRate, TaxRate.c.code == question.own_code)
    found = await answer(ctx, question, own, data.language or ctx.locale)
    return Explained(
        text=" ".join([*found.reasons, f"({found.article})"]),
        rule=found.rule,
        article=found.article,
        code=found.code,
        rate=found.rate,
        mention=found.mention,
        warnings=list(found.warnings),
    )
