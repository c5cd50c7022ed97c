"""Counting with calendars: holidays, days between two dates, working time, closing days."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.model import Input, Output
from eyeot.declare.problem import invalid
from eyeot.platform.calendars.holidays import FIRST, LAST, Region, public_holidays
from eyeot.platform.calendars.record import WRITE, Calendar, CalendarId

_MOST_DAYS = 366
_LONGEST = timedelta(days=366 * 20)
_CHUNK = timedelta(days=366 * 21)


class Year(Input):
    """A year, and a calendar or a region."""

    year: Annotated[int, Limits(ge=FIRST, le=LAST)]
    calendar_id: CalendarId | None = None
    region: Region = "metropole"
    good_friday: bool = False


class Holidays(Output):
    """The public holidays of a year, in order: on, name, weekday."""

    items: list[dict[str, str]]


@action(
    "core.calendar.list_public_holidays",
    risk="r",
    en="List public holidays; bank holidays of a year",
    fr="Lister les jours fériés; fériés de l'année; jours fériés Alsace-Moselle et outre-mer",
    example={"year": 2027, "region": "alsace_moselle"},
)
async def list_public_holidays(ctx: Context, data: Year) -> Holidays:
    """List the legal public holidays of a year: of a calendar, or of a region of France.

    Source: Code du travail, art. L3133-1, L3134-13 (Alsace-Moselle) and L3422-2 (overseas).
    """
    if data.calendar_id:
        found = (await ctx.get(Calendar, data.calendar_id)).holidays(data.year)
    else:
        found = public_holidays(data.year, "FR", data.region, good_friday=data.good_friday)
    return Holidays(
        items=[
            {"on": on.isoformat(), "name": name, "weekday": f"{on:%A}".lower()}
            for on, name in sorted(found.items())
        ]
    )


class Span(Input):
    """A calendar and a period, and how its days are counted."""

    id: CalendarId
    first: date
    last: date
    method: Annotated[
        Literal["working", "ouvrable", "calendar"],
        Limits(
            description="working: days on which the calendar is open (ouvrés); ouvrable: all but Sundays and"
            " public holidays; calendar: every day."
        ),
    ] = "working"


class Days(Output):
    """How many days, first and last included."""

    days: int
    method: str


@action(
    "core.calendar.count_days",
    risk="r",
    en="Count the days between two dates; working days; business days; days of leave",
    fr="Compter les jours entre deux dates; jours ouvrés; jours ouvrables; jours de congé",
    example={"id": "$core.calendar", "first": "2027-08-02", "last": "2027-08-20"},
    record=Calendar,
)
async def count_days(ctx: Context, data: Span) -> Days:
    """Count the days of a period, first and last included, as French law counts leave.

    Source: Code du travail, art. L3141-3 (jours ouvrables). A closing day of the company is no working day,
    but stays an ouvrable one.
    """
    if data.last < data.first:
        raise invalid("last", "is before the first day")
    if data.last - data.first > _LONGEST or data.first.year < FIRST or data.last.year > LAST:
        raise invalid("last", f"twenty years at most, between {FIRST} and {LAST}")
    week = (await ctx.get(Calendar, data.id)).week(data.first, data.last)
    return Days(days=week.count(data.first, data.last, data.method), method=data.method)


class Delay(Input):
    """A calendar, a moment and how much working time follows it."""

    id: CalendarId
    start: datetime
    amount: Annotated[int, Limits(ge=0, le=100_000)]
    unit: Literal["days", "hours", "minutes"] = "days"


class Moment(Output):
    """When that is over."""

    at: datetime
    local: Annotated[str, Limits(description="The same, on the calendar's clocks.")]
    on: date


@action(
    "core.calendar.add_working_time",
    risk="r",
    en="Add working time to a date; due date in business days; deadline in open hours",
    fr="Ajouter des jours ouvrés à une date; échéance en heures ouvrées; calculer un délai",
    example={
        "id": "$core.calendar",
        "start": "2027-03-25T16:30:00Z",
        "amount": 8,
        "unit": "hours",
    },
    record=Calendar,
)
async def add_working_time(ctx: Context, data: Delay) -> Moment:
    """Tell when so many working days, or hours in which the calendar is open, will have passed."""
    row = await ctx.get(Calendar, data.id)
    if not FIRST < data.start.year < LAST:
        raise invalid("start", f"between {FIRST + 1} and {LAST - 1}")
    day = data.start.date()
    week = row.week(day, day + _CHUNK)
    if data.unit == "days":
        at = week.after_days(data.start, data.amount)
    else:
        at = week.after_time(data.start, timedelta(**{data.unit: data.amount}))
    local = at.astimezone(week.zone)
    return Moment(at=at, local=local.isoformat(timespec="minutes"), on=local.date())


class Closing(Input):
    """A calendar, a day or a period, and why it is closed then."""

    id: CalendarId
    first: date
    last: Annotated[date | None, Limits(description="The same day when left out.")] = None
    reason: Annotated[str, Limits(min_length=1, max_length=200)]


@action(
    "core.calendar.add_closure",
    risk="w",
    en=(
        "Add a closing day; close the company for a period; annual closure; add a bank holiday; "
        "declare a public holiday"
    ),
    fr=(
        "Ajouter un jour de fermeture; fermer l'entreprise; fermeture annuelle; ajouter un jour "
        "férié; déclarer un pont"
    ),
    example={
        "id": "$core.calendar",
        "first": "2027-08-09",
        "last": "2027-08-20",
        "reason": "Fermeture annuelle",
    },
    events=("core.calendar.updated",),
    permission=WRITE,
    record=Calendar,
)
async def add_closure(ctx: Context, data: Closing) -> Calendar:
    """Declare a day or a period on which nobody works; days closed already take the new reason."""
    last = data.last or data.first
    if last < data.first:
        raise invalid("last", "is before the first day")
    if last - data.first >= timedelta(days=_MOST_DAYS):
        raise invalid("last", f"{_MOST_DAYS} days at most")
    row = await ctx.get(Calendar, data.id, lock=True)
    days = [data.first + timedelta(days=n) for n in range((last - data.first).days + 1)]
    added: list[Any] = [{"on": day.isoformat(), "reason": data.reason} for day in days]
    row.closures = [*added, *row.closures]
    return row
