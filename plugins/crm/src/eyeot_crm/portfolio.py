"""Portfolio: customers and deals seen together: who is in charge, and where the deals stand."""

from decimal import Decimal
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Event, Input, Output, Ref, action
from eyeot_crm.customers import Customer
from eyeot_crm.ids import (
    CustomerId,
    PipelineId,
    UserId,
)
from eyeot_crm.opportunities import Opportunity
from eyeot_crm.pipelines import Pipeline, Stage, stages_of


class CustomerAssigned(Event, name="crm.customer.assigned"):
    """A customer was given to a salesperson."""

    customer_id: CustomerId
    user_id: UserId


class AssignOwner(Input):
    """A customer and its new owner."""

    id: CustomerId
    user_id: UserId
    cascade: Annotated[bool, Field(description="Give them the open deals too.")] = False


class Assigned(Output):
    """The customer and how many deals went along."""

    customer_id: CustomerId
    owner_id: UserId
    opportunities: int


@action(
    "crm.customer.assign_owner",
    risk="w",
    en="Assign a customer to a salesperson; change account owner; hand over a customer",
    fr="Attribuer un client à un commercial; changer le responsable d'un compte; confier un client",
    example={"id": "$crm.customer", "user_id": "$core.user"},
    events=("crm.customer.assigned",),
    record=Customer,
)
async def assign_owner(ctx: Context, data: AssignOwner) -> Assigned:
    """Give a customer, and on request its open deals, to a salesperson."""
    customer = await ctx.get(Customer, data.id, lock=True)
    moved = []
    if data.cascade:
        mine = (Opportunity.c.customer_id == customer.id, Opportunity.c.status == "open")
        moved = await ctx.find(Opportunity, *mine)
        for one in moved:
            one.owner_id = data.user_id
    customer.owner_id = data.user_id
    ctx.emit(CustomerAssigned(customer_id=customer.id, user_id=data.user_id))
    return Assigned(customer_id=customer.id, owner_id=data.user_id, opportunities=len(moved))


class Board(Input):
    """A pipeline, perhaps one owner's part of it."""

    id: PipelineId
    owner_id: UserId | None = None


class Columns(Output):
    """A pipeline's open deals, by stage."""

    pipeline_id: PipelineId
    currency: str
    columns: list[dict[str, Any]]


@action(
    "crm.pipeline.board",
    risk="r",
    en="Pipeline board; kanban of deals; deals by stage with amounts",
    fr="Tableau du pipeline; kanban des affaires; affaires par étape avec montants",
    example={"id": "$crm.pipeline"},
    record=Pipeline,
)
async def board(ctx: Context, data: Board) -> Columns:
    """Show each stage of a pipeline with the number, amount and weighted amount of its open deals."""
    pipeline = await ctx.get(Pipeline, data.id)
    deal = Opportunity.c
    alike = deal.amount_currency == pipeline.currency
    amount = sa.func.sum(deal.amount_amount).filter(alike)
    weighted = sa.func.sum(deal.amount_amount * deal.probability / 100).filter(alike)
    where = [
        ctx.within(Opportunity),
        deal.pipeline_id == data.id,
        deal.status == "open",
        deal.archived_at.is_(None),
    ]
    if data.owner_id:
        where.append(deal.owner_id == data.owner_id)
    select = sa.select(
        deal.stage_id,
        sa.func.count().label("n"),
        sa.func.coalesce(amount, 0).label("amount"),
        sa.func.coalesce(weighted, 0).label("weighted"),
    )
    sums = {
        row["stage_id"]: row for row in await ctx.rows(select.where(*where).group_by(deal.stage_id))
    }
    columns = [
        _column(stage, sums.get(stage.id))
        for stage in await stages_of(ctx, data.id)
        if stage.kind == "open"
    ]
    return Columns(pipeline_id=data.id, currency=pipeline.currency, columns=columns)


def _column(stage: Stage, row: dict[str, Any] | None) -> dict[str, Any]:
    cents = Decimal("0.01")
    return {
        "stage_id": Ref("crm.stage").write(stage.id),
        "name": stage.name,
        "deals": row["n"] if row else 0,
        "amount": str(Decimal(row["amount"] if row else 0).quantize(cents)),
        "weighted": str(Decimal(row["weighted"] if row else 0).quantize(cents)),
    }
