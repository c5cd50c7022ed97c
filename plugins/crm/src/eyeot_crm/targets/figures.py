"""Figures: what was reached in a period, by person."""

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from eyeot import Context, Days, ModuleNotInstalled, Record, Ref, kind
from eyeot_crm.activities import Activity
from eyeot_crm.credit import CreditShare
from eyeot_crm.customers import Customer
from eyeot_crm.opportunities import Opportunity
from eyeot_crm.reports.asking import cents, day, during
from eyeot_crm.revenue import AGGREGATE, counts_invoices, invoiced
from eyeot_crm.targets.record import Metric

MARGINS = "sales.report.margin_analysis"
_HELD = ("meeting", "visit", "demo")
_SELLERS = 1_000
People = Collection[UUID] | None
"""Whose figures are asked for; everybody's when none."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What was done, and what is to come; None where nobody knows of it."""

    done: Decimal
    coming: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ByPerson:
    """What each person did and has to come; `None` stands for nobody."""

    done: dict[UUID | None, Decimal] = field(default_factory=dict)
    coming: dict[UUID | None, Decimal] | None = None

    def of(self, people: People) -> Standing:
        """The sum over some people, each once."""
        coming = None if self.coming is None else _sum(self.coming, people)
        return Standing(_sum(self.done, people), coming)


def _sum(figures: dict[UUID | None, Decimal], people: People) -> Decimal:
    wanted = figures.keys() if people is None else figures.keys() & set(people)
    return cents(sum((figures[one] for one in wanted), Decimal(0)))


def counts(ctx: Context, metric: Metric) -> bool:
    """Whether this caller can count by that."""
    if metric == "margin":
        return ctx.offers(MARGINS)
    return metric != "invoiced" or counts_invoices(ctx)


async def reached(ctx: Context, metric: Metric, spell: Days, people: People) -> ByPerson:
    """What people reached by a metric, within the caller's reach."""
    if metric == "meetings":
        return await _meetings(ctx, spell)
    if metric == "margin":
        return await _margins(ctx, spell)
    deals = await _deals(ctx, spell)
    if metric == "won":
        return deals
    return ByPerson(await _invoiced(ctx, spell, people), deals.coming)


async def _deals(ctx: Context, spell: Days) -> ByPerson:
    """Won and weighted open deals; who shares the credit for one has their part of it."""
    deal, share = Opportunity.c, CreditShare.c
    who = sa.func.coalesce(share.user_id, deal.owner_id).label("who")
    part = deal.amount_amount * sa.func.coalesce(share.percent, 100) / 100
    won = sa.and_(deal.status == "won", during(ctx, deal.closed_at, spell))
    coming = sa.and_(deal.status == "open", deal.expected_close.between(spell.first, spell.last))
    select = (
        sa.select(
            who,
            sa.func.sum(part).filter(won).label("done"),
            sa.func.sum(part * deal.probability / 100).filter(coming).label("coming"),
        )
        .outerjoin(
            CreditShare.meta.table,
            (share.org_id == deal.org_id) & (share.opportunity_id == deal.id),
        )
        .where(ctx.within(Opportunity), deal.amount_currency == "EUR", sa.or_(won, coming))
        .group_by(who)
    )
    return _told(await ctx.rows(select))


async def _meetings(ctx: Context, spell: Days) -> ByPerson:
    act = Activity.c
    done = sa.and_(act.status == "done", during(ctx, act.closed_at, spell))
    coming = sa.and_(act.status == "planned", day(ctx, act.due_at).between(spell.first, spell.last))
    n = sa.func.count()
    select = (
        sa.select(
            act.assignee_id.label("who"),
            n.filter(done).label("done"),
            n.filter(coming).label("coming"),
        )
        .where(ctx.within(Activity), act.kind.in_(_HELD), sa.or_(done, coming))
        .group_by(act.assignee_id)
    )
    return _told(await ctx.rows(select))


def _told(rows: list[dict[str, Any]]) -> ByPerson:
    done = {one["who"]: Decimal(one["done"] or 0) for one in rows}
    return ByPerson(done, {one["who"]: Decimal(one["coming"] or 0) for one in rows})


async def _invoiced(ctx: Context, spell: Days, people: People) -> dict[UUID | None, Decimal]:
    """Posted invoices without VAT by who is in charge of their customer."""
    if not counts_invoices(ctx):
        raise ModuleNotInstalled(module="invoicing")
    if people is None:
        return {None: await _all_invoices(ctx, spell)}
    customer = Customer.c
    select = sa.select(customer.party_id, customer.owner_id).where(
        ctx.within(Customer), customer.owner_id.in_(people)
    )
    owners = {one["party_id"]: one["owner_id"] for one in await ctx.rows(select)}
    found: dict[UUID | None, Decimal] = {}
    for party, amount in (await invoiced(ctx, list(owners), spell.first, spell.last)).items():
        found[owners[party]] = found.get(owners[party], Decimal(0)) + amount
    return found


async def _all_invoices(ctx: Context, spell: Days) -> Decimal:
    asked = {
        "by": ["currency"],
        "sum": ["total_net"],
        "status_in": ["posted", "partially_paid", "paid"],
        "issue_date_from": spell.first.isoformat(),
        "issue_date_to": spell.last.isoformat(),
    }
    groups = (await ctx.call(AGGREGATE, asked))["groups"]
    found = [(one.get("sum") or {}).get("total_net") or {} for one in groups]
    return sum(
        (Decimal(one["amount"]) for one in found if one.get("currency") == "EUR"), Decimal(0)
    )


async def _margins(ctx: Context, spell: Days) -> ByPerson:
    """The margin of orders confirmed, by seller; sales knows it, and who may see it."""
    period = f"{spell.first}/{spell.last}"
    told = await ctx.call(MARGINS, {"by": "seller", "period": period, "limit": _SELLERS})
    done: dict[UUID | None, Decimal] = {}
    for row in told.rows:
        seller = row.drill.arguments.get("owner_id")
        found = Ref("core.user").parse(seller) if seller else None
        done[found if isinstance(found, UUID) else None] = row.margin
    return ByPerson(done)


async def members(ctx: Context, teams: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Who belongs to each team."""
    record: type[Record] = kind("core.team_member")
    found: dict[UUID, set[UUID]] = {one: set() for one in teams}
    select = sa.select(record.c.team_id, record.c.user_id).where(
        ctx.within(record), record.c.team_id.in_(teams)
    )
    for one in await ctx.rows(select):
        found[one["team_id"]].add(one["user_id"])
    return found


async def people_of(ctx: Context, target: Any) -> People:
    """Whose figures count for a target: the person's, a team's members', or everybody's."""
    if target.user_id:
        return [target.user_id]
    if target.team_id:
        return (await members(ctx, [target.team_id]))[target.team_id]
    return None
