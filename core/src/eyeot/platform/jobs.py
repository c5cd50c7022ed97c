"""Jobs: work that goes on after the call that asked for it, and plans that repeat one."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from cronsim import CronSim, CronSimError
from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.citing import ArgumentsOf
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.field import field, ref
from eyeot.declare.model import Input, Output, Ref
from eyeot.declare.problem import Conflict, StateRefused, invalid
from eyeot.declare.reach import Owned
from eyeot.declare.record import Record
from eyeot.declare.resource import Resource
from eyeot.runtime import queue

JobId = Annotated[UUID, Ref("core.job")]
ScheduleId = Annotated[UUID, Ref("core.schedule")]
Status = Literal["queued", "running", "done", "failed", "cancelled"]
_FIELDS = 5
WORK = "core.job:write"
"""The permission to have long work done, and to stop one's own."""
MOST_PLANS = 50
"""How many plans one key may have at a time; one person without a key, likewise."""
_ENDED = ("done", "failed", "cancelled")


class Job(
    Record,
    name="core.job",
    prefix="job",
    label="kind",
    hint=("status",),
    search=("kind", "message"),
    reach=Owned("created_by"),
    archivable=False,
):
    """Work that goes on after the call that asked for it."""

    kind: str = field("What is done: a job's name, or the action it runs.", access="read")
    status: Status = field("How far it is.", access="read", default="queued")
    progress: int = field("Per cent done.", access="read", default=0, ge=0, le=100)
    done: int = field("How much is done.", access="read", default=0)
    total: int | None = field("Of how much, once known.", access="read", default=None)
    message: str | None = field("What it is at.", access="read", max_length=300, default=None)
    created_by: UUID | None = ref("core.user", "For whom.", access="read", default=None, soft=True)
    actor: str = field("Who asked for it.", access="read", default="")
    started_at: datetime | None = field("When it began.", access="read", default=None)
    finished_at: datetime | None = field("When it ended.", access="read", default=None)
    error: dict[str, Any] | None = field("Why it failed.", access="read", default=None)
    result: dict[str, Any] | None = field("What came of it.", access="read", default=None)
    attempts: int = field("How often a worker began it.", access="read", default=0)
    due_at: datetime | None = field("Not before.", access="read", default=None)
    schedule_id: UUID | None = ref(
        "core.schedule", "The plan it comes from.", access="read", default=None, soft=True
    )
    arguments: dict[str, Any] = field("Its input.", access="secret", default=dict)
    asker: dict[str, Any] = field("By which credential.", access="secret", default=dict)
    cursor: dict[str, Any] | None = field("Where it goes on.", access="secret", default=None)
    claim: UUID | None = field("The worker's turn.", access="secret", default=None)
    lease_until: datetime | None = field("Until when.", access="secret", default=None)
    cancel_asked: bool = field("To be stopped.", access="secret", default=False)
    key: UUID | None = field("Its idempotency key.", access="secret", default=None)


sa.Index(
    "ix_core_job_due",
    Job.c.due_at,
    postgresql_where=Job.c.status.in_(("queued", "running")),
)

jobs = Resource(
    Job,
    profile="log",
    adding="aggregate",
    en="job; jobs; background task; long-running work",
    fr="tâche; tâches; traitement en arrière-plan; travail long",
    gender="f",
)


class JobEnded(Event, name="core.job.ended"):
    """A job was done, failed or was cancelled."""

    job_id: JobId
    kind: str
    status: str
    created_by: Annotated[UUID, Ref("core.user")] | None


class Chosen(Input):
    """One job."""

    job_id: JobId


def _refused(job: Job, step: str, allowed: tuple[str, ...]) -> StateRefused:
    possible = {"queued": ["cancel"], "running": ["cancel"], "failed": ["retry"]}
    return StateRefused(
        kind="core.job",
        state=job.status,
        step=step,
        allowed=[*allowed],
        possible=possible.get(job.status, []),
    )


