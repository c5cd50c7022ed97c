"""Leads: people or companies that may become customers."""

from datetime import date, datetime
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
    Output,
    Owned,
    Record,
    Ref,
    Resource,
    Shows,
    action,
    by_hand,
    field,
    ref,
)
from eyeot.types import Email, Phone
from eyeot_crm.ids import (
    LeadId,
    UserId,
)
from eyeot_crm.matching import known_parties
from eyeot_crm.sources.tracing import trace

Disqualified = Literal[
    "no_budget", "no_need", "wrong_fit", "unreachable", "competitor", "duplicate", "spam"
]


class Lead(
    Record,
    name="crm.lead",
    prefix="lead",
    label="title",
    hint=("company_name", "status"),
    search=("title", "company_name", "person_name", "email"),
    exact=("email", "phone"),
    index=(("status",),),
    reach=Owned(),
    state="status",
    archivable=False,
):
    """A person or company that may become a customer."""

    title: str = field("What it is about.", max_length=200)
    company_name: str | None = field("The company.", max_length=200, default=None)
    person_name: str | None = field("The person.", max_length=160, default=None, personal=True)
    email: Email | None = field("Where to write.", max_length=254, default=None, personal=True)
    phone: Phone | None = field("Where to call.", max_length=20, default=None, personal=True)
    source: str | None = field(
        "Where it came from: the name of a source, or any words.", max_length=60, default=None
    )
    source_id: UUID | None = ref("crm.lead_source", "The source it came by.", default=None)
    campaign_id: UUID | None = ref("crm.campaign", "The campaign that brought it.", default=None)
    need: str | None = field("What they need, in their words.", max_length=4000, default=None)
    budget: Money | None = field("What they would spend.", default=None)
    grade: Literal["A", "B", "C", "D"] | None = field("How good it looks.", default=None)
    score: int = field("Computed score.", access="read", default=0)
    owner_id: UUID | None = ref("core.user", "Who follows it up.", default=None)
    status: Literal["new", "contacted", "qualified", "converted", "disqualified", "recycled"] = (
        field("Where it stands.", access="read", default="new")
    )
    authority: str | None = field("Who decides.", access="read", max_length=300, default=None)
    timing: str | None = field("By when.", access="read", max_length=300, default=None)
    disqualify_reason: Disqualified | None = field(
        "Why it was dropped.", access="read", default=None
    )
    recycle_on: date | None = field("When to try again.", access="read", default=None)
    first_contact_at: datetime | None = field("First answer to them.", access="read", default=None)
    converted_at: datetime | None = field("When it became a customer.", access="read", default=None)
    customer_id: UUID | None = ref("crm.customer", "What it became.", access="read", default=None)
    contact_id: UUID | None = ref(
        "crm.contact", "Whom it became.", access="read", default=None, personal=True
    )


