"""Mentions: why lines bear no VAT, in the language of who reads it."""

from collections.abc import Iterable, Sequence
from typing import Any

from eyeot import Context
from eyeot_sales.taxes.rates import TaxRate


async def spoken_reasons(ctx: Context, lines: Sequence[Any], language: str) -> dict[str, str]:
    """What lines say of why they bear no VAT, by the words in which they were noted."""
    told = [one for one in lines if one.exemption_reason]
    said = {one.exemption_reason: one.exemption_reason for one in told}
    ids = {one.tax_rate_id for one in told if one.tax_rate_id}
    if language != "en" or not ids:
        return said
    found = english_of(await ctx.find(TaxRate, TaxRate.c.id.in_(ids)))
    return {french: found.get(french, french) for french in said}


def english_of(rates: Iterable[TaxRate]) -> dict[str, str]:
    """The English of what rates say; words that changed since a line took them stay as they were."""
    return {one.mention: one.mention_en for one in rates if one.mention and one.mention_en}
