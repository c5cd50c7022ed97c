"""Opportunities: deals on their way through a pipeline."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Event,
    Input,
    Lifecycle,
    Money,
    Owned,
    Record,
    RecordEvent,
    Resource,
    Through,
    action,
    by_hand,
    field,
    invalid,
    ref,
    within,
)
from eyeot_crm.customers import Customer
from eyeot_crm.ids import (
    OpportunityId,
    StageId,
    UserId,
)
from eyeot_crm.pipelines import (
    Pipeline,
    Stage,
    default_pipeline,
    first_stage,
)
from eyeot_crm.products.summing import refuse_other_amount
from eyeot_crm.sources.tracing import trace

Forecast = Literal["pipeline", "best", "commit", "closed"]
LostReason = Literal["price", "timing", "product", "competitor", "no_decision"]


class Opportunity(
    Record,
    name="crm.opportunity",
    prefix="opp",
    hint=("status",),
    search=("name",),
    index=(("status", "expected_close"),),
    reach=Owned(team="team_id"),
    state="status",
):
    """A deal that may be won."""

    name: str = field("What is sold, to whom.", max_length=200)
    customer_id: UUID = ref("crm.customer", "To whom.", access="create")
    pipeline_id: UUID = ref(
        "crm.pipeline", "Its pipeline; left out, the default one.", access="create", default=None
    )
    stage_id: UUID = ref(
        "crm.stage", "Its stage; left out, the first.", access="create", default=None
    )
    status: Literal["open", "won", "lost", "abandoned"] = field(
        "Its outcome.", access="read", default="open"
    )
    amount: Money | None = field("What it is worth.", default=None)
    recurring_amount: Money | None = field("What it brings every year.", default=None)
    probability: Decimal = field(
        "Chance of winning, in percent; left out, the stage's.", ge=0, le=100, default=None
    )
    expected_close: date | None = field("When it should be won.", default=None)
    owner_id: UUID | None = ref("core.user", "Who sells it.", default=None)
    team_id: UUID | None = ref("core.team", "The team that sells it.", default=None)
    forecast_category: Forecast = field(
        "How sure it is in the forecast.", access="create", default="pipeline"
    )
    next_step: str | None = field("What to do next.", max_length=500, default=None)
    lost_reason: LostReason | None = field("Why it was lost.", access="read", default=None)
    lost_reason_id: UUID | None = ref(
        "crm.lost_reason", "Why, in the house's own words.", access="read", default=None
    )
    lost_note: str | None = field("More about it.", access="read", max_length=1000, default=None)
    lead_id: UUID | None = ref("crm.lead", "The lead it came from.", access="read", default=None)
    source: str | None = field("Where it came from.", access="create", max_length=60, default=None)
    source_id: UUID | None = ref(
        "crm.lead_source", "The source it came by.", access="create", default=None
    )
    stage_entered_at: datetime | None = field(
        "Since when it is in its stage.", access="read", default=None
    )
    closed_at: datetime | None = field(
        "When it was won, lost or abandoned.", access="read", default=None
    )


class StageMove(
    Record,
    name="crm.stage_move",
    prefix="smv",
    label="id",
    reach=Through("opportunity_id"),
    archivable=False,
):
    """That a deal entered a stage; never changed, so that its days sum to the deal's age."""

    opportunity_id: UUID = ref("crm.opportunity", "The deal.", on_delete="CASCADE")
    stage_id: UUID = ref("crm.stage", "The stage it entered.")
    at: datetime = field("When.")


