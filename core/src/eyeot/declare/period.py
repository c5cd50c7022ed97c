"""Periods: spans of days as people name them."""

import calendar
import re
from datetime import date, timedelta
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_YEAR = re.compile(r"\d{4}")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_SPAN = re.compile(r"(\d{4}-\d{2}-\d{2})/(\d{4}-\d{2}-\d{2})")
_TOLD = "Write 2026, 2026-Q3, 2026-10 or 2026-10-01/2026-10-31."


class Days(NamedTuple):
    """A span of days, both ends in it."""

    first: date
    last: date

    def __contains__(self, day: Any) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last

    @property
    def length(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    def before(self) -> "Days":
        """As many days just before."""
        end = self.first - timedelta(days=1)
        return Days(end - timedelta(days=self.length - 1), end)


def month(year: int, number: int) -> Days:
    """A month."""
    return Days(date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1]))


def days(text: str) -> Days:
    """The days of a period as it is written; `ValueError` when it is none."""
    if _YEAR.fullmatch(text):
        return Days(date(int(text), 1, 1), date(int(text), 12, 31))
    if found := _QUARTER.fullmatch(text):
        year, first = int(found[1]), 3 * int(found[2]) - 2
        return Days(date(year, first, 1), month(year, first + 2).last)
    if found := _MONTH.fullmatch(text):
        return month(int(found[1]), int(found[2]))
    if found := _SPAN.fullmatch(text):
        span = Days(date.fromisoformat(found[1]), date.fromisoformat(found[2]))
        if span.first <= span.last:
            return span
    raise ValueError(text)


def months(span: Days) -> list[Days]:
    """The months of a span, cut to it."""
    found: list[Days] = []
    at = span.first
    while at <= span.last:
        end = month(at.year, at.month).last
        found.append(Days(at, min(end, span.last)))
        at = end + timedelta(days=1)
    return found


def _checked(text: str) -> str:
    try:
        days(text)
    except ValueError:
        raise PydanticCustomError("period", "Not a period. {told}", {"told": _TOLD}) from None
    return text


Period = Annotated[
    str,
    AfterValidator(_checked),
    WithJsonSchema({"type": "string", "description": f"A period. {_TOLD}"}),
]
"""A year, quarter, month or span of days, as text; `days` reads it."""
