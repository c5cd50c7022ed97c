"""Closing: the daily, monthly and yearly closings with their totals and the perpetual grand total.

Source: CGI, art. 286, I-3° bis; BOI-TVA-DECLA-30-10-30.
"""

import datetime as dt
from typing import Annotated, Any

from pydantic import Field

from eyeot import Conflict, Context, Days, Event, Input, Money, action, days, invalid
from eyeot_invoicing.ids import SealId
from eyeot_invoicing.seals.record import FiscalSeal, Kind, put
from eyeot_invoicing.seals.totals import (
    Stretch,
    Totals,
    first_after,
    sold_before,
    stretch_of,
    totalled,
    year_days,
)

GRACE = dt.timedelta(hours=1)
"""After the end of a period: whatever call was under way then has ended."""


class SealClosed(Event, name="invoicing.fiscal_seal.closed"):
    """A period was closed and signed."""

    seal_id: SealId
    kind: str


class Day(Input):
    """A day that is over."""

    date: Annotated[dt.date | None, Field(description="Yesterday when left out.")] = None


class Month(Input):
    """A month that is over."""

    month: Annotated[
        str | None,
        Field(
            pattern=r"^[12]\d{3}-(0[1-9]|1[0-2])$", description="e.g. 2026-10; else the last one."
        ),
    ] = None


class Year(Input):
    """A calendar year that is over."""

    year: Annotated[
        int | None, Field(ge=1950, le=2200, description="The last one when left out.")
    ] = None


@action(
    "invoicing.fiscal_seal.close_day",
    risk="x",
    en="Close the day; daily fiscal closing; end of day closing; Z report of the day",
    fr="Clôturer la journée; clôture journalière; clôture de caisse du jour; ticket Z",
    example={},
    events=("invoicing.fiscal_seal.closed",),
    record=FiscalSeal,
    next=("invoicing.fiscal_seal.close_month",),
)
async def close_day(ctx: Context, data: Day) -> FiscalSeal:
    """Seal and sign a day that is over: totals by VAT rate, perpetual grand total, and every piece's seal."""
    day = data.date or ctx.today - dt.timedelta(days=1)
    return await closed(ctx, "day", Days(day, day))


@action(
    "invoicing.fiscal_seal.close_month",
    risk="x",
    en="Seal the month's totals; monthly fiscal closing; sign the month's totals",
    fr="Sceller les totaux du mois; clôture fiscale du mois; signer les totaux du mois",
    example={},
    events=("invoicing.fiscal_seal.closed",),
    record=FiscalSeal,
    next=("invoicing.fiscal_seal.archive_period",),
)
async def close_month(ctx: Context, data: Month) -> FiscalSeal:
    """Seal and sign a month that is over: totals by VAT rate and the perpetual grand total."""
    last = ctx.today.replace(day=1) - dt.timedelta(days=1)
    return await closed(ctx, "month", days(data.month or f"{last:%Y-%m}"))


@action(
    "invoicing.fiscal_seal.close_year",
    risk="x",
    en="Seal the year's totals; yearly fiscal closing; sign the year's totals",
    fr="Sceller les totaux de l'année; clôture fiscale de l'année; signer les totaux de l'année",
    example={},
    events=("invoicing.fiscal_seal.closed",),
    record=FiscalSeal,
    next=("invoicing.fiscal_seal.archive_period", "invoicing.fiscal_period.close_year"),
)
async def close_year(ctx: Context, data: Year) -> FiscalSeal:
    """Seal and sign a calendar year that is over: totals by VAT rate and the perpetual grand total."""
    return await closed(ctx, "year", year_days(data.year or ctx.today.year - 1))


async def closed(ctx: Context, kind: Kind, span: Days) -> FiscalSeal:
    """Seal a span of days; the order of closings of a kind is that of time, and none has a gap."""
    stretch = refuse_running(ctx, span)
    await _refuse_disorder(ctx, kind, span, stretch)
    seal = await sealed_span(ctx, kind, span, await totalled(ctx, stretch))
    ctx.emit(SealClosed(seal_id=seal.id, kind=kind))
    return seal


def refuse_running(ctx: Context, span: Days) -> Stretch:
    """The moments of a span that is over, or a refusal."""
    stretch = stretch_of(span, ctx.timezone)
    if stretch.until + GRACE > ctx.now:
        raise Conflict(
            reason=f"{span.last} is not over, or only just: it is closed from an hour after its end.",
            remedy="Close an earlier period, or come back then.",
        )
    return stretch


async def _refuse_disorder(ctx: Context, kind: Kind, span: Days, stretch: Stretch) -> None:
    c = FiscalSeal.c
    last = await ctx.first(FiscalSeal, c.kind == kind, order=c.end.desc())
    if last and last.end >= span.first:
        raise Conflict(
            reason=f"{span.first} is closed already: the last {kind} closed ends on {last.end}"
            f" ({last.number}).",
            remedy="A closing is never made again; verify_chain shows that it holds.",
        )
    if last is None:
        # The first of its kind may be any: the perpetual total counts what was before it.
        return
    since = stretch_of(Days(last.end, last.end), ctx.timezone).until
    if (left := await first_after(ctx, since, stretch.since)) is not None:
        day = left.astimezone(stretch.since.tzinfo).date()
        raise invalid(
            {"day": "date", "month": "month"}.get(kind, "year"),
            f"pieces of {day} are in no closing of a {kind} yet; close the {kind} of {day} first",
        )


async def sealed_span(
    ctx: Context, kind: Kind, span: Days, totals: Totals, **more: Any
) -> FiscalSeal:
    """Write the seal of what a span came to."""
    house = await ctx.organization()
    until = stretch_of(span, ctx.timezone).until
    currency = house.currency
    return await put(
        ctx,
        FiscalSeal(
            number="",
            rank=0,
            kind=kind,
            start=span.first,
            end=span.last,
            at=ctx.now,
            totals=totals.told(),
            pieces=totals.pieces,
            pieces_hash=totals.digest.hexdigest(),
            received=totals.received,
            period_total=Money(amount=totals.gross, currency=currency),
            grand_total_perpetual=Money(amount=await sold_before(ctx, until), currency=currency),
            seal_version=0,
            prev_hash="",
            hash="",
            signature="",
            signer_key="",
            **more,
        ),
    )