lifecycle = Lifecycle(
    "status",
    "open",
    (
        by_hand("win", "open", to="won"),
        by_hand("lose", "open", to="lost"),
        by_hand("reopen", "won", "lost", to="open"),
        by_hand("move_stage", "open", to="open"),
    ),
)


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Put a new deal into its pipeline and stage, with owner and chance; keep closed ones as they are."""
    if not row.is_new:
        if row.status != "open" and values.keys() - {"next_step", "owner_id", "team_id"}:
            raise Conflict(
                reason=f"The deal is {row.status}.",
                remedy="Reopen it first with crm.opportunity.reopen.",
            )
        if values.keys() & {"amount", "recurring_amount"}:
            refuse_currency(row, await ctx.get(Pipeline, row.pipeline_id))
        if "amount" in values:
            await refuse_other_amount(ctx, row)
        return
    row.pipeline_id = row.pipeline_id or (await default_pipeline(ctx)).id
    pipeline = await ctx.get(Pipeline, row.pipeline_id)
    refuse_archived(pipeline, "pipeline_id", "pipeline")
    refuse_currency(row, pipeline)
    stage = await (
        ctx.get(Stage, row.stage_id) if row.stage_id else first_stage(ctx, row.pipeline_id)
    )
    refuse_unfit(stage, row.pipeline_id)
    customer = await ctx.get(Customer, row.customer_id)
    refuse_archived(customer, "customer_id", "customer")
    await trace(ctx, row, values)
    row.owner_id = row.owner_id or customer.owner_id or ctx.user_id
    row.team_id = row.team_id or customer.team_id
    row.stage_id, row.stage_entered_at = stage.id, ctx.now
    row.probability = stage.probability if row.probability is None else row.probability
    demand(row, stage)


def refuse_archived(record: Any, name: str, noun: str) -> None:
    """Refuse what was put away, for something new."""
    if record.archived_at is not None:
        raise Conflict(
            reason=f"That {noun} is archived.",
            remedy=f"Choose another, or bring it back with crm.{noun}.restore.",
            field=name,
        )


def refuse_unfit(stage: Stage, pipeline_id: UUID) -> None:
    """Refuse a stage where no open deal of this pipeline may stand."""
    if stage.pipeline_id != pipeline_id or stage.kind != "open":
        raise invalid("stage_id", "give an open stage of the deal's own pipeline")
    refuse_archived(stage, "stage_id", "stage")


def refuse_currency(row: Opportunity, pipeline: Pipeline) -> None:
    """Refuse an amount in another currency than the pipeline counts in."""
    for name in ("amount", "recurring_amount"):
        money: Money | None = getattr(row, name)
        if money is not None and money.currency != pipeline.currency:
            raise invalid(
                name,
                f"the pipeline '{pipeline.name}' counts in {pipeline.currency}; give the amount in it",
            )


def demand(row: Opportunity, stage: Stage) -> None:
    """Refuse a deal that lacks what a stage asks for."""
    if missing := [name for name in stage.required_fields if getattr(row, name) is None]:
        raise invalid(
            missing[0],
            f"the stage '{stage.name}' needs: {', '.join(missing)}; set them with update first",
        )


opportunities = Resource(
    Opportunity,
    profile="doc",
    adding="import bulk_create bulk_update archive restore",
    en="opportunity; opportunities; deal; sale in progress",
    fr="opportunité; opportunités; affaire; vente en cours",
    gender="f",
    lifecycle=lifecycle,
    prepare=prepare,
    afresh=("stage_id", "probability", "expected_close", "forecast_category"),
    parts=("crm.stakeholder", "crm.credit_share"),
    example={
        "name": "Four à sole et chambre froide",
        "customer_id": "$crm.customer",
        "amount": {"amount": "18400.00"},
        "expected_close": "2027-03-31",
    },
    find={"status": "open", "sort": "expected_close", "limit": 3},
)


class StageChanged(Event, name="crm.opportunity.stage_changed"):
    """A deal entered another stage."""

    opportunity_id: OpportunityId
    stage_id: StageId
    former_stage_id: StageId


class Transferred(Event, name="crm.opportunity.transferred"):
    """A deal has another owner."""

    opportunity_id: OpportunityId
    owner_id: UserId


async def enter(ctx: Context, deal: Opportunity, stage: Stage) -> None:
    """Move a deal into a stage that admits it, and note when."""
    refuse_archived(stage, "stage_id", "stage")
    demand(deal, stage)
    former = deal.stage_id
    deal.stage_id, deal.stage_entered_at, deal.probability = stage.id, ctx.now, stage.probability
    await ctx.add(StageMove(opportunity_id=deal.id, stage_id=stage.id, at=ctx.now))
    ctx.emit(StageChanged(opportunity_id=deal.id, stage_id=stage.id, former_stage_id=former))


class MoveStage(Input):
    """A deal and the stage to enter."""

    id: OpportunityId
    stage_id: StageId


@action(
    "crm.opportunity.move_stage",
    risk="w",
    en=(
        "Move a deal to another stage; advance an opportunity; push a deal to the next stage; the "
        "deal goes to negotiation"
    ),
    fr=(
        "Changer une affaire d'étape; faire avancer une opportunité; passer une affaire à l'étape "
        "suivante; l'affaire passe en négociation"
    ),
    example={"id": "$crm.opportunity?status=open", "stage_id": "$crm.stage?kind=open"},
    events=("crm.opportunity.stage_changed",),
    record=Opportunity,
    next=("crm.opportunity.win", "crm.opportunity.lose"),
)
async def move_stage(ctx: Context, data: MoveStage) -> Opportunity:
    """Move an open deal to another open stage of its pipeline; the stage's required fields must be set."""
    deal = await ctx.get(Opportunity, data.id, lock=True)
    lifecycle.take(deal, "move_stage")
    stage = await ctx.get(Stage, data.stage_id)
    if stage.pipeline_id != deal.pipeline_id:
        raise invalid(
            "stage_id",
            "belongs to another pipeline; crm.stage.list(pipeline_id=…) shows this one's",
        )
    if stage.kind != "open":
        raise invalid("stage_id", f"'{stage.name}' closes deals; use crm.opportunity.win or lose")
    if stage.id == deal.stage_id:
        raise Conflict(reason=f"The deal is already in '{stage.name}'.", field="stage_id")
    await enter(ctx, deal, stage)
    return deal


