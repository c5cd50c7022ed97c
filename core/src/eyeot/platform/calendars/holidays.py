"""Holidays: the legal public holidays of France, by region, and of other countries."""

from datetime import date
from functools import lru_cache
from typing import Literal

import holidays

from eyeot.declare.problem import invalid

Region = Literal[
    "metropole",
    "alsace_moselle",
    "guadeloupe",
    "martinique",
    "guyane",
    "reunion",
    "mayotte",
    "saint_barthelemy",
    "saint_martin",
]
FIRST, LAST = 2013, 2100
"""Before, the law was another: Saint-Martin and Saint-Barthélemy had no day of their own."""
_OVERSEAS: dict[str, tuple[str, tuple[int, int]]] = {
    "guadeloupe": ("971", (5, 27)),
    "martinique": ("972", (5, 22)),
    "guyane": ("973", (6, 10)),
    "reunion": ("974", (12, 20)),
    "mayotte": ("976", (4, 27)),
    "saint_barthelemy": ("BL", (10, 9)),
    "saint_martin": ("MF", (5, 28)),
}
"""The subdivision, and the day that commemorates the abolition of slavery there.

Source: Code du travail, art. L3422-2; decree 83-1003 as amended by decree 2012-553.
"""
_ALSACE_MOSELLE = "6AE"
_SAINT_STEPHEN = (12, 26)


def public_holidays(
    year: int, country: str = "FR", region: str = "metropole", *, good_friday: bool = False
) -> dict[date, str]:
    """The legal holidays of a year with their names, in French for France.

    Source: Code du travail, art. L3133-1 (the eleven days), L3134-13 (Alsace-Moselle: 26 December, and Good
    Friday where the commune has a Protestant church or one shared by both confessions: `good_friday`),
    L3422-2 (overseas). Customary days that no law names, such as Mi-carême, are left out.
    """
    if not FIRST <= year <= LAST:
        raise invalid("year", f"holidays are known from {FIRST} to {LAST}")
    return dict(_found(year, country, region, good_friday=good_friday))


@lru_cache(maxsize=2_000)
def _found(
    year: int, country: str, region: str, *, good_friday: bool
) -> tuple[tuple[date, str], ...]:
    if country != "FR":
        return tuple(sorted(holidays.country_holidays(country, years=year).items()))
    found = dict(_national(year, None))
    if region == "alsace_moselle":
        every = _national(year, _ALSACE_MOSELLE)
        for on, name in every.items():
            if on not in found and ((on.month, on.day) == _SAINT_STEPHEN or good_friday):
                found[on] = name
    elif region in _OVERSEAS:
        subdivision, (month, day) = _OVERSEAS[region]
        on = date(year, month, day)
        found[on] = _national(year, subdivision)[on]
    return tuple(sorted(found.items()))


def _national(year: int, subdivision: str | None) -> dict[date, str]:
    return dict(
        holidays.country_holidays(
            "FR", years=year, subdiv=subdivision, language="fr", observed=False
        )
    )
