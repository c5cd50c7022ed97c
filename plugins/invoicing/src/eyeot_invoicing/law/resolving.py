"""Resolving: which legal mentions an invoice bears, and why."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from eyeot import Context, Input, Output, action
from eyeot_invoicing.einvoices.building import Piece, bearing_of, piece_of
from eyeot_invoicing.ids import InvoiceId, LegalTextId
from eyeot_invoicing.invoices.record import Invoice
from eyeot_invoicing.law.applying import applying, worded
from eyeot_invoicing.law.texts import LegalText, of_rate
from eyeot_sales.taxes.mentions import english_of
from eyeot_sales.taxes.rates import TaxRate

_c = LegalText.c


class Asked(Input):
    """An invoice, and the language of its mentions."""

    invoice_id: InvoiceId
    language: Annotated[
        Literal["fr", "en"] | None, Field(description="The invoice's own when left out.")
    ] = None


class Mention(Output):
    """A mention, as it is printed."""

    id: Annotated[
        LegalTextId | None,
        Field(description="None where a rate of the organisation's own says it in its words."),
    ] = None
    code: str
    text: str
    article: str
    cibs_article: str | None = None


class Resolved(Output):
    """What applies, by code, and the facts that decide."""

    mentions: list[Mention]
    facts: dict[str, list[str]]


@action(
    "invoicing.legal_text.resolve",
    risk="r",
    en=(
        "Which legal mentions apply to an invoice; resolve legal texts; wording of a VAT exemption; "
        "late penalties mention"
    ),
    fr=(
        "Quelles mentions légales pour cette facture; résoudre les mentions; mention d'exonération de "
        "TVA; mention des pénalités de retard"
    ),
    example={"invoice_id": "$invoicing.invoice"},
    record=LegalText,
)
async def resolve(ctx: Context, data: Asked) -> Resolved:
    """The mentions that an invoice's date, lines, seller and buyer ask for, with their articles.

    Source: CGI ann. II, art. 242 nonies A; Code de commerce, art. L441-9 and L441-10.
    """
    piece = await piece_of(ctx, await ctx.get(Invoice, data.invoice_id))
    language = data.language or piece.language
    bearing = await bearing_of(ctx, piece)
    values, known = bearing.values(language), bearing.known
    told = [
        Mention(
            code=one.code,
            text=worded(one, values, language),
            article=one.article,
            cibs_article=one.cibs,
        )
        for one in applying(bearing)
    ]
    told += await _of_rates(ctx, piece, language)
    await _identify(ctx, told, bearing.on, language)
    return Resolved(mentions=told, facts={k: sorted(v) for k, v in sorted(known.items())})


async def _of_rates(ctx: Context, piece: Piece, language: str) -> list[Mention]:
    """What the lines say of why they bear no VAT."""
    reasons = {one.tax_rate_id: one.exemption_reason for one in piece.lines if one.exemption_reason}
    rates = await _rates(ctx, reasons)
    said = english_of(rates.values()) if language == "en" else {}
    return [
        Mention(
            code=of_rate(rates[id].code) if id in rates else "exemption",
            text=said.get(reason, reason),
            article=(rates[id].article if id in rates else None) or "",
        )
        for id, reason in reasons.items()
    ]


async def _rates(ctx: Context, ids: Iterable[UUID | None]) -> dict[UUID | None, TaxRate]:
    found = await ctx.find(TaxRate, TaxRate.c.id.in_([one for one in ids if one]))
    return {one.id: one for one in found}


async def _identify(ctx: Context, told: list[Mention], on: date, language: str) -> None:
    """Name the legal text of each mention that is in its very words, figures apart."""
    where = (_c.code.in_([one.code for one in told]), _c.language == language, _c.valid_from <= on)
    rows = {one.code: one for one in await ctx.find(LegalText, *where, order=_c.valid_from)}
    for one in told:
        row = rows.get(one.code)
        if row and ("{" in row.text or row.text == one.text):
            one.id = row.id
