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
    action,
    by_hand,
    field,
    invalid,
    ref,
)
from eyeot.types import Email, Phone
from eyeot_crm.contacts import Contact, ContactId
from eyeot_crm.contacts import prepare as prepare_contact
from eyeot_crm.customers import Customer
from eyeot_crm.opportunities import Opportunity, OpportunityId
from eyeot_crm.opportunities import prepare as prepare_opportunity
from eyeot_crm.parties import Party, add_role
from eyeot_crm.pipelines import PipelineId, UserId

LeadId = Annotated[UUID, Ref("crm.lead")]
CustomerId = Annotated[UUID, Ref("crm.customer")]
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
    person_name: str | None = field("The person.", max_length=160, default=None)
    email: Email | None = field("Where to write.", max_length=254, default=None)
    phone: Phone | None = field("Where to call.", max_length=20, default=None)
    source: str | None = field("Where it came from.", max_length=60, default=None)
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
    contact_id: UUID | None = ref("crm.contact", "Whom it became.", access="read", default=None)


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
    """Give a new lead an owner; keep a converted one as it was."""
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


class LeadConverted(Event, name="crm.lead.converted"):
    """A lead became a customer."""

    lead_id: LeadId
    customer_id: CustomerId
    opportunity_id: OpportunityId | None = None


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
    matches: list[dict[str, str]]


