"""Codes: the countries and currencies of the ISO lists."""

import gettext
from functools import cache

import pycountry


@cache
def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes."""
    return frozenset(one.alpha_2 for one in pycountry.countries)


@cache
def country_name(code: str, language: str) -> str:
    """What a country is called in French or English; its code where the list has none."""
    found = pycountry.countries.get(alpha_2=code)
    if found is None:
        return code
    name: str = getattr(found, "common_name", found.name)
    return name if language == "en" else _french().gettext(name)


@cache
def _french() -> gettext.NullTranslations:
    return gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=["fr"])


@cache
def currencies() -> frozenset[str]:
    """ISO 4217 alphabetic codes."""
    return frozenset(one.alpha_3 for one in pycountry.currencies)
