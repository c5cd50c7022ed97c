"""Asking: the periods that the core's reports share, and how rows lead to what they count."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pydantic import Field as Limits

from eyeot.declare.context import Context
from eyeot.declare.period import Days, Period, days
from eyeot.declare.report import Filters

_USUAL = timedelta(days=29)
_TENTH = Decimal("0.1")


class Spell(Filters):
    """A period."""

    period: Annotated[Period | None, Limits(description="The last thirty days when left out.")] = (
        None
    )


class Instants(NamedTuple):
    """From an instant to just before another."""

    start: datetime
    end: datetime

    def covers(self, column: Any) -> sa.ColumnElement[bool]:
        """Whether an instant lies in them."""
        covered: sa.ColumnElement[bool] = sa.and_(column >= self.start, column < self.end)
        return covered

    @property
    def asked(self) -> dict[str, str]:
        """As lists take them."""
        return {"at_from": self.start.isoformat(), "at_to": self.end.isoformat()}


def span(ctx: Context, period: str | None) -> Days:
    """The days that are asked for."""
    return days(period) if period else Days(ctx.today - _USUAL, ctx.today)


def instants(ctx: Context, spell: Days) -> Instants:
    """Those days by the organisation's clocks."""
    zone = ZoneInfo(ctx.timezone)
    return Instants(_midnight(spell.first, zone), _midnight(spell.last + timedelta(days=1), zone))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def percent(part: int, whole: int) -> Decimal | None:
    """A share in percent, rounded half up to a tenth; None of nothing."""
    return (Decimal(100 * part) / whole).quantize(_TENTH, ROUND_HALF_UP) if whole else None


def counted(condition: Any) -> Any:
    """How many rows meet a condition."""
    return sa.func.count().filter(condition)
