"""Retention: how long what the law wants kept is kept, and by which rule."""

from datetime import date
from typing import Any

from eyeot import DatedRow, Privacy, Record, dated

_FEBRUARY, _SHORT = 2, 28
KEPT = "Evidence of the books, kept ten years (Code de commerce, art. L123-22)."


class RetentionRow(DatedRow):
    """A rule and its years, counted from the end of the fiscal year."""

    code: str
    years: int
    article: str


RULES = dated("eyeot_invoicing.law", "retention.toml", RetentionRow, about="rule of retention")


def kept_until(year_end: date, code: str = "accounting") -> tuple[date, str]:
    """The day until which a piece of a fiscal year is kept, and the article that says so."""
    rule = RULES.at(year_end, lambda one: one.code == code)
    # A year that ends on 29 February is kept until the end of a February.
    last = min(year_end.day, _SHORT) if year_end.month == _FEBRUARY else year_end.day
    return date(year_end.year + rule.years, year_end.month, last), rule.article


def kept_once_posted(record: type[Record], *fields: str) -> Privacy:
    """How a piece's personal data is erased: in a draft as the marks say, not at all once it is posted."""
    draft, posted = Privacy(record), Privacy(record, keep=dict.fromkeys(fields, KEPT))

    def preview(_privacy: Privacy, row: Any) -> Any:
        fitting = draft if row.status == "draft" else posted
        return fitting.preview(fitting, row)

    return Privacy(record, preview=preview)