lifecycle = Lifecycle(
    "status",
    "new",
    (
        by_hand("mark_contacted", "new", "recycled", to="contacted"),
        by_hand("qualify", "new", "contacted", "recycled", to="qualified"),
        by_hand("convert", "qualified", to="converted"),
        by_hand("disqualify", "new", "contacted", "qualified", "recycled", to="disqualified"),
        by_hand("recycle", "disqualified", to="recycled"),
    ),
)


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Give a new lead an owner and its source; keep a converted one as it was."""
    if row.is_new:
        row.owner_id = row.owner_id or ctx.user_id
        if not (row.company_name or row.person_name or row.email or row.phone):
            raise Conflict(
                reason="Nobody could be reached.", remedy="Give company_name, person_name, email or phone.",
                field="company_name",
            )  # fmt: skip
    elif row.status == "converted" and values:
        raise Conflict(
            reason="A converted lead is read-only.",
            remedy="Change the customer or the opportunity it became.",
        )
    if row.is_new or values.keys() & {"source", "source_id"}:
        await trace(ctx, row, values)


leads = Resource(
    Lead,
    profile="master",
    adding="delete",
    without="archive restore",
    en="lead; leads; enquiry; request",
    fr="piste; pistes; prospect; demande entrante; lead",
    gender="f",
    lifecycle=lifecycle,
    kept=("converted",),
    prepare=prepare,
    example={
        "title": "Chambre froide pour traiteur",
        "company_name": "Traiteur des Halles",
        "person_name": "Karim Benali",
        "email": "k.benali@traiteur-des-halles.fr",
        "source": "salon",
    },
    find={"status": "new", "limit": 3},
)


class LeadCaptured(Event, name="crm.lead.captured"):
    """A lead came in."""

    lead_id: LeadId


class LeadAssigned(Event, name="crm.lead.assigned"):
    """A lead has somebody to follow it up."""

    lead_id: LeadId
    user_id: UserId


class LeadQualified(Event, name="crm.lead.qualified"):
    """A lead is worth pursuing."""

    lead_id: LeadId


class LeadDisqualified(Event, name="crm.lead.disqualified"):
    """A lead was dropped."""

    lead_id: LeadId
    reason: Disqualified


class Capture(Input):
    """What came in, by whatever channel."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    channel: Annotated[str, Field(max_length=60)] = "other"
    company_name: Annotated[str | None, Field(max_length=200)] = None
    person_name: Annotated[str | None, Field(max_length=160)] = None
    email: Email | None = None
    phone: Phone | None = None
    need: Annotated[str | None, Field(max_length=4000)] = None


class Captured(Output):
    """The lead, and what is known of the same people."""

    lead_id: LeadId
    is_new: bool
    matches: Annotated[list[dict[str, str]], Shows(record="crm.party")]


@action(
    "crm.lead.capture",
    risk="w",
    en=(
        "Capture a lead from a form, call or fair; enter an enquiry without duplicates; enquiry "
        "from the website; new lead met at a trade fair"
    ),
    fr=(
        "Capturer une piste depuis un formulaire, un appel ou un salon; saisir une demande sans "
        "doublon; demande venue du site; prospect rencontré sur un salon"
    ),
    example={
        "title": "Demande de devis four mixte",
        "channel": "site web",
        "company_name": "Hôtel du Parc",
        "email": "direction@hotel-du-parc-vichy.fr",
    },
    events=("crm.lead.captured",),
    record=Lead,
)
async def capture(ctx: Context, data: Capture) -> Captured:
    """Take in a lead: an open one with the same e-mail or telephone is kept instead of a second."""
    same = [Lead.c.email == data.email] if data.email else []
    same += [Lead.c.phone == data.phone] if data.phone else []
    open_states = Lead.c.status.in_(["new", "contacted", "qualified", "recycled"])
    known = await ctx.first(Lead, open_states, sa.or_(*same)) if same else None
    found = await known_parties(ctx, data.email, data.phone)
    matches = [{"id": Ref("crm.party").write(one.id), "name": one.name} for one in found]
    if known:
        return Captured(lead_id=known.id, is_new=False, matches=matches)
    given = data.model_dump(exclude={"channel"}, exclude_none=True)
    lead = Lead(**given, source=data.channel)
    await ctx.add(lead)
    ctx.emit(LeadCaptured(lead_id=lead.id))
    return Captured(lead_id=lead.id, is_new=True, matches=matches)


class Assign(Input):
    """A lead and who follows it up."""

    id: LeadId
    user_id: UserId


@action(
    "crm.lead.assign",
    risk="w",
    en="Assign a lead to a salesperson; hand a lead to a colleague; give an enquiry to somebody",
    fr=(
        "Attribuer une piste à un commercial; confier une piste; passer une piste à un collègue; "
        "donner une demande à quelqu'un"
    ),
    example={"id": "$crm.lead?status=new", "user_id": "$core.user"},
    events=("crm.lead.assigned",),
    record=Lead,
)
async def assign(ctx: Context, data: Assign) -> Lead:
    """Give a lead to somebody to follow up."""
    lead = await ctx.get(Lead, data.id, lock=True)
    await prepare(ctx, lead, {"owner_id": data.user_id})
    lead.owner_id = data.user_id
    ctx.emit(LeadAssigned(lead_id=lead.id, user_id=data.user_id))
    return lead


