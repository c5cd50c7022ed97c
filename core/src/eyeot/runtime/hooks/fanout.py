"""Fan-out: from the events of committed writes to a delivery for each endpoint that wants them.

A write leaves its events waiting only where its organisation has an endpoint, which its own statement looks
up; so nothing is lost between a write and an endpoint made at the same time, and others pay nothing.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from eyeot.declare import ids
from eyeot.declare.event import EventType
from eyeot.declare.ids import uuid7
from eyeot.declare.record import records
from eyeot.runtime.eventtypes import presented, wanted
from eyeot.runtime.unit import Unit
from eyeot.storage.pool import Pool, taken
from eyeot.storage.statement import ORG_MARK, Statement

_MOST = 500
_LOCK = 7_308_604_759_846
"""Of the one worker that fans out at a time, so that deliveries are made in the order of their events."""

_WAITING = """
SELECT org_id, id, at, event, record, payload, place FROM core_outbox
WHERE done_at IS NULL AND reaction IS NULL ORDER BY place LIMIT $1
"""
_ENDPOINTS = """
SELECT org_id, id, events, modules FROM core_webhook_endpoint
WHERE org_id = ANY($1::uuid[]) AND archived_at IS NULL
"""
_PUT = """
INSERT INTO core_webhook_delivery (org_id, id, version, created_at, updated_at, endpoint_id, event_id,
  event_type, record, happened_at, status, attempt, attempts, test, payload, place, next_retry_at)
SELECT n.org_id, n.id, 1, $2, $2, n.endpoint_id, n.event_id, n.event_type, n.record, n.happened_at,
  'queued', 0, '[]', false, n.payload, n.place,
  -- Never due before what it has to wait for, so that a long line costs nothing while its head fails.
  greatest($2, (SELECT max(b.next_retry_at) FROM core_webhook_delivery b
    WHERE b.org_id = n.org_id AND b.endpoint_id = n.endpoint_id AND b.record = n.record
      AND b.status <> 'delivered' AND b.status <> 'dead'))
FROM jsonb_populate_recordset(NULL::core_webhook_delivery, $1::text::jsonb) n
ON CONFLICT (org_id, endpoint_id, event_id) DO NOTHING
"""
_DONE = """
UPDATE core_outbox o SET done_at = $3 FROM unnest($1::uuid[], $2::uuid[]) d (org_id, id)
WHERE o.org_id = d.org_id AND o.id = d.id
"""
_HERE = Statement.of(
    f"""
    SELECT id, events, modules FROM core_webhook_endpoint
    WHERE org_id = {ORG_MARK} AND archived_at IS NULL ORDER BY id
    """,
    (),
)


async def fan_out(relay: Pool, known: dict[str, EventType], now: datetime) -> int:
    """Make the deliveries of what has happened; how many events were taken, none while another does it."""
    async with taken(relay) as connection, connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
            return 0
        rows = await connection.fetch(_WAITING, _MOST)
        if not rows:
            return 0
        orgs = list({row["org_id"] for row in rows})
        endpoints: dict[UUID, list[Any]] = {}
        for one in await connection.fetch(_ENDPOINTS, orgs):
            endpoints.setdefault(one["org_id"], []).append(one)
        made = [
            _delivery(row, one, now)
            for row in rows
            if row["event"] in known
            for one in endpoints.get(row["org_id"], ())
            if wanted(one["events"], one["modules"], row["event"])
        ]
        if made:
            await connection.execute(_PUT, orjson.dumps(made, default=str).decode(), now)
        keys = [[row[name] for row in rows] for name in ("org_id", "id")]
        await connection.execute(_DONE, *keys, now)
    return len(rows)


def _delivery(row: Any, endpoint: Any, now: datetime) -> dict[str, Any]:
    return {
        "org_id": row["org_id"],
        "id": uuid7(now),
        "endpoint_id": endpoint["id"],
        "event_id": row["id"],
        "event_type": row["event"],
        "record": row["record"],
        "happened_at": row["at"],
        "payload": presented(row["event"], row["payload"]),
        "place": row["place"],
    }


async def foreseen(unit: Unit) -> list[dict[str, Any]]:
    """Who would be told of what a unit of work did, as effects tell it: endpoint and event."""
    rows = await unit.select(_HERE, {})
    if not rows:
        return []
    known = unit.catalogue.event_types
    names = [name for name in unit.happenings.names if name in known]
    return [
        {"endpoint": _typeid(row["id"]), "event": name}
        for row in rows
        for name in names
        if wanted(row["events"], row["modules"], name)
    ]


def _typeid(id: UUID) -> str:
    return ids.encode(records["core.webhook_endpoint"].meta.prefix, id)
