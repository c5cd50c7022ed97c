"""Opportunities: deals on their way through a pipeline."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Event,
    Input,
    Lifecycle,
    Money,
    Output,
    Owned,
    Record,
    RecordEvent,
    Ref,
    Resource,
    Through,
    action,
    by_hand,
    field,
    invalid,
    ref,
    within,
)
from eyeot_crm.contacts import Contact
from eyeot_crm.customers import Customer, move_to
from eyeot_crm.pipelines import (
    Pipeline,
    PipelineId,
    Stage,
    StageId,
    UserId,
    default_pipeline,
    first_stage,
    stages_of,
    stuck_since,
)

OpportunityId = Annotated[UUID, Ref("crm.opportunity")]
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
    lost_note: str | None = field("More about it.", access="read", max_length=1000, default=None)
    lead_id: UUID | None = ref("crm.lead", "The lead it came from.", access="read", default=None)
    source: str | None = field("Where it came from.", access="create", max_length=60, default=None)
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


class Stakeholder(
    Record,
    name="crm.stakeholder",
    prefix="stk",
    label="id",
    unique=(("opportunity_id", "contact_id"),),
    reach=Through("opportunity_id"),
    archivable=False,
):
    """A contact's part in a deal."""

    opportunity_id: UUID = ref("crm.opportunity", "The deal.", on_delete="CASCADE")
    contact_id: UUID = ref("crm.contact", "The person.")
    role: Literal["decider", "influencer", "user", "payer"] = field("Their part.")


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
        return
    row.pipeline_id = row.pipeline_id or (await default_pipeline(ctx)).id
    stage = await (
        ctx.get(Stage, row.stage_id) if row.stage_id else first_stage(ctx, row.pipeline_id)
    )
    if stage.pipeline_id != row.pipeline_id or stage.kind != "open":
        raise invalid("stage_id", "a new deal enters an open stage of its own pipeline")
    customer = await ctx.get(Customer, row.customer_id)
    row.owner_id = row.owner_id or customer.owner_id or ctx.user_id
    row.team_id = row.team_id or customer.team_id
    row.stage_id, row.stage_entered_at = stage.id, ctx.now
    row.probability = stage.probability if row.probability is None else row.probability
    _admit(row, stage)


def _admit(row: Opportunity, stage: Stage) -> None:
    """Refuse a deal that lacks what the stage demands, and a stage that was put away."""
    if stage.archived_at:
        raise invalid("stage_id", f"'{stage.name}' was put away; restore it or choose another")
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


class Won(Event, name="crm.opportunity.won"):
    """A deal was won."""

    opportunity_id: OpportunityId
    customer_id: Annotated[UUID, Ref("crm.customer")]


class Lost(Event, name="crm.opportunity.lost"):
    """A deal was lost."""

    opportunity_id: OpportunityId
    reason: LostReason


class Reopened(Event, name="crm.opportunity.reopened"):
    """A closed deal is open again."""

    opportunity_id: OpportunityId


class Transferred(Event, name="crm.opportunity.transferred"):
    """A deal has another owner."""

    opportunity_id: OpportunityId
    owner_id: UserId


async def _enter(ctx: Context, deal: Opportunity, stage: Stage) -> None:
    """Move a deal into a stage and note when."""
    _admit(deal, stage)
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
    en="Move a deal to another stage; advance an opportunity",
    fr="Changer une affaire d'étape; faire avancer une opportunité",
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
    await _enter(ctx, deal, stage)
    return deal


async def _close(ctx: Context, deal: Opportunity, step: str, kind: str) -> None:
    lifecycle.take(deal, step)
    found = [one for one in await stages_of(ctx, deal.pipeline_id) if one.kind == kind]
    if found:
        await _enter(ctx, deal, found[0])
    deal.closed_at = ctx.now
    deal.forecast_category = "closed"
    deal.probability = Decimal(100 if kind == "won" else 0)


class Win(Input):
    """Which deal was won."""

    id: OpportunityId
    note: Annotated[str | None, Field(max_length=1000)] = None