class LeadChosen(Input):
    """One lead."""

    id: LeadId


@action(
    "crm.lead.mark_contacted",
    risk="w",
    en="Mark a lead as contacted; first answer given; I called a lead; I wrote to a lead",
    fr=(
        "Marquer une piste comme contactée; première prise de contact; j'ai appelé une piste; j'ai "
        "écrit à un prospect"
    ),
    example={"id": "$crm.lead?status=new"},
    record=Lead,
    next=("crm.lead.qualify", "crm.lead.disqualify"),
)
async def mark_contacted(ctx: Context, data: LeadChosen) -> Lead:
    """Record that a lead was answered; the first time counts for the response time."""
    lead = await ctx.get(Lead, data.id, lock=True)
    lifecycle.take(lead, "mark_contacted")
    lead.first_contact_at = lead.first_contact_at or ctx.now
    return lead


class Qualify(Input):
    """Budget, authority, need and timing, as far as known."""

    id: LeadId
    budget: Money | None = None
    authority: Annotated[str | None, Field(max_length=300)] = None
    need: Annotated[str | None, Field(max_length=4000)] = None
    timing: Annotated[str | None, Field(max_length=300)] = None


@action(
    "crm.lead.qualify",
    risk="w",
    en="Qualify a lead; record budget, authority, need and timing; a lead is serious",
    fr="Qualifier une piste; noter budget, décideur, besoin et échéance; la piste est sérieuse",
    example={
        "id": "$crm.lead?status=new",
        "budget": {"amount": "15000.00"},
        "timing": "avant l'été",
    },
    events=("crm.lead.qualified",),
    record=Lead,
    next=("crm.lead.convert",),
)
async def qualify(ctx: Context, data: Qualify) -> Lead:
    """Record what is known of budget, authority, need and timing, and move the lead to qualified."""
    lead = await ctx.get(Lead, data.id, lock=True)
    lifecycle.take(lead, "qualify")
    for name in data.model_fields_set - {"id"}:
        setattr(lead, name, getattr(data, name))
    lead.first_contact_at = lead.first_contact_at or ctx.now
    ctx.emit(LeadQualified(lead_id=lead.id))
    return lead


class Disqualify(Input):
    """A lead, why it is dropped, and when to try again."""

    id: LeadId
    reason: Disqualified
    recycle_on: date | None = None


@action(
    "crm.lead.disqualify",
    risk="w",
    en=(
        "Disqualify a lead; drop a lead with a reason; a lead is not interested or has no budget; "
        "discard a lead"
    ),
    fr=(
        "Disqualifier une piste; écarter une piste avec un motif; la piste n'est pas intéressée ou "
        "n'a pas de budget; abandonner une piste"
    ),
    example={"id": "$crm.lead?status=new", "reason": "no_budget"},
    events=("crm.lead.disqualified",),
    record=Lead,
)
async def disqualify(ctx: Context, data: Disqualify) -> Lead:
    """Drop a lead with a reason, and perhaps a date to try again."""
    lead = await ctx.get(Lead, data.id, lock=True)
    lifecycle.take(lead, "disqualify")
    lead.disqualify_reason, lead.recycle_on = data.reason, data.recycle_on
    ctx.emit(LeadDisqualified(lead_id=lead.id, reason=data.reason))
    return lead


@action(
    "crm.lead.recycle",
    risk="w",
    en="Recycle a lead; try a dropped lead again; put a lead back to later",
    fr="Recycler une piste; reprendre une piste écartée; remettre une piste à plus tard",
    example={"id": "$crm.lead?status=disqualified"},
    record=Lead,
)
async def recycle(ctx: Context, data: LeadChosen) -> Lead:
    """Put a dropped lead back in the pool."""
    lead = await ctx.get(Lead, data.id, lock=True)
    lifecycle.take(lead, "recycle")
    lead.disqualify_reason, lead.recycle_on = None, None
    return lead
