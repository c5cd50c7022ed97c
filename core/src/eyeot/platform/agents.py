"""Agents: the agents that work here, what caps each, and a switch that stops it."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Limits

from eyeot.declare import ids
from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.field import field, ref
from eyeot.declare.governing import Governs, fewer, to
from eyeot.declare.identifiers import Shows
from eyeot.declare.lifecycle import Lifecycle, by_hand
from eyeot.declare.model import Input, Output
from eyeot.declare.money import Money
from eyeot.declare.problem import Conflict, invalid
from eyeot.declare.reach import Owned
from eyeot.declare.record import Record, records
from eyeot.declare.resource import Resource
from eyeot.platform.api_keys import AgentId, ApiKey
from eyeot.platform.audit import AuditEvent
from eyeot.platform.granting import refuse_malformed
from eyeot.platform.users import Reason

Policy = Literal["none", "irreversible", "writes", "all"]
_ADMIN = "core:admin"


def _everything() -> list[str]:
    return ["*"]


class AgentClient(
    Record,
    name="core.agent_client",
    prefix="agt",
    hint=("vendor",),
    search=("name", "vendor"),
    unique=(("name",),),
    reach=Owned(),
    state="status",
    governs=Governs(
        neutral=frozenset({"paused_at", "paused_reason"}),
        cuts={"status": to("paused"), "ceiling": fewer},
        archiving=True,
    ),
):
    """An agent that works for somebody here, whatever keys it uses."""

    name: str = field("What people call it.", max_length=100)
    vendor: str | None = field(
        "Who makes it, or the client it runs in, e.g. Claude Desktop.", max_length=100, default=None
    )
    model_label: str | None = field(
        "Which model it says it is; nothing checks it.", max_length=100, default=None
    )
    purpose: str | None = field("What it is for.", max_length=300, default=None)
    owner_id: UUID | None = ref("core.user", "Who answers for it.", access="create", default=None)
    ceiling: list[str] = field(
        "Permissions beyond which none of its keys reaches, whatever their roles and scopes; * for no"
        " ceiling, none for nothing at all.",
        default=_everything,
    )
    approval_policy: Policy = field(
        "Which of its calls are to wait for a person: x, e and $ (irreversible), all writes, all, or none."
        " Kept for the approval gate, which this version does not have: nothing waits yet.",
        access="read",
        default="irreversible",
    )
    spend_limit: Money | None = field(
        "Above which amount a call is to wait for a person; kept as the policy is.",
        access="read",
        default=None,
    )
    daily_spend_limit: Money | None = field(
        "The same for what it engages in 24 hours.", access="read", default=None
    )
    status: Literal["active", "paused"] = field(
        "Whether it may work.", access="read", default="active"
    )
    paused_at: datetime | None = field("When it was paused.", access="read", default=None)
    paused_reason: str | None = field("Why.", access="read", max_length=300, default=None)


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Check the ceiling, and give a new agent to whoever makes it."""
    for permission in values.get("ceiling") or ():
        refuse_malformed("ceiling", permission)
    if row.is_new and row.owner_id is None:
        row.owner_id = ctx.user_id


lifecycle = Lifecycle(
    "status",
    "active",
    (by_hand("pause", "active", to="paused"), by_hand("resume", "paused", to="active")),
)
agents = Resource(
    AgentClient,
    adding="list get create update archive history",
    en="agent; agents; AI agent; assistant",
    fr="agent; agents; agent IA; assistant",
    lifecycle=lifecycle,
    prepare=prepare,
    example={"name": "Assistant des ventes", "vendor": "Claude Desktop", "ceiling": ["core:read"]},
    surfaces={"create": "human", "update": "human"},
    fresh=("create", "update"),
    unlicensed=("archive",),
    permissions=dict.fromkeys(("list", "get", "create", "update", "archive", "history"), _ADMIN),
)


class Paused(Event, name="core.agent_client.paused"):
    """An agent was stopped."""

    agent_id: AgentId


class Resumed(Event, name="core.agent_client.resumed"):
    """An agent may work again."""

    agent_id: AgentId


class Pause(Input):
    """Which agent, and why."""

    id: AgentId
    reason: Reason


class AgentChosen(Input):
    """One agent."""

    id: AgentId


@action(
    "core.agent_client.pause",
    risk="w",
    en="Pause an agent; stop an agent at once; kill switch; suspend an AI agent; block an agent",
    fr=(
        "Mettre un agent en pause; arrêter un agent tout de suite; arrêt d'urgence; suspendre un "
        "agent IA; bloquer un agent"
    ),
    example={"id": "$core.agent_client?status=active", "reason": "Comportement inattendu"},
    events=("core.agent_client.paused",),
    cuts=True,
    unlicensed=True,
    permission=_ADMIN,
    record=AgentClient,
    next=("core.agent_client.list_calls", "core.agent_client.undo_last"),
)
async def pause(ctx: Context, data: Pause) -> AgentClient:
    """Stop every call of an agent at once, whatever its keys; its jobs and plans wait."""
    row = await ctx.get(AgentClient, data.id, lock=True)
    lifecycle.take(row, "pause")
    row.paused_at, row.paused_reason = ctx.now, data.reason
    ctx.emit(Paused(agent_id=row.id))
    return row


