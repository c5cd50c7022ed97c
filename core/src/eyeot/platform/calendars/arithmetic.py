"""Arithmetic: days and hours counted as a calendar works."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from eyeot.declare.problem import invalid

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SUNDAY = 6
_MIDNIGHT = "24:00"
_FURTHEST = timedelta(days=366 * 20)
Hours = tuple[tuple[time, time | None], ...]
"""Opening hours of one day; the end is None at midnight."""


def hours_of(spans: list[str], path: str) -> Hours:
    """The opening hours `09:00-12:00`, …, of a day, in order and apart from each other."""
    found: list[tuple[time, time | None]] = []
    for span in spans:
        begins, _, ends = span.partition("-")
        try:
            start = time.fromisoformat(begins)
            end = None if ends == _MIDNIGHT else time.fromisoformat(ends)
        except ValueError:
            raise invalid(path, f"'{span}' is not HH:MM-HH:MM, e.g. 09:00-12:00") from None
        if end is not None and end <= start:
            raise invalid(path, f"'{span}' ends before it begins; split it at midnight (24:00)")
        if found and (found[-1][1] is None or start < found[-1][1]):
            raise invalid(path, f"'{span}' is not after the one before it")
        found.append((start, end))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Week:
    """When a calendar is open: hours by weekday, days on which it is not, and its time zone."""

    hours: tuple[Hours, ...]
    """From Monday to Sunday."""
    holidays: Container[date]
    closures: Container[date]
    zone: ZoneInfo

    def works(self, day: date) -> bool:
        """Whether anybody works on this day (jour ouvré)."""
        return (
            bool(self.hours[day.weekday()])
            and day not in self.holidays
            and day not in self.closures
        )

    def is_ouvrable(self, day: date) -> bool:
        """Whether the law counts the day as one that may be worked: neither rest day nor holiday.

        Source: Code du travail, art. L3141-3 and L3132-3 (the weekly rest is given on Sunday).
        """
        return day.weekday() != _SUNDAY and day not in self.holidays

    def open_spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The moments between which it is open on a day, in UTC: a change of clocks adds or takes an hour."""
        if not self.works(day):
            return
        for begins, ends in self.hours[day.weekday()]:
            start = datetime.combine(day, begins, self.zone)
            if ends is None:
                end = datetime.combine(day + timedelta(days=1), time(), self.zone)
            else:
                # Of an hour that comes twice the second: it is open all the while.
                end = datetime.combine(day, ends, self.zone).replace(fold=1)
            begun, ended = start.astimezone(UTC), end.astimezone(UTC)
            if begun < ended:
                yield begun, ended

    def after_days(self, start: datetime, days: int) -> datetime:
        """The same time of day, so many working days later; the day of the start does not count."""
        local = start.astimezone(self.zone)
        day, left = local.date(), days
        while left:
            day = self._next(day, local.date())
            left -= self.works(day)
        return datetime.combine(day, local.time(), self.zone).astimezone(UTC)

    def after_time(self, start: datetime, amount: timedelta) -> datetime:
        """The moment when it will have been open for so long since the start."""
        first = day = start.astimezone(self.zone).date()
        left = amount
        while True:
            for begins, ends in self.open_spans(day):
                since = max(begins, start)
                if since + left <= ends:
                    return since + left
                if ends > since:
                    left -= ends - since
            day = self._next(day, first)

    def count(self, first: date, last: date, method: str) -> int:
        """The days of a period, first and last included, as a method counts them."""
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        if method == "working":
            return sum(map(self.works, days))
        return sum(map(self.is_ouvrable, days)) if method == "ouvrable" else (last - first).days + 1

    def _next(self, day: date, first: date) -> date:
        if day - first > _FURTHEST:
            raise invalid("amount", "leads further than twenty years; is the calendar open at all?")
        return day + timedelta(days=1)
