"""Applying: which texts of the law an invoice or credit note bears, by what is known of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from eyeot_crm.parties import is_public
from eyeot_invoicing.invoices.record import Identity
from eyeot_invoicing.late.rates import RATES, half_of
from eyeot_invoicing.law.texts import TEXTS, TextRow
from eyeot_sales.trade.amounts import ZERO
from eyeot_sales.trade.lines import counted

_HOME = "FR"
EXEMPTION = "exemption"
_RATE = {
    "fr": ", soit {rate} % par an à la date de la facture",
    "en": ", which is {rate}% a year on the date of the invoice",
}


@dataclass(frozen=True, slots=True)
class Early:
    """What is taken off for payment within so many days; nothing unless both are agreed."""

    percent: Decimal = ZERO
    days: int | None = None

    @property
    def given(self) -> bool:
        """Whether there is one."""
        return bool(self.percent) and self.days is not None


@dataclass(frozen=True, slots=True)
class Bearing:
    """What bears texts: a piece with its lines, its buyer, its day, and the discount agreed."""

    record: Any
    lines: Sequence[Any]
    buyer: Identity
    on: date
    early: Early = Early()

    @property
    def known(self) -> dict[str, set[str]]:
        """What the conditions of texts ask of it."""
        record, taxed = self.record, [one for one in self.lines if counted(one)]
        nature = getattr(record, "operation_nature", None)
        silent = {one.exemption_code for one in taxed if not one.exemption_reason}
        return {
            "category": {one.tax_category for one in taxed if one.tax_category},
            EXEMPTION: {one for one in silent if one},
            "kind": {getattr(record, "kind", "credit_note")},
            "buyer": {_standing(self.buyer)},
            "territory": {_territory(self.buyer)},
            "nature": {nature} if nature else set(),
            "debits": {"yes" if getattr(record, "vat_on_debits", False) else "no"},
            "self_billed": {"yes" if getattr(record, "is_self_billed", False) else "no"},
            "discount": {"given" if self.early.given else "none"},
        }

    def values(self, language: str) -> dict[str, str]:
        """What is filled into texts: the late rates are those of its day."""
        late = next(iter(RATES.on(self.on)), RATES.rows[0])
        return {
            "points": _number(late.points, language),
            "public_points": _number(late.public_points, language),
            "today": self._rate(late.penalty, language),
            "public_today": self._rate(late.public_penalty, language),
            "indemnity": _number(late.indemnity, language),
            "discount": _number(self.early.percent, language),
            "days": str(self.early.days or 0),
        }

    def _rate(self, rate: Decimal, language: str) -> str:
        """A late rate as of its day; nothing in a half-year whose rate is not known yet: no paper guesses."""
        if not any(one.valid_from == half_of(self.on) for one in RATES):
            return ""
        return _RATE["en" if language == "en" else "fr"].format(rate=_number(rate, language))


def applying(bearing: Bearing) -> list[TextRow]:
    """The texts that hold for it, the latest of each code, in the order of the table."""
    known, latest = bearing.known, dict[str, TextRow]()
    for one in TEXTS.on(bearing.on):
        latest.setdefault(one.code, one)
    return [one for one in TEXTS.rows if latest.get(one.code) is one and holds(one.when, known)]


def worded(one: TextRow, values: Mapping[str, str], language: str) -> str:
    """A text in a language, with its figures."""
    return (one.en if language == "en" else one.fr).format(**values)


def holds(condition: Mapping[str, Sequence[str]], known: Mapping[str, Iterable[str]]) -> bool:
    """Whether every key of a condition has one of its values among what is known."""
    return all(set(values) & set(known.get(key, ())) for key, values in condition.items())


def exemption_on(on: date, code: str | None, language: str) -> str | None:
    """Why a code of exemption charges no VAT, where no rate says it in words of its own."""
    found = TEXTS.on(on, lambda one: code in one.when.get(EXEMPTION, ()))
    return worded(found[0], {}, language) if found else None


def _standing(buyer: Identity) -> str:
    if is_public(buyer.siren):
        return "public"
    return "business" if buyer.is_taxable_person else "consumer"


def _territory(buyer: Identity) -> str:
    """FR, or EU for another country with a VAT number of the Union, else the country."""
    if buyer.country == _HOME:
        return _HOME
    return "EU" if (buyer.vat_number or "")[:2] in (buyer.country, "EL") else buyer.country


def _number(number: Decimal, language: str) -> str:
    text = f"{number.normalize() + 0:f}"
    return text if language == "en" else text.replace(".", ",")
