"""Deadlines: until when a person must be answered."""

import calendar
from datetime import date, timedelta

from eyeot.declare.dated import DatedRow, dated
from eyeot.platform.calendars.holidays import public_holidays

_SATURDAY = 5
_YEAR = 12


class Deadline(DatedRow):
    """How long there is to answer, in months."""

    months: int
    extension_months: int


DEADLINES = dated(
    "eyeot.platform.privacy", "deadlines.toml", Deadline, about="deadline for requests on data"
)


def due(received: date, *, extended: bool = False) -> date:
    """The last day to answer.

    Source: GDPR art. 12(3); Regulation (EEC, Euratom) 1182/71, art. 3: months end on the day of the same
    number, or the month's last, and not on a Saturday, Sunday or public holiday but the working day after.
    """
    rule = DEADLINES.at(received)
    day = _months_later(received, rule.months + (rule.extension_months if extended else 0))
    while day.weekday() >= _SATURDAY or day in public_holidays(day.year):
        day += timedelta(days=1)
    return day


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, _YEAR)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
