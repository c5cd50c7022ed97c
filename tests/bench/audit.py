"""Audit: how long its filters take over many events, what an event costs to write, and to seal.

python -m tests.bench.audit [--events 10000000] [--folder DIR] [--seal 100000]

With --folder the database is kept there and used again.
"""

import argparse
import asyncio
import shutil
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg

from eyeot import app
from eyeot.declare.ids import encode, uuid7
from eyeot.deploy import migrate, roles
from eyeot.deploy.embedded import EmbeddedPostgres
from eyeot.runtime.audit import encoded
from eyeot.runtime.sealing import stored
from eyeot.runtime.sealing.notes import Signer
from eyeot.runtime.sealing.outside import Shelf
from eyeot.runtime.sealing.sealer import Sealer
from eyeot.runtime.statements import INSERT
from eyeot.runtime.transaction import Transaction
from eyeot.testing import Desk, House

ACTIONS = 400
CREDENTIALS = 200
ROUNDS = 30
GOAL_MS = 100
LOAD = """
INSERT INTO core_audit_event
SELECT $1, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
    || left(md5(n::text), 19))::uuid, at,
  CASE WHEN r < 0.70 THEN 'agent' WHEN r < 0.90 THEN 'service' WHEN r < 0.999 THEN 'user' ELSE 'system' END,
  'actor ' || k, NULL, CASE WHEN r < 0.90 THEN ('0190aaaa-0000-7000-8000-' || lpad(k::text, 12, '0'))::uuid END,
  ARRAY[CASE WHEN r < 0.90 THEN 'via:key' WHEN r < 0.9001 THEN 'via:oauth' ELSE 'via:cli' END],
  CASE WHEN r < 0.9 THEN 'mcp' ELSE 'rest' END, 'eyeot_call', 'crm.kind.verb' || a,
  jsonb_build_object('id', 'cus_' || n), repeat('0', 64),
  CASE WHEN o < 0.96 THEN 'ok' WHEN o < 0.99 THEN 'refused' WHEN o < 0.9999 THEN 'dry_run' ELSE 'failed' END,
  NULL, CASE WHEN n % 4 = 0 THEN ARRAY['crm.customer/' || gen_random_uuid()] END,
  CASE WHEN n % 4 = 0 THEN '[{"type": "crm.customer", "fields": {"name": {"before": "a", "after": "b"}}}]'::jsonb END,
  NULL, 'bench/1', '203.0.113.' || n % 250, md5(n::text), 1.5
FROM (SELECT n, $2::timestamptz + n * $3::interval AS at, random() AS r, random() AS o,
      floor(power(random(), 3) * $5)::int AS k, floor(power(random(), 3) * $6)::int AS a
      FROM generate_series(1, $4::int) n) s
"""


async def load(admin_url: str, org_id: UUID, events: int) -> float:
    """A year of events in twelve months; the seconds it took."""
    admin = await asyncpg.connect(admin_url)
    started = time.perf_counter()
    try:
        await admin.execute(
            "SET session_replication_role = replica; SET maintenance_work_mem = '1GB'"
        )
        indexes = await admin.fetch(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'core_audit_event'"
            " AND schemaname = 'public' AND indexname LIKE 'ix%'"
        )
        begin = datetime.now(UTC) - timedelta(days=364)
        for month in range(13):
            await admin.execute(
                "SELECT eyeot_audit_month($1)", begin.date() + timedelta(days=28 * month)
            )
        for one in indexes:
            await admin.execute(f"DROP INDEX {one['indexname']}")
        part = events // 20
        step = timedelta(days=364) / events
        for at in range(20):
            first = begin + at * part * step
            await admin.execute(LOAD, org_id, first, step, part, CREDENTIALS, ACTIONS, timeout=3600)
        for one in indexes:
            await admin.execute(one["indexdef"].replace(" ON ONLY ", " ON "), timeout=3600)
        await admin.execute(
            "INSERT INTO core_audit_subject SELECT org_id, unnest(records), id FROM core_audit_event"
            " WHERE org_id = $1 AND records IS NOT NULL",
            org_id,
            timeout=3600,
        )
        await admin.execute("VACUUM (ANALYZE) core_audit_event", timeout=3600)
        await admin.execute("VACUUM (ANALYZE) core_audit_subject", timeout=3600)
    finally:
        await admin.close()
    return time.perf_counter() - started


def questions() -> dict[str, list[dict[str, Any]]]:
    """Each filter and combinations of them, with common and rare values."""
    keys = [encode("key", UUID(f"0190aaaa-0000-7000-8000-{k:012}")) for k in (0, 1, 20, 100, 199)]
    now = datetime.now(UTC)
    periods = [
        {
            "at_from": (now - timedelta(days=d + 7)).isoformat(),
            "at_to": (now - timedelta(days=d)).isoformat(),
        }
        for d in (0, 30, 200, 350)
    ]
    actions = [f"crm.kind.verb{a}" for a in (0, 3, 50, 399, 5000)]
    outcomes = ["ok", "refused", "dry_run", "failed"]
    kinds = ["agent", "service", "user", "system"]
    return {
        "no filter": [{}],
        "actor_type": [{"actor_type": one} for one in kinds],
        "actor": [{"actor": f"actor {k}"} for k in (0, 10, 199, 999)],
        "actor_contains": [{"actor_contains": one} for one in ("actor 19", "ACTOR 1", "nobody")],
        "key": [{"credential_id": one} for one in keys],
        "action": [{"action": one} for one in actions],
        "outcome": [{"outcome": one} for one in outcomes],
        "period": periods,
        "tag": [{"tags_has": one} for one in ("via:key", "via:oauth", "via:none")],
        "outcome, actor_type": [{"outcome": o, "actor_type": k} for o in outcomes for k in kinds],
        "action, outcome": [{"action": a, "outcome": o} for a in actions for o in outcomes],
        "key, outcome": [{"credential_id": k, "outcome": o} for k in keys for o in outcomes],
        "key, action": [{"credential_id": k, "action": a} for k in keys for a in actions],
        "key, type": [{"credential_id": k, "actor_type": t} for k in keys for t in kinds],
        "key, period": [{"credential_id": k, **p} for k in keys for p in periods],
        "period, outcome": [{"outcome": o, **p} for o in outcomes for p in periods],
        "period, action, outcome": [
            {"action": a, "outcome": o, **p} for a in actions for o in outcomes for p in periods
        ],
        "period, type, tag": [
            {"tags_has": "via:oauth", "actor_type": t, **p} for t in kinds for p in periods
        ],
    }


