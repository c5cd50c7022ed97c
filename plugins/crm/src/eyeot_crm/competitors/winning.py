"""Winning: how often deals are won against a competitor."""

from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from eyeot import Context, Exact, Input, Output, Period, action, span
from eyeot_crm.competitors.record import Competitor
from eyeot_crm.competitors.rivals import Rival
from eyeot_crm.customers import Customer
from eyeot_crm.ids import CompetitorId
from eyeot_crm.opportunities import Opportunity
from eyeot_crm.reports.asking import during, percent

By = Literal["industry", "tier", "size"]


class Against(Input):
    """A competitor, when the deals were closed, and how customers are grouped."""

    id: CompetitorId
    period: Annotated[Period | None, Field(description="The last twelve months when left out.")] = (
        None
    )
    by: Annotated[By, Field(description="size: by headcount, as INSEE groups companies.")] = (
        "industry"
    )


class Share(BaseModel):
    """The deals of one kind of customers that this competitor was after as well."""

    model_config = ConfigDict(extra="forbid")

    segment: str
    won: int
    lost: int
    lost_to_it: Annotated[int, Field(description="Of those lost: known to have gone to it.")]
    win_rate: Annotated[Exact, Field(description="Percent of the deals closed.")]


class WinRate(Output):
    """How often we won against a competitor."""

    competitor_id: CompetitorId
    won: int
    lost: int
    lost_to_it: int
    win_rate: Exact
    segments: list[Share]


@action(
    "crm.competitor.win_rate",
    risk="r",
    en=(
        "Win rate against a competitor; how often do we beat them; how often a rival beats us; "
        "where does the competition win"
    ),
    fr=(
        "Taux de réussite contre un concurrent; combien de fois gagne-t-on contre lui; affaires perdues "
        "contre un concurrent; où la concurrence gagne"
    ),
    example={"id": "$crm.competitor"},
)
async def win_rate(ctx: Context, data: Against) -> WinRate:
    """Tell how many of the deals that a competitor was after were won and lost, by kind of customer."""
    await ctx.get(Competitor, data.id)
    deal, rival, customer = Opportunity.c, Rival.c, Customer.c
    kind = _segment(data.by).label("segment")
    n = sa.func.count()
    select = (
        sa.select(
            kind,
            n.filter(deal.status == "won").label("won"),
            n.filter(deal.status == "lost").label("lost"),
            n.filter(deal.status == "lost", rival.got_it).label("taken"),
        )
        .join(Rival.meta.table, (rival.org_id == deal.org_id) & (rival.opportunity_id == deal.id))
        .outerjoin(
            Customer.meta.table,
            (customer.org_id == deal.org_id) & (customer.id == deal.customer_id),
        )
        .where(
            ctx.within(Opportunity),
            rival.competitor_id == data.id,
            deal.status.in_(["won", "lost"]),
            during(ctx, deal.closed_at, span(ctx, data.period)),
        )
        .group_by(kind)
        .order_by(n.desc(), kind)
    )
    found = [_share(one) for one in await ctx.rows(select)]
    won, lost = sum(one.won for one in found), sum(one.lost for one in found)
    return WinRate(
        competitor_id=data.id,
        won=won,
        lost=lost,
        lost_to_it=sum(one.lost_to_it for one in found),
        win_rate=percent(won, won + lost),
        segments=found,
    )


def _share(one: dict[str, Any]) -> Share:
    return Share(
        segment=one["segment"],
        won=one["won"],
        lost=one["lost"],
        lost_to_it=one["taken"],
        win_rate=percent(one["won"], one["won"] + one["lost"]),
    )


def _segment(by: By) -> Any:
    """What a customer is grouped by; decree 2008-1354, art. 3, for sizes."""
    customer = Customer.c
    if by == "size":
        return sa.case(
            (customer.headcount.is_(None), "unknown"),
            (customer.headcount < 10, "micro"),  # noqa: PLR2004 - the decree's classes
            (customer.headcount < 250, "small or medium"),  # noqa: PLR2004
            else_="large",
        )
    return sa.func.coalesce(customer.tier if by == "tier" else customer.industry, "unknown")
