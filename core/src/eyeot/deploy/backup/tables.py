"""Tables: what of a database goes into a backup, and how its rows are written the same way each time."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

_TABLES = """
SELECT c.relname AS name, c.relrowsecurity AS tenant,
  array_agg(a.attname::text ORDER BY a.attnum) AS columns,
  (SELECT array_agg(k.attname::text ORDER BY o.n)
   FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY o(attnum, n)
   JOIN pg_attribute k ON k.attrelid = i.indrelid AND k.attnum = o.attnum
   WHERE i.indrelid = c.oid AND i.indisprimary) AS key
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attgenerated = ''
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relpersistence = 'p' AND c.relowner = 'eyeot_owner'::regrole
  AND c.relname NOT IN ('alembic_version', 'core_oauth_token')
GROUP BY c.oid, c.relname, c.relrowsecurity ORDER BY c.relname
"""
"""What a crash may lose by design (unlogged) is left out, and so is what follows from other columns. Apps are
connected anew after a restore: tokens that were exchanged or revoked since must not work again. The
migrations keep their own table, and a restore migrates to the revisions that the manifest tells."""

_SEQUENCES = """
SELECT sequencename::text AS name, coalesce(last_value, start_value) AS value,
  last_value IS NOT NULL AS called
FROM pg_sequences WHERE schemaname = 'public' AND sequenceowner = 'eyeot_owner' ORDER BY 1
"""

_MONTHS = """
SELECT replace(substring(relname FROM '\\d{4}_\\d\\d$'), '_', '-') || '-01' AS first
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'eyeot_parts' AND relname ~ '^core_audit_event_\\d{4}_\\d\\d$' ORDER BY 1
"""

# The text of a value must not depend on who asks.
STEADY = """
SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres';
SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL client_encoding = 'UTF8';
SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s';
SET LOCAL idle_in_transaction_session_timeout = 0
"""

Write = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A table whose rows are kept."""

    name: str
    tenant: bool
    columns: Sequence[str]
    key: Sequence[str]

    def query(self, org_id: str | None) -> str:
        """Its rows, one organisation's of a tenant table, in the order of their key."""
        columns = ", ".join(f'"{one}"' for one in self.columns)
        where = f" WHERE org_id = '{org_id}'" if org_id else ""
        key = ", ".join(f'"{one}"' for one in self.key or self.columns)
        return f'SELECT {columns} FROM "{self.name}"{where} ORDER BY {key}'  # noqa: S608 - names of our own


async def kept(connection: Any) -> list[Kept]:
    """The tables of the product in a database, whatever plugin made them."""
    rows = await connection.fetch(_TABLES)
    return [Kept(r["name"], r["tenant"], r["columns"], r["key"] or ()) for r in rows]


async def sequences(connection: Any) -> dict[str, tuple[int, bool]]:
    """The counters of the database itself: value, and whether it was given out."""
    rows = await connection.fetch(_SEQUENCES)
    return {row["name"]: (row["value"], row["called"]) for row in rows}


async def months(connection: Any) -> list[str]:
    """The first days of the months that the audit has parts for."""
    rows = await connection.fetch(_MONTHS)
    return [row["first"] for row in rows]


async def organisations(connection: Any) -> list[tuple[str, str]]:
    """Id and slug of every organisation, in the order in which rows are written."""
    rows = await connection.fetch("SELECT id::text, slug FROM eyeot_organisation ORDER BY id")
    return [(row["id"], row["slug"]) for row in rows]


async def copied(connection: Any, table: Kept, orgs: Sequence[str], write: Write) -> int:
    """Write a table's rows in COPY's text format; how many.

    Organisation by organisation, each under its own tenant: row-level security binds the owner too.
    """
    rows = 0
    for org_id in orgs if table.tenant else (None,):
        if org_id:
            await connection.execute("SELECT set_config('app.org_id', $1, true)", org_id)
        status = await connection.copy_from_query(table.query(org_id), output=write)
        rows += int(status.rpartition(" ")[2])
    return rows
