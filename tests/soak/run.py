"""Soak: clients that insist, a deployment that is killed piece by piece, and what must hold afterwards.

python -m tests.soak.run [--seconds 120] [--clients 64] [--workers 4] [--restarts 2] [--least 5000] [--seed N]
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import secrets
import sys
import tempfile
import time
from pathlib import Path

from core.tests.outside.receiver import receiving
from core.tests.runtime.redis import RealRedis
from eyeot.deploy.embedded import EmbeddedPostgres
from tests.soak import witness
from tests.soak.books import Books
from tests.soak.faults import House, Storm, clear, executable
from tests.soak.firm import furnish, told, write_settings
from tests.soak.hearing import Hearing
from tests.soak.verify import Findings, examine
from tests.soak.work import Client, import_rows

ORGANISATIONS = 8
_GROWTH_MB = 40.0
"""More than caches take in two minutes, and less than a leak of a kilobyte a call."""
_POOLS = 25
"""Connections of one process: three pools and a listener."""


def main() -> int:
    """Run it; 1 when anything that must hold does not."""
    parser = argparse.ArgumentParser(description="mixed work under faults")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--restarts", type=int, default=2)
    parser.add_argument("--rows", type=int, default=1200)
    parser.add_argument(
        "--hurry", action="store_true", help="let leases of the dead run out at once"
    )
    parser.add_argument("--least", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="eyeot-soak-"))
    executable(folder)
    try:
        findings = soak(folder, given)
    finally:
        clear(folder)
    for one in findings.wrong:
        print(f"VIOLATION  {one}")
    print("every rule holds" if not findings.wrong else f"{len(findings.wrong)} violations")
    return 1 if findings.wrong else 0


def soak(folder: Path, given: argparse.Namespace) -> Findings:
    """Furnish, storm, examine."""
    path = witness.install(folder / "plugins")
    sys.path.insert(0, str(folder / "plugins"))
    data = folder / "data"
    data.mkdir(mode=0o711)
    with EmbeddedPostgres(data) as server:
        clean = {n: one for n, one in os.environ.items() if not n.startswith("EYEOT_")}
        environment = clean | write_settings(server)
        environment |= {"EYEOT_DATA_DIR": str(data), "PYTHONPATH": path}
        house = House(server, RealRedis(), environment, folder, given.workers)
        try:
            return asyncio.run(_soaked(house, given))
        except BaseException:
            print(house.said())
            raise
        finally:
            house.stop()


async def _soaked(house: House, given: argparse.Namespace) -> Findings:
    async with receiving() as receiver:
        firm = await furnish(house.server, receiver, ORGANISATIONS, given.clients)
        print(told(firm), flush=True)
        hearing = Hearing(firm, receiver, random.Random(given.seed))
        await asyncio.to_thread(house.start)
        findings = await _stormed(house, hearing, given)
        if findings.wrong:
            print(house.said())
        return findings


async def _stormed(house: House, hearing: Hearing, given: argparse.Namespace) -> Findings:
    chance, books, firm = random.Random(given.seed), Books(), hearing.firm
    clients = [
        Client(n, key, house.port, books, random.Random(chance.getrandbits(64)))
        for n, key in enumerate(firm.keys)
    ]
    for one in clients:
        one.shared = firm.shared[one.org_id]
    storm, memory = Storm(house, random.Random(chance.getrandbits(64))), list[float]()
    began = time.monotonic()
    until = began + given.seconds
    watch = asyncio.create_task(_watched(house, memory))
    imports = [import_rows(one, given.rows) for one in _integrations(clients)]
    await asyncio.gather(
        *(one.run(until) for one in clients), *imports, storm.rage(until, given.restarts)
    )
    took = time.monotonic() - began
    watch.cancel()
    print("\n".join(storm.told))
    _report(books, took, dict(storm.counts))
    await asyncio.to_thread(storm.revive)
    await _burst(clients, books)
    if given.hurry:
        await house.run_out()
    findings = await examine(house, books, hearing)
    if len(books.done) < given.least:
        findings.wrong.append(f"{len(books.done)} writes were acknowledged, not {given.least}")
    findings.check("memory flat", _grown(memory))
    processes = given.workers + len(house.backstage)
    findings.check("sessions as they should be", _leaked(await house.sessions(), processes))
    print(json.dumps(findings.told, indent=2))
    return findings


def _integrations(clients: list[Client]) -> list[Client]:
    """One client of each organisation that imports: a worker of its own connection."""
    found: dict[object, Client] = {}
    for number, one in enumerate(clients):
        if not one.key.agent and one.org_id not in found:
            chance = random.Random(number)
            found[one.org_id] = Client(1000 + number, one.key, one.wire.port, one.books, chance)
    return list(found.values())


async def _burst(clients: list[Client], books: Books) -> None:
    """Everybody at once, when all is calm: a connection that was never given back is missed now."""
    before = books.codes.total() + books.lost
    await asyncio.sleep(2)
    for _ in range(3):
        await asyncio.gather(*(one.create() for one in clients))
    refused = books.codes.total() + books.lost - before
    if refused:
        books.wrong.append(f"{refused} calls were refused or lost after the storm: {books.codes}")


async def _watched(house: House, memory: list[float]) -> None:
    while True:
        with contextlib.suppress(FileNotFoundError):
            memory.append(house.memory())
        await asyncio.sleep(1)


def _grown(memory: list[float]) -> list[str]:
    """What the process that lived through it all gained after it was warm."""
    warm = memory[len(memory) // 3]
    print(f"memory of the surviving process: {memory[0]:.0f}, {warm:.0f}, {memory[-1]:.0f} MB")
    grown = memory[-1] - warm
    return [f"{grown:.0f} MB more than when it was warm"] if grown > _GROWTH_MB else []


def _leaked(found: dict[str, int], processes: int) -> list[str]:
    """Sessions that nobody uses, and processes that do not hear when rights change."""
    print(f"sessions: {found}")
    most = _POOLS * processes
    wrong = [f"{found['open']} sessions, not {most} at most"] if found["open"] > most else []
    deaf = processes - found["hearing"]
    return wrong + ([f"{deaf} of {processes} processes hear nothing"] if deaf else [])


def _report(books: Books, took: float, faults: dict[str, int]) -> None:
    writes, calls = len(books.done), len(books.answered)
    print(
        f"{writes:,} writes acknowledged in {took:.0f} s ({writes / took:.0f}/s), {calls:,} answers"
        f" ({calls / took:.0f}/s), {books.replayed:,} repetitions answered alike,"
        f" {books.lost:,} answers lost, {len(books.parties):,} records"
    )
    print(f"work: {dict(books.kinds)}\nrefusals repeated: {dict(books.codes)}\nfaults: {faults}")


if __name__ == "__main__":
    sys.exit(main())
