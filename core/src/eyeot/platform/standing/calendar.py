"""Calendar: the legal dates that come, of every module, and what is late."""

import calendar
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.anyref import RecordRef
from eyeot.declare.context import Context
from eyeot.declare.contribution import DueDate, DueDates, due_dates
from eyeot.declare.dated import DatedRow, dated
from eyeot.declare.model import Input, Output
from eyeot.declare.period import Days
from eyeot.platform.calendars.holidays import public_holidays
from eyeot.platform.licences import Licence
from eyeot.platform.organizations import Organization
from eyeot.platform.privacy.record import OPEN, PRIVACY, Asked

_SATURDAY = 5
_LONGEST = 800
_YEAR = 12


class YearRow(DatedRow):
    """A date that follows the end of a fiscal year."""

    code: str
    who: Literal["everyone", "companies"]
    by: Literal["from_end", "second_working_day"]
    months: int
    en: str
    fr: str
    article: str
    action: str


YEARLY = dated(
    "eyeot.platform.standing", "calendar.toml", YearRow, about="dates after a year's end"
)


class Horizon(Input):
    """How far to look."""

    horizon_days: Annotated[int, Limits(ge=1, le=_LONGEST, description="From today on.")] = 90


class Dated(Output):
    """One date."""

    on: date
    days_left: Annotated[int, Limits(description="Below 0 when late.")]
    code: str
    label: str
    action: Annotated[str, Limits(description="What does it, or shows what it is about.")]
    article: str = ""
    record: RecordRef | None = None


class ComplianceCalendar(Output):
    """The dates in order, what is late first."""

    until: date
    late: int
    dates: list[Dated]
    unseen: Annotated[
        list[str], Limits(description="Permissions you lack, without which more could not be seen.")
    ]


@action(
    "core.organization.get_compliance_calendar",
    risk="r",
    en=(
        "Legal deadlines ahead; compliance calendar; when is VAT due; which tax dates are coming; tax "
        "calendar; what must be filed this month"
    ),
    fr=(
        "Échéances légales à venir; calendrier des obligations; quand la TVA est-elle due; quelles échéances "
        "arrivent; calendrier fiscal; que faut-il déposer ce mois-ci"
    ),
    example={"horizon_days": 120},
    record=Organization,
    next=("core.organization.check_readiness",),
)
async def get_compliance_calendar(ctx: Context, data: Horizon) -> ComplianceCalendar:
    """Tell the legal dates ahead in all modules, with what is late, and the action that deals with each."""
    span = Days(ctx.today, ctx.today + timedelta(days=data.horizon_days))
    looks, unseen = ctx.contributed(DueDates)
    found = [item for one in looks for item in await one.look(ctx, span)]
    french = ctx.locale.startswith("fr")
    told = [
        Dated(
            on=one.on,
            days_left=(one.on - ctx.today).days,
            code=one.code,
            label=one.said[french],
            action=one.action,
            article=one.article,
            record=one.record,
        )
        for one in sorted(found, key=lambda one: (one.on, one.code))
    ]
    late = sum(one.days_left < 0 for one in told)
    return ComplianceCalendar(until=span.last, late=late, dates=told, unseen=unseen)


def months_after(day: date, months: int) -> date:
    """The same day some months later, or that month's last; a month's last day stays one."""
    year, month = divmod(day.month - 1 + months, _YEAR)
    year, month = day.year + year, month + 1
    last = calendar.monthrange(year, month)[1]
    ends = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month, last if ends else min(day.day, last))


def second_working_day_of_may(year: int) -> date:
    """The second working day after 1 May (CGI, art. 175)."""
    day, left = date(year, 5, 1), 2
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY and day not in public_holidays(year)
    return day


def fiscal_years(starts: str, span: Days) -> list[Days]:
    """The fiscal years, beginning on `MM-DD`, whose consequences may lie in a span."""
    month, first = (int(part) for part in starts.split("-"))
    return [
        Days(date(year, month, first), date(year + 1, month, first) - timedelta(days=1))
        for year in range(span.first.year - 3, span.last.year + 1)
    ]


@due_dates("core.fiscal_year")
async def after_the_year(ctx: Context, span: Days) -> list[DueDate]:
    """What follows the end of each fiscal year."""
    house: Any = await ctx.organization()
    found = []
    for year in fiscal_years(house.fiscal_year_start, span):
        for row in YEARLY.on(year.last):
            if row.who == "companies" and not house.is_company:
                continue
            on = _date_of(row, year.last)
            said = (row.en.format(year=year.last.year), row.fr.format(year=year.last.year))
            if on in span:
                found.append(DueDate(f"core.{row.code}", on, said, row.action, row.article))
    return found


def _date_of(row: YearRow, end: date) -> date:
    if row.by == "second_working_day" and (end.month, end.day) == (_YEAR, 31):
        return second_working_day_of_may(end.year + 1)
    return months_after(end, row.months)


@due_dates("core.data_subject_requests", needs=PRIVACY)
async def requests(ctx: Context, span: Days) -> list[DueDate]:
    """People who wait for an answer about their data."""
    c = Asked.c
    rows = await ctx.find(Asked, c.status.in_(OPEN), c.due_at <= span.last, order=c.due_at)
    return [
        DueDate(
            "core.data_subject_request",
            one.due_at,
            (f"Answer {one.requester}'s request ({one.kind})",
             f"Répondre à la demande de {one.requester} ({one.kind})"),
            "core.data_subject_request.get",
            "GDPR, art. 12(3)",
            RecordRef.to("core.data_subject_request", one.id),
        )
        for one in rows
    ]  # fmt: skip


@due_dates("core.licence")
async def licence(ctx: Context, span: Days) -> list[DueDate]:
    """Until when the licence is valid."""
    row = await ctx.first(Licence)
    ends = row.valid_until.date() if row else None
    if row is None or ends is None or ends > span.last:
        return []
    said = (f"The licence {row.number} ends", f"Fin de la licence {row.number}")
    record = RecordRef.to("core.licence", row.id)
    return [DueDate("core.licence", ends, said, "core.licence.request_renewal", record=record)]