@action(
    "core.job.cancel",
    risk="w",
    en="Cancel a job; stop a background task; stop a running job; abort an export or import",
    fr=(
        "Annuler une tâche; arrêter un traitement; arrêter une tâche en cours; interrompre un "
        "export ou un import"
    ),
    example={"job_id": "$core.job?status=queued"},
    events=("core.job.updated", "core.job.ended"),
    permission=WORK,
    record=Job,
    next=("core.job.get",),
    unlicensed=True,
)
async def cancel(ctx: Context, data: Chosen) -> Job:
    """Stop a job at its next safe point; what its finished steps did stays."""
    job = await ctx.get(Job, data.job_id, lock=True)
    if job.status in _ENDED:
        raise _refused(job, "cancel", ("queued", "running"))
    job.cancel_asked = True
    if job.status == "queued":
        job.status, job.finished_at = "cancelled", ctx.now
        ctx.emit(_ended(job))
    return job


@action(
    "core.job.retry",
    risk="w",
    en="Retry a failed job; run a job again; try a failed job again; restart a job",
    fr=(
        "Relancer une tâche en échec; réessayer un traitement; relancer un traitement qui a "
        "échoué; réessayer une tâche"
    ),
    example={"job_id": "$core.job?status=failed"},
    events=("core.job.updated",),
    permission=WORK,
    record=Job,
    next=("core.job.get",),
)
async def retry(ctx: Context, data: Chosen) -> Job:
    """Run a failed job again, from the step that failed and under the same idempotency key."""
    job = await ctx.get(Job, data.job_id, lock=True)
    if job.status != "failed":
        raise _refused(job, "retry", ("failed",))
    kind, _, name = job.kind.partition(" ")
    if kind == queue.CALL:
        # It runs as whoever asked for it: nobody has more done so than they may do themselves.
        ctx.check(name, job.arguments)
    job.status, job.error, job.finished_at = "queued", None, None
    job.attempts, job.due_at, job.cancel_asked = 0, ctx.now, False
    return job


def _ended(job: Job) -> JobEnded:
    return JobEnded(job_id=job.id, kind=job.kind, status=job.status, created_by=job.created_by)


class Schedule(
    Record,
    name="core.schedule",
    prefix="sch",
    label="action",
    hint=("cron",),
    reach=Owned("created_by"),
):
    """An action that is run again and again, as whoever planned it."""

    action: str = field("What is run.", access="read", max_length=200)
    params: dict[str, Any] = field("With what arguments.", access="secret", default=dict)
    cron: str = field("When, in the organisation's time zone.", access="read", max_length=100)
    next_at: datetime | None = field("When next.", access="read", default=None)
    last_at: datetime | None = field("When last.", access="read", default=None)
    created_by: UUID | None = ref("core.user", "For whom.", access="read", default=None, soft=True)
    actor: str = field("Who planned it.", access="read", default="")
    timezone: str = field("Whose clock the rule is read by.", access="read", default="UTC")
    asker: dict[str, Any] = field("By which credential.", access="secret", default=dict)


sa.Index(
    "ix_core_schedule_next",
    Schedule.c.next_at,
    postgresql_where=Schedule.c.archived_at.is_(None),
)

schedules = Resource(
    Schedule,
    adding="list get",
    en="schedule; schedules; plan; recurring task",
    fr="planification; planifications; tâche récurrente",
    gender="f",
)


class Planned(Input):
    """An action, its arguments and when to run it."""

    action: Annotated[str, Limits(description="e.g. crm.lead.list")]
    params: Annotated[
        dict[str, Any], Limits(description="Its arguments."), ArgumentsOf("action")
    ] = Limits(default_factory=dict)
    cron: Annotated[
        str,
        Limits(
            max_length=100,
            description="Minute hour day month weekday, e.g. '0 8 * * MON', by the organisation's clock.",
        ),
    ]


