"""Portfolio: customers and deals seen together: who is in charge, and where the deals stand."""

from decimal import Decimal
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Event, Input, Output, Ref, Shows, action
from eyeot_crm.customers import Customer, refuse_put_away
from eyeot_crm.ids import CustomerId, PipelineId, UserId
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
    en=(
        "Assign a customer to a salesperson; change account owner; hand over a customer; give a "
        "customer to another salesperson; change who looks after an account"
    ),
    fr=(
        "Attribuer un client à un commercial; changer le responsable d'un compte; confier un "
        "client; donner un client à un autre commercial; changer le commercial d'un client"
    ),
    example={"id": "$crm.customer", "user_id": "$core.user"},
    events=("crm.customer.assigned",),
    record=Customer,
)
async def assign_owner(ctx: Context, data: AssignOwner) -> Assigned:
    """Give a customer, and on request its open deals, to a salesperson."""
    customer = await ctx.get(Customer, data.id, lock=True)
    refuse_put_away(customer)
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
    columns: Annotated[list[dict[str, Any]], Shows("stage_id")]


@action(
    "crm.pipeline.board",
    risk="r",
    en=(
        "Pipeline board; kanban of deals; deals by stage with amounts; sales board; columns of "
        "deals"
    ),
    fr=(
        "Tableau du pipeline; kanban des affaires; affaires par étape avec montants; tableau des "
        "ventes; colonnes d'affaires"
    ),
    example={"id": "$crm.pipeline"},
    record=Pipeline,
)
async def board(ctx: Context, data: Board) -> Columns:
    """Show each stage of a pipeline with the number, amount and weighted amount of its open deals."""
    pipeline = await ctx.get(Pipeline, data.id)
    deal = Opportunity.c
    amount = sa.func.sum(deal.amount_amount)
    weighted = sa.func.sum(deal.amount_amount * deal.probability / 100)
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
        deal.amount_currency,
        sa.func.count().label("n"),
        amount.label("amount"),
        weighted.label("weighted"),
    )
    grouped = select.where(*where).group_by(deal.stage_id, deal.amount_currency)
    sums = await ctx.rows(grouped.order_by(deal.amount_currency))
    columns = [
        _column(stage, pipeline.currency, [row for row in sums if row["stage_id"] == stage.id])
        for stage in await stages_of(ctx, data.id)
        if stage.kind == "open"
    ]
    return Columns(pipeline_id=data.id, currency=pipeline.currency, columns=columns)


def _column(stage: Stage, currency: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A stage's sums in the pipeline's currency; those in others stand apart, since they never mix."""
    sums = {row["amount_currency"]: _sums(row) for row in rows if row["amount_currency"]}
    column = {
        "stage_id": Ref("crm.stage").write(stage.id),
        "name": stage.name,
        "deals": sum(row["n"] for row in rows),
        **sums.pop(currency, {"amount": "0.00", "weighted": "0.00"}),
    }
    others = [{"currency": code, **told} for code, told in sums.items()]
    return {**column, "others": others} if others else column


def _sums(row: dict[str, Any]) -> dict[str, str]:
    return {n: str(Decimal(row[n]).quantize(Decimal("0.01"))) for n in ("amount", "weighted")}
