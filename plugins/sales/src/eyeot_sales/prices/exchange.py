"""Exchange: rates of currencies by the day, and money in another currency."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Exact,
    Input,
    Money,
    Output,
    Record,
    Resource,
    Shared,
    action,
    field,
    invalid,
)
from eyeot.types import Currency

BASE = "EUR"
LARGEST = Decimal(1_000_000)
"""Of a rate."""
_STALE_DAYS = 7
"""The ECB publishes on every working day; the longest pause between two, at Easter, is five days."""


class ExchangeRate(
    Record,
    name="sales.exchange_rate",
    prefix="xrt",
    label="currency",
    hint=("date", "source"),
    search=("currency",),
    unique=(("currency", "date", "source"),),
    reach=Shared(),
    sort="-date",
    bare=True,
):
    """What one euro is in another currency on a day; never changed, the next day has its own."""

    currency: Currency = field("The other currency.", access="create")
    rate: Decimal = field(
        "How many of it one euro is, e.g. 1.0823 for USD.",
        access="create",
        ge=Decimal("0.000001"),
        le=LARGEST,
    )
    date: dt.date = field("The day it is of.", access="create")
    source: Literal["ecb", "manual", "bank"] = field(
        "Who says so; a bank's or one's own goes before the ECB's.",
        access="create",
        default="manual",
    )


async def prepare(ctx: Context, row: Any, _values: dict[str, Any]) -> None:
    """Refuse a rate of the euro, or of a day to come."""
    if row.currency == BASE:
        raise invalid("currency", "one euro is one euro: give another currency")
    if row.date > ctx.today:
        raise invalid("date", f"lies after today, {ctx.today}: nobody knows that rate yet")


exchange_rates = Resource(
    ExchangeRate,
    adding="list get create search import bulk_create",
    en="exchange rate; exchange rates; currency rate; rate of the dollar",
    fr="taux de change; taux de change; cours d'une devise; cours du dollar",
    prepare=prepare,
    example={"currency": "NOK", "rate": "11.6020", "date": "2026-02-02", "source": "manual"},
)


class Exchange(Input):
    """Money, the currency wanted and the day."""

    amount: Money
    to: Annotated[Currency, Field(description="The currency wanted, ISO 4217.")]
    date: Annotated[dt.date | None, Field(description="The day; left out, today.")] = None


class Exchanged(Output):
    """The money in the other currency, rounded half up, and the rates it came by."""

    amount: Money
    rate: Annotated[Exact, Field(description="How many of the new one of the old is.")]
    rate_date: Annotated[dt.date | None, Field(description="The day of the older rate used.")]
    source: str | None
    is_stale: Annotated[bool, Field(description="Whether that is more than a week before the day.")]


@action(
    "sales.exchange_rate.convert",
    risk="r",
    en=(
        "Convert money into another currency; how much is it in dollars; amount in euros; foreign "
        "currency at a date"
    ),
    fr=(
        "Convertir un montant dans une autre devise; combien en dollars; contre-valeur en euros; "
        "montant en devise à une date"
    ),
    example={"amount": {"amount": "100.00", "currency": "EUR"}, "to": "USD"},
    record=ExchangeRate,
)
async def convert(ctx: Context, data: Exchange) -> Exchanged:
    """Convert money into another currency at the rate of a day, the last known one on or before it."""
    return await exchanged(ctx, data.amount, data.to, data.date or ctx.today)


_FINEST = Decimal("1e-8")


async def exchanged(ctx: Context, money: Money, to: str, on: dt.date) -> Exchanged:
    """Money in another currency by the rates of a day; refused where a rate is not known."""
    used = [
        await rate_of(ctx, currency, on)
        for currency in (money.currency, to)
        if currency != BASE and money.currency != to
    ]
    by = {one.currency: one.rate for one in used}
    factor = by.get(to, Decimal(1)) / by.get(money.currency, Decimal(1))
    oldest = min(used, key=lambda one: one.date, default=None)
    return Exchanged(
        amount=Money(amount=Decimal(1), currency=to).times(money.amount * factor),
        rate=factor.quantize(_FINEST, ROUND_HALF_UP).normalize(),
        rate_date=oldest.date if oldest else None,
        source=oldest.source if oldest else None,
        is_stale=oldest is not None and (on - oldest.date).days > _STALE_DAYS,
    )


async def rate_of(ctx: Context, currency: str, on: dt.date) -> ExchangeRate:
    """The last rate of a currency on or before a day; of one day, a bank's or one's own goes first."""
    c = ExchangeRate.c
    order = (c.date.desc(), (c.source == "ecb").asc(), c.id.desc())
    found = await ctx.first(ExchangeRate, c.currency == currency, c.date <= on, order=order)
    if found is None:
        raise Conflict(
            reason=f"No rate of {currency} is known on or before {on}.",
            remedy="Get them with sales.exchange_rate.fetch_latest, or note one with create.",
        )
    return found
