"""Rates: what late payment costs by half-year, and the VAT code of penalties."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from eyeot import DatedRow, Starting, dated

TIMES_LEGAL = 3
"""The least that terms of sale may say, in times of the legal interest rate (art. L441-10, II)."""
OUT_OF_SCOPE = "PENALITES"
_JULY = 7
_MISSING = {
    "fr": "Les taux du semestre qui commence le {half} manquent à cette version du produit: ceux du {known}, "
    "les derniers connus, continuent. Vérifiez-les avant de réclamer.",
    "en": "This version of the product lacks the rates of the half-year from {half}: those from {known}, "
    "the last known, go on. Check them before you claim.",
}


class LateRow(DatedRow):
    """The rates of a half-year, in percent a year, and the indemnity in euros."""

    refinancing: Decimal
    points: Decimal
    public_points: Decimal
    indemnity: Decimal
    legal_professional: Decimal
    legal_private: Decimal

    @property
    def penalty(self) -> Decimal:
        """The rate of penalties where the terms say none."""
        return self.refinancing + self.points

    @property
    def public_penalty(self) -> Decimal:
        """The rate that public bodies owe, whatever the terms say."""
        return self.refinancing + self.public_points

    @property
    def least(self) -> Decimal:
        """The lowest rate that terms may say."""
        return TIMES_LEGAL * self.legal_professional


def half_of(on: date) -> date:
    """The first day of the half-year that a day is in."""
    return date(on.year, 1 if on.month < _JULY else _JULY, 1)


def missing(days: Iterable[date], locale: str) -> list[str]:
    """What to know where the rates of a half-year were not published when this version was made."""
    halves = sorted({half_of(one) for one in days} - {one.valid_from for one in RATES.rows})
    text = _MISSING["fr" if locale.startswith("fr") else "en"]
    return [text.format(half=one, known=RATES.at(one).valid_from) for one in halves]


RATES = dated("eyeot_invoicing.late", "rates.toml", LateRow, about="rate of late payment")

starting_rate = Starting(
    "sales.tax_rate",
    key="code",
    rows=[
        {
            "code": OUT_OF_SCOPE,
            "name": "Hors champ de la TVA : pénalités et indemnités de retard",
            "rate": Decimal(0),
            "category": "O",
            "scope": "sale",
            "territory": "metropole",
            "tax_object": "general",
            "exemption_code": "VATEX-EU-O",
            "mention": "Hors champ d'application de la TVA (pénalités et indemnités de retard)",
            "mention_en": "Outside the scope of VAT (late payment penalties and indemnities)",
            "article": "BOI-TVA-BASE-10-10-10, § 200",
            "valid_from": RATES.rows[0].valid_from,
        }
    ],
)
