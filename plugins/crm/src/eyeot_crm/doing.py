"""Doing: activities are finished, moved, handed on and logged."""

from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from eyeot import Context, Event, Input, RecordRef, StateRefused, action, invalid
from eyeot_crm.activities import (
    ASSIGNED,
    Activity,
    ActivityId,
    Kind,
    Minutes,
    Outcome,
    lifecycle,
    touched,
)
from eyeot_crm.contacts import Contact
from eyeot_crm.customers import Customer, refuse_put_away
from eyeot_crm.ids import ContactId, CustomerId, UserId

_Text = Annotated[str, Field(min_length=1, max_length=5_000)]
_Subject = Annotated[str, Field(min_length=1, max_length=200)]
_PLANNED = "$crm.activity?status=planned"


class ActivityCompleted(Event, name="crm.activity.completed"):
    """An activity was done."""

    activity_id: ActivityId
    outcome: str


class ActivityAssigned(Event, name=ASSIGNED):
    """An activity was given to somebody else."""

    activity_id: ActivityId
    assignee_id: UserId


class Following(BaseModel):
    """What is to be done next, about the same record."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    subject: _Subject
    due_at: datetime
    kind: Kind = "task"
    assignee_id: Annotated[UserId | None, Field(description="The same person when left out.")] = (
        None
    )


class Complete(Input):
    """An activity, how it went and what follows."""

    id: ActivityId
    outcome: Outcome = "done"
    note: _Text | None = None
    next: Following | None = None


@action(
    "crm.activity.complete",
    risk="w",
    en="Complete an activity; mark a task as done; tick off a to-do",
    fr="Terminer une activité; marquer une tâche comme faite; cocher une tâche",
    example={
        "id": _PLANNED,
        "outcome": "positive",
        "note": "Intéressé, attend le devis.",
        "next": {"subject": "Envoyer le devis", "due_at": "2027-01-15T10:00:00+01:00"},
    },
    events=("crm.activity.completed",),
    record=Activity,
    next=("crm.activity.my_day",),
)
async def complete(ctx: Context, data: Complete) -> Activity:
    """Mark an activity as done, say how it went, and plan the next one about the same record if given."""
    row = await ctx.get(Activity, data.id, lock=True)
    lifecycle.take(row, "complete")
    row.outcome, row.result, row.closed_at = data.outcome, data.note, ctx.now
    await touched(ctx, row)
    if data.next:
        await ctx.add(
            Activity(
                kind=data.next.kind,
                subject=data.next.subject,
                record=row.record,
                assignee_id=data.next.assignee_id or row.assignee_id,
                due_at=_instant(ctx, data.next.due_at),
            )
        )
    ctx.emit(ActivityCompleted(activity_id=row.id, outcome=data.outcome))
    return row


def _instant(ctx: Context, at: datetime) -> datetime:
    """A time without a zone is one of the organisation's clocks."""
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(ctx.timezone))


class Reschedule(Input):
    """An activity and its new time."""

    id: ActivityId
    due_at: datetime


@action(
    "crm.activity.reschedule",
    risk="w",
    en="Reschedule an activity; move a task to another date; postpone; move a meeting",
    fr="Reporter une activité; déplacer une tâche; décaler un rendez-vous; déplacer une réunion",
    example={"id": _PLANNED, "due_at": "2027-02-01T14:00:00+01:00"},
    record=Activity,
)
async def reschedule(ctx: Context, data: Reschedule) -> Activity:
    """Move a planned activity to another time."""
    row = await _planned(ctx, data.id, "reschedule")
    row.due_at = data.due_at
    if row.is_next_step and row.customer_id:
        customer = await ctx.get(Customer, row.customer_id, lock=True, beyond=True)
        customer.next_step_on = data.due_at.astimezone(ZoneInfo(ctx.timezone)).date()
    return row


async def _planned(ctx: Context, id: ActivityId, step: str) -> Activity:
    row = await ctx.get(Activity, id, lock=True)
    if row.status != "planned":
        raise StateRefused(
            kind="crm.activity", state=row.status, step=step, allowed=["planned"], possible=[]
        )
    return row


class Cancel(Input):
    """An activity and why it is called off."""

    id: ActivityId
    reason: _Text


@action(
    "crm.activity.cancel",
    risk="w",
    en="Cancel an activity; call off a meeting",
    fr="Annuler une activité; annuler un rendez-vous",
    example={"id": _PLANNED, "reason": "Le client a déjà commandé ailleurs."},
    record=Activity,
)
async def cancel(ctx: Context, data: Cancel) -> Activity:
    """Call a planned activity off, with the reason."""
    row = await ctx.get(Activity, data.id, lock=True)
    lifecycle.take(row, "cancel")
    row.result, row.closed_at = data.reason, ctx.now
    await touched(ctx, row)
    return row


class Assign(Input):
    """An activity and who is to do it."""

    id: ActivityId
    user_id: UserId


