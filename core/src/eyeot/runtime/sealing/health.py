"""Health: whether the audit is sealed as it should be, as far as that can be told without reading it all."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from eyeot.runtime.sealing.tree import Tree

LATE = timedelta(minutes=5)
"""By which a checkpoint covers every event, ten times what it takes."""

_TREES = """
SELECT o.id, o.slug, l.position + 1 AS size, l.peaks, c.size AS signed, c.at
FROM eyeot_organisation o
LEFT JOIN LATERAL (SELECT position, peaks FROM core_audit_leaf
  WHERE org_id = o.id ORDER BY position DESC LIMIT 1) l ON true
LEFT JOIN LATERAL (SELECT size, at FROM core_audit_checkpoint
  WHERE org_id = o.id ORDER BY size DESC LIMIT 1) c ON true
ORDER BY o.slug
"""
_LEAVES = "SELECT count(*) FROM core_audit_leaf WHERE org_id = $1"
_WAITS = """
SELECT EXISTS (SELECT FROM
  (SELECT org_id, id FROM core_audit_event WHERE org_id = $1 AND id < $2 ORDER BY id DESC LIMIT 10000) e
  WHERE NOT EXISTS (SELECT FROM core_audit_leaf l WHERE l.org_id = e.org_id AND l.event_id = e.id))
"""
"""Whether one of the newest events before an id has no leaf."""


async def ailments(connection: Any, now: datetime) -> AsyncIterator[tuple[str, str]]:
    """The organisations whose audit is not sealed as it should be, and why; asked with the relay's login."""
    before = UUID(int=int((now - LATE).timestamp() * 1000) << 80)
    for row in await connection.fetch(_TREES):
        size, signed = row["size"] or 0, row["signed"] or 0
        broken = size < signed or not _whole(size, row["peaks"])
        if broken and (size < signed or await connection.fetchval(_LEAVES, row["id"]) != size):
            yield row["slug"], "its tree was changed and grows no more; run 'eyeot audit verify'"
        elif (row["at"] is None or row["at"] < now - LATE) and (
            size > signed or await connection.fetchval(_WAITS, row["id"], before)
        ):
            since = row["at"].isoformat(timespec="seconds") if row["at"] else "its beginning"
            yield row["slug"], f"events wait for a checkpoint since {since}"


def _whole(size: int, peaks: bytes | None) -> bool:
    """Whether a tree can grow from its last leaf."""
    try:
        Tree(size, peaks or b"")
    except ValueError:
        return False
    return True
