"""Asking: what the reports of invoices share: their period, and how rows lead to their records."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Days, Drill, Filters, Period, Ref, days

TENTH = Decimal("0.1")


class Spell(Filters):
    """A period."""

    period: Annotated[Period | None, Field(description="The last twelve months when left out.")] = (
        None
    )


def span(ctx: Context, period: str | None) -> Days:
    """The days that are asked for; the last twelve months when none are."""
    if period:
        return days(period)
    today = ctx.today
    return Days(date(today.year - 1, today.month, 1), today)


def drill(action: str, **arguments: Any) -> Drill:
    """What lists a row's records; what was not given is left out."""
    return Drill(action=action, arguments={n: v for n, v in arguments.items() if v is not None})


def typeid(kind: str, id: UUID | None) -> str | None:
    """An id as callers give it."""
    return Ref(kind).write(id) if id else None


def cents(value: Any) -> Any:
    """A sum in SQL, 0 of nothing, to the cent."""
    return sa.func.round(sa.func.coalesce(value, 0), 2)


def tenth(value: Any) -> Decimal:
    """A number to one decimal, half up."""
    return Decimal(value or 0).quantize(TENTH, ROUND_HALF_UP)
