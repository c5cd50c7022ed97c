"""Calendars: holidays as the law names them, days and hours counted a second time in another way."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyeot.platform.calendars.arithmetic import DAYS
from eyeot.platform.calendars.holidays import public_holidays
from eyeot.platform.calendars.record import Calendar
from eyeot.testing import Desk

PARIS = ZoneInfo("Europe/Paris")
FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
"""Code du travail, art. L3133-1, apart from those that follow Easter."""
AFTER_EASTER = (1, 39, 50)
ABOLITION = {
    "guadeloupe": (5, 27),
    "guyane": (6, 10),
    "martinique": (5, 22),
    "reunion": (12, 20),
    "mayotte": (4, 27),
    "saint_barthelemy": (10, 9),
    "saint_martin": (5, 28),
}
"""Code du travail, art. L3422-2; decrees 83-1003 and 2012-553."""


def easter(year: int) -> date:
    """Easter Sunday by the method of Meeus, Jones and Butcher."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    month, day = divmod(h + i - 7 * ((a + 11 * h + 22 * i) // 451) + 114, 31)
    return date(year, month, day + 1)


def national(year: int) -> set[date]:
    """The eleven days."""
    sunday = easter(year)
    moving = {sunday + timedelta(days=n) for n in AFTER_EASTER}
    return {date(year, *one) for one in FIXED} | moving


@pytest.mark.parametrize("year", range(2013, 2101))
def test_the_holidays_are_those_that_the_code_du_travail_names(year: int) -> None:
    assert set(public_holidays(year)) == national(year)
    good_friday, stephen = easter(year) - timedelta(days=2), date(year, 12, 26)
    alsace = set(public_holidays(year, region="alsace_moselle"))
    assert alsace == national(year) | {stephen}
    every = set(public_holidays(year, region="alsace_moselle", good_friday=True))
    assert every == national(year) | {stephen, good_friday}
    for region, day in ABOLITION.items():
        assert set(public_holidays(year, region=region)) == national(year) | {date(year, *day)}


async def test_holidays_are_told_with_their_french_names(call: Desk) -> None:
    asked = {"year": 2026, "region": "alsace_moselle", "good_friday": True}
    told = (await call("core.calendar.list_public_holidays", **asked))["items"]

    assert told[0] == {"on": "2026-01-01", "name": "Jour de l'an", "weekday": "thursday"}
    assert len(told) == 13
    made = await call("core.calendar.create", name="Bruxelles", country="BE")
    asked = {"year": 2026, "calendar_id": made["id"]}
    abroad = (await call("core.calendar.list_public_holidays", **asked))["items"]
    assert "2026-07-21" in {one["on"] for one in abroad}


_SPANS = st.sampled_from(
    [[], ["08:00-12:00"], ["09:00-12:00", "14:00-18:00"], ["00:00-24:00"], ["01:30-03:30"]]
)
_WEEKS = st.fixed_dictionaries(dict.fromkeys(DAYS, _SPANS)).filter(lambda one: any(one.values()))
_DATES = st.dates(date(2024, 1, 1), date(2031, 12, 31))
_MOMENTS = st.builds(
    lambda on, minute: datetime(on.year, on.month, on.day, tzinfo=UTC) + timedelta(minutes=minute),
    _DATES,
    st.integers(0, 1439),
)
_ZONES = st.sampled_from(
    ["Europe/Paris", "America/Martinique", "Indian/Reunion", "Pacific/Chatham"]
)


def _calendar(hours: dict[str, list[str]], closed: list[date], zone: str) -> Calendar:
    closures: Any = [{"on": one.isoformat(), "reason": "x"} for one in closed]
    return Calendar(name="x", weekly_hours=hours, closures=closures, timezone=zone)


def _open(hours: dict[str, list[str]], closed: list[date], local: datetime) -> bool:
    """Whether a calendar is open at a minute of its clocks, looked up in the plainest way."""
    day = local.date()
    if day in closed or day in national(day.year):
        return False
    now = f"{local:%H:%M}"
    spans = (span.split("-") for span in hours[DAYS[day.weekday()]])
    return any(begins <= now < ends for begins, ends in spans)