@action(
    "crm.opportunity.win",
    risk="w",
    en="Win a deal; mark an opportunity as won; close won",
    fr="Gagner une affaire; marquer une opportunité comme gagnée; signer",
    example={"id": "$crm.opportunity?status=open"},
    events=("crm.opportunity.won", "crm.opportunity.stage_changed"),
    record=Opportunity,
)
async def win(ctx: Context, data: Win) -> Opportunity:
    """Mark an open deal as won; its customer becomes one."""
    deal = await ctx.get(Opportunity, data.id, lock=True)
    await _close(ctx, deal, "win", "won")
    deal.next_step = data.note or deal.next_step
    # Whoever may win a deal makes its customer one, also a colleague's.
    customer = await ctx.get(Customer, deal.customer_id, lock=True, beyond=True)
    await move_to(ctx, customer, "customer")
    ctx.emit(Won(opportunity_id=deal.id, customer_id=deal.customer_id))
    return deal


class Lose(Input):
    """Which deal was lost, and why."""

    id: OpportunityId
    reason: LostReason
    note: Annotated[str | None, Field(max_length=1000)] = None


@action(
    "crm.opportunity.lose",
    risk="w",
    en="Lose a deal; mark an opportunity as lost",
    fr="Perdre une affaire; marquer une opportunité comme perdue",
    example={"id": "$crm.opportunity?status=open", "reason": "price"},
    events=("crm.opportunity.lost", "crm.opportunity.stage_changed"),
    record=Opportunity,
)
async def lose(ctx: Context, data: Lose) -> Opportunity:
    """Mark an open deal as lost, with the reason."""
    deal = await ctx.get(Opportunity, data.id, lock=True)
    await _close(ctx, deal, "lose", "lost")
    deal.lost_reason, deal.lost_note = data.reason, data.note
    ctx.emit(Lost(opportunity_id=deal.id, reason=data.reason))
    return deal


class Reopen(Input):
    """Which deal, and the stage it goes back to."""

    id: OpportunityId
    stage_id: StageId | None = None


@action(
    "crm.opportunity.reopen",
    risk="w",
    en="Reopen a deal; open a closed opportunity again",
    fr="Rouvrir une affaire; rouvrir une opportunité perdue",
    example={"id": "$crm.opportunity?status=lost"},
    events=("crm.opportunity.reopened",),
    record=Opportunity,
)
async def reopen(ctx: Context, data: Reopen) -> Opportunity:
    """Open a closed deal again, in a given stage or the first."""
    deal = await ctx.get(Opportunity, data.id, lock=True)
    lifecycle.take(deal, "reopen")
    stage = await (
        ctx.get(Stage, data.stage_id) if data.stage_id else first_stage(ctx, deal.pipeline_id)
    )
    if stage.pipeline_id != deal.pipeline_id or stage.kind != "open":
        raise invalid("stage_id", "a reopened deal enters an open stage of its own pipeline")
    await _enter(ctx, deal, stage)
    deal.closed_at, deal.lost_reason, deal.lost_note = None, None, None
    deal.forecast_category = "pipeline"
    ctx.emit(Reopened(opportunity_id=deal.id))
    return deal


class SetForecast(Input):
    """A deal and its forecast category."""

    id: OpportunityId
    category: Literal["pipeline", "best", "commit"]