@action(
    "crm.activity.assign",
    risk="w",
    en="Assign an activity; give a task to a colleague; delegate",
    fr="Attribuer une activité; confier une tâche à un collègue; déléguer",
    example={"id": _PLANNED, "user_id": "$core.user?status=active"},
    events=("crm.activity.assigned",),
    record=Activity,
)
async def assign(ctx: Context, data: Assign) -> Activity:
    """Give a planned activity to somebody else, who is told."""
    row = await _planned(ctx, data.id, "assign")
    row.assignee_id = data.user_id
    ctx.emit(ActivityAssigned(activity_id=row.id, assignee_id=data.user_id))
    return row


class Call(Input):
    """A call: about what, who called, how long and how it went."""

    record: RecordRef
    direction: Literal["in", "out"] = "out"
    minutes: Minutes = 0
    outcome: Outcome = "done"
    subject: _Subject = "Appel"
    note: _Text | None = None
    at: Annotated[datetime | None, Field(description="Now when left out.")] = None


@action(
    "crm.activity.log_call",
    risk="w",
    en="Log a call; note a phone call; record a conversation; I called, note it",
    fr="Consigner un appel; noter un appel téléphonique; enregistrer une conversation; j'ai appelé, note-le",
    example={
        "record": "$crm.opportunity",
        "direction": "out",
        "minutes": 12,
        "outcome": "no_answer",
    },
    record=Activity,
)
async def log_call(ctx: Context, data: Call) -> Activity:
    """Log a call that took place about any record."""
    return await logged(
        ctx,
        Activity(
            kind="call",
            subject=data.subject,
            record=data.record,
            direction=data.direction,
            duration_min=data.minutes,
            outcome=data.outcome,
            result=data.note,
            closed_at=data.at,
        ),
    )


async def logged(ctx: Context, row: Activity) -> Activity:
    """Add an activity that is done already."""
    row.closed_at = row.closed_at or ctx.now
    if row.closed_at > ctx.now:
        raise invalid("at", "is yet to come; plan it with crm.activity.create")
    row.due_at = row.closed_at
    lifecycle.take(row, "complete")
    await ctx.add(row)
    await touched(ctx, row)
    return row


class Interaction(Input):
    """With whom, how, what was said and when."""

    id: ContactId
    kind: Literal["call", "meeting", "email", "visit", "demo"]
    summary: _Text
    at: Annotated[datetime | None, Field(description="Now when left out.")] = None
    duration_min: Minutes | None = None
    direction: Literal["in", "out"] | None = None


@action(
    "crm.contact.log_interaction",
    risk="w",
    en="Log an interaction with a contact; note a call, meeting or message",
    fr="Consigner un échange avec un contact; noter un appel, un rendez-vous ou un message",
    example={
        "id": "$crm.contact",
        "kind": "meeting",
        "summary": "Visite de l'atelier : le four doit être remplacé avant l'été.",
        "duration_min": 45,
    },
    record=Contact,
)
async def log_interaction(ctx: Context, data: Interaction) -> Activity:
    """Log a call, meeting or message with a contact in one call; the customer's last contact follows."""
    contact = await ctx.get(Contact, data.id)
    return await logged(
        ctx,
        Activity(
            kind=data.kind,
            subject=data.summary.splitlines()[0][:200],
            record=RecordRef.to("crm.contact", contact.id),
            direction=data.direction,
            duration_min=data.duration_min,
            outcome="done",
            result=data.summary,
            closed_at=data.at,
        ),
    )


class NextStep(Input):
    """A customer, what to do next and by when."""

    id: CustomerId
    text: _Subject
    due_at: datetime
    assignee_id: UserId | None = None


@action(
    "crm.customer.set_next_step",
    risk="w",
    en="Set a customer's next step; plan what to do next",
    fr="Fixer la prochaine étape d'un client; planifier la prochaine action",
    example={
        "id": "$crm.customer",
        "text": "Proposer un contrat d'entretien",
        "due_at": "2027-01-20T10:00:00+01:00",
    },
    events=("crm.activity.created",),
    record=Customer,
)
async def set_next_step(ctx: Context, data: NextStep) -> Customer:
    """Record what to do next with a customer and plan it; one that was planned before stays a task."""
    customer = await ctx.get(Customer, data.id, lock=True)
    refuse_put_away(customer)
    before = await ctx.find(
        Activity, Activity.c.customer_id == customer.id, Activity.c.is_next_step
    )
    for one in before:
        one.is_next_step = False
    customer.next_step = data.text
    customer.next_step_on = data.due_at.astimezone(ZoneInfo(ctx.timezone)).date()
    await ctx.add(
        Activity(
            subject=data.text,
            record=RecordRef.to("crm.customer", customer.id),
            assignee_id=data.assignee_id or customer.owner_id,
            due_at=data.due_at,
            is_next_step=True,
        )
    )
    return customer