@action(
    "core.agent_client.resume",
    risk="w",
    en="Resume an agent; let an agent work again; end an agent's pause",
    fr="Reprendre un agent; laisser un agent travailler à nouveau; fin de la pause d'un agent",
    example={"id": "$core.agent_client?status=paused"},
    events=("core.agent_client.resumed",),
    surface="human",
    fresh=True,
    permission=_ADMIN,
    record=AgentClient,
)
async def resume(ctx: Context, data: AgentChosen) -> AgentClient:
    """Let a paused agent work again; what it had planned goes on."""
    row = await ctx.get(AgentClient, data.id, lock=True)
    if row.archived_at is not None:
        raise Conflict(reason="This agent was archived, which is for good.", remedy="Make another.")
    lifecycle.take(row, "resume")
    row.paused_at = row.paused_reason = None
    ctx.emit(Resumed(agent_id=row.id))
    return row


class Rules(Input):
    """Which of an agent's calls are to wait for a person; a limit that is left out is none."""

    id: AgentId
    approval_policy: Policy
    spend_limit: Money | None = None
    daily_spend_limit: Money | None = None


@action(
    "core.agent_client.set_policy",
    risk="w",
    en=(
        "Set an agent's approval policy; what must a person approve; spending limit of an agent; "
        "money ceiling"
    ),
    fr=(
        "Fixer la règle d'approbation d'un agent; ce qu'une personne doit valider; plafond de "
        "dépense d'un agent; limite d'engagement"
    ),
    example={
        "id": "$core.agent_client",
        "approval_policy": "writes",
        "spend_limit": {"amount": "500.00"},
    },
    surface="human",
    fresh=True,
    permission=_ADMIN,
    record=AgentClient,
)
async def set_policy(ctx: Context, data: Rules) -> AgentClient:
    """Say which of an agent's calls are to wait for a person, and above which amounts."""
    row = await ctx.get(AgentClient, data.id, lock=True)
    for name in ("spend_limit", "daily_spend_limit"):
        limit: Money | None = getattr(data, name)
        if limit is not None and limit.amount < 0:
            raise invalid(name, "is an amount of 0 or more")
    row.approval_policy = data.approval_policy
    row.spend_limit, row.daily_spend_limit = data.spend_limit, data.daily_spend_limit
    return row


class CallsAsked(Input):
    """Which of an agent's calls."""

    id: AgentId
    days: Annotated[int, Limits(ge=1, le=3650)] = 30
    outcome: Literal["ok", "dry_run", "replayed", "refused", "failed"] | None = None
    correlation_id: Annotated[
        str | None, Limits(max_length=300, description="Those of one request or run.")
    ] = None
    most: Annotated[int, Limits(ge=1, le=200, description="How many at most.")] = 50


class Calls(Output):
    """An agent's calls, newest first."""

    items: Annotated[list[dict[str, Any]], Shows("id")]


_TOLD = ("at", "action", "surface", "tool", "outcome", "code", "input", "trace_id", "duration_ms")


async def keys_of(ctx: Context, agent_id: UUID) -> list[UUID]:
    """The keys and the consents that an agent has or had."""
    found: list[UUID] = []
    for one in (ApiKey.c, records["core.oauth_grant"].c):
        held = sa.select(one.id).where(one.org_id == ctx.org_id, one.agent_id == agent_id)
        found += [row["id"] for row in await ctx.rows(held)]
    return found


@action(
    "core.agent_client.list_calls",
    risk="r",
    en="List the calls of one agent; calls with their arguments; refused calls of an agent",
    fr="Lister les appels d'un agent; appels avec leurs arguments; appels refusés d'un agent",
    example={"id": "$core.agent_client", "days": 30},
    permission="core:audit",
    record=AgentClient,
    next=("core.agent_client.undo_last",),
)
async def list_calls(ctx: Context, data: CallsAsked) -> Calls:
    """Show an agent's calls, with arguments without secrets, outcome and duration, newest first."""
    await ctx.get(AgentClient, data.id)
    event = AuditEvent.c
    where = [
        ctx.within(AuditEvent),
        event.credential_id.in_(await keys_of(ctx, data.id)),
        event.at >= ctx.now - timedelta(days=data.days),
    ]
    where += [event.outcome == data.outcome] if data.outcome else []
    where += [event.trace_id == data.correlation_id] if data.correlation_id else []
    query = sa.select(event.id, *(event[name] for name in _TOLD)).where(*where)
    rows = await ctx.rows(query.order_by(event.id.desc()).limit(data.most))
    return Calls(items=[_told(row) for row in rows])


def _told(row: dict[str, Any]) -> dict[str, Any]:
    told = {name: row[name] for name in _TOLD if row[name] is not None}
    told["at"] = row["at"].isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if "duration_ms" in told:
        told["duration_ms"] = float(told["duration_ms"])
    return {"id": ids.encode("evt", row["id"]), **told}
