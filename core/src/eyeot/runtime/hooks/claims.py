"""Claims: the statements by which workers share deliveries, and say what came of them.

A delivery is taken by its `lease_until`, which runs out when its worker dies. Of one record's events at one
endpoint only the earliest that is not settled is ever taken, so order holds whoever takes it.
"""

from datetime import timedelta

LEASE = timedelta(seconds=45)
"""Longer than an exchange may take."""
AT_ONCE = 4
"""Deliveries of one endpoint that one worker has in hand."""
OF_ONE = 8
"""Deliveries of one organisation that one look takes."""

_PENDING = "('queued', 'failed', 'retrying')"

CLAIM = f"""
WITH due AS (
  SELECT c.* FROM core_webhook_endpoint e CROSS JOIN LATERAL (
    SELECT d.org_id, d.id, d.next_retry_at, d.place FROM core_webhook_delivery d
    WHERE d.org_id = e.org_id AND d.endpoint_id = e.id AND d.status IN {_PENDING}
      AND d.next_retry_at <= $1 AND (d.lease_until IS NULL OR d.lease_until < $1)
      AND NOT EXISTS (SELECT FROM core_webhook_delivery b
        WHERE b.org_id = d.org_id AND b.endpoint_id = d.endpoint_id AND b.record = d.record
          AND b.place < d.place AND b.status IN {_PENDING})
    ORDER BY d.next_retry_at, d.place LIMIT {AT_ONCE} FOR UPDATE OF d SKIP LOCKED) c
  WHERE e.status = 'active' AND e.archived_at IS NULL
    AND NOT e.id = ANY($4::uuid[]) AND NOT e.org_id = ANY($5::uuid[])),
samples AS (
  SELECT d.org_id, d.id, d.next_retry_at, d.place FROM core_webhook_delivery d
  WHERE d.test AND d.status IN {_PENDING} AND d.next_retry_at <= $1
    AND (d.lease_until IS NULL OR d.lease_until < $1)
    AND NOT d.endpoint_id = ANY($4::uuid[]) AND NOT d.org_id = ANY($5::uuid[])
  ORDER BY d.next_retry_at LIMIT {AT_ONCE} FOR UPDATE SKIP LOCKED),
ranked AS (
  SELECT org_id, id, row_number() OVER (ORDER BY turn, next_retry_at) AS place FROM (
    SELECT org_id, id, next_retry_at,
      row_number() OVER (PARTITION BY org_id ORDER BY next_retry_at, place) AS turn
    FROM (SELECT * FROM due UNION SELECT * FROM samples) every) fair
  WHERE turn <= {OF_ONE})
UPDATE core_webhook_delivery d SET attempt = d.attempt + 1, lease_until = $2, claim = $3,
  first_tried_at = coalesce(d.first_tried_at, $1)
FROM ranked r, core_webhook_endpoint e
WHERE r.place <= $6 AND d.org_id = r.org_id AND d.id = r.id AND e.org_id = d.org_id AND e.id = d.endpoint_id
RETURNING d.org_id, d.id, d.endpoint_id, d.event_id, d.event_type, d.record, d.happened_at, d.payload,
  d.place, d.attempt, d.attempts, d.claim, d.test, d.first_tried_at, e.url, e.sealed, e.former_sealed,
  e.former_until, e.headers, e.created_by,
  d.record IS NOT NULL AND EXISTS (SELECT FROM core_webhook_delivery b
    WHERE b.org_id = d.org_id AND b.endpoint_id = d.endpoint_id AND b.record = d.record
      AND b.place < d.place AND b.status = 'dead') AS after_gap
"""
"""Take what is due: now, until when, whose turn, endpoints and organisations left out, how many at most."""

SETTLED = """
UPDATE core_webhook_delivery SET status = $4, http_status = $5, duration_ms = $6, error = $7, answer = $8,
  attempts = $9, next_retry_at = $10, lease_until = NULL, claim = NULL, updated_at = $11,
  version = version + 1
WHERE org_id = $1 AND id = $2 AND claim = $3
"""
"""Say what came of an attempt; no row: somebody else has it by now, or asked for it to be sent again."""

PUSHED = f"""
UPDATE core_webhook_delivery SET next_retry_at = $5
WHERE org_id = $1 AND endpoint_id = $2 AND record = $3 AND place > $4 AND status IN {_PENDING}
  AND next_retry_at < $5
"""
"""What waits for a delivery that failed is not looked at before that is due again."""

TOOK = """
UPDATE core_webhook_endpoint SET failure_count = 0, delivered_at = $3
WHERE org_id = $1 AND id = $2
  AND (failure_count > 0 OR delivered_at IS NULL OR delivered_at < $3::timestamptz - interval '1 minute')
"""
FAILED = """
UPDATE core_webhook_endpoint SET failure_count = failure_count + 1 WHERE org_id = $1 AND id = $2
"""

ORPHANED = f"""
UPDATE core_webhook_delivery d SET status = 'dead', error = 'its endpoint was deleted', next_retry_at = NULL,
  version = version + 1, updated_at = $1
WHERE d.status IN {_PENDING} AND NOT EXISTS (
  SELECT FROM core_webhook_endpoint e WHERE e.org_id = d.org_id AND e.id = d.endpoint_id)
"""
"""What nobody waits for any more."""
