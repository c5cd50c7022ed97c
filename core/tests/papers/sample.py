"""Sample: a quote of three pages, and the same in other shapes."""

import zlib
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from eyeot.declare.layout import Column, Fact, Language, Layout, Paper, Party, Row, Tax, Total

_GOODS = (
    "Four à convection 10 niveaux GN 1/1, porte vitrée",
    "Plan de travail inox AISI 304",
    "Lave-vaisselle à capot",
    "Armoire froide positive 700 L",
)
_NOTE = "Alimentation triphasée, garantie pièces et main-d'œuvre deux ans, livraison en étage."
COLUMNS = [
    Column(name="what", label="Désignation", main=True),
    Column(name="quantity", label="Qté", kind="number"),
    Column(name="price", label="Prix unitaire", kind="money"),
    Column(name="rate", label="TVA", kind="percent"),
    Column(name="total", label="Total HT", kind="money"),
]


def _chunk(kind: bytes, content: bytes) -> bytes:
    told = kind + content
    return len(content).to_bytes(4) + told + zlib.crc32(told).to_bytes(4)


RED = b"".join(
    (
        b"\x89PNG\r\n\x1a\n",
        _chunk(b"IHDR", (1).to_bytes(4) * 2 + b"\x08\x02\0\0\0"),
        _chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")),
        _chunk(b"IEND", b""),
    )
)
"""A picture of one red point."""


def row(at: int) -> Row:
    price = Decimal("1249.90") + at
    cells: dict[str, Any] = {
        "what": _GOODS[at % 4],
        "quantity": Decimal("2.5"),
        "price": price,
        "rate": Decimal(20),
        "total": price,
    }
    return Row(cells=cells, note=_NOTE if at % 4 == 0 else "")


def quote(lines: int = 60, **more: Any) -> Paper:
    """A quote with so many lines."""
    rows = [Row(kind="section", text="Cuisine"), *(row(at) for at in range(lines))]
    given: dict[str, Any] = {
        "language": "fr",
        "title": "Devis",
        "number": "D-2026-0042",
        "date": date(2026, 3, 1),
        "sender": Party(name="Maison Lenoir", lines=["59000 Lille"], legal=["SIREN 732 829 320"]),
        "recipient": Party(
            name="Brasserie du Vieux Port",
            lines=["À l'attention de Mme Marchetti", "118 quai de la Joliette", "13002 MARSEILLE"],
        ),
        "facts": [Fact(label="Date", value="2026-03-01", kind="date")],
        "columns": COLUMNS,
        "rows": rows,
        "totals": [Total(label="Total TTC", amount=Decimal("-1234567.5"), strong=True)],
        "taxes": [Tax(rate=Decimal("5.50"), base=Decimal(100), amount=Decimal("5.5"))],
        "mentions": ["Indemnité forfaitaire de 40 €."],
        "signed": True,
    }
    return Paper(**{**given, **more})


async def build(ctx: Any, id: UUID, language: Language) -> Paper:
    return quote()


LAYOUT = Layout(
    name="lab.quote", label=("quote", "devis"), data=build, columns={"rate": ("VAT", "TVA")}
)
