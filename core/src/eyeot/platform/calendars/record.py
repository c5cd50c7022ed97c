"""Calendars: weekly hours, public holidays and closing days."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from eyeot.declare.field import field
from eyeot.declare.model import Ref
from eyeot.declare.problem import invalid
from eyeot.declare.reach import Shared
from eyeot.declare.record import Record
from eyeot.declare.resource import Resource
from eyeot.declare.types import Country, Timezone
from eyeot.platform.calendars.arithmetic import DAYS, Week, hours_of
from eyeot.platform.calendars.holidays import FIRST, LAST, Region, public_holidays

WRITE = "core.calendar:write"
CalendarId = Annotated[UUID, Ref("core.calendar")]
_OFFICE = ["09:00-12:00", "14:00-18:00"]


class Closure(BaseModel):
    """A day on which nobody works."""

    model_config = ConfigDict(extra="forbid")

    on: date
    reason: Annotated[str, Field(min_length=1, max_length=200)]


class Calendar(
    Record,
    name="core.calendar",
    prefix="cal",
    unique=(("name",),),
    exact=("name",),
    reach=Shared(),
):
    """When the company, or a part of it, works."""

    name: str = field("Its name.", max_length=100)
    country: Country = field("Whose public holidays.", default="FR")
    region: Region = field("Which part of France.", default="metropole")
    good_friday: bool = field(
        "Whether Good Friday is one: in Alsace-Moselle it depends on the commune.", default=False
    )
    weekly_hours: dict[str, list[str]] = field(
        'Opening hours by weekday: {"monday": ["09:00-12:00", "14:00-18:00"]}; a day left out is closed.',
        default=lambda: dict.fromkeys(DAYS[:5], _OFFICE),
    )
    closures: list[Closure] = field("Closing days.", default=list)
    timezone: Timezone = field("Its time zone.", default="Europe/Paris")

    @property
    def hours(self) -> dict[str, Any]:
        """Opening hours by weekday, parsed."""
        return {day: hours_of(spans, "weekly_hours") for day, spans in self.weekly_hours.items()}

    def week(self, first: date, last: date) -> Week:
        """What may be counted with between two dates."""
        hours = self.hours
        years = range(max(first.year, FIRST), min(last.year, LAST) + 1)
        return Week(
            hours=tuple(hours.get(day, ()) for day in DAYS),
            holidays=frozenset(day for year in years for day in self.holidays(year)),
            closures=frozenset(date.fromisoformat(one["on"]) for one in _plain(self.closures)),
            zone=ZoneInfo(self.timezone),
        )

    def holidays(self, year: int) -> dict[date, str]:
        """The public holidays of a year."""
        return public_holidays(year, self.country, self.region, good_friday=self.good_friday)

    def complete(self) -> None:
        """Refuse days and hours that are none; keep the closing days in order, each once."""
        if wrong := [day for day in self.weekly_hours if day not in DAYS]:
            raise invalid("weekly_hours", f"'{wrong[0]}' is not one of: {', '.join(DAYS)}")
        if not any(self.hours.values()):
            raise invalid(
                "weekly_hours", "it would never be open; give the hours of one day at least"
            )
        if self.region != "metropole" and self.country != "FR":
            raise invalid("region", "is a part of France; leave it out for another country")
        if self.good_friday and self.region != "alsace_moselle":
            raise invalid(
                "good_friday",
                "is a question in Alsace-Moselle only (Code du travail, art. L3134-13)",
            )
        days = {one["on"]: one for one in reversed(_plain(self.closures))}
        self.closures = [days[on] for on in sorted(days)]


def _plain(closures: list[Any]) -> list[dict[str, Any]]:
    """Closing days as they are stored."""
    return [one.model_dump(mode="json") if isinstance(one, Closure) else one for one in closures]


calendars = Resource(
    Calendar,
    profile="config",
    adding="duplicate",
    en="calendar; calendars; working hours; opening hours; public holidays",
    fr="calendrier; calendriers; horaires; heures d'ouverture; jours fériés",
    permissions=dict.fromkeys(("create", "update", "archive", "restore", "duplicate"), WRITE),
    example={"name": "Atelier de Strasbourg", "region": "alsace_moselle", "good_friday": True},
)
