"""ECB: the euro's reference rates, as the European Central Bank publishes them on working days."""

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from typing import Annotated
from xml.etree import ElementTree as ET

from pydantic import Field

from eyeot import Context, Input, Output, Provider, ProviderUnavailable, action, invalid
from eyeot.types import Currency
from eyeot_sales.prices.exchange import LARGEST, ExchangeRate

ECB = Provider(
    name="ecb",
    doc=("Reference rates of the European Central Bank", "Taux de référence de la BCE"),
    url="https://www.ecb.europa.eu/stats/eurofxref",
)
_DAYS = 90
"""How far back the bank's shorter file goes."""
_LONGEST = 20
"""Characters of a rate."""


class Wanted(Input):
    """The day of the rates, and of which currencies."""

    date: Annotated[
        dt.date | None,
        Field(description="Left out, the latest; else the last published on or before it."),
    ] = None
    currencies: Annotated[
        list[Currency], Field(max_length=50, description="Left out, all that are published.")
    ] = Field(default_factory=list)


class Noted(Output):
    """The day of the rates, and which are new here."""

    date: dt.date
    added: list[str]
    known: Annotated[int, Field(description="How many were noted before.")]


@action(
    "sales.exchange_rate.fetch_latest",
    risk="e",
    en=(
        "Get the latest exchange rates of the ECB; update currency rates; today's rate of the "
        "dollar; refresh exchange rates"
    ),
    fr=(
        "Récupérer les derniers taux de change de la BCE; mettre à jour les cours des devises; "
        "cours du dollar du jour; actualiser les taux"
    ),
    example={"currencies": ["USD", "GBP"]},
    record=ExchangeRate,
    next=("sales.exchange_rate.convert",),
)
async def fetch_latest(ctx: Context, data: Wanted) -> Noted:
    """Note the reference rates of the European Central Bank, today's or those of a day of the last 90."""
    if data.date and not ctx.today - dt.timedelta(days=_DAYS) <= data.date <= ctx.today:
        raise invalid("date", f"give one of the last {_DAYS} days; import older rates from a file")
    path = "/eurofxref-hist-90d.xml" if data.date else "/eurofxref-daily.xml"
    answer = ctx.fetch(ECB, "GET", path)
    if not answer.ok:
        raise ProviderUnavailable(
            provider=ECB.name, reason="it has no such file", answered=answer.status
        )
    day, rates = _of_day(published(answer.body), data.date)
    chosen = {n: rate for n, rate in rates.items() if not data.currencies or n in data.currencies}
    return await _note(ctx, day, chosen)


async def _note(ctx: Context, day: dt.date, rates: dict[str, Decimal]) -> Noted:
    c = ExchangeRate.c
    known = {one.currency for one in await ctx.find(ExchangeRate, c.date == day, c.source == "ecb")}
    fresh = sorted(rates.keys() - known)
    for name in fresh:
        await ctx.add(ExchangeRate(currency=name, rate=rates[name], date=day, source="ecb"))
    return Noted(date=day, added=fresh, known=len(rates.keys() & known))


Published = dict[dt.date, dict[str, Decimal]]


def _of_day(found: Published, on: dt.date | None) -> tuple[dt.date, dict[str, Decimal]]:
    days = [day for day in found if on is None or day <= on]
    if not days:
        raise ProviderUnavailable(provider=ECB.name, reason="it published no rates of that day")
    return max(days), found[max(days)]


def published(body: bytes) -> Published:
    """The rates in the bank's XML, by day and currency; `ProviderUnavailable` for anything else."""
    try:
        # Without a document type there are no entities, so nothing grows and nothing else is read.
        text = body.decode()
        if "<!" in text:
            raise _unreadable()
        root = ET.fromstring(text)  # noqa: S314 - see above
        days = [one for one in root.iter() if "time" in one.attrib]
        return {
            dt.date.fromisoformat(day.attrib["time"]): {
                _code(one.attrib["currency"]): _rate(one.attrib["rate"]) for one in day
            }
            for day in days
        }
    except (ET.ParseError, KeyError, ValueError, InvalidOperation):
        raise _unreadable() from None


def _code(text: str) -> str:
    if not re.fullmatch("[A-Z]{3}", text):
        raise ValueError(text)
    return text


def _rate(text: str) -> Decimal:
    rate = Decimal(text) if len(text) <= _LONGEST else Decimal(0)
    if not rate.is_finite() or not 0 < rate <= LARGEST:
        raise ValueError(text)
    return rate


def _unreadable() -> ProviderUnavailable:
    return ProviderUnavailable(provider=ECB.name, reason="its answer is not the file of rates")
