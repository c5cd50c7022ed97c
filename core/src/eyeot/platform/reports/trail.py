"""Trail: who did what, people and agents apart."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Limits

from eyeot.declare.context import Context
from eyeot.declare.model import Ref
from eyeot.declare.money import Exact
from eyeot.declare.report import ReportRow, Told, drill, report
from eyeot.platform.agents import AgentClient
from eyeot.platform.api_keys import ApiKey
from eyeot.platform.audit import AuditEvent
from eyeot.platform.reports.asking import Spell, counted, instants, percent, span

AUDIT = "core:audit"
_event = AuditEvent.c


class Trailed(Spell):
    """A period, and of whom and what."""

    actor_type: Literal["user", "agent", "service", "system"] | None = None
    actor: Annotated[str | None, Limits(max_length=200, description="By name.")] = None
    action: Annotated[str | None, Limits(max_length=200, description="e.g. crm.lead.convert.")] = (
        None
    )


class TrailRow(ReportRow):
    """What one actor did with one action."""

    actor_type: str
    actor: str
    action: str
    calls: int
    done: int
    refused: int
    failed: int
    dry_runs: int
    last_at: datetime


def _calls() -> list[Any]:
    outcome = _event.outcome
    return [
        sa.func.count().label("calls"),
        counted(outcome.in_(("ok", "replayed"))).label("done"),
        counted(outcome == "refused").label("refused"),
        counted(outcome == "failed").label("failed"),
        counted(outcome == "dry_run").label("dry_runs"),
        sa.func.max(_event.at).label("last_at"),
    ]


@report(
    "core.report.audit_trail",
    row=TrailRow,
    en=(
        "Audit trail report; who did what in a period; activity by user and action; summary of the "
        "activity log"
    ),
    fr=(
        "Rapport de la piste d'audit; qui a fait quoi sur une période; activité par utilisateur et "
        "par action; synthèse du journal d'activité"
    ),
    example={"actor_type": "system"},
    permission=AUDIT,
    next=("core.audit_event.list",),
)
async def audit_trail(ctx: Context, data: Trailed) -> Told:
    """Count what each person, agent and service did in a period, by action and outcome."""
    spell = instants(ctx, span(ctx, data.period))
    asked = {n: getattr(data, n) for n in ("actor_type", "actor", "action") if getattr(data, n)}
    where = [_event[name] == value for name, value in asked.items()]
    named = (_event.actor_type, _event.actor, _event.action)
    found = await ctx.rows(
        sa.select(*named, *_calls())
        .where(ctx.within(AuditEvent), spell.covers(_event.at), *where)
        .group_by(*named)
        .order_by(sa.desc("calls"), *named)
    )
    rows = [
        TrailRow(
            **one,
            drill=drill(
                "core.audit_event.list", actor=one["actor"], action=one["action"], **spell.asked
            ),
        )
        for one in found
    ]
    totals = {
        n: sum(getattr(one, n) for one in rows) for n in ("calls", "done", "refused", "failed")
    }
    return Told(rows, totals)


class AgentRow(ReportRow):
    """What one key of agents did."""

    agent: Annotated[str | None, Limits(description="The agent whose key it is.")] = None
    actor: str
    credential_id: Annotated[UUID | None, Ref("core.api_key")] = None
    calls: int
    done: int
    refused: int
    failed: int
    dry_runs: int
    writes: Annotated[int, Limits(description="Calls that changed something.")]
    refused_share: Annotated[Exact | None, Limits(description="Percent of its calls.")] = None
    last_at: datetime


@report(
    "core.report.agent_activity",
    row=AgentRow,
    en=(
        "Agent activity report; what AI agents did; calls and refusals by agent; how much the "
        "agents work"
    ),
    fr=(
        "Rapport d'activité des agents; ce que les agents IA ont fait; appels et refus par agent; "
        "travail des agents"
    ),
    example={},
    permission=AUDIT,
    next=("core.audit_event.list", "core.agent_client.pause"),
)
async def agent_activity(ctx: Context, data: Spell) -> Told:
    """Count the calls, changes and refusals of each agent's key and connected app in a period."""
    spell = instants(ctx, span(ctx, data.period))
    changed = sa.and_(_event.outcome == "ok", sa.func.cardinality(_event.records) > 0)
    named = (_event.actor, _event.credential_id)
    found = await ctx.rows(
        sa.select(*named, *_calls(), counted(changed).label("writes"))
        .where(ctx.within(AuditEvent), spell.covers(_event.at), _event.actor_type == "agent")
        .group_by(*named)
        .order_by(sa.desc("calls"), *named)
    )
    agents = await _agents(ctx)
    rows = [
        AgentRow(
            **{
                **one,
                "credential_id": one["credential_id"] if one["credential_id"] in agents else None,
            },
            agent=agents.get(one["credential_id"]),
            refused_share=percent(one["refused"], one["calls"]),
            drill=drill(
                "core.audit_event.list", actor=one["actor"], actor_type="agent", **spell.asked
            ),
        )
        for one in found
    ]
    counts = ("calls", "done", "refused", "failed", "writes")
    totals: dict[str, Decimal | int] = {n: sum(getattr(one, n) for one in rows) for n in counts}
    return Told(rows, totals)


async def _agents(ctx: Context) -> dict[UUID, str | None]:
    """Every key, and the name of its agent if it is one's."""
    key, agent = ApiKey.c, AgentClient.c
    named = sa.select(key.id, agent.name).outerjoin(
        AgentClient.meta.table, sa.and_(agent.org_id == key.org_id, agent.id == key.agent_id)
    )
    return {one["id"]: one["name"] for one in await ctx.rows(named.where(ctx.within(ApiKey)))}
