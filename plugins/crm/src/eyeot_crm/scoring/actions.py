"""Actions: scoring rules tried, and scores computed anew with their reasons."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from eyeot import (
    Conflict,
    Context,
    Event,
    Input,
    JobStep,
    Output,
    Record,
    RecordRef,
    Ref,
    action,
    invalid,
    job,
)
from eyeot_crm.ids import LeadId
from eyeot_crm.leads import Lead
from eyeot_crm.scoring.points import points, total
from eyeot_crm.scoring.record import ScoringRule
from eyeot_crm.segments.record import KINDS, Grouped

_A_STEP = 200
_THRESHOLD = 50


class LeadScoreChanged(Event, name="crm.lead.score_changed"):
    """A lead has another score."""

    lead_id: LeadId
    score: int
    former: int
    crossed: bool
    """Whether it rose to 50 or more, or fell below."""


class DraftRule(BaseModel):
    """A rule that is not kept yet."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: Annotated[str, Field(min_length=1, max_length=120)]
    condition: dict[str, Any] = Field(default_factory=dict)
    points: Annotated[int, Field(ge=-100, le=100)]
    decay_days: Annotated[int | None, Field(ge=1, le=3650)] = None


class Trial(Input):
    """Draft rules, or the rules that are in use, and the records to score."""

    resource: Grouped = "lead"
    rules: Annotated[
        list[DraftRule], Field(max_length=50, description="Those in use when left out.")
    ] = Field(default_factory=list)
    ids: Annotated[list[RecordRef], Field(min_length=1, max_length=100)]


class Reason(BaseModel):
    """A rule and what it gives."""

    model_config = ConfigDict(extra="forbid")

    rule: str
    points: int


class Scored(BaseModel):
    """A record, its score and why."""

    model_config = ConfigDict(extra="forbid")

    record: RecordRef
    score: int
    former: int
    reasons: list[Reason]


class Scores(Output):
    """Records and their scores, highest first."""

    scores: list[Scored]


@action(
    "crm.scoring_rule.test",
    risk="r",
    en="Test scoring rules; what score would leads have; try a rule before using it; simulate a score",
    fr=(
        "Tester des règles de score; quel score auraient ces pistes; essayer une règle avant de "
        "l'utiliser; simuler une notation"
    ),
    example={
        "resource": "lead",
        "rules": [{"name": "Budget", "condition": {"budget_from": "1000"}, "points": 30}],
        "ids": ["$crm.lead"],
    },
)
async def test(ctx: Context, data: Trial) -> Scores:
    """Tell which score records would have under draft rules, and why; nothing is kept."""
    kind = KINDS[data.resource].meta.name
    for at, ref in enumerate(data.ids):
        if ref.kind != kind:
            raise invalid(f"ids.{at}", f"give ids of {kind}")
    rules: list[Any] = list(data.rules) or await _in_use(ctx, data.resource)
    return await _scores(ctx, data.resource, rules, [one.id for one in data.ids])


async def _in_use(ctx: Context, resource: str) -> list[ScoringRule]:
    rule = ScoringRule.c
    return await ctx.find(ScoringRule, rule.resource == resource, rule.archived_at.is_(None))


async def _scores(ctx: Context, resource: str, rules: list[Any], ids: list[UUID]) -> Scores:
    record: Any = KINDS[resource]
    given = await points(ctx, resource, rules, ids)
    rows = {one.id: one for one in await ctx.find(record, record.c.id.in_(list(given)))}
    told = [
        Scored(
            record=RecordRef.to(record.meta.name, id),
            score=total(reasons),
            former=rows[id].score,
            reasons=[Reason(rule=one.rule, points=one.points) for one in reasons],
        )
        for id, reasons in given.items()
    ]
    return Scores(scores=sorted(told, key=lambda one: -one.score))


class Leads(Input):
    """Leads to score."""

    lead_ids: Annotated[list[LeadId], Field(min_length=1, max_length=200)]


@action(
    "crm.lead.recompute_score",
    risk="w",
    en=(
        "Recompute the score of leads; why does a lead have this score; score leads again; rate leads by "
        "the rules"
    ),
    fr=(
        "Recalculer le score des pistes; pourquoi une piste a ce score; recalculer la note des pistes; "
        "appliquer les règles de score"
    ),
    example={"lead_ids": ["$crm.lead"]},
    events=("crm.lead.score_changed",),
    record=Lead,
)
async def recompute_score(ctx: Context, data: Leads) -> Scores:
    """Apply the scoring rules to leads, and tell for each what gave which points."""
    rules = await _in_use(ctx, "lead")
    if not rules:
        raise Conflict(
            reason="There is no scoring rule for leads.",
            remedy="Create one with crm.scoring_rule.create (resource=lead).",
        )
    for one in data.lead_ids:
        await ctx.get(Lead, one)
    told = await _scores(ctx, "lead", rules, data.lead_ids)
    await _keep(ctx, Lead, {one.record.id: one.score for one in told.scores})
    return told


async def _keep(ctx: Context, record: type[Record], scores: dict[UUID, int]) -> int:
    changed = 0
    for id in sorted(scores):
        row: Any = await ctx.get(record, id, lock=True)
        former, score = row.score, scores[id]
        if former == score:
            continue
        row.score, changed = score, changed + 1
        if record is Lead:
            crossed = (former >= _THRESHOLD) != (score >= _THRESHOLD)
            ctx.emit(LeadScoreChanged(lead_id=id, score=score, former=former, crossed=crossed))
    return changed


class Kind(Input):
    """What to score."""

    resource: Grouped = "lead"


class Begun(Output):
    """The job that scores them."""

    job_id: Annotated[UUID, Ref("core.job")]
    resource: Grouped
    rules: int


@action(
    "crm.scoring_rule.recompute_all",
    risk="w",
    en="Recompute all scores; score every lead, customer or contact again; apply new scoring rules",
    fr=(
        "Recalculer tous les scores; noter à nouveau toutes les pistes, tous les clients ou contacts; "
        "appliquer de nouvelles règles de score"
    ),
    example={"resource": "lead"},
)
async def recompute_all(ctx: Context, data: Kind) -> Begun:
    """Have every record of a kind scored anew, in a job."""
    rules = await _in_use(ctx, data.resource)
    if not rules:
        raise Conflict(
            reason=f"There is no scoring rule for {data.resource}s.",
            remedy="Create one with crm.scoring_rule.create.",
        )
    record = KINDS[data.resource]
    total_ = await ctx.count(record, ctx.filters(record, {}))
    made = await ctx.enqueue(rescore, Kind(resource=data.resource), total=total_)
    return Begun(job_id=made.id, resource=data.resource, rules=len(rules))


@job("crm.scoring_rule.rescore")
async def rescore(ctx: Context, data: Kind, cursor: dict[str, Any] | None) -> JobStep:
    """Score every record of a kind, two hundred at a time."""
    record: Any = KINDS[data.resource]
    done = int(cursor["done"]) if cursor else 0
    after = [record.c.id > UUID(cursor["after"])] if cursor else []
    rows = await ctx.find(record, *after, order=record.c.id, limit=_A_STEP)
    ids = [one.id for one in rows]
    given = await points(ctx, data.resource, await _in_use(ctx, data.resource), ids)
    await _keep(ctx, record, {id: total(reasons) for id, reasons in given.items()})
    if len(rows) < _A_STEP:
        return JobStep(done=done + len(rows), result={"scored": done + len(rows)})
    return JobStep(cursor={"after": str(ids[-1]), "done": done + len(rows)}, done=done + len(rows))
