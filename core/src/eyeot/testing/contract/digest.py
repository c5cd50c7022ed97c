"""Digest: whether anything in the database or among the files is other than it was."""

import hashlib
from pathlib import Path
from typing import Any
from uuid import UUID

from eyeot.testing.contract.undo import Undoing

NOTED = ("core_audit_event", "core_plan")
"""Every call is noted there, dry runs too, with the plans that they give; no other table may grow."""
_TABLES = """
SELECT c.relname AS name, EXISTS (
  SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'org_id') AS tenant
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND c.relname <> ALL($1::text[]) ORDER BY 1
"""
# The order of events goes on whether they are kept or not: what is told of it are the rows.
_SEQUENCES = (
    "SELECT sequencename::text AS name, last_value::text AS value FROM pg_sequences"
    " WHERE sequencename <> 'core_outbox_place_seq'"
)
# A row that was written is another version of it, at another place and by another transaction.
_ROWS = (
    "SELECT '{0}' AS name, count(*) || ':' || coalesce(sum(hashtextextended(ctid::text || xmin::text, 0)), 0)"
    " AS value FROM {0}{1}"
)


class Digests:
    """Digests of every table of an organisation, every global table, sequence and file."""

    def __init__(self, writes: Undoing, org_id: UUID, folders: tuple[Path, ...] = ()) -> None:
        self._writes = writes
        self._org_id = org_id
        self._folders = folders
        self._text = ""

    async def take(self) -> dict[str, str]:
        """What there is now, by table, sequence and file."""
        if not self._text:
            tables = await self._writes.look(_TABLES, NOTED)
            mine = f" WHERE org_id = '{self._org_id}'"
            parts = [_ROWS.format(one["name"], mine if one["tenant"] else "") for one in tables]
            self._text = " UNION ALL ".join([*parts, _SEQUENCES])
        found: dict[str, Any] = {
            one["name"]: one["value"] for one in await self._writes.look(self._text)
        }
        for folder in self._folders:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found
