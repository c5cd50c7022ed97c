"""Queue: jobs as rows that workers take, hold on to and finish; each statement is one such step."""

from datetime import datetime
from typing import Any
from uuid import UUID

from eyeot.declare.ids import uuid7
from eyeot.declare.record import Record, records

CALL = "call"
"""The kind of job that runs one action: `call crm.lead.list`."""
LEASE = 20
ATTEMPTS = 5
MOST_BEGUN = 2 * ATTEMPTS
"""Of a job whose workers are lost: more than a few restarts, fewer than a job that ends them would cause."""

_PAUSED = (
    "(asker->>'credential_id' IS NOT NULL"
    " AND eyeot_gate_paused(org_id, (asker->>'credential_id')::uuid))"
)
"""What a paused agent asked for waits until a person resumes it."""

CLAIM = f"""
UPDATE core_job j SET status = 'running', attempts = attempts + 1, claim = $2, version = version + 1,
  started_at = coalesce(started_at, now()), updated_at = now(),
  lease_until = now() + interval '{LEASE} s'
FROM (SELECT org_id, id FROM core_job
      WHERE status IN ('queued', 'running') AND due_at <= now()
        AND (status = 'queued' OR lease_until < now())
        AND NOT {_PAUSED}
      ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED) due
WHERE j.org_id = due.org_id AND j.id = due.id
RETURNING j.org_id, j.id, j.kind, j.arguments, j.asker, j.cursor, j.attempts, j.claim, j.cancel_asked
"""
"""Take what is due, and what a worker that died has left."""

BEAT = f"""
UPDATE core_job SET lease_until = now() + interval '{LEASE} s', done = greatest(done, $4::bigint),
  total = coalesce($5, total), message = coalesce($6, message), updated_at = now(),
  progress = CASE WHEN coalesce($5::bigint, total) > 0
    THEN least(99, greatest(progress, $4::bigint * 100 / coalesce($5, total))) ELSE progress END
WHERE org_id = $1 AND id = $2 AND claim = $3 AND status = 'running'
RETURNING cancel_asked
"""
"""Hold on to a job and tell how far it is; no row: it is another's by now."""

STEP = f"""
UPDATE core_job SET cursor = $4, done = $5, total = $6, message = $7, result = $8,
  version = version + 1, updated_at = $9::timestamptz, lease_until = now() + interval '{LEASE} s',
  progress = CASE WHEN $10::boolean THEN 100
    WHEN $6::bigint > 0 THEN least(99, $5::bigint * 100 / $6) ELSE progress END,
  status = CASE WHEN $10::boolean THEN 'done' ELSE 'running' END,
  finished_at = CASE WHEN $10::boolean THEN $9::timestamptz END
WHERE org_id = $1 AND id = $2 AND claim = $3 AND status = 'running' AND NOT cancel_asked
"""
"""Keep where the next step begins, in the step's own transaction."""

END = """
UPDATE core_job SET status = $4, error = $5, finished_at = now(), version = version + 1, updated_at = now()
WHERE org_id = $1 AND id = $2 AND claim = $3 AND status = 'running'
"""

LATER = """
UPDATE core_job SET status = 'queued', error = $4, version = version + 1, updated_at = now(),
  due_at = now() + least(interval '2 s' * power(3, attempts), interval '1 hour')
WHERE org_id = $1 AND id = $2 AND claim = $3 AND status = 'running'
"""
"""Give a job back to be tried again after a while."""

WAIT = """
UPDATE core_job SET status = 'queued', attempts = greatest(attempts - 1, 0), version = version + 1,
  updated_at = now()
WHERE org_id = $1 AND id = $2 AND claim = $3 AND status = 'running'
"""
"""Put a job back whose agent was paused meanwhile: that was no attempt."""

DUE_PLANS = f"""
SELECT org_id, id, action, params, cron, timezone, created_by, actor, asker, next_at
FROM core_schedule WHERE archived_at IS NULL AND next_at <= now() AND NOT {_PAUSED}
ORDER BY next_at LIMIT 20 FOR UPDATE SKIP LOCKED
"""
PLAN_NEXT = """
UPDATE core_schedule SET last_at = next_at, next_at = $3, version = version + 1, updated_at = now()
WHERE org_id = $1 AND id = $2
"""
PUT = """
INSERT INTO core_job (org_id, id, version, created_at, updated_at, kind, status, progress, done, created_by,
  actor, attempts, due_at, schedule_id, arguments, asker, cancel_asked, key)
VALUES ($1, $2, 1, now(), now(), $3, 'queued', 0, 0, $4, $5, 0, $9, $6, $7, $8, false, $2)
"""


def queued(
    unit: Any, kind: str, arguments: dict[str, Any], total: int | None, due_at: datetime
) -> Record:
    """A job that waits for a worker until it is due, asked for by the caller of a unit of work."""
    return records["core.job"](
        kind=kind,
        arguments=arguments,
        total=total,
        created_by=unit.user_id,
        actor=unit.caller.actor,
        asker=asker(unit.caller),
        due_at=due_at,
        key=uuid7(unit.now),
    )


def asker(caller: Any) -> dict[str, Any]:
    """Who a caller is, as far as a job needs to work in their name later."""
    return {
        "credential_id": _text(caller.credential_id),
        "user_id": _text(caller.user_id),
        "actor_type": caller.actor_type,
        "actor": caller.actor,
        "via": caller.via,
        "locale": caller.locale,
        "timezone": caller.timezone,
    }


def _text(id: UUID | None) -> str | None:
    return str(id) if id else None
