"""Months: opened ahead, closed for a while, and opened again with a reason."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from eyeot import Conflict, Context, Days, Event, Input, action, invalid
from eyeot_invoicing.ids import PeriodId
from eyeot_invoicing.ledger.entries import JournalEntry
from eyeot_invoicing.ledger.periods import FiscalPeriod, lifecycle, open_year, year_of

_p = FiscalPeriod.c
_LONGEST = 24
"""Months of the longest fiscal year: the first one may run into the next calendar year's end."""


class NewYear(Input):
    """A fiscal year to open ahead."""

    start: Annotated[
        dt.date | None,
        Field(description="The day after the last year known when left out."),
    ] = None
    end: Annotated[
        dt.date | None,
        Field(description="Its last day; twelve months, or the usual end, when left out."),
    ] = None


@action(
    "invoicing.fiscal_period.create",
    risk="w",
    en="Open a fiscal year; create a fiscal year; new accounting year; prepare next year's periods",
    fr=(
        "Ouvrir un exercice; créer un exercice comptable; nouvel exercice; préparer les périodes de "
        "l'année suivante"
    ),
    example={},
    events=("invoicing.fiscal_period.created",),
    record=FiscalPeriod,
    next=("invoicing.fiscal_period.list",),
)
async def create(ctx: Context, data: NewYear) -> FiscalPeriod:
    """Open a fiscal year with its months and the numbers of its entries.

    A first year may be longer or shorter than twelve months; years do not overlap nor leave a gap.
    """
    house = await ctx.organization()
    known = await ctx.find(FiscalPeriod, _p.month.is_(None), order=_p.start)
    after = known[-1].end + dt.timedelta(days=1) if known else None
    start = data.start or after or year_of(ctx.today, house.fiscal_year_start).first
    span = Days(start, data.end or year_of(start, house.fiscal_year_start).last)
    _refuse_unfit(span, known)
    return await open_year(ctx, span)


def _refuse_unfit(span: Days, known: list[FiscalPeriod]) -> None:
    if span.last < span.first:
        raise invalid("end", "must not lie before its start")
    apart = (span.last.year - span.first.year) * 12 + span.last.month - span.first.month + 1
    if apart > _LONGEST:
        raise invalid("end", f"a fiscal year has {_LONGEST} months at most")
    for one in known:
        if one.start <= span.last and span.first <= one.end:
            raise Conflict(
                reason=f"The fiscal year {one.name} runs from {one.start} to {one.end} already.",
                remedy="Give a start after the last year that is open, or leave it out.",
                field="start",
            )
    if known and dt.timedelta(days=1) not in (
        span.first - known[-1].end,
        known[0].start - span.last,
    ):
        raise invalid("start", f"must be the day after {known[-1].end}, with no gap between years")
    if any(one.year == span.last.year for one in known):
        raise invalid("end", f"another fiscal year ends in {span.last.year}")


class Month(Input):
    """A month, or a year with all of its months."""

    id: PeriodId


@action(
    "invoicing.fiscal_period.soft_close",
    risk="w",
    en=(
        "Close a month for now; lock a month in the books; soft close a period; stop entries in "
        "a past month; close the month; month-end closing"
    ),
    fr=(
        "Clôturer un mois provisoirement; verrouiller un mois; bloquer la saisie d'une période; "
        "clôture mensuelle; clôturer le mois; arrêter le mois"
    ),
    example={"id": "$invoicing.fiscal_period?status=open"},
    record=FiscalPeriod,
    next=("invoicing.fiscal_period.reopen", "invoicing.fiscal_period.checklist"),
)
async def soft_close(ctx: Context, data: Month) -> FiscalPeriod:
    """Stop ordinary posting in a month: entries, invoices, payments; its drafts are validated or moved first.

    What closing itself writes still comes in: the month's VAT return, expenses that are spread, the opening.
    """
    period = await ctx.get(FiscalPeriod, data.id, lock=True)
    lifecycle.check(period, "soft_close")
    e = JournalEntry.c
    drafts = await ctx.find(
        JournalEntry, e.status == "draft", e.date.between(period.start, period.end), limit=5
    )
    if drafts:
        named = ", ".join(f"'{one.label}'" for one in drafts)
        raise Conflict(
            reason=f"There are drafts in {period.name}: {named}.",
            remedy="Validate them with invoicing.journal_entry.validate, or date them later.",
        )
    for month in await months_of_period(ctx, period):
        if month.status == "open":
            month.closed_by_id = ctx.user_id
            lifecycle.take(month, "soft_close")
    return period


async def months_of_period(ctx: Context, period: FiscalPeriod) -> list[FiscalPeriod]:
    """A month alone; a year with its months, locked."""
    if period.month is not None:
        return [period]
    months = await ctx.find(
        FiscalPeriod, _p.year == period.year, _p.month.is_not(None), order=_p.start
    )
    locked = [await ctx.get(FiscalPeriod, one.id, lock=True) for one in months]
    return [period, *locked]


class PeriodReopened(Event, name="invoicing.fiscal_period.reopened"):
    """A month takes entries again."""

    period_id: PeriodId
    reason: str


class Reopen(Input):
    """A month that was closed for a while, and why it is opened."""

    id: PeriodId
    reason: Annotated[str, Field(min_length=3, max_length=500)]


@action(
    "invoicing.fiscal_period.reopen",
    risk="w",
    en="Reopen a month; unlock a period in the books; allow entries in a closed month again",
    fr=("Rouvrir un mois; déverrouiller une période; réautoriser la saisie dans un mois clôturé"),
    example={
        "id": "$invoicing.fiscal_period?status=soft_closed",
        "reason": "Facture de téléphone oubliée",
    },
    events=("invoicing.fiscal_period.reopened",),
    record=FiscalPeriod,
    next=("invoicing.fiscal_period.soft_close",),
)
async def reopen(ctx: Context, data: Reopen) -> FiscalPeriod:
    """Let entries into a month again that was closed for a while; a year that is closed stays closed."""
    period = await ctx.get(FiscalPeriod, data.id, lock=True)
    lifecycle.check(period, "reopen")
    for month in await months_of_period(ctx, period):
        if month.status == "soft_closed":
            month.reopen_reason = data.reason
            lifecycle.take(month, "reopen")
    ctx.emit(PeriodReopened(period_id=period.id, reason=data.reason))
    return period
