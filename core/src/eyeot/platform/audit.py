"""Audit events: everything that was done or refused, by whom and with what."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Limits

from eyeot.declare import ids
from eyeot.declare.action import action
from eyeot.declare.anyref import RecordRef
from eyeot.declare.context import Context
from eyeot.declare.field import field, ref
from eyeot.declare.identifiers import Shows
from eyeot.declare.model import Input, Output
from eyeot.declare.privacy import Privacy
from eyeot.declare.problem import invalid
from eyeot.declare.reach import Owned
from eyeot.declare.record import Record, Spread, records
from eyeot.declare.resource import Resource
from eyeot.declare.tool import Tool
from eyeot.storage.tables import audit_subject


class AuditEvent(
    Record,
    name="core.audit_event",
    prefix="evt",
    label="action",
    bare=True,
    sort="-at",
    index=(("at",),),
    spread=Spread(
        heads=("actor", "credential_id", "action"),
        few=("outcome", "actor_type"),
        first="tags",
        mark="via:",
    ),
    reach=Owned("user_id"),
    journal="changes",
):
    """One call, by whatever door, and what came of it. Append-only."""

    at: datetime = field("When.", access="read")
    actor_type: Literal["user", "agent", "service", "system"] = field(
        "What kind of actor.", access="read"
    )
    actor: str = field("Its name.", access="read", personal=True, few=True)
    user_id: UUID | None = ref(
        "core.user", "On whose behalf.", access="read", default=None, soft=True, personal=True
    )
    credential_id: UUID | None = ref(
        "core.api_key",
        "The key used.",
        access="read",
        default=None,
        soft=True,
        also=("core.oauth_grant",),
        marked=(("via:oauth", "ogr"), ("via:console", "ses")),
    )
    tags: list[str] = field("via:key, via:oauth, via:cli…", access="read", default=list)
    surface: Literal["mcp", "rest", "cli", "console", "job"] = field("The door.", access="read")
    tool: str | None = field("The MCP tool or method.", access="read", default=None)
    action: str = field("The action called.", access="read")
    input: dict[str, Any] | None = field(
        "Its arguments, secrets removed.", access="read", default=None
    )
    input_digest: str | None = field("SHA-256 of the arguments.", access="read", default=None)
    outcome: Literal["ok", "dry_run", "replayed", "refused", "failed"] = field(
        "What came of it.", access="read"
    )
    code: str | None = field("The refusal's code.", access="read", default=None)
    records: list[str] | None = field(
        "The records it changed, kind/uuid.", access="read", filter=False, default=None
    )
    changes: list[dict[str, Any]] | None = field(
        "Changed fields, before and after.", access="read", default=None
    )
    events: list[str] | None = field("What it told happened.", access="read", default=None)
    client: str | None = field("The client's name and version.", access="read", default=None)
    ip: str | None = field("The caller's address.", access="read", default=None, personal=True)
    trace_id: str | None = field("The caller's trace.", access="read", default=None)
    duration_ms: Decimal | None = field("How long it took.", access="read", default=None)


_event_columns = AuditEvent.c
_WAY = _event_columns.tags[1]
_FEW = (_event_columns.outcome, _event_columns.actor_type)
_TIME = (_event_columns.at, _event_columns.id)
for _name, _order in {
    "way": (_WAY, *_FEW),
    "actor": (_event_columns.actor, *_FEW, _WAY),
    "action": (_event_columns.action, *_FEW, _WAY),
    "credential_id": (_event_columns.credential_id, *_FEW, _WAY),
    "actor_action": (_event_columns.actor, _event_columns.action, *_FEW, _WAY),
    "credential_action": (_event_columns.credential_id, _event_columns.action, *_FEW, _WAY),
}.items():
    sa.Index(f"ix_core_audit_event_{_name}", _event_columns.org_id, *_order, *_TIME)
sa.Index(
    "ix_core_audit_event_marked",
    _event_columns.org_id,
    *_TIME,
    postgresql_where=sa.func.cardinality(_event_columns.tags) > 1,
)
sa.Index("ix_core_audit_event_trace_id", AuditEvent.c.org_id, AuditEvent.c.trace_id)

_PROOF = "Proof of who did what, kept as long as the log (GDPR art. 17-3-e)."
privacy = Privacy(AuditEvent, keep={"actor": _PROOF, "ip": _PROOF})

audit_events = Resource(
    AuditEvent,
    profile="ledger",
    without="search",
    en="audit event; audit events; activity log; agent activity; journal of what agents did",
    fr="événement d'audit; événements d'audit; journal d'activité; activité des agents; qui a fait quoi",
    find={"action": "core.role.seed", "limit": 3},
    partitioned=True,
    permissions=dict.fromkeys(("list", "get", "count", "aggregate", "export"), "core:audit"),
)


class RecordChosen(Input):
    """One record of any kind, by its id."""

    record: str


class Timeline(Output):
    """What happened to a record, newest first."""

    items: Annotated[list[dict[str, Any]], Shows("id")]


def _event(row: dict[str, Any]) -> dict[str, Any]:
    told = {
        name: row[name]
        for name in ("actor_type", "actor", "surface", "action", "outcome")
        if row[name]
    }
    changes = [c for c in row["changes"] or () if not row.get("only") or c["id"] == row["only"]]
    return {
        "id": ids.encode("evt", row["id"]),
        "at": row["at"].isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        **told,
        **({"changes": changes} if changes else {}),
    }


_MOST = 200
_COLUMNS = ("id", "at", "actor_type", "actor", "surface", "action", "outcome", "changes")


@action(
    "core.audit_event.timeline",
    risk="r",
    en="Timeline of a record; everything that happened to a record; what happened to this record",
    fr=(
        "Chronologie d'un enregistrement; tout ce qui est arrivé à une fiche; que s'est-il passé "
        "sur cette fiche"
    ),
    example={"record": "$crm.customer"},
    permission="core:audit",
)
async def timeline(ctx: Context, data: RecordChosen) -> Timeline:
    """Show everything that changed one record, across modules, newest first."""
    found = ids.decode(data.record)
    kind = next((n for n, r in records.items() if found and r.meta.prefix == found[0]), None)
    if found is None or kind is None:
        raise invalid("record", "give the id of a record, such as cus_…")
    columns = [AuditEvent.c[name] for name in _COLUMNS]
    mine = audit_subject.c
    told = sa.and_(mine.org_id == AuditEvent.c.org_id, mine.event_id == AuditEvent.c.id)
    query = sa.select(*columns).select_from(audit_subject.join(AuditEvent.meta.table, told))
    query = query.where(
        ctx.within(AuditEvent), mine.org_id == ctx.org_id, mine.record == f"{kind}/{found[1]}"
    )
    rows = await ctx.rows(query.order_by(mine.event_id.desc()).limit(_MOST))
    shown = [{**row, "changes": ctx.opened(row["changes"] or ())} for row in rows]
    return Timeline(items=[_event({**row, "only": str(found[1])}) for row in shown])


class Trail(Input):
    """A record of any kind, and which part of its trail."""

    record: RecordRef
    limit: Annotated[int, Limits(ge=1, le=100)] = 20
    cursor: Annotated[str | None, Limits(description="next_cursor of the page before.")] = None


class Change(Output):
    """One change: when, by whom, through which action, and which fields."""

    at: str
    actor: str
    actor_type: str
    action: str
    operation: str
    changes: dict[str, Any]


class Changes(Output):
    """A page of changes, newest first."""

    items: list[Change]
    has_more: bool
    next_cursor: str | None = None


async def _history(ctx: Context, data: Trail) -> Changes:
    """Show field by field who changed one record of any kind, newest first, page by page."""
    await ctx.open(data.record)
    kind = records[data.record.kind]
    found = await ctx.history(kind, data.record.id, data.limit, data.cursor)
    return Changes.model_validate(found)


history = replace(
    action(
        "core.audit_event.history",
        risk="r",
        en=(
            "History of any record from the audit log; field changes of a record; who changed which "
            "field; audit trail of one record"
        ),
        fr=(
            "Historique d'un enregistrement dans l'audit; champs modifiés d'une fiche; qui a changé quel "
            "champ; piste d'audit d'une fiche"
        ),
        example={"record": "$crm.customer", "limit": 5},
        permission="core:audit",
        next=("core.audit_event.timeline",),
    )(_history),
    reserved=frozenset({"limit", "cursor"}),
)


class Words(Input):
    """Words, and perhaps a period."""

    query: Annotated[str, Limits(min_length=1, max_length=200)]
    at_from: datetime | None = None
    at_to: datetime | None = None
    limit: Annotated[int, Limits(ge=1, le=100)] = 20


async def _search(ctx: Context, data: Words) -> Timeline:
    """Find calls whose actor, action, tool or client together hold every word, newest first."""
    event = AuditEvent.c
    where = [ctx.within(AuditEvent)]
    where += [event.at >= data.at_from] if data.at_from else []
    where += [event.at <= data.at_to] if data.at_to else []
    for word in data.query.split():
        named = (event.actor, event.action, event.tool, event.client)
        where.append(sa.or_(*(one.icontains(word, autoescape=True) for one in named)))
    query = sa.select(*(event[name] for name in _COLUMNS)).where(*where)
    rows = await ctx.rows(query.order_by(event.id.desc()).limit(data.limit))
    return Timeline(items=[_event({**row, "changes": None}) for row in rows])


search = replace(
    action(
        "core.audit_event.search",
        risk="r",
        en=(
            "Search the activity log; find what an agent did by words; what did the agents do; what "
            "happened overnight; what did somebody do yesterday"
        ),
        fr=(
            "Rechercher dans le journal d'activité; retrouver ce qu'a fait un agent; qu'a fait "
            "l'agent; qu'a fait quelqu'un hier"
        ),
        example={"query": "customer create"},
        permission="core:audit",
    )(_search),
    reserved=frozenset({"limit"}),
)


class Correlation(Input):
    """A trace id."""

    correlation_id: Annotated[str, "the trace_id of an audit event"]


@action(
    "core.audit_event.by_correlation",
    risk="r",
    en="Audit events of one request or run; everything one trace did",
    fr="Événements d'une même requête; tous les événements d'une trace",
    example={"correlation_id": "4bf92f3577b34da6a3ce929d0e0e4736"},
    permission="core:audit",
)
async def by_correlation(ctx: Context, data: Correlation) -> Timeline:
    """Show everything done under one trace id."""
    columns = [AuditEvent.c[name] for name in _COLUMNS]
    query = sa.select(*columns).where(
        ctx.within(AuditEvent), AuditEvent.c.trace_id == data.correlation_id
    )
    return Timeline(
        items=[
            _event({**row, "changes": ctx.opened(row["changes"] or ())})
            for row in await ctx.rows(query.order_by(AuditEvent.c.id).limit(500))
        ]
    )


list_audit_events = Tool(
    name="list_audit_events",
    title="AI activity",
    action="core.audit_event.list",
    doc="See who did what: calls by agents and people, with outcome, newest first.",
    show=(
        "actor_type",
        "actor",
        "actor_contains",
        "credential_id",
        "action",
        "outcome",
        "tags_has",
        "at_from",
        "at_to",
        "limit",
        "cursor",
    ),
)
