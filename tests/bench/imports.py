"""Imports: how long 100,000 rows take, and how flat memory stays. `python -m tests.bench.imports [rows]`.

In files of 50,000: one is 3 MB at most.
"""

import asyncio
import base64
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from eyeot import app
from eyeot.deploy import migrate, roles
from eyeot.deploy.embedded import EmbeddedPostgres
from eyeot.platform.jobs import occurrence
from eyeot.runtime.worker import Worker
from eyeot.testing import Desk, House
from eyeot.testing.licence import trusting

ROWS, A_FILE = 100_000, 50_000
HEADS = "Nom;Mail;CP;Ville;Adresse\n"


def memory() -> float:
    """The most this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def desk(server: EmbeddedPostgres) -> Desk:
    """A caller who may do everything in an organisation of their own."""
    plugins, _ = app.load_plugins()
    await migrate.upgrade(server.admin_url, plugins)
    catalogue = app.catalogue_of(plugins)
    engine = await app.start(
        catalogue, server.url(roles.APP), server.url(roles.RELAY), licensing=trusting()
    )
    house = await House.open(engine)
    await house.person("owner", "owner")
    scopes = sorted({one.needs for one in catalogue.actions.values()})
    return await house.desk(*scopes, owner="owner")


async def loaded(call: Desk, resource_: str, text: str, mode: str) -> dict[str, Any]:
    """Take a file in, check it, load it; what each took."""
    whole = text.encode()
    begun = await call(f"{resource_}.import", content=base64.b64encode(whole).decode())
    started = time.perf_counter()
    checked = await call("core.import_job.check", job_id=begun["import_job_id"])
    checking = time.perf_counter() - started
    await call("core.import_job.run", job_id=begun["import_job_id"], mode=mode)
    before, started, cpu = memory(), time.perf_counter(), time.process_time()
    await Worker(call.engine, occurrence).drain()
    found = await call("core.import_job.get", id=begun["import_job_id"])
    return {
        "resource": resource_,
        "mode": mode,
        "rows": checked["total"],
        "columns": len(begun["mapping"]),
        "bytes": len(whole),
        "ok": found["ok"],
        "check_s": round(checking, 1),
        "load_s": round(time.perf_counter() - started, 1),
        "worker_cpu_s": round(time.process_time() - cpu, 1),
        "memory_before_mb": round(before),
        "memory_after_mb": round(memory()),
    }


async def measured(server: EmbeddedPostgres, rows: int) -> None:
    """Load parties together, then customers as many as can be."""
    call = await desk(server)
    for name, mode in (("crm.party", "atomic"), ("crm.customer", "best_effort")):
        for first in range(0, rows, A_FILE):
            many = range(first, min(first + A_FILE, rows))
            lines = (f"Société {n};c{n}@ex.io;69001;Lyon;{n} r. Neuve\n" for n in many)
            print(await loaded(call, name, HEADS + "".join(lines), mode), flush=True)  # noqa: T201
    await app.stop(call.engine)


def main() -> None:
    """Run on a throw-away database."""
    folder = Path(tempfile.mkdtemp(prefix="eyeot-bench-"))
    folder.chmod(0o711)
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    try:
        with EmbeddedPostgres(folder, durable=False) as server:
            asyncio.run(measured(server, rows))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
