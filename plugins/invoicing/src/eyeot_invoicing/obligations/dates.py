"""Dates: when VAT returns are due, and when sales and payments are reported."""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Literal

from eyeot import Context, DatedRow, Days, DueDate, RecordRef, dated, due_dates, months
from eyeot_invoicing.invoices.identities import seller
from eyeot_invoicing.ledger.periods import year_of
from eyeot_invoicing.vat.returns import VatReturn

_CAPITAL = ("75", "92", "93", "94")
_SMALL = ("micro", "sme", None)
_FILED = ("filed", "paid")
_QUARTER, _YEAR, _DECEMBER = 3, 12, (12, 31)
_TENTH, _TWENTIETH = 10, 20
_SATURDAY, _LAST = 5, 31


class VatDay(DatedRow):
    """The day of the month by which some companies file."""

    where: Literal["capital", "elsewhere"]
    who: Literal["alone", "company", "sa", "other"]
    first: str
    last: str
    day: int
    article: str


class Reporting(DatedRow):
    """What a regime reports, over which periods, and by when."""

    regime: str
    what: Literal["transactions", "payments"]
    every: Literal["ten_days", "month", "two_months"]
    day: int | None = None
    days_after: int | None = None
    large_from: date
    small_from: date
    article: str


DAYS = dated("eyeot_invoicing.obligations", "vat_days.toml", VatDay, about="days of VAT returns")
REPORTING = dated(
    "eyeot_invoicing.obligations", "reporting.toml", Reporting, about="dates of e-reporting"
)


async def deposit_day(ctx: Context, on: date) -> VatDay:
    """By which day of the month the organisation files; the earliest where it does not say enough.

    Source: CIBS, art. A. 161-29 (CGI ann. IV, art. 39).
    """
    house, own = await ctx.organization(), await seller(ctx)
    form = (own.legal_form or "").upper()
    where = "capital" if (own.postcode or "")[:2] in _CAPITAL else "elsewhere"
    who = "sa" if form == "SA" else "company" if house.is_company else "alone"
    key = own.name.strip().upper()[:1] if who == "alone" else (own.siren or "")[:2]
    alike = [one for one in DAYS.on(on) if (one.where, one.who) == (where, who)]
    fitting = [one for one in alike if one.first <= key <= one.last]
    return min(fitting or alike, key=lambda one: one.day)


@due_dates("invoicing.vat_returns")
async def vat_returns(ctx: Context, span: Days) -> list[DueDate]:
    """The returns to file, by the organisation's regime, and the last one where it is late."""
    house: Any = await ctx.organization()
    if house.vat_regime in (None, "franchise"):
        return []
    rows = {one.period: one for one in await ctx.find(VatReturn)}
    since = house.vat_regime_from or date.min
    found = []
    async for period, name, on, article in _periods(ctx, house, span):
        row = rows.get(name)
        settled = row is not None and row.status in _FILED
        late = on < span.first and row is not None
        if settled or period.last < since or not (on in span or late):
            continue
        form = "CA12" if house.vat_regime == "simplified" else "CA3"
        found.append(
            DueDate(
                "invoicing.vat_return",
                on,
                (f"File the VAT return {form} of {name}", f"Déclaration de TVA {form} de {name}"),
                "invoicing.vat_return.mark_filed" if row else "invoicing.vat_return.create",
                article,
                RecordRef.to("invoicing.vat_return", row.id) if row else None,
            )
        )
    return found


async def _periods(ctx: Context, house: Any, span: Days) -> Any:
    """The periods of returns: their days, name, last day to file, and the article."""
    if house.vat_regime == "simplified":
        for year in (span.first.year - 1, span.first.year, span.last.year):
            days = year_of(date(year, _YEAR, 31), house.fiscal_year_start)
            yield days, str(days.last.year), await _annual(ctx, days.last), "CGI, art. 287, 3"
        return
    step = _QUARTER if house.vat_regime == "normal_quarterly" else 1
    begin = date(span.first.year - 1, 1, 1)
    row = await deposit_day(ctx, span.first)
    every = months(Days(begin, span.last))
    for at in range(0, len(every) - step + 1, step):
        days = Days(every[at].first, every[at + step - 1].last)
        name = f"{days.first:%Y-%m}" if step == 1 else _quarter(days.first)
        yield days, name, _in_month_after(days.last, row.day), row.article


def _quarter(first: date) -> str:
    return f"{first.year}-Q{(first.month - 1) // _QUARTER + 1}"


async def _annual(ctx: Context, end: date) -> date:
    """The last day for a yearly return: the second working day after 1 May, or three months after the end."""
    if (end.month, end.day) != _DECEMBER:
        first = end + timedelta(days=1)
        return _in_month_after(months(Days(first, first + timedelta(days=70)))[1].last, _LAST)
    told = await ctx.call("core.calendar.list_public_holidays", {"year": end.year + 1})
    off = {date.fromisoformat(one["on"]) for one in told.items}
    day, left = date(end.year + 1, 5, 1), 2
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY and day not in off
    return day


def _in_month_after(end: date, day: int) -> date:
    after = end + timedelta(days=1)
    return after.replace(day=min(day, calendar.monthrange(after.year, after.month)[1]))


@due_dates("invoicing.e_reporting")
async def reporting(ctx: Context, span: Days) -> list[DueDate]:
    """When sales that no e-invoice tells, and payments, are reported; nothing where there is none."""
    house: Any = await ctx.organization()
    found = []
    for row in REPORTING:
        begins = row.small_from if house.size_class in _SMALL else row.large_from
        if row.regime != house.vat_regime:
            continue
        for days in _reported(row, span):
            on = _due(row, days.last)
            if days.first >= begins and row.holds(days.first) and on in span:
                what = ("sales" if row.what == "transactions" else "payments", days)
                found.append(DueDate(f"invoicing.e_report.{row.what}", on, _said(*what),
                                     "invoicing.einvoice.list", row.article))  # fmt: skip
    return found


def _said(what: str, days: Days) -> tuple[str, str]:
    french = {"sales": "ventes aux particuliers et hors de France", "payments": "encaissements"}
    english = {"sales": "sales to private persons and abroad", "payments": "payments received"}
    return (
        f"E-reporting of {english[what]}, {days.first} to {days.last}, if there are any",
        f"E-reporting des {french[what]}, du {days.first:%d/%m/%Y} au {days.last:%d/%m/%Y}, s'il y en a",
    )


def _due(row: Reporting, end: date) -> date:
    if row.days_after is not None:
        return end + timedelta(days=row.days_after)
    return _in_month_after(end, row.day or 1)


def _reported(row: Reporting, span: Days) -> Iterator[Days]:
    """The periods that a row is about, from those just before a span to its end."""
    every = months(Days(date(span.first.year - 1, 1, 1), span.last))
    if row.every == "two_months":
        yield from (Days(a.first, b.last) for a, b in zip(every[::2], every[1::2], strict=False))
        return
    for one in every:
        if row.every == "month":
            yield one
            continue
        tenth, twentieth = one.first.replace(day=_TENTH), one.first.replace(day=_TWENTIETH)
        yield Days(one.first, tenth)
        yield Days(tenth + timedelta(days=1), twentieth)
        yield Days(twentieth + timedelta(days=1), one.last)