def occurrence(cron: str, zone: str, after: datetime) -> datetime | None:
    """The first moment after another at which a rule is due, in UTC; None when there is none."""
    try:
        local = next(CronSim(cron, after.astimezone(ZoneInfo(zone))))
    except StopIteration:
        return None
    return local.astimezone(UTC)


async def _refuse_many(ctx: Context) -> None:
    """Keep the plans of one key, or of one person, to what somebody can oversee."""
    of = "credential_id" if ctx.credential_id else "user_id"
    count = sa.select(sa.func.count().label("n")).where(
        Schedule.c.org_id == ctx.org_id,
        Schedule.c.archived_at.is_(None),
        Schedule.c.asker[of].astext == str(ctx.credential_id or ctx.user_id),
    )
    if (await ctx.rows(count))[0]["n"] >= MOST_PLANS:
        raise Conflict(
            reason=f"There are {MOST_PLANS} plans of yours already, as many as there may be.",
            remedy="core.schedule.list shows them; core.job.unschedule ends one.",
        )


@action(
    "core.job.schedule",
    risk="w",
    en=(
        "Schedule an action; plan a recurring task; schedule every week; run every week; do something "
        "every day, week or month; repeat automatically; run regularly"
    ),
    fr=(
        "Planifier une action; planifier une tâche récurrente; exécuter chaque semaine; faire "
        "quelque chose chaque jour, semaine ou mois; répéter automatiquement; lancer régulièrement"
    ),
    example={
        "action": "core.user.count",
        "params": {},
        "cron": "0 8 * * MON",
    },
    events=("core.job.scheduled", "core.schedule.created"),
    permission=WORK,
    record=Schedule,
    next=("core.schedule.list", "core.job.unschedule"),
)
async def schedule(ctx: Context, data: Planned) -> Schedule:
    """Run an action again and again by a cron rule, as you, with the rights you then have."""
    if len(data.cron.split()) != _FIELDS:
        raise invalid("cron", "has five fields: minute hour day month weekday, e.g. 0 8 * * 1")
    try:
        next_at = occurrence(data.cron, ctx.timezone, ctx.now)
    except CronSimError as wrong:
        raise invalid(
            "cron", f"{wrong}; write minute hour day month weekday, e.g. 0 8 * * 1"
        ) from None
    if next_at is None:
        raise invalid("cron", "never comes; write minute hour day month weekday, e.g. 0 8 * * 1")
    ctx.check(data.action, data.params)
    await _refuse_many(ctx)
    row = await ctx.add(
        Schedule(
            action=data.action,
            params=data.params,
            cron=data.cron,
            next_at=next_at,
            created_by=ctx.user_id,
            actor=ctx.actor,
            timezone=ctx.timezone,
            asker=ctx.asker,
        )
    )
    ctx.emit(Scheduled(schedule_id=row.id, action=row.action))
    return row


class Scheduled(Event, name="core.job.scheduled"):
    """An action was planned to be run again and again."""

    schedule_id: ScheduleId
    action: str


class ScheduleChosen(Input):
    """One plan."""

    schedule_id: ScheduleId


class Unscheduled(Output):
    """The plan that is gone."""

    schedule_id: ScheduleId
    unscheduled: bool


@action(
    "core.job.unschedule",
    risk="w",
    en=(
        "Unschedule an action; stop a recurring task; stop repeating; cancel a recurring task; end "
        "an automatic run"
    ),
    fr=(
        "Déprogrammer une action; arrêter une tâche récurrente; ne plus répéter; annuler une tâche "
        "récurrente; arrêter un envoi automatique"
    ),
    example={"schedule_id": "$core.schedule"},
    events=("core.schedule.updated",),
    permission=WORK,
    record=Schedule,
    unlicensed=True,
)
async def unschedule(ctx: Context, data: ScheduleChosen) -> Unscheduled:
    """Stop running a planned action; jobs it made already stay."""
    row = await ctx.get(Schedule, data.schedule_id, lock=True)
    row.archived_at = row.archived_at or ctx.now
    return Unscheduled(schedule_id=row.id, unscheduled=True)
