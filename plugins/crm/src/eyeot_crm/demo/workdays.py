"""Workdays: when a French company works, and how busy it is."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
_FIXED_HOLIDAYS = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
_AFTER_EASTER = (1, 39, 50)
_SATURDAY = 5

# Orders follow the trade: kitchens are renewed before the summer and after it.
_MONTHS = (0.85, 0.95, 1.1, 1.0, 0.85, 1.45, 0.85, 0.45, 1.5, 1.15, 1.0, 0.7)
_WEEKDAYS = (0.9, 1.1, 0.95, 1.1, 0.8)
_QUIET_SHARE = 0.35
_QUIET_DEFERRED = 0.8

_HOURS = ((time(8, 30), time(12, 15)), (time(13, 45), time(18, 15)))
_DAY = timedelta(days=1)


def _easter(year: int) -> date:
    """Easter Sunday, by the Gregorian computus of Meeus."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    shift = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * shift) // 451
    month, day = divmod(h + shift - 7 * m + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=16)
def holidays(year: int) -> frozenset[date]:
    """The eleven public holidays of mainland France."""
    easter = _easter(year)
    return frozenset(
        [date(year, month, day) for month, day in _FIXED_HOLIDAYS]
        + [easter + timedelta(days=days) for days in _AFTER_EASTER]
    )


def is_workday(day: date) -> bool:
    return day.weekday() < _SATURDAY and day not in holidays(day.year)


def next_workday(day: date) -> date:
    """The day itself, or the first workday after it."""
    while not is_workday(day):
        day += _DAY
    return day


def last_workday(day: date) -> date:
    """The day itself, or the last workday before it."""
    while not is_workday(day):
        day -= _DAY
    return day


def workdays(first: date, last: date) -> list[date]:
    days = (first + timedelta(days=i) for i in range((last - first).days + 1))
    return [day for day in days if is_workday(day)]


def _quiet_until(day: date) -> date | None:
    """The end of the August or Christmas break the day falls in."""
    if date(day.year, 8, 1) <= day <= date(day.year, 8, 22):
        return date(day.year, 8, 23)
    if day >= date(day.year, 12, 23):
        return date(day.year + 1, 1, 3)
    return date(day.year, 1, 3) if day <= date(day.year, 1, 2) else None


def _weight(day: date) -> float:
    quiet = _QUIET_SHARE if _quiet_until(day) else 1.0
    return _MONTHS[day.month - 1] * _WEEKDAYS[day.weekday()] * quiet


@dataclass(frozen=True, slots=True)
class Season:
    """The workdays of a period, the busy ones drawn more often."""

    days: tuple[date, ...]
    _reach: tuple[float, ...]

    @classmethod
    def between(cls, first: date, last: date) -> "Season":
        days = workdays(first, last)
        return cls(tuple(days), tuple(accumulate(map(_weight, days))))

    def moments(self, rng: Random, count: int) -> list[datetime]:
        """That many moments in order, one in each equal share of the period's business."""
        points = [(n + rng.random()) / count * self._reach[-1] for n in range(count)]
        return sorted(moment(rng, self.days[bisect_left(self._reach, p)]) for p in points)


def moment(rng: Random, day: date) -> datetime:
    """A moment of the day's office hours."""
    opens, closes = rng.choice(_HOURS)
    start = datetime.combine(day, opens, PARIS)
    length = datetime.combine(day, closes, PARIS) - start
    return (start + timedelta(seconds=rng.randrange(int(length.total_seconds())))).astimezone(UTC)


def in_office(at: datetime) -> bool:
    local = at.astimezone(PARIS)
    return any(opens <= local.time() <= closes for opens, closes in _HOURS) and is_workday(
        local.date()
    )


def soon(rng: Random, at: datetime, minutes: tuple[int, int]) -> datetime:
    """A little later the same day, or the next workday if the office closes meanwhile."""
    then = at + timedelta(minutes=rng.randint(*minutes), seconds=rng.randrange(60))
    return then if in_office(then) else later(rng, at, 1)


def later(rng: Random, at: datetime, days: float) -> datetime:
    """Some days later; what would fall into a break mostly waits for its end."""
    day = at.astimezone(PARIS).date() + timedelta(days=max(1, round(days)))
    end = _quiet_until(day)
    if end and rng.random() < _QUIET_DEFERRED:
        day = end + timedelta(days=rng.randrange(9))
    return moment(rng, next_workday(day))
