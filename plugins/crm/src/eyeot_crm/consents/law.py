"""Law: when a consumer must have agreed beforehand, and how long a prospect is kept; as dated data."""

from calendar import monthrange
from datetime import date
from functools import cache
from typing import Literal

from eyeot import Dated, DatedRow, dated


class Rule(DatedRow):
    """One rule, with the text it stands in."""

    rule: Literal["prior_consent", "prospects_kept"]
    channels: tuple[str, ...] = ()
    months: int = 0
    source: str


@cache
def _rules() -> Dated[Rule]:
    return dated(__package__ or "", "law.toml", Rule, about="rule on prospecting")


def needs_consent(channel: str, on: date) -> str | None:
    """The text that asks for a consumer's agreement before this channel is used; none where none does."""
    found = _rules().on(on, lambda one: one.rule == "prior_consent" and channel in one.channels)
    return found[0].source if found else None


def kept_for(on: date) -> tuple[int, str]:
    """For how many months a prospect's data is kept after the last contact, and by what text."""
    found = _rules().at(on, lambda one: one.rule == "prospects_kept")
    return found.months, found.source


def months_before(day: date, months: int) -> date:
    """The same day some months earlier, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