@action(
    "crm.lead.capture",
    risk="w",
    en="Capture a lead from a form, call or fair; enter an enquiry without duplicates",
    fr="Capturer une piste depuis un formulaire, un appel ou un salon; saisir une demande sans doublon",
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
    matches = await _matches(ctx, data)
    if known:
        return Captured(lead_id=known.id, is_new=False, matches=matches)
    given = data.model_dump(exclude={"channel"}, exclude_none=True)
    lead = Lead(**given, source=data.channel)
    await prepare(ctx, lead, given)
    await ctx.add(lead)
    ctx.emit(LeadCaptured(lead_id=lead.id))
    return Captured(lead_id=lead.id, is_new=True, matches=matches)


async def _matches(ctx: Context, data: Capture) -> list[dict[str, str]]:
    same = [Party.c.emails.contains([data.email])] if data.email else []
    same += [Party.c.phones.contains([data.phone])] if data.phone else []
    found = await ctx.find(Party, sa.or_(*same), limit=5) if same else []
    return [{"id": Ref("crm.party").write(one.id), "name": one.name} for one in found]


class Assign(Input):
    """A lead and who follows it up."""

    id: LeadId
    user_id: UserId


@action(
    "crm.lead.assign",
    risk="w",
    en="Assign a lead to a salesperson",
    fr="Attribuer une piste à un commercial; confier une piste",
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
    en="Mark a lead as contacted; first answer given",
    fr="Marquer une piste comme contactée; première prise de contact",
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
    en="Qualify a lead; record budget, authority, need and timing",
    fr="Qualifier une piste; noter budget, décideur, besoin et échéance",
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


class Convert(Input):
    """A qualified lead and what it becomes."""

    id: LeadId
    customer_id: Annotated[
        CustomerId | None, Field(description="An existing customer, instead of a new one.")
    ] = None
    contact_id: Annotated[
        ContactId | None, Field(description="An existing contact of that customer.")
    ] = None
    name: Annotated[str | None, Field(max_length=200, description="Of the deal.")] = None
    pipeline_id: PipelineId | None = None
    amount: Money | None = None
    expected_close: date | None = None
    with_opportunity: bool = True


class Converted(Output):
    """What a lead became."""

    lead_id: LeadId
    customer_id: CustomerId
    contact_id: ContactId | None = None
    opportunity_id: OpportunityId | None = None


@action(
    "crm.lead.convert",
    risk="w",
    en="Convert a lead; turn a prospect into a customer and a deal",
    fr="Convertir une piste; transformer un prospect en client et en affaire",
    example={"id": "$crm.lead?status=qualified", "amount": {"amount": "15000.00"}},
    events=("crm.lead.converted",),
    record=Lead,
    next=("crm.opportunity.move_stage", "crm.opportunity.win"),
)
async def convert(ctx: Context, data: Convert) -> Converted:
    """Turn a qualified lead into a customer, a contact and, unless told otherwise, a deal."""
    lead = await ctx.get(Lead, data.id, lock=True)
    lifecycle.take(lead, "convert")
    if data.customer_id:
        customer = await ctx.get(Customer, data.customer_id)
    else:
        customer = await _customer(ctx, lead)
    if data.contact_id:
        contact: Contact | None = await _known_contact(ctx, data.contact_id, customer)
    else:
        contact = await _contact(ctx, lead, customer)
    deal = await _deal(ctx, lead, customer, data) if data.with_opportunity else None
    lead.converted_at, lead.customer_id = ctx.now, customer.id
    lead.contact_id = contact.id if contact else None
    opportunity_id = deal.id if deal else None
    ctx.emit(LeadConverted(lead_id=lead.id, customer_id=customer.id, opportunity_id=opportunity_id))
    return Converted(
        lead_id=lead.id,
        customer_id=customer.id,
        contact_id=lead.contact_id,
        opportunity_id=opportunity_id,
    )


async def _customer(ctx: Context, lead: Lead) -> Customer:
    name = lead.company_name or lead.person_name or lead.email or lead.title
    party = Party(
        kind="company" if lead.company_name else "person",
        name=name,
        emails=[lead.email] if lead.email else [],
        phones=[lead.phone] if lead.phone else [],
    )
    add_role(party, "prospect")
    await ctx.add(party)
    return await ctx.add(Customer(party_id=party.id, owner_id=lead.owner_id or ctx.user_id))


async def _known_contact(ctx: Context, id: UUID, customer: Customer) -> Contact:
    contact = await ctx.get(Contact, id)
    if contact.customer_id != customer.id:
        raise invalid("contact_id", "works for another customer")
    return contact


async def _contact(ctx: Context, lead: Lead, customer: Customer) -> Contact | None:
    if not lead.person_name or not lead.company_name:
        return None
    first, _, last = lead.person_name.partition(" ")
    contact = Contact(
        customer_id=customer.id,
        first_name=first,
        last_name=last or first,
        email=lead.email,
        phone=lead.phone,
    )
    await prepare_contact(ctx, contact, {})
    return await ctx.add(contact)


async def _deal(ctx: Context, lead: Lead, customer: Customer, data: Convert) -> Opportunity:
    deal = Opportunity(
        name=data.name or lead.title,
        customer_id=customer.id,
        amount=data.amount or lead.budget,
        expected_close=data.expected_close,
        owner_id=lead.owner_id,
        lead_id=lead.id,
        source=lead.source,
    )
    if data.pipeline_id:
        deal.pipeline_id = data.pipeline_id
    await prepare_opportunity(ctx, deal, {})
    return await ctx.add(deal)


class Disqualify(Input):
    """A lead, why it is dropped, and when to try again."""

    id: LeadId
    reason: Disqualified
    recycle_on: date | None = None


@action(
    "crm.lead.disqualify",
    risk="w",
    en="Disqualify a lead; drop a lead with a reason",
    fr="Disqualifier une piste; écarter une piste avec un motif",
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
    en="Recycle a lead; try a dropped lead again",
    fr="Recycler une piste; reprendre une piste écartée",
    example={"id": "$crm.lead?status=disqualified"},
    record=Lead,
)
async def recycle(ctx: Context, data: LeadChosen) -> Lead:
    """Put a dropped lead back in the pool."""
    lead = await ctx.get(Lead, data.id, lock=True)
    lifecycle.take(lead, "recycle")
    lead.disqualify_reason, lead.recycle_on = None, None
    return lead


class Since(Input):
    """A period of arrival."""

    created_from: datetime | None = None
    created_to: datetime | None = None
    owner_id: UserId | None = None


class ResponseTime(Output):
    """How fast leads are answered, in hours."""

    leads: int
    answered: int
    median_hours: float | None = None
    p90_hours: float | None = None


@action(
    "crm.lead.first_response_time",
    risk="r",
    en="First response time of leads; how fast do we answer enquiries",
    fr="Délai de première réponse aux pistes; en combien de temps répond-on aux demandes",
    example={},
)
async def first_response_time(ctx: Context, data: Since) -> ResponseTime:
    """Show how long leads waited for a first answer: median and ninth decile, in hours."""
    where = [ctx.within(Lead)]
    where += [Lead.c.created_at >= data.created_from] if data.created_from else []
    where += [Lead.c.created_at <= data.created_to] if data.created_to else []
    where += [Lead.c.owner_id == data.owner_id] if data.owner_id else []
    hours = sa.func.extract("epoch", Lead.c.first_contact_at - Lead.c.created_at) / 3600
    at = [
        sa.func.percentile_cont(share).within_group(hours).label(name)
        for share, name in ((0.5, "mid"), (0.9, "late"))
    ]
    select = sa.select(
        sa.func.count().label("n"), sa.func.count(Lead.c.first_contact_at).label("answered"), *at
    )
    row = (await ctx.rows(select.where(*where)))[0]
    return ResponseTime(
        leads=row["n"],
        answered=row["answered"],
        median_hours=_rounded(row["mid"]),
        p90_hours=_rounded(row["late"]),
    )


def _rounded(value: Any) -> float | None:
    return None if value is None else round(float(value), 2)
