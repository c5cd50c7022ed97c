"""Days: as forms give them, in the organisation's time."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from eyeot.declare.problem import invalid
from eyeot.surface.pages import Visit

_LAST = time(23, 59, 59)


def last_moment(visit: Visit, field: str, argument: str) -> str | None:
    """The end of a day that a form gives; None where it gives none, `Invalid` where it is none."""
    day = given(visit, field, argument)
    if day is None:
        return None
    ends = datetime.combine(day, _LAST, ZoneInfo(visit.person.timezone))
    try:
        return ends.astimezone(UTC).isoformat()
    except OverflowError:
        raise invalid(argument, "lies outside the calendar") from None


def given(visit: Visit, field: str, argument: str) -> date | None:
    """A day that a form gives; as above."""
    text = visit.given(field)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise invalid(argument, "write the day as 2026-12-31") from None


def day_of(visit: Visit, told: str | None) -> str:
    """The day of a moment, as a form shows it; empty for none."""
    if not told:
        return ""
    zone = ZoneInfo(visit.person.timezone)
    return datetime.fromisoformat(told).astimezone(zone).date().isoformat()