@action(
    "crm.opportunity.set_forecast_category",
    risk="w",
    en="Set a deal's forecast category; commit a deal",
    fr="Changer la catégorie de prévision d'une affaire; engager une affaire",
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


class AddStakeholder(Input):
    """A deal, a contact and their part."""

    id: OpportunityId
    contact_id: Annotated[UUID, Ref("crm.contact")]
    role: Literal["decider", "influencer", "user", "payer"]


class Stakeholders(Output):
    """Who has a part in a deal."""

    opportunity_id: OpportunityId
    stakeholders: list[dict[str, str]]


@action(
    "crm.opportunity.add_stakeholder",
    risk="w",
    en="Add a stakeholder to a deal; link a contact to an opportunity",
    fr="Ajouter un interlocuteur à une affaire; lier un contact à une opportunité",
    example={"id": "$crm.opportunity", "contact_id": "$crm.contact", "role": "decider"},
    record=Opportunity,
)
async def add_stakeholder(ctx: Context, data: AddStakeholder) -> Stakeholders:
    """Link a contact to a deal with their part in the decision."""
    await ctx.get(Opportunity, data.id, lock=True)
    await ctx.get(Contact, data.contact_id)
    known = await ctx.find(Stakeholder, Stakeholder.c.opportunity_id == data.id)
    mine = next((one for one in known if one.contact_id == data.contact_id), None)
    if mine:
        mine.role = data.role
    else:
        made = Stakeholder(opportunity_id=data.id, contact_id=data.contact_id, role=data.role)
        known.append(await ctx.add(made))
    told = [
        {"contact_id": Ref("crm.contact").write(one.contact_id), "role": one.role} for one in known
    ]
    return Stakeholders(opportunity_id=data.id, stakeholders=told)


class Transfer(Input):
    """A deal and who takes it over."""

    id: OpportunityId
    to_user: UserId
    note: Annotated[str | None, Field(max_length=500)] = None


@action(
    "crm.opportunity.transfer",
    risk="w",
    en="Transfer a deal; hand over an opportunity to a colleague",
    fr="Transférer une affaire; confier une opportunité à un collègue",
    example={"id": "$crm.opportunity", "to_user": "$core.user", "note": "Congés d'été"},
    events=("crm.opportunity.transferred",),
    record=Opportunity,
)
async def transfer(ctx: Context, data: Transfer) -> Opportunity:
    """Hand a deal over to a colleague, with a note as its next step."""
    deal = await ctx.get(Opportunity, data.id, lock=True)
    deal.owner_id = data.to_user
    deal.next_step = data.note or deal.next_step
    ctx.emit(Transferred(opportunity_id=deal.id, owner_id=data.to_user))
    return deal


class Stuck(Input):
    """Which deals to look at."""

    pipeline_id: PipelineId | None = None
    owner_id: UserId | None = None


class StuckDeals(Output):
    """Deals that do not move, with the reasons."""

    items: list[dict[str, Any]]
    total: int


@action(
    "crm.opportunity.list_stuck",
    risk="r",
    en="List stuck deals; rotting opportunities; deals without next step or past their date",
    fr="Lister les affaires bloquées; opportunités qui stagnent; affaires sans prochaine étape ou en retard",
    example={},
)
async def list_stuck(ctx: Context, data: Stuck) -> StuckDeals:
    """List open deals over time in their stage, past their expected close, or without a next step."""
    where = [Opportunity.c.status == "open", Opportunity.c.archived_at.is_(None)]
    if data.pipeline_id:
        where.append(Opportunity.c.pipeline_id == data.pipeline_id)
    if data.owner_id:
        where.append(Opportunity.c.owner_id == data.owner_id)
    pipelines = {one.id: one for one in await ctx.find(Pipeline)}
    stages = {one.id: one for one in await ctx.find(Stage)}
    items = []
    for deal in await ctx.find(
        Opportunity, *where, order=Opportunity.c.expected_close.asc().nulls_last()
    ):
        if reasons := _reasons(deal, pipelines[deal.pipeline_id], stages[deal.stage_id], ctx):
            items.append({**await ctx.view(deal), "reasons": reasons})  # noqa: PERF401 - walrus and await
    return StuckDeals(items=items[:100], total=len(items))


def _reasons(deal: Opportunity, pipeline: Pipeline, stage: Stage, ctx: Context) -> list[str]:
    limit = stuck_since(pipeline, stage, ctx.now)
    found = []
    if limit and deal.stage_entered_at and deal.stage_entered_at < limit:
        found.append(f"in '{stage.name}' since {deal.stage_entered_at.date().isoformat()}")
    if deal.expected_close and deal.expected_close < ctx.today:
        found.append(f"expected to close on {deal.expected_close.isoformat()}")
    if not deal.next_step:
        found.append("no next step")
    return found


@within("crm.opportunity.created")
async def entered(ctx: Context, event: RecordEvent) -> None:
    """Note the stage a new deal begins in."""
    deal = await ctx.get(Opportunity, event.id)
    await ctx.add(StageMove(opportunity_id=deal.id, stage_id=deal.stage_id, at=ctx.now))
