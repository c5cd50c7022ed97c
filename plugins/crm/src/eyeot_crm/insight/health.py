"""Health: how well a customer relationship is, as points with their reasons."""

from decimal import Decimal
from typing import Annotated

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from eyeot import Context, Input, Output, action
from eyeot_crm.activities import Activity
from eyeot_crm.contacts import Contact
from eyeot_crm.customers import Customer
from eyeot_crm.ids import CustomerId
from eyeot_crm.insight.owed import owed
from eyeot_crm.opportunities import Opportunity

_YEAR, _QUARTER = 365, 90


class Factor(BaseModel):
    """One thing that was looked at, and what it gives."""

    model_config = ConfigDict(extra="forbid")

    name: str
    points: int
    most: int
    why: str


class Chosen(Input):
    """One customer."""

    id: CustomerId


class Health(Output):
    """A score from 0 to 100 and what it is made of; what could not be looked at counts neither way."""

    customer_id: CustomerId
    score: Annotated[int, Field(ge=0, le=100)]
    level: Annotated[str, Field(description="good from 70, fair from 40, poor below.")]
    factors: list[Factor]
    not_seen: Annotated[list[str], Field(description="Factors whose module is not in use here.")]


@action(
    "crm.customer.health_score",
    risk="r",
    en=(
        "Health score of a customer; how well are we doing with this customer; is a customer at risk; "
        "might they leave us"
    ),
    fr=(
        "Score de santé d'un client; comment va la relation avec ce client; client à risque; risque-t-on "
        "de le perdre"
    ),
    example={"id": "$crm.customer"},
    record=Customer,
)
async def health_score(ctx: Context, data: Chosen) -> Health:
    """Score a customer relationship from contact, exchanges, deals, people and payments, with reasons."""
    customer = await ctx.get(Customer, data.id)
    factors = [
        _recency(ctx, customer),
        await _exchanges(ctx, customer),
        await _deals(ctx, customer),
        await _people(ctx, customer),
    ]
    not_seen = ["tickets"]
    due = await owed(ctx, customer.party_id)
    if due is None:
        not_seen.append("payments")
    else:
        paid = 20 if not due.late.amount else max(0, 20 - due.late_days // 3)
        why = (
            f"{due.late.amount} EUR late by up to {due.late_days} days"
            if due.late.amount
            else "on time"
        )
        factors.append(Factor(name="payments", points=paid, most=20, why=why))
    most = sum(one.most for one in factors)
    score = int(Decimal(sum(one.points for one in factors) * 100) / most)
    level = "good" if score >= 70 else "fair" if score >= 40 else "poor"  # noqa: PLR2004
    return Health(
        customer_id=customer.id, score=score, level=level, factors=factors, not_seen=not_seen
    )


def _recency(ctx: Context, customer: Customer) -> Factor:
    if customer.last_contact_at is None:
        return Factor(name="recency", points=0, most=30, why="no exchange noted")
    days = max(0, (ctx.now - customer.last_contact_at).days)
    return Factor(
        name="recency", points=max(0, 30 - days // 6), most=30, why=f"last exchange {days} days ago"
    )


async def _exchanges(ctx: Context, customer: Customer) -> Factor:
    row = Activity.c
    since = ctx.now - sa.func.make_interval(0, 0, 0, _QUARTER)
    where = (row.customer_id == customer.id, row.status == "done", row.closed_at >= since)
    found = await ctx.find(Activity, *where)
    bad = sum(one.outcome == "negative" for one in found)
    points = max(0, min(20, 5 * len(found) - 5 * bad))
    return Factor(
        name="exchanges",
        points=points,
        most=20,
        why=f"{len(found)} in {_QUARTER} days, {bad} of them bad",
    )


async def _deals(ctx: Context, customer: Customer) -> Factor:
    deal = Opportunity.c
    n = sa.func.count().label("n")
    recent = sa.or_(deal.status == "open", deal.closed_at >= ctx.now - sa.func.make_interval(1))
    where = (ctx.within(Opportunity), deal.customer_id == customer.id, recent)
    rows = await ctx.rows(sa.select(deal.status, n).where(*where).group_by(deal.status))
    by = {row["status"]: row["n"] for row in rows}
    won, lost, opened = by.get("won", 0), by.get("lost", 0), by.get("open", 0)
    points = max(0, min(30, 10 * won + 8 * opened - 5 * lost))
    return Factor(
        name="deals",
        points=points,
        most=30,
        why=f"{won} won and {lost} lost in {_YEAR} days, {opened} open",
    )


async def _people(ctx: Context, customer: Customer) -> Factor:
    here = await ctx.find(Contact, Contact.c.customer_id == customer.id)
    present = [one for one in here if one.left_on is None and one.archived_at is None]
    decider = any(one.role_in_purchase == "decider" for one in present)
    points = min(10, 5 * len(present)) + (10 if decider else 0)
    told = "a decider among them" if decider else "no decider known"
    return Factor(name="people", points=points, most=20, why=f"{len(present)} contacts, {told}")
