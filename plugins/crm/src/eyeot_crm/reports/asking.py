"""Asking: the filters that the CRM's reports share, and how rows lead to their records."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa

from eyeot import Context, Days, Spell
from eyeot_crm.ids import PipelineId, UserId

CENT = Decimal("0.01")
TENTH = Decimal("0.1")
NO_EURO = "Amounts in other currencies than the euro are not added up here."


class SellerSpell(Spell):
    """A period and a salesperson."""

    owner_id: UserId | None = None


class Selling(SellerSpell):
    """A period, a salesperson and a pipeline."""

    pipeline_id: PipelineId | None = None


def day(ctx: Context, column: Any) -> Any:
    """The day of an instant, by the organisation's clocks."""
    return sa.cast(sa.func.timezone(ctx.timezone, column), sa.Date)


def during(ctx: Context, column: Any, spell: Days) -> Any:
    """Whether an instant lies in those days."""
    return day(ctx, column).between(spell.first, spell.last)


def chosen(record: Any, data: Any) -> list[Any]:
    """The conditions of an owner and a pipeline, as far as they were given."""
    where = []
    if getattr(data, "owner_id", None):
        where.append(record.c.owner_id == data.owner_id)
    if getattr(data, "pipeline_id", None):
        where.append(record.c.pipeline_id == data.pipeline_id)
    return where


def percent(part: int, whole: int) -> Decimal:
    """A share in percent, rounded half up to a tenth; 0 of nothing."""
    if not whole:
        return Decimal(0)
    return (Decimal(100 * part) / whole).quantize(TENTH, ROUND_HALF_UP)


def cents(value: Any) -> Decimal:
    """An amount to the cent."""
    return Decimal(value or 0).quantize(CENT, ROUND_HALF_UP)
