"""Statements: what calls leave behind, in one round trip whatever it is.

Each is made of the parts that a call needs, so that none pays for what it does not use.
"""

import itertools

from eyeot.storage import keyed
from eyeot.storage.memory import remembered

INSERT = """
INSERT INTO core_audit_event
SELECT e.* FROM jsonb_populate_recordset(NULL::core_audit_event, $1::text::jsonb) e
"""
"""One row per event of a JSON array, columns by name."""

_SUBJECTS = """subjects AS (
INSERT INTO core_audit_subject (org_id, record, event_id)
SELECT DISTINCT org_id, unnest(records), id FROM told)"""
"""What events changed, by which a record's history is found."""

_SHOWN = """shown AS (
INSERT INTO core_read AS r (org_id, holder, ident, record, read_at)
SELECT DISTINCT ON (org_id, holder, ident, record) org_id, holder, ident, record, read_at
FROM unnest({}::uuid[], {}::uuid[], {}::text[], {}::text[], {}::timestamptz[])
  u (org_id, holder, ident, record, read_at)
ORDER BY org_id, holder, ident, record, read_at DESC
ON CONFLICT (org_id, holder, ident, record) DO UPDATE
SET read_at = greatest(r.read_at, excluded.read_at))"""
"""What answers show (`ledger.packed`), in one order, so that two of one holder never wait in a circle."""

_WRITES = """
out AS (INSERT INTO core_outbox
    (org_id, id, at, event, record, payload, cause, reaction, due_at, done_at)
  SELECT o.org_id, o.id, o.at, o.event, o.record, o.payload, o.cause, o.reaction, o.at,
         CASE WHEN o.reaction IS NULL AND NOT EXISTS (SELECT FROM core_webhook_endpoint w
           WHERE w.org_id = $5 AND w.archived_at IS NULL) THEN o.at END
  FROM jsonb_populate_recordset(NULL::core_outbox, $2::text::jsonb) o),
gone AS (DELETE FROM core_search_entry s
  USING unnest($6::text[], $4::uuid[]) g (kind, id)
  WHERE s.org_id = $5 AND s.kind = g.kind AND s.record_id = g.id)
INSERT INTO core_search_entry
SELECT $5, e.kind, e.record_id, e.label, e.hint, e.words, e.exact, e.archived
FROM jsonb_populate_recordset(NULL::core_search_entry, $3::text::jsonb) e
ON CONFLICT (org_id, kind, record_id) DO UPDATE
SET label = excluded.label, hint = excluded.hint, words = excluded.words, exact = excluded.exact,
    archived = excluded.archived
"""


def _numbered(part: str, numbers: "itertools.count[int]") -> str:
    """A part with the next parameters in its places."""
    return part.format(*(f"${next(numbers)}" for _ in range(part.count("{}"))))


@remembered
def committing(*, once: bool, shown: bool) -> str:
    """The statement of a committed write: audit, outbox and search entries, which are $1 to $6.

    Then, if they are wanted, a key with its answer (`Once.keep`), and what the answer shows.
    """
    numbers = itertools.count(7)
    parts = [
        f"told AS ({INSERT} RETURNING core_audit_event.org_id, core_audit_event.id, records)",
        _SUBJECTS,
    ]
    parts += [_numbered(keyed.KEEP, numbers)] if once else []
    parts += [_numbered(_SHOWN, numbers)] if shown else []
    return f"WITH {', '.join(parts)}, {_WRITES}"


@remembered
def noting(*, plans: bool, shown: bool) -> str:
    """The statement of events that wait for one commit, $1, with the plans and what answers show, if any."""
    numbers = itertools.count(2)
    parts = [_numbered(keyed.PUT_PLANS, numbers)] if plans else []
    parts += [_numbered(_SHOWN, numbers)] if shown else []
    return f"WITH {', '.join(parts)} {INSERT}" if parts else INSERT