async def filtered(desk: Desk) -> None:
    """Time each question; those slower than the goal are told."""
    print(f"{'filter':<26}{'calls':>7}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}  slowest")
    for name, asked in questions().items():
        times: list[tuple[float, dict[str, Any]]] = []
        for number in range(max(ROUNDS, len(asked)) + len(asked)):
            given = asked[number % len(asked)]
            started = time.perf_counter()
            try:
                await desk("core.audit_event.list", **given)
            except Exception as error:  # noqa: BLE001 - a bench goes on
                print(name, given, repr(error))
            if number >= len(asked):
                times.append(((time.perf_counter() - started) * 1000, given))
        took = sorted(one for one, _ in times)
        slow, given = max(times, key=lambda one: one[0])
        p95 = took[int(len(took) * 0.95)]
        over = "  OVER" if p95 > GOAL_MS else ""
        print(f"{name:<26}{len(took):>7}{median(took):>9.1f}{p95:>9.1f}{slow:>9.1f}  {given}{over}")


async def written(desk: Desk, url: str) -> None:
    """What an insert costs the database, in groups as the journal writes them and alone."""
    connection = await asyncpg.connect(url)
    org_id = desk.caller.org_id
    try:
        for size in (1, 50):
            took = []
            for _ in range(200):
                at = desk.engine.clock()
                rows = [
                    {
                        "org_id": org_id, "id": uuid7(), "at": at, "actor_type": "agent", "actor": "bench",
                        "credential_id": uuid7(), "tags": ["via:key"], "surface": "mcp", "tool": "x",
                        "action": "crm.customer.get", "input": {"id": "x"}, "input_digest": "0" * 64,
                        "outcome": "ok", "client": "bench/1", "ip": "::1", "trace_id": str(uuid7()),
                        "duration_ms": 1.5,
                    }
                    for _ in range(size)
                ]  # fmt: skip
                text = encoded(rows)
                started = time.perf_counter()
                await connection.execute(INSERT, text)
                took.append((time.perf_counter() - started) * 1e6)
            print(
                f"insert of {size}: p50 {median(took):.0f} µs, {median(took) / size:.0f} µs an event"
            )
    finally:
        await connection.close()


async def sealed(desk: Desk, folder: Path, count: int) -> None:
    """What sealing and verifying cost an event."""
    engine, org_id = desk.engine, desk.caller.org_id
    sealer = Sealer(engine, Signer.make("bench/audit"), Shelf(folder / "notes"))
    sealed_, began, cpu = 0, time.perf_counter(), time.process_time()
    after = UUID(int=0)
    while sealed_ < count and (ids := await sealer._seal(org_id, after, UUID(int=(1 << 128) - 1))):
        sealed_, after = sealed_ + len(ids), ids[-1]
        await sealer._sign(org_id)
    wall, spent = time.perf_counter() - began, time.process_time() - cpu
    print(
        f"sealed {sealed_:,} in {wall:.1f} s: {wall / sealed_ * 1e6:.0f} µs an event,"
        f" of which {spent / sealed_ * 1e6:.0f} µs in the sealer"
    )
    began, cpu = time.perf_counter(), time.process_time()
    read = 0
    async with Transaction(engine.database.reads, org_id, reads=True) as snapshot:
        async for page in stored.pages(snapshot.connection, org_id):
            read += sum(one.wrong() is None for one in page)
    wall, spent = time.perf_counter() - began, time.process_time() - cpu
    print(f"verified {read:,} leaves in {wall:.1f} s, {spent:.1f} s of it CPU here")


async def bench(folder: Path, server: EmbeddedPostgres, given: argparse.Namespace) -> None:
    plugins, _ = app.load_plugins()
    await migrate.upgrade(server.admin_url, plugins)
    engine = await app.start(
        app.catalogue_of(plugins), server.url(roles.APP), server.url(roles.RELAY)
    )
    house = await House.open(engine)
    await house.person("owner", "owner")
    admin = await asyncpg.connect(server.admin_url)
    known = await admin.fetchval(
        "SELECT org_id FROM core_audit_event WHERE client = 'bench/1' ORDER BY id LIMIT 1"
    )
    await admin.close()
    desk = await house.desk("core:audit", owner="owner")
    if known:
        desk.caller = replace(desk.caller, org_id=known)
    else:
        took = await load(server.admin_url, house.org_id, given.events)
        print(f"loaded {given.events:,} events in {took:.0f} s")
    await filtered(desk)
    await written(desk, server.url(roles.RELAY))
    await sealed(desk, folder, given.seal)
    await app.stop(engine)


def main() -> None:
    parser = argparse.ArgumentParser(description="the audit's filters over many events")
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--seal", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="eyeot-bench-"))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)
    try:
        with EmbeddedPostgres(folder, durable=False) as server:
            asyncio.run(bench(folder, server, given))
    finally:
        if not given.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