class SetForecast(Input):
    """A deal and its forecast category."""

    id: OpportunityId
    category: Literal["pipeline", "best", "commit"]


@action(
    "crm.opportunity.set_forecast_category",
    risk="w",
    en="Set a deal's forecast category; commit a deal; is a deal certain or likely",
    fr=(
        "Changer la catégorie de prévision d'une affaire; engager une affaire; affaire certaine ou "
        "probable"
    ),
    example={"id": "$crm.opportunity?status=open", "category": "commit"},
    record=Opportunity,
)
async def set_forecast_category(ctx: Context, data: SetForecast) -> Opportunity:
    """Say how sure an open deal is in the forecast."""
    deal = await ctx.get(Opportunity, data.id, lock=True)
    if deal.status != "open":
        raise Conflict(
            reason=f"The deal is {deal.status}; only open deals are forecast.", field="id"
        )
    deal.forecast_category = data.category
    return deal


class Transfer(Input):
    """A deal and who takes it over."""

    id: OpportunityId
    to_user: UserId
    note: Annotated[str | None, Field(max_length=500)] = None


@action(
    "crm.opportunity.transfer",
    risk="w",
    en=(
        "Transfer a deal; hand over an opportunity to a colleague; give a deal to a colleague; "
        "change the owner of a deal"
    ),
    fr=(
        "Transférer une affaire; confier une opportunité à un collègue; donner une affaire à un "
        "collègue; changer le commercial d'une affaire"
    ),
    example={"id": "$crm.opportunity", "to_user": "$core.user", "note": "Congés d'été"},
    events=("crm.opportunity.transferred",),
    record=Opportunity,
)
async def transfer(ctx: Context, data: Transfer) -> Opportunity:
    """Hand a deal over to a colleague, with a note as its next step."""
    deal = await ctx.get(Opportunity, data.id, lock=True)
    if deal.owner_id == data.to_user:
        raise Conflict(
            reason="The deal is theirs already.",
            remedy="Choose another colleague.",
            field="to_user",
        )
    deal.owner_id = data.to_user
    deal.next_step = data.note or deal.next_step
    ctx.emit(Transferred(opportunity_id=deal.id, owner_id=data.to_user))
    return deal


@within("crm.opportunity.created")
async def entered(ctx: Context, event: RecordEvent) -> None:
    """Note the stage a new deal begins in."""
    deal = await ctx.get(Opportunity, event.id)
    await ctx.add(StageMove(opportunity_id=deal.id, stage_id=deal.stage_id, at=ctx.now))


@within("crm.pipeline.updated")
async def keep_currency(ctx: Context, event: RecordEvent) -> None:
    """Refuse another currency for a pipeline whose deals have amounts, so that none are added up wrongly."""
    if "currency" not in event.fields:
        return
    pipeline = await ctx.get(Pipeline, event.id)
    deal = Opportunity.c
    other = sa.or_(
        deal.amount_currency != pipeline.currency,
        deal.recurring_amount_currency != pipeline.currency,
    )
    # Whatever the reach of who asks: a colleague's deals count in it too.
    known = sa.select(deal.id).where(deal.pipeline_id == pipeline.id, other)
    if await ctx.rows(known.limit(1)):
        raise Conflict(
            reason="Deals of this pipeline have amounts in another currency.",
            remedy="Make another pipeline for the new currency.",
            field="currency",
        )
