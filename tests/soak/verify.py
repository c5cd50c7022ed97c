"""Verify: what must hold once everything has come to rest, whatever was killed meanwhile."""

import asyncio
import hashlib
import json
import subprocess
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from eyeot.declare.ids import decode
from eyeot.storage.pool import prepare
from tests.soak.books import Books
from tests.soak.faults import EYEOT, House
from tests.soak.hearing import Hearing
from tests.soak.witness import NOTED

REST = 180.0
"""Seconds in which everything comes to rest."""
_OUTCOMES = {
    "write": {"ok", "replayed"},
    "replayed": {"ok", "replayed"},
    "dry_run": {"dry_run"},
    "read": {"ok"},
}
_RESTLESS = """
SELECT (SELECT count(*) FROM core_outbox WHERE done_at IS NULL AND failed_at IS NULL) AS outbox,
  (SELECT count(*) FROM core_job WHERE status IN ('queued', 'running')) AS jobs,
  (SELECT count(*) FROM core_webhook_delivery WHERE status NOT IN ('delivered', 'dead')) AS webhooks,
  (SELECT count(*) FROM core_audit_event e WHERE NOT EXISTS (SELECT FROM core_audit_leaf l
     WHERE l.org_id = e.org_id AND l.event_id = e.id)) AS unsealed
"""
_VERSIONS = """
SELECT p.org_id, p.id, p.name, p.version, p.website, coalesce(c.changes, 0) AS changes FROM crm_party p
LEFT JOIN (SELECT e.org_id, one->>'id' AS id, count(*) AS changes
  FROM core_audit_event e, jsonb_array_elements(e.changes) one
  WHERE e.outcome = 'ok' AND jsonb_typeof(e.changes) = 'array' AND one->>'type' = 'crm.party'
  GROUP BY 1, 2) c ON c.org_id = p.org_id AND c.id = p.id::text
"""
_NOTES = """
SELECT p.name, count(n.id) AS notes FROM crm_party p
LEFT JOIN crm_note n ON n.org_id = p.org_id AND n.record = 'crm.party/' || p.id
WHERE p.name LIKE $1 GROUP BY p.org_id, p.id, p.name HAVING count(n.id) <> 1
"""
_LOCKS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
_IDLE = """
SELECT count(*) FROM pg_stat_activity
WHERE application_name = 'eyeot' AND state LIKE 'idle in transaction%'
"""
_JOBS = "SELECT kind, status, result, error FROM core_job WHERE kind LIKE 'core.import_job%'"
_TRACES = "SELECT org_id, trace_id, outcome, action FROM core_audit_event WHERE surface IN ('mcp', 'rest')"


@dataclass
class Findings:
    """What was found, and what of it must not be."""

    wrong: list[str] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)

    def check(self, name: str, found: list[str]) -> None:
        """A rule, and what breaks it."""
        self.told[name] = "holds" if not found else f"BROKEN {len(found)} times"
        self.wrong += [f"{name}: {one}" for one in found[:10]]


