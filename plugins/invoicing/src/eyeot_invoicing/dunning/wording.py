"""Wording: what letters to late payers say, in French and English, and how sums and days are written."""

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import babel.dates
import babel.numbers

from eyeot import DatedRow, Money, dated
from eyeot_crm.parties import Party

Language = Literal["fr", "en"]
Words = dict[str, Any]


class DunningRow(DatedRow):
    """What a letter gives to pay, and how long it is kept."""

    what: Literal["reminder", "formal_notice"]
    deadline_days: int
    years: int | None = None
    article: str


DUNNING = dated("eyeot_invoicing.law", "dunning.toml", DunningRow, about="dunning rule")


def rule(what: str, on: date) -> DunningRow:
    """What holds for a kind of letter on a day."""
    return DUNNING.at(on, lambda one: one.what == what)


@cache
def _every() -> dict[str, Words]:
    return tomllib.loads(files("eyeot_invoicing.dunning").joinpath("words.toml").read_text("utf-8"))


def words(language: Language) -> Words:
    """What letters say, in a language."""
    return _every()[language]


def language_of(party: Party) -> Language:
    """The language to write to a party in."""
    return "fr" if (party.language or "fr").startswith("fr") else "en"


def written(day: date, language: Language) -> str:
    """A day in words."""
    if language == "fr" and day.day == 1:
        return babel.dates.format_date(day, "'1er' MMMM y", locale="fr")
    return babel.dates.format_date(day, "long", locale="fr" if language == "fr" else "en_GB")


def sum_of(amount: Money | None, language: Language) -> str:
    """An amount in words."""
    told = amount or Money(amount=Decimal(0))
    locale = "fr" if language == "fr" else "en_GB"
    return babel.numbers.format_currency(told.amount, told.currency, locale=locale)


def decimal(value: Decimal, language: Language) -> str:
    """A number in words."""
    return babel.numbers.format_decimal(value, locale="fr" if language == "fr" else "en_GB")


def counted(numbers: list[str], language: Language) -> str:
    """One invoice by its number, several by how many they are."""
    noun = "facture" if language == "fr" else "invoice"
    return f"{noun} {numbers[0]}" if len(numbers) == 1 else f"{len(numbers)} {noun}s"


def listed(days: list[date], language: Language) -> str:
    """Days one after another."""
    told = [written(one, language) for one in days]
    return f" {words(language)['and']} ".join(
        [", ".join(told[:-1]), told[-1]] if told[1:] else told
    )


def plural(name: str, count: int, said: Words) -> str:
    """The words for one, or for many."""
    return str(said[f"{name}_{'one' if count == 1 else 'many'}"])
