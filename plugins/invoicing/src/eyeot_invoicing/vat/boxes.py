"""Boxes: what each box of a VAT return sums up, as data of the form, and its amount in whole euros."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import TypeAdapter

from eyeot import DatedRow, dated
from eyeot_invoicing.vat.due import Direction, Nature
from eyeot_sales.trade.amounts import ZERO

Form = Literal["CA3", "CA12"]
Column = Literal["base", "tax"]
_HOME, _ABROAD = "metropole", "export"
_HERE = (_HOME, "corse", "guadeloupe_martinique_reunion")


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of due VAT that are alike, and what they come to."""

    direction: Direction
    nature: Nature
    category: str
    percent: Decimal
    territory: str | None
    is_self_assessed: bool
    recovers: bool
    below: bool
    """Whether its rows take back."""
    base: Decimal
    tax: Decimal

    @property
    def is_import(self) -> bool:
        """Whether it is VAT on goods that we brought in from outside the Union."""
        return self.is_self_assessed and self.territory == _ABROAD and self.nature != "service"

    @property
    def is_no_turnover(self) -> bool:
        """Whether it was never sold: what category O says at home; abroad it says where VAT is due."""
        return self.category == "O" and (self.territory or _HOME) in _HERE


class BoxRow(DatedRow):
    """One box of a form."""

    form: Form
    box: str
    fr: str
    en: str
    shows: list[Column]
    direction: Direction | None = None
    categories: list[str] | None = None
    natures: list[Nature] | None = None
    percents: list[Decimal] | None = None
    territories: list[str] | None = None
    self_assessed: bool | None = None
    recovers: bool | None = None
    imports: bool | None = None
    turnover: bool = False
    """Only what was sold."""
    taxed: bool = False
    """Only what bears VAT."""
    sign: Literal["above", "below"] | None = None
    negated: bool = False
    other: bool = False
    """Only what no other box with VAT by rate takes."""
    of_which: bool = False
    """A part of another box, counted there."""
    carried: bool = False
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    floor: bool = False

    def takes(self, one: Group) -> bool:
        """Whether it sums up those rows, as far as its own conditions say."""
        return (
            self.direction == one.direction
            and (self.categories is None or one.category in self.categories)
            and (self.natures is None or one.nature in self.natures)
            and (self.percents is None or one.percent in self.percents)
            and (self.territories is None or (one.territory or _HOME) in self.territories)
            and (self.self_assessed is None or one.is_self_assessed == self.self_assessed)
            and (self.imports is None or one.is_import == self.imports)
            and not (self.turnover and one.is_no_turnover)
            and (self.recovers is None or one.recovers == self.recovers)
            and (not self.taxed or one.percent > 0)
            and (self.sign is None or one.below == (self.sign == "below"))
        )

    @property
    def by_rate(self) -> bool:
        """Whether it is one of the boxes that VAT by rate is told in."""
        return "tax" in self.shows and "base" in self.shows and not self.of_which


@cache
def _results() -> dict[str, dict[str, str]]:
    text = files("eyeot_invoicing.vat").joinpath("boxes.toml").read_text("utf-8")
    return TypeAdapter(dict[str, dict[str, str]]).validate_python(tomllib.loads(text)["results"])


BOXES = dated("eyeot_invoicing.vat", "boxes.toml", BoxRow, about="VAT return")


def boxes_of(form: Form, on: date) -> list[BoxRow]:
    """The boxes of a form as it is on a day, in order."""
    return [one for one in BOXES.rows if one.form == form and one.holds(on)]


def taking(rows: Sequence[BoxRow], one: Group) -> list[BoxRow]:
    """The boxes that take rows; what bears VAT is in one box by rate."""
    found = [row for row in rows if not row.other and row.takes(one)]
    if any(row.by_rate for row in found):
        return found
    return [*found, *(row for row in rows if row.other and row.takes(one))]


@dataclass(frozen=True)
class Filled:
    """A form's boxes with their amounts in whole euros."""

    amounts: dict[str, dict[Column, Decimal]]
    form: Form

    def tax(self, box: str) -> Decimal:
        """The VAT of a box."""
        return self.amounts.get(box, {}).get("tax", ZERO)

    @property
    def due(self) -> Decimal:
        """What is to be paid."""
        return self.tax(_results()[self.form]["due"])

    @property
    def credit(self) -> Decimal:
        """What is carried over."""
        return self.tax(_results()[self.form]["credit"])


def filled(form: Form, on: date, groups: Iterable[Group], carried: Decimal = ZERO) -> Filled:
    """Fill in a form: rows summed up exactly and rounded once for each box, totals of rounded boxes."""
    rows = boxes_of(form, on)
    exact: dict[str, dict[Column, Decimal]] = {}
    for one in groups:
        for row in taking(rows, one):
            sums = exact.setdefault(row.box, {})
            for column in row.shows:
                value = -getattr(one, column) if row.negated else getattr(one, column)
                sums[column] = sums.get(column, ZERO) + value
    amounts: dict[str, dict[Column, Decimal]] = {}
    for row in rows:
        if row.carried:
            amounts[row.box] = {"tax": carried}
        elif row.plus:
            amounts[row.box] = {"tax": _total(row, amounts)}
        else:
            sums = exact.get(row.box, {})
            amounts[row.box] = {one: euros(sums.get(one, ZERO)) for one in row.shows}
    return Filled(amounts, form)


def _total(row: BoxRow, amounts: Mapping[str, Mapping[Column, Decimal]]) -> Decimal:
    value = sum((amounts[one]["tax"] for one in row.plus if one in amounts), ZERO)
    value -= sum((amounts[one]["tax"] for one in row.minus if one in amounts), ZERO)
    return max(value, ZERO) if row.floor else value


def euros(amount: Decimal) -> Decimal:
    """An amount in whole euros, 0.50 counting as 1 (CGI, art. 1724)."""
    return amount.quantize(Decimal(1), ROUND_HALF_UP)
