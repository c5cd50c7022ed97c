"""Periods: fiscal years and their months, and whether entries may still be dated in them."""

import calendar
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from eyeot import (
    Conflict,
    Context,
    Days,
    Lifecycle,
    Record,
    Resource,
    Shared,
    by_hand,
    field,
    kind,
    ref,
)

PeriodStatus = Literal["open", "soft_closed", "closed"]
MONTHS = 12
_SEQUENCE = "invoicing.entry."


class FiscalPeriod(
    Record,
    name="invoicing.fiscal_period",
    prefix="fpe",
    search=("name",),
    exact=("name",),
    unique=(("name",),),
    index=(("start",),),
    reach=Shared(),
    state="status",
    sort="-start",
    archivable=False,
):
    """A fiscal year, or one of its months."""

    name: str = field("2026 for a year, 2026-03 for a month.", access="read", max_length=20)
    year: int = field("The fiscal year, by the calendar year in which it ends.", ge=1950, le=2200)
    month: int | None = field(
        "Which of its months, from 1; none for the year.", access="read", default=None
    )
    start: date = field("Its first day.", access="create")
    end: date = field("Its last day.", access="create")
    status: PeriodStatus = field(
        "open; soft_closed: reopened with a reason; closed: for good.",
        access="read",
        default="open",
    )
    locked_for: list[str] = field(
        "Modules that write nothing in it any more.", access="read", default=list
    )
    closed_by_id: UUID | None = ref("core.user", "Who closed it.", access="read", default=None)
    closed_at: datetime | None = field("When it was closed for good.", access="read", default=None)
    reopen_reason: str | None = field(
        "Why it was opened again.", access="read", max_length=500, default=None
    )


lifecycle = Lifecycle(
    "status",
    "open",
    (
        by_hand("soft_close", "open", to="soft_closed"),
        by_hand("reopen", "soft_closed", to="open"),
        by_hand("close_year", "open", "soft_closed", to="closed"),
    ),
)
periods = Resource(
    FiscalPeriod,
    adding="list get search history",
    en="fiscal period; fiscal periods; fiscal year; accounting month",
    fr="période comptable; périodes comptables; exercice; mois comptable",
    gender="f",
    lifecycle=lifecycle,
)


def year_of(day: date, starts: str) -> Days:
    """The fiscal year that a day is in, of years that start on `MM-DD`."""
    month, first = (int(part) for part in starts.split("-"))
    begins = date(day.year, month, first)
    if begins > day:
        begins = date(day.year - 1, month, first)
    return Days(begins, date(begins.year + 1, month, first) - timedelta(days=1))


def months_of(year: Days) -> list[Days]:
    """A fiscal year's months, cut to it."""
    found: list[Days] = []
    at = year.first
    while at <= year.last:
        last = date(at.year, at.month, calendar.monthrange(at.year, at.month)[1])
        found.append(Days(at, min(last, year.last)))
        at = last + timedelta(days=1)
    return found


def sequence_code(year: int) -> str:
    """The core sequence that numbers a fiscal year's entries."""
    return f"{_SEQUENCE}{year}"


async def open_year(ctx: Context, span: Days) -> FiscalPeriod:
    """Open a fiscal year with its months and the sequence of its entries."""
    year = span.last.year
    made = await ctx.add(FiscalPeriod(name=str(year), year=year, start=span.first, end=span.last))
    for number, month in enumerate(months_of(span), start=1):
        name = f"{month.first:%Y-%m}"
        await ctx.add(
            FiscalPeriod(name=name, year=year, month=number, start=month.first, end=month.last)
        )
    await ctx.add(
        kind("core.sequence")(
            code=sequence_code(year), name=f"Écritures {year}", pattern="{seq:06}", reset="never"
        )
    )
    return made


async def period_of(ctx: Context, day: date) -> FiscalPeriod:
    """The month that a day is in; its year is opened when it is the first day known of it."""
    c = FiscalPeriod.c
    where = (c.month.is_not(None), c.start <= day, c.end >= day)
    if found := await ctx.first(FiscalPeriod, *where):
        return found
    # Two first posters of a year: the second waits here, and then finds what the first has opened.
    house: Any = await ctx.get(kind("core.organization"), ctx.org_id, lock=True, beyond=True)
    if found := await ctx.first(FiscalPeriod, *where):
        return found
    await open_year(ctx, year_of(day, house.fiscal_year_start))
    made = await ctx.first(FiscalPeriod, *where)
    assert made
    return made


async def open_day(ctx: Context, day: date) -> date:
    """The day on which what happened on a day is booked: the same while its month is open, else today's."""
    month = await period_of(ctx, day)
    return day if month.status == "open" else ctx.today


async def check_open(ctx: Context, day: date, *, closing: bool = False) -> FiscalPeriod:
    """The open month that a day is in, or a refusal that says how it may be opened again.

    `closing`: whether it is a part of closing itself, which a closing that may be lifted lets through.
    """
    month = await period_of(ctx, day)
    if month.status == "open" or (month.status == "soft_closed" and closing):
        return month
    remedy = (
        f"Date it later, or open {month.name} again with invoicing.fiscal_period.reopen."
        if month.status == "soft_closed"
        else "Date it in a period that is open."
    )
    raise Conflict(
        reason=f"The period {month.name} is {month.status.replace('_', ' ')}: nothing is dated {day}.",
        remedy=remedy,
    )
