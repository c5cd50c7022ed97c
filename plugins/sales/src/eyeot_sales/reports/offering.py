"""Offering: how many quotes become orders, how fast, and why the others do not."""

from decimal import Decimal
from statistics import median
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Exact, ReportRow, Told, drill, kind, report, typeid
from eyeot_sales.quotes.records import Quote
from eyeot_sales.reports.asking import Asked, amount, percent, span_of
from eyeot_sales.trade.amounts import ZERO

_WON = ("accepted", "converted")


class ByQuote(Asked):
    """What quotes are grouped by; the period is that of sending."""

    by: Literal["seller", "reason", "month"] = "seller"


class ConversionRow(ReportRow):
    """What became of the quotes of one group."""

    label: str
    sent: int
    accepted: int
    declined: int
    expired: int
    open: int
    rate: Annotated[Exact, Field(description="Percent of those that were answered or expired.")]
    amount: Annotated[Exact, Field(description="Sent, without VAT.")]
    won: Annotated[Exact, Field(description="Accepted, without VAT.")]
    median_days: Annotated[Exact | None, Field(description="From sending to acceptance.")] = None


@report(
    "sales.report.quote_conversion",
    row=ConversionRow,
    en=(
        "Quote conversion; how many quotes are accepted; success rate of offers; why quotes are "
        "declined; how many quotes become orders"
    ),
    fr=(
        "Transformation des devis; combien de devis sont acceptés; taux de réussite des offres; "
        "pourquoi les devis sont refusés; combien de devis deviennent des commandes"
    ),
    example={},
)
async def quote_conversion(ctx: Context, data: ByQuote) -> Told:
    """Follow the quotes sent in a period, each by its last version: accepted, declined, expired or open."""
    spell, user, c = span_of(ctx, data.period), kind("core.user"), Quote.c
    sent_on = sa.cast(sa.func.timezone(ctx.timezone, c.sent_at), sa.Date)
    wanted = [(c.owner_id, data.owner_id), (c.party_id, data.party_id)]
    select = (
        sa.select(
            c.status,
            c.owner_id,
            c.decline_reason,
            c.accepted_on,
            c.total_net_amount,
            sent_on.label("sent_on"),
            user.c.display_name,
        )
        .outerjoin(user.meta.table, (user.c.org_id == c.org_id) & (user.c.id == c.owner_id))
        .where(
            ctx.within(Quote),
            c.currency == data.currency,
            c.status.not_in(("revised", "cancelled")),
            sent_on.between(spell.first, spell.last),
            *(column == value for column, value in wanted if value is not None),
        )
    )
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in await ctx.rows(select):
        groups.setdefault(_key(data.by, one), []).append(one)
    rows = [_row(data.by, label, groups[label]) for label in sorted(groups)]
    return Told(
        rows,
        {
            "sent": sum(one.sent for one in rows),
            "accepted": sum(one.accepted for one in rows),
            "amount": sum((one.amount for one in rows), ZERO),
            "won": sum((one.won for one in rows), ZERO),
        },
        ("A quote that was revised counts once, by its last version.",),
    )


def _key(by: str, one: dict[str, Any]) -> str:
    if by == "month":
        return f"{one['sent_on']:%Y-%m}"
    if by == "reason":
        return str(one["decline_reason"] or one["status"])
    return str(one["display_name"] or "-")


def _row(by: str, label: str, found: list[dict[str, Any]]) -> ConversionRow:
    won = [one for one in found if one["status"] in _WON]
    ended = {state: [one for one in found if one["status"] == state]
             for state in ("declined", "expired")}  # fmt: skip
    answered = len(won) + sum(len(some) for some in ended.values())
    took = [(one["accepted_on"] - one["sent_on"]).days for one in won if one["accepted_on"]]
    owner = typeid("core.user", found[0]["owner_id"]) if by == "seller" else None
    return ConversionRow(
        label=label,
        sent=len(found),
        accepted=len(won),
        declined=len(ended["declined"]),
        expired=len(ended["expired"]),
        open=len(found) - answered,
        rate=percent(len(won), answered),
        amount=amount(sum((one["total_net_amount"] or ZERO for one in found), ZERO)),
        won=amount(sum((one["total_net_amount"] or ZERO for one in won), ZERO)),
        median_days=_median(took),
        drill=drill("sales.quote.list", owner_id=owner),
    )


def _median(took: list[int]) -> Decimal | None:
    return Decimal(f"{median(took):.1f}") if took else None
