"""Paper: what a quote and an order show alike: sender, recipient, lines, totals and VAT."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from eyeot import Context, Paper
from eyeot.types import address_lines
from eyeot_crm.parties import Party
from eyeot_sales.catalogue.units import PIECE, Unit
from eyeot_sales.data import table
from eyeot_sales.taxes.mentions import spoken_reasons
from eyeot_sales.trade.amounts import ZERO
from eyeot_sales.trade.lines import charged, counted

Language = Literal["fr", "en"]
Words = dict[str, str]
"""UN/ECE recommendation 20: one."""


def words(language: str) -> Words:
    """What papers say in a language."""
    found: Words = table("papers", "words")["fr" if language.startswith("fr") else "en"]
    return found


def language_of(party: Party) -> Language:
    """The language to write to a party in."""
    return "fr" if (party.language or "fr").startswith("fr") else "en"


async def paper(
    ctx: Context, document: Any, lines: Sequence[Any], language: Language, **more: Any
) -> Paper:
    """The paper of a document; `more`: its title, facts, texts."""
    party = await ctx.get(Party, document.party_id, beyond=True)
    told = words(language)
    units = await _units(ctx, lines, language)
    reasons = await spoken_reasons(ctx, lines, language)
    return Paper.model_validate(
        {
            "language": language,
            "number": document.number,
            "currency": document.currency,
            "sender": (await ctx.sender(language)).model_dump(),
            "recipient": _recipient(party, language),
            "columns": _columns(told, lines),
            "rows": [_row(one, told, units, language) for one in lines],
            "totals": _totals(document, told, language),
            "taxes": [
                {"rate": row["percent"], "base": row["base"], "amount": row["tax"],
                 "code": "" if row["category"] == "S" else row["category"]}
                for row in document.tax_breakdown
            ],
            "mentions": sorted(set(reasons.values())),
            **more,
        }
    )  # fmt: skip


async def _units(ctx: Context, lines: Sequence[Any], language: Language) -> dict[Any, str]:
    """The units' names as they are read beside a quantity; a piece needs none."""
    ids = {one.unit_id for one in lines if one.unit_id}
    if not ids:
        return {}
    found = await ctx.find(Unit, Unit.c.id.in_(ids), Unit.c.code != PIECE)
    return {one.id: one.translations.get(language, one.name) for one in found}


def _recipient(party: Party, language: Language) -> dict[str, Any]:
    addresses: list[Any] = party.addresses or []
    return {
        "name": party.name,
        "lines": address_lines(addresses[0], language) if addresses else [],
    }


def _columns(told: Words, lines: Sequence[Any]) -> list[dict[str, Any]]:
    discounted = any(one.discount for one in lines)
    made: list[dict[str, Any]] = [
        {"name": "description", "label": told["description"], "main": True},
        {"name": "quantity", "label": told["quantity"], "kind": "text"},
        {"name": "unit_price", "label": told["unit_price"], "kind": "money"},
        {"name": "discount", "label": told["discount"], "kind": "percent"},
        {"name": "vat", "label": told["vat"], "kind": "percent"},
        {"name": "net", "label": told["net"], "kind": "money"},
    ]
    return [one for one in made if discounted or one["name"] != "discount"]


def _row(line: Any, told: Words, units: dict[Any, str], language: Language) -> dict[str, Any]:
    if line.kind in ("section", "note"):
        return {"kind": line.kind, "text": line.description}
    if line.kind == "subtotal":
        return {"kind": "note", "text": line.description}
    unit = units.get(line.unit_id, "")
    cells = {
        "description": line.description,
        "quantity": f"{decimal(charged(line), language)} {unit}".strip(),
        "unit_price": line.unit_price.amount if line.unit_price else None,
        "discount": line.discount or None,
        "vat": line.tax_percent,
        "net": line.net.amount if line.net else None,
    }
    left_out = getattr(line, "optional", False) and not counted(line)
    return {"cells": cells, "note": told["option_note"] if left_out else ""}


def _totals(document: Any, told: Words, language: Language) -> list[dict[str, Any]]:
    net, taken = document.total_net.amount, document.total_discount.amount
    rows: list[dict[str, Any]] = []
    if taken != ZERO:
        percent = document.discount_percent
        share = f" {percentage(percent, language)}" if percent else ""
        rows += [
            {"label": told["lines_net"], "amount": net + taken},
            {"label": told["allowance"] + share, "amount": -taken},
        ]
    return [
        *rows,
        {"label": told["total_net"], "amount": net},
        {"label": told["total_tax"], "amount": document.total_tax.amount},
        {"label": told["total_gross"], "amount": document.total_gross.amount, "strong": True},
    ]


def percentage(percent: Decimal, language: str) -> str:
    """A share of a hundred as it is read: French sets its sign apart."""
    told = decimal(percent, language)
    return f"{told}%" if language == "en" else f"{told}\N{NO-BREAK SPACE}%"


def decimal(value: Decimal, language: str) -> str:
    """A number without needless zeros, with the sign of its language for the decimals."""
    told = f"{value.normalize() + 0:f}"
    return told if language == "en" else told.replace(".", ",")


def deposit(document: Any, language: str) -> str | None:
    """The deposit that is due on the order, if one is."""
    percent = document.deposit_percent
    return percentage(percent, language) if percent else None


def fact(label: str, value: str | date | None) -> list[dict[str, Any]]:
    """What is seen first, where there is something to see."""
    if not value:
        return []
    if isinstance(value, date):
        return [{"label": label, "value": value.isoformat(), "kind": "date"}]
    return [{"label": label, "value": value}]