@settings(max_examples=60)
@given(_WEEKS, st.lists(_DATES, max_size=5), _ZONES, _DATES, st.integers(0, 40))
def test_days_are_counted_as_one_counts_them_on_a_wall_calendar(
    hours: dict[str, list[str]], closed: list[date], zone: str, first: date, span: int
) -> None:
    last = first + timedelta(days=span)
    week = _calendar(hours, closed, zone).week(first, last)
    days = [first + timedelta(days=n) for n in range(span + 1)]
    ouvrable = [one for one in days if one.isoweekday() != 7 and one not in national(one.year)]
    worked = [
        one
        for one in days
        if hours[DAYS[one.weekday()]] and one not in closed and one not in national(one.year)
    ]

    assert week.count(first, last, "calendar") == len(days)
    assert week.count(first, last, "ouvrable") == len(ouvrable)
    assert week.count(first, last, "working") == len(worked)


@settings(max_examples=60)
@given(_WEEKS, st.lists(_DATES, max_size=3), _ZONES, _MOMENTS, st.integers(0, 600))
def test_working_time_is_what_a_clock_that_ticks_minute_by_minute_shows(
    hours: dict[str, list[str]], closed: list[date], zone: str, start: datetime, amount: int
) -> None:
    on = start.date()
    week = _calendar(hours, closed, zone).week(on, on + timedelta(days=400))

    found = week.after_time(start, timedelta(minutes=amount))

    open_ = 0
    at = start
    while at < found:
        # An hour that comes twice is open both times, as long as it is open then at all.
        open_ += _open(hours, closed, at.astimezone(ZoneInfo(zone)))
        at += timedelta(minutes=1)
    assert open_ == amount


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        # Clocks go forward on 28 March 2027: that night has an hour less.
        ("2027-03-27T23:00:00Z", 4, "2027-03-28T05:00+02:00"),
        # They go back on 31 October 2027: it has one more.
        ("2027-10-30T22:00:00Z", 4, "2027-10-31T03:00+01:00"),
    ],
)
async def test_a_night_with_another_hour_counts_the_hours_that_pass(
    call: Desk, start: str, hours: int, expected: str
) -> None:
    every = {day: ["00:00-24:00"] for day in DAYS}
    made = await call("core.calendar.create", name="Jour et nuit", weekly_hours=every)

    given = {"id": made["id"], "start": start, "amount": hours, "unit": "hours"}
    assert (await call("core.calendar.add_working_time", **given))["local"] == expected


async def test_working_days_pass_over_weekends_holidays_and_closing_days(call: Desk) -> None:
    made = await call("core.calendar.create", name="Lyon")
    closed = {"first": "2027-05-07", "reason": "Pont de l'Ascension"}
    await call("core.calendar.add_closure", id=made["id"], **closed)

    given = {"id": made["id"], "start": "2027-05-05T15:00:00+02:00", "amount": 1}
    after = await call("core.calendar.add_working_time", **given)
    span = {"id": made["id"], "first": "2027-05-03", "last": "2027-05-09"}
    counts = {
        method: (await call("core.calendar.count_days", **span, method=method))["days"]
        for method in ("working", "ouvrable", "calendar")
    }

    assert after["local"] == "2027-05-10T15:00+02:00"
    assert counts == {"working": 3, "ouvrable": 4, "calendar": 7}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"weekly_hours": {"lundi": ["09:00-12:00"]}}, "weekly_hours"),
        ({"weekly_hours": {"monday": ["12:00-09:00"]}}, "weekly_hours"),
        ({"weekly_hours": {"monday": ["09:00-12:00", "11:00-14:00"]}}, "weekly_hours"),
        ({"weekly_hours": {"monday": []}}, "weekly_hours"),
        ({"good_friday": True}, "good_friday"),
        ({"country": "BE", "region": "reunion"}, "region"),
        ({"country": "XX"}, "country"),
    ],
)
async def test_a_calendar_that_could_not_be_counted_with_is_refused(
    call: Desk, given: dict[str, Any], path: str
) -> None:
    refusal = await call.refused("core.calendar.create", name="Faux", **given)

    assert refusal["errors"][0]["path"] == path
