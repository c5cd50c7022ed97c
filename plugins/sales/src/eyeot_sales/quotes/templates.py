"""Quote templates: offers that are made again and again, with words to fill in."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Input,
    Lines,
    Money,
    Record,
    Resource,
    Shared,
    action,
    field,
    invalid,
    ref,
)
from eyeot_sales.ids import PartyId, QuoteTemplateId
from eyeot_sales.quotes.quotes import VALIDITY_DAYS
from eyeot_sales.quotes.records import Quote, QuoteLine
from eyeot_sales.trade.placing import place_last

_WORD = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")


class QuoteTemplate(
    Record,
    name="sales.quote_template",
    prefix="qtp",
    search=("name",),
    unique=(("name",),),
    reach=Shared(),
):
    """An offer that is made again and again; its texts may hold words to fill in, such as {site}."""

    name: str = field("What it is known by.", max_length=120)
    subject: str | None = field("What its quotes are about.", max_length=200, default=None)
    intro: str | None = field("What they say before the lines.", max_length=4000, default=None)
    closing: str | None = field("What they say after the totals.", max_length=4000, default=None)
    validity_days: int = field(
        "How many days they hold.", ge=1, le=365, default=lambda: VALIDITY_DAYS
    )
    deposit_percent: Decimal | None = field(
        "The deposit due on acceptance, in percent.", ge=0, le=100, default=None
    )


class QuoteTemplateLine(
    Record,
    name="sales.quote_template_line",
    prefix="qtl",
    label="id",
    reach=Shared(),
    archivable=False,
    sort="position",
):
    """A line that a template gives its quotes."""

    template_id: UUID = ref(
        "sales.quote_template", "Its template.", access="create", on_delete="CASCADE"
    )
    position: int = field("Its place, from 1; left out, the last.", ge=1, le=100_000, default=0)
    kind: Literal["product", "section", "note", "subtotal"] = field(
        "product: counts; the others: how the document reads.", access="create", default="product"
    )
    product_id: UUID | None = ref("sales.product", "What is sold.", default=None)
    description: str | None = field(
        "What it says; left out, the product's name.", max_length=2000, default=None
    )
    quantity: Decimal = field("How many.", ge=0, le=10**9, default=lambda: Decimal(1))
    unit_price: Money | None = field("Price of one; left out, the customer's.", default=None)
    discount: Decimal = field("Taken off the line, in percent.", ge=0, le=100, default=Decimal)
    tax_rate_id: UUID | None = ref(
        "sales.tax_rate", "Its VAT; left out, as the sale says.", default=None
    )
    optional: bool = field("Whether the customer may leave it.", default=False)


async def prepare_line(ctx: Context, row: Any, _values: dict[str, Any]) -> None:
    """Place a line, and refuse one that says nothing."""
    await place_last(ctx, row, "template_id")
    if row.product_id is None and not row.description:
        raise invalid("description", "say what it is, or give product_id")


quote_templates = Resource(
    QuoteTemplate,
    profile="config",
    adding="duplicate search",
    en="quote template; quote templates; model of a quote; standard offer",
    fr="modèle de devis; modèles de devis; devis type; offre type",
    lines=Lines(QuoteTemplateLine, "template_id"),
    example={
        "name": "Maintenance annuelle",
        "intro": "Suite à notre visite de {site}, voici notre offre.",
        "lines": [{"product_id": "$sales.product?status=active", "quantity": "12"}],
    },
)

quote_template_lines = Resource(
    QuoteTemplateLine,
    profile="line",
    en="quote template line; quote template lines; line of a model of a quote",
    fr="ligne de modèle de devis; lignes de modèle de devis; ligne d'un devis type",
    gender="f",
    prepare=prepare_line,
    example={
        "template_id": "$sales.quote_template",
        "product_id": "$sales.product?status=active",
    },
)


class Instantiate(Input):
    """A template, the customer, and the words to fill in."""

    id: QuoteTemplateId
    party_id: PartyId
    variables: Annotated[
        dict[str, Annotated[str, Field(max_length=300)]],
        Field(
            default_factory=dict, max_length=50, description="What stands for each {word}, by name."
        ),
    ]


@action(
    "sales.quote_template.instantiate",
    risk="w",
    en=(
        "Make a quote from a template; use a quote template; standard offer for a customer; quote "
        "from a model"
    ),
    fr=(
        "Faire un devis à partir d'un modèle; utiliser un modèle de devis; offre type pour un "
        "client; devis depuis un devis type"
    ),
    example={
        "id": "$sales.quote_template",
        "party_id": "$crm.customer",
        "variables": {"site": "Lyon"},
    },
    record=QuoteTemplate,
    next=("sales.quote.get", "sales.quote.send"),
)
async def instantiate(ctx: Context, data: Instantiate) -> Quote:
    """Draft a quote from a template for a customer, at today's prices; words such as {site} are filled in."""
    template = await ctx.get(QuoteTemplate, data.id)
    if template.archived_at is not None:
        raise Conflict(
            reason=f"The template '{template.name}' is archived.",
            remedy="Bring it back with sales.quote_template.restore, or choose another.",
            field="id",
        )
    lines = await ctx.find(
        QuoteTemplateLine,
        QuoteTemplateLine.c.template_id == template.id,
        order=(QuoteTemplateLine.c.position, QuoteTemplateLine.c.id),
    )
    _refuse_unfilled(template, lines, data.variables)
    given: dict[str, Any] = {
        "party_id": data.party_id,
        "subject": _filled(template.subject, data.variables),
        "intro": _filled(template.intro, data.variables),
        "closing": _filled(template.closing, data.variables),
        "valid_until": ctx.today + timedelta(days=template.validity_days),
        "deposit_percent": template.deposit_percent,
        "template_id": template.id,
    }
    quote = await ctx.add(Quote(**given))
    for line in lines:
        await ctx.add(QuoteLine(**_line(line, quote.id, data.variables)))
    return quote


_TAKEN = ("position", "kind", "product_id", "quantity", "unit_price", "discount", "tax_rate_id")


def _line(line: QuoteTemplateLine, quote_id: UUID, words: dict[str, str]) -> dict[str, Any]:
    given = {name: getattr(line, name) for name in (*_TAKEN, "optional")}
    return {**given, "quote_id": quote_id, "description": _filled(line.description, words)}


def _filled(text: str | None, words: dict[str, str]) -> str | None:
    return _WORD.sub(lambda found: words.get(found[1], found[0]), text) if text else text


def _refuse_unfilled(
    template: QuoteTemplate, lines: list[QuoteTemplateLine], words: dict[str, str]
) -> None:
    texts = [
        template.subject,
        template.intro,
        template.closing,
        *(one.description for one in lines),
    ]
    named = {one for text in texts if text for one in _WORD.findall(text)}
    if missing := sorted(named - words.keys()):
        raise invalid("variables", f"the template's texts need: {', '.join(missing)}")
    if unknown := sorted(words.keys() - named):
        raise invalid("variables", f"the template has no word {', '.join(unknown)}")