async def settled(connection: asyncpg.Connection, findings: Findings) -> None:
    """Wait until the outbox is empty, jobs are done and the audit is sealed."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        (row,) = [dict(one) for one in await connection.fetch(_RESTLESS)]
        if not any(row.values()) or loop.time() - began > REST:
            break
        await asyncio.sleep(1)
    findings.told["seconds to rest"] = round(loop.time() - began, 1)
    findings.check(
        "outbox drained, jobs ended, audit sealed", [str(row)] if any(row.values()) else []
    )


async def examine(house: House, books: Books, hearing: Hearing) -> Findings:
    """Hold the database against the books."""
    findings = Findings()
    findings.check("what clients saw is consistent", books.wrong)
    findings.check("every write was answered at last", [f"{k} {v}" for k, v in books.open.items()])
    connection = await asyncpg.connect(house.server.admin_url)
    await prepare(connection)
    try:
        await settled(connection, findings)
        rules: dict[str, Callable[[Any, Books], Awaitable[list[str]]]] = {
            "every acknowledged write present once, as it was answered": _parties,
            "one key, one row; none of a write that nobody made": _keys,
            "one audit row for each acknowledged call, one ok for each effect": _audit,
            "reactions left their effect once": _notes,
            "jobs done once": _jobs,
            "no lock, no transaction left": _leftovers,
            "webhooks received at least once, in order of each record": hearing.examine,
        }
        for name, rule in rules.items():
            findings.check(name, await rule(connection, books))
    finally:
        await connection.close()
    findings.told["webhooks"] = hearing.told
    findings.check("eyeot audit verify", await asyncio.to_thread(_verified, house, findings))
    return findings


async def _parties(connection: Any, books: Books) -> list[str]:
    wrong: list[str] = []
    rows = await connection.fetch(_VERSIONS)
    by_id = {row["id"]: row for row in rows}
    for id, one in books.parties.items():
        row = by_id.get(_uuid(id))
        if row is None:
            wrong.append(f"{id} ({one.name}) is not there")
        elif (row["org_id"], row["name"], row["version"], row["website"]) != (
            *(one.org_id, one.name, one.version, one.website),
        ):
            wrong.append(f"{id} is {dict(row)}, and was acknowledged as {one}")
    for id, count in books.shared.items():
        row = by_id[_uuid(id)]
        if row["version"] != count + 1 or row["website"] not in books.websites[id]:
            wrong.append(f"{id} is at version {row['version']} after {count} acknowledged changes")
    wrong += [
        f"{row['name']}: version {row['version']}, {row['changes']} audited changes"
        for row in rows
        if row["version"] != row["changes"]
    ]
    names = Counter((row["org_id"], row["name"]) for row in rows)
    wrong += [f"{name} is there {count} times" for (_, name), count in names.items() if count > 1]
    known = {one.name for one in books.parties.values()}
    known |= {name for several in books.imported.values() for name in several}
    strange = [row["name"] for row in rows if row["name"] not in known]
    return wrong + [f"nobody was told of {one}" for one in strange if not one.startswith("Shared")]


async def _keys(connection: Any, books: Books) -> list[str]:
    rows = await connection.fetch("SELECT org_id, key_hash FROM core_idempotency")
    there = Counter(row["key_hash"] for row in rows)
    told = {
        hashlib.sha256(one.org_id.bytes + UUID(one.key).bytes).digest(): one
        for one in books.done
        if one.key
    }
    wrong = [f"no row of the key {one.key}" for hash, one in told.items() if hash not in there]
    plans = sum(one.key is None for one in books.done)
    if len(there) != len(told) + plans:
        wrong.append(f"{len(there)} rows for {len(told)} keys and {plans} plans")
    return wrong


async def _audit(connection: Any, books: Books) -> list[str]:
    by: dict[tuple[UUID, str], list[str]] = defaultdict(list)
    for row in await connection.fetch(_TRACES):
        by[row["org_id"], row["trace_id"]].append(row["outcome"])
    wrong = []
    for org_id, trace, kind, calls in books.answered:
        found = by[org_id, trace]
        if len(found) != calls or not set(found) <= _OUTCOMES[kind]:
            wrong.append(f"trace {trace} ({kind}, {calls} calls) has the events {found}")
    for one in books.done:
        effects = sum(by[one.org_id, trace].count("ok") for trace in one.traces)
        if effects != one.calls:
            wrong.append(f"{one.action} under {one.key}: {effects} events say ok, not {one.calls}")
    return wrong


async def _notes(connection: Any, _: Books) -> list[str]:
    rows = await connection.fetch(_NOTES, f"{NOTED}%")
    return [f"{row['name']} has {row['notes']} notes" for row in rows]


async def _jobs(connection: Any, books: Books) -> list[str]:
    rows = await connection.fetch(_JOBS)
    wrong = [str(dict(row)) for row in rows if row["status"] != "done"]
    rows = await connection.fetch("SELECT org_id, name FROM crm_party WHERE name LIKE 'Import%'")
    there = Counter((row["org_id"], row["name"]) for row in rows)
    for org_id, names in books.imported.items():
        wrong += [f"{n} is there {there[org_id, n]} times" for n in names if there[org_id, n] != 1]
    return wrong


async def _leftovers(connection: Any, _: Books) -> list[str]:
    locks, idle = await connection.fetchval(_LOCKS), await connection.fetchval(_IDLE)
    return [f"{locks} advisory locks, {idle} idle transactions"] if locks or idle else []


def _verified(house: House, findings: Findings) -> list[str]:
    command = [EYEOT, "audit", "verify", "--json"]
    done = subprocess.run(
        command, env=house.environment, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        return [f"exit status {done.returncode}: {done.stdout[-2000:]} {done.stderr[-2000:]}"]
    reports = json.loads(done.stdout)
    findings.told["sealed events"] = sum(one["size"] for one in reports)
    findings.told["checkpoints"] = sum(one["checkpoints"] for one in reports)
    return [str(one) for one in reports if one["unsealed"]]


def _uuid(id: str) -> UUID:
    found = decode(id)
    assert found
    return found[1]
