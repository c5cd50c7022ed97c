"""Recognising: the quotes and orders whose numbers a document names."""

from typing import Any

from eyeot import Candidate, Content, Context, RecordRef, candidates
from eyeot_sales.orders.records import SalesOrder
from eyeot_sales.quotes.records import Quote

_NAMED, _KIND = 0.85, 0.5
_MOST = 5


@candidates("sales.numbers")
async def numbers(ctx: Context, content: Content) -> list[Candidate]:
    """The quotes and orders that a document names."""
    said = content.numbers
    found = []
    kinds: tuple[tuple[type[Any], str, str, str], ...] = (
        (Quote, "quote", "quote", "devis"),
        (SalesOrder, "order", "order", "commande"),
    )
    for record, kind, english, french in kinds:
        for one in await ctx.find(record, record.c.number.in_(said), limit=_MOST) if said else []:
            why = (f"Names {english} {one.number}", f"Cite : {french} {one.number}")
            ref = RecordRef.to(record.meta.name, one.id)
            found.append(Candidate(_NAMED, why, record=ref, label=one.number))
            found.append(Candidate(_KIND, why, kind))
    return found
