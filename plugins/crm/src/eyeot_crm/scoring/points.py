"""Points: what each rule gives to which records, falling with time."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from eyeot import Context, Record
from eyeot_crm.segments.record import KINDS


@dataclass(frozen=True, slots=True)
class Given:
    """What one rule gives one record."""

    rule: str
    points: int


async def points(
    ctx: Context, resource: str, rules: Iterable[Any], ids: Sequence[UUID]
) -> dict[UUID, list[Given]]:
    """What the rules give each of these records; whoever no rule meets has nothing."""
    record = KINDS[resource]
    changed = await _changed(ctx, record, ids)
    found: dict[UUID, list[Given]] = defaultdict(list)
    for rule in rules:
        query = ctx.filters(record, rule.condition, path="condition")
        for id in await ctx.matching(record, query, among=ids):
            worth = _worth(rule.points, rule.decay_days, changed[id], ctx.now)
            if worth:
                found[id].append(Given(rule.name, worth))
    return {id: found.get(id, []) for id in changed}


async def _changed(ctx: Context, record: type[Record], ids: Sequence[UUID]) -> dict[UUID, datetime]:
    select = sa.select(record.c.id, record.c.updated_at).where(
        ctx.within(record), record.c.id.in_(list(ids))
    )
    return {row["id"]: row["updated_at"] for row in await ctx.rows(select)}


def _worth(points: int, decay_days: int | None, changed: datetime, now: datetime) -> int:
    """The points that are left, rounded half up once."""
    if decay_days is None:
        return points
    age = Decimal((now - changed).total_seconds()) / 86_400
    left = max(Decimal(0), 1 - age / decay_days)
    return int((points * left).quantize(Decimal(1), ROUND_HALF_UP))


def total(given: Sequence[Given]) -> int:
    """The score: between 0 and 1,000."""
    return max(0, min(1_000, sum(one.points for one in given)))
