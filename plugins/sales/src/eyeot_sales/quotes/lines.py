"""Quote lines: what is offered, in which order, and which options are taken."""

from typing import Annotated, Any

from pydantic import Field

from eyeot import Conflict, Context, Input, Output, Ref, Resource, Shows, action, invalid
from eyeot_sales.ids import QuoteId, QuoteLineId
from eyeot_sales.quotes.quotes import recompute
from eyeot_sales.quotes.records import Quote, QuoteLine, refuse_standing
from eyeot_sales.trade.placing import place_last, reordered
from eyeot_sales.trade.pricing import price_line


async def prepare(ctx: Context, row: Any, _values: dict[str, Any]) -> None:
    """Place and price a line."""
    quote = await ctx.get(Quote, row.quote_id)
    if row.chosen and not row.optional:
        raise invalid("chosen", "only an option is chosen; other lines always count")
    await place_last(ctx, row, "quote_id")
    await price_line(ctx, quote, row)


quote_lines = Resource(
    QuoteLine,
    profile="line",
    adding="bulk_create bulk_update",
    en="quote line; quote lines; line of a quote; item on a quote",
    fr="ligne de devis; lignes de devis; poste d'un devis; article d'un devis",
    gender="f",
    prepare=prepare,
    example={
        "quote_id": "$sales.quote?status=draft",
        "product_id": "$sales.product?status=active",
        "quantity": "3",
    },
    find={"kind": "product", "limit": 5},
)


class Order(Input):
    """A quote, and all its lines in their new order."""

    id: QuoteId
    line_ids: Annotated[list[QuoteLineId], Field(min_length=1, max_length=500)]


class Ordered(Output):
    """The lines as they now stand."""

    quote_id: QuoteId
    lines: Annotated[list[dict[str, Any]], Shows("id")]


@action(
    "sales.quote_line.reorder",
    risk="w",
    en=(
        "Reorder the lines of a quote; move a line up or down; put lines under a section; sort a "
        "quote; change the order of the lines"
    ),
    fr=(
        "Réordonner les lignes d'un devis; monter ou descendre une ligne; ranger les lignes sous "
        "une section; trier un devis; changer l'ordre des lignes d'un devis"
    ),
    example={"id": "$sales.quote?status=draft", "line_ids": "$*sales.quote_line?quote_id=$id"},
    record=Quote,
)
async def reorder(ctx: Context, data: Order) -> Ordered:
    """Set the order of a draft quote's lines; a section, named where it stands, holds what follows it."""
    quote = await ctx.get(Quote, data.id, lock=True)
    refuse_standing(quote, "reorder its lines")
    lines = await reordered(ctx, QuoteLine, ("quote_id", quote.id), data.line_ids)
    told = [
        {"id": Ref("sales.quote_line").write(one.id), "position": one.position} for one in lines
    ]
    return Ordered(quote_id=quote.id, lines=told)


class Toggle(Input):
    """An option, and whether it is taken."""

    id: QuoteLineId
    chosen: bool


@action(
    "sales.quote_line.toggle_option",
    risk="w",
    en=(
        "Take or leave an option of a quote; choose an optional line; include the option; "
        "without the option; remove the option from a quote"
    ),
    fr=(
        "Prendre ou laisser une option d'un devis; choisir une ligne optionnelle; inclure "
        "l'option; sans l'option; enlever l'option d'un devis; ajouter l'option au devis"
    ),
    example={
        "id": "$sales.quote_line?optional=true",
        "chosen": True,
    },
    record=QuoteLine,
    next=("sales.quote.get",),
)
async def toggle_option(ctx: Context, data: Toggle) -> QuoteLine:
    """Count an optional line of a draft quote in its total, or leave it out of it."""
    line = await ctx.get(QuoteLine, data.id, lock=True)
    quote = await ctx.get(Quote, line.quote_id, lock=True)
    refuse_standing(quote, "toggle an option")
    if not line.optional:
        raise Conflict(
            reason="This line is no option: it always counts.",
            remedy="Make it one first: sales.quote_line.update with optional=true.",
            field="id",
        )
    line.chosen = data.chosen
    await ctx.save(line)
    await recompute(ctx, quote)
    return line
