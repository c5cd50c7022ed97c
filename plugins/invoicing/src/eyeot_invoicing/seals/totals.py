"""Totals: what was sold and received over a stretch of time, by the moment at which it was recorded."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from eyeot import Context, Days
from eyeot_invoicing.ledger.entries import ZERO
from eyeot_invoicing.payments.record import Payment
from eyeot_invoicing.sealing import chains
from eyeot_sales.trade.amounts import rounded

PAGE = 2_000


class Stretch(NamedTuple):
    """Two moments; the second is not in it."""

    since: datetime
    until: datetime


def stretch_of(span: Days, zone: str) -> Stretch:
    """The moments of a span of days in an organisation's time zone."""
    at = ZoneInfo(zone)
    after = span.last + timedelta(days=1)
    return Stretch(
        datetime.combine(span.first, time(), tzinfo=at), datetime.combine(after, time(), tzinfo=at)
    )


@dataclass(slots=True)
class Totals:
    """What a stretch comes to, in the currency of the books."""

    rates: dict[tuple[str, Decimal], list[Decimal]] = field(default_factory=dict)
    gross: Decimal = ZERO
    received: Decimal = ZERO
    pieces: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def add(self, row: dict[str, Any], sign: int) -> None:
        """Take in a piece."""
        rate = row["exchange_rate"]

        def books(amount: Any) -> Decimal:
            worth = Decimal(amount)
            return worth if rate is None else rounded(worth * rate)

        self.gross += sign * books(row["gross"] or 0)
        for one in row["tax_breakdown"] or []:
            kept = self.rates.setdefault((one["category"], Decimal(one["percent"])), [ZERO, ZERO])
            kept[0] += sign * books(one["base"])
            kept[1] += sign * books(one["tax"])

    def note(self, kind: str, number: str, seal: str) -> None:
        """Count a sealed piece."""
        self.pieces += 1
        self.digest.update(f"{kind} {number} {seal}\n".encode())

    def told(self) -> list[Any]:
        """The rates, as a seal keeps them."""
        return [
            {
                "category": category,
                "percent": f"{percent.normalize() + 0:f}",
                "base": f"{base:f}",
                "tax": f"{tax:f}",
            }
            for (category, percent), (base, tax) in sorted(self.rates.items())
        ]


async def totalled(ctx: Context, stretch: Stretch) -> Totals:
    """What was recorded in a stretch: sealed pieces in the order of their chains, and money received."""
    found = Totals()
    for kind in sorted(chains):
        async for row in _recorded(ctx, kind, stretch):
            found.note(kind, row["number"], row["hash"])
            if chains[kind].sells:
                found.add(row, chains[kind].sign)
    found.received = await _received(ctx, stretch)
    return found


async def _recorded(ctx: Context, kind: str, stretch: Stretch) -> Any:
    record = chains[kind].record
    c = record.c
    at = c[chains[kind].moment]
    part = c[chains[kind].within]
    columns = [c.id, c.number, c.hash, c.rank, part.label("part")]
    if chains[kind].sells:
        columns += [c.tax_breakdown, c.total_gross_amount.label("gross"), c.exchange_rate]
    mine = (
        sa.select(*columns)
        .where(ctx.within(record), c.rank.is_not(None), at >= stretch.since, at < stretch.until)
        .order_by(part, c.rank)
        .limit(PAGE)
    )
    after: Any = sa.true()
    while found := await ctx.rows(mine.where(after)):
        for one in found:
            yield one
        last = found[-1]
        after = sa.tuple_(part, c.rank) > (last["part"], last["rank"])


async def _received(ctx: Context, stretch: Stretch) -> Decimal:
    c: Any = Payment.c
    worth = sa.func.round(c.amount_amount * sa.func.coalesce(c.exchange_rate, 1), 2)
    signed = sa.case((c.direction == "in", worth), else_=-worth)
    told = sa.select(sa.func.coalesce(sa.func.sum(signed), 0).label("sum")).where(
        ctx.within(Payment), c.posted_at >= stretch.since, c.posted_at < stretch.until
    )
    return Decimal((await ctx.rows(told))[0]["sum"])


async def sold_before(ctx: Context, until: datetime) -> Decimal:
    """All that was ever sold up to a moment, with VAT, in the currency of the books: the perpetual total."""
    total = ZERO
    for chain in chains.values():
        if not chain.sells:
            continue
        c: Any = chain.record.c
        worth = c.total_gross_amount * sa.func.coalesce(c.exchange_rate, 1)
        told = sa.select(sa.func.coalesce(sa.func.sum(sa.func.round(worth, 2)), 0).label("sum"))
        mine = (ctx.within(chain.record), c.rank.is_not(None), c.posted_at < until)
        total += chain.sign * Decimal((await ctx.rows(told.where(*mine)))[0]["sum"])
    return total


async def first_after(ctx: Context, since: datetime, until: datetime) -> datetime | None:
    """When the first piece was recorded in a stretch."""
    found = []
    for chain in chains.values():
        c: Any = chain.record.c
        at = c[chain.moment]
        told = sa.select(sa.func.min(at).label("at")).where(
            ctx.within(chain.record), c.rank.is_not(None), at >= since, at < until
        )
        found += [one["at"] for one in await ctx.rows(told) if one["at"]]
    return min(found, default=None)


def year_days(year: int) -> Days:
    """A calendar year."""
    return Days(date(year, 1, 1), date(year, 12, 31))
