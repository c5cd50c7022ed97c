"""Codes: the countries and currencies of the ISO lists."""

from functools import cache

import pycountry


@cache
def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes."""
    return frozenset(one.alpha_2 for one in pycountry.countries)


@cache
def currencies() -> frozenset[str]:
    """ISO 4217 alphabetic codes."""
    return frozenset(one.alpha_3 for one in pycountry.currencies)
