"""Guards: what each adds to a read and to a write, by turns on one server process.

python -m tests.bench.guards [--rounds 20] [--slice 0.4]

In each round every load runs with all guards and without each of them, in short slices in a random order.
What a guard costs is the median of the differences within rounds; the spread is their quartiles.
"""

import argparse
import asyncio
import json
import random
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from eyeot.deploy import roles
from eyeot.deploy.embedded import EmbeddedPostgres
from tests.bench.load import Prepare, measure
from tests.bench.run import Server, call, creating, free_port, head, keyed, process, reading
from tests.bench.seed import Seeded, seed

CLIENTS = 8
EVERY = "rate licence provenance"
READ_GOAL, WRITE_GOAL = 100.0, 400.0
"""Microseconds of server CPU."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A load, with some guards left out."""

    load: str
    out: str = ""
    forgets: bool = False
    """Whether the process forgets first what it knows to have been shown."""


SLICES = (
    *(Slice("read", out) for out in ("", "rate", "provenance", EVERY)),
    Slice("read", forgets=True),
    *(Slice("create", out) for out in ("", "rate", "licence", "provenance", EVERY)),
    Slice("keyed create"),
    *(Slice("update", out) for out in ("", "provenance", EVERY)),
)
COSTS = (
    ("rate limit", "read", Slice("read"), Slice("read", "rate")),
    ("provenance, read before", "read", Slice("read"), Slice("read", "provenance")),
    (
        "provenance, first read",
        "read",
        Slice("read", forgets=True),
        Slice("read", "provenance"),
    ),
    ("all together", "read", Slice("read"), Slice("read", EVERY)),
    ("rate limit", "create", Slice("create"), Slice("create", "rate")),
    ("licence", "create", Slice("create"), Slice("create", "licence")),
    ("provenance", "create", Slice("create"), Slice("create", "provenance")),
    ("provenance, one citation", "update", Slice("update"), Slice("update", "provenance")),
    ("idempotency", "create", Slice("keyed create"), Slice("create")),
    ("all together, with key", "create", Slice("keyed create"), Slice("create", EVERY)),
    ("all together, no key", "update", Slice("update"), Slice("update", EVERY)),
)
_GOALS = {
    ("all together", "read"): READ_GOAL,
    ("all together, with key", "create"): WRITE_GOAL,
    ("all together, no key", "update"): WRITE_GOAL,
}


def updating(seeded: Seeded) -> Prepare:
    """A write that cites a record."""

    def prepare(number: int) -> tuple[bytes, bytes]:
        key, ids = random.choice(seeded.targets)
        told: dict[str, object] = {"id": random.choice(ids), "tax_exempt": bool(number % 2)}
        told = {"id": told["id"], "website": f"https://n{number}.example/"}
        return head(b"tools/call", b"update_customer", key), call("update_customer", told, number)

    return prepare


class Bench:
    """One server, and what its slices took."""

    def __init__(self, running: "subprocess.Popen[str]", port: int, seeded: Seeded) -> None:
        self.running, self.port = running, port
        self.loads: dict[str, Prepare] = {
            "read": reading(seeded),
            "create": creating(seeded),
            "keyed create": keyed(seeded),
            "update": updating(seeded),
        }
        self.found: dict[Slice, list[float]] = {one: [] for one in SLICES}
        self.errors = 0

    def tell(self, line: str) -> dict[str, Any]:
        """Say what is to be done; what was answered."""
        assert self.running.stdin
        assert self.running.stdout
        self.running.stdin.write(line + "\n")
        self.running.stdin.flush()
        told: dict[str, Any] = json.loads(self.running.stdout.readline())
        return told

    def one(self, of: Slice, seconds: float) -> float:
        """Microseconds of server CPU per request of a slice."""
        self.tell(of.out)
        before = self.tell("forget" if of.forgets else "cpu")["spent"]
        made = asyncio.run(
            measure(
                self.running.pid,
                self.port,
                self.loads[of.load],
                clients=CLIENTS,
                seconds=seconds,
            )
        )
        self.errors += made.errors
        spent: float = (self.tell("cpu")["spent"] - before) / made.requests * 1e6
        return spent

    def rounds(self, count: int, seconds: float) -> None:
        """Every slice in each round, in an order of its own; a first round only warms up."""
        for one in SLICES:
            self.one(one, max(seconds, 1.0))
        self.errors = 0
        for _ in range(count):
            for one in random.sample(SLICES, len(SLICES)):
                self.found[one].append(self.one(one, seconds))

    def sealed(self) -> dict[str, Any]:
        """What sealing all these events took."""
        return self.tell("seal")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="what each guard costs")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--slice", type=float, default=0.4)
    parser.add_argument("--organisations", type=int, default=20)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="eyeot-bench-"))
    folder.chmod(0o711)
    try:
        bench(folder, rounds=given.rounds, seconds=given.slice, organisations=given.organisations)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def bench(folder: Path, *, rounds: int, seconds: float, organisations: int) -> None:
    """Seed, measure, report."""
    data = folder / "guards"
    data.mkdir(mode=0o711)
    seeded = seed(data, organisations=organisations, rows=organisations * 50, keys=organisations)
    port = free_port()
    with EmbeddedPostgres(data) as server:
        command = [sys.executable, "-m", "tests.bench.guarded", str(port)]
        command += [server.url(roles.APP), server.url(roles.RELAY), str(data)]
        with process(command, port, piped=True) as running:
            made = Bench(running.process, port, seeded)
            # Whoever updates has read before, as the ledger of every process tells.
            shown = [(key, id) for key, ids in seeded.targets for id in ids]
            asyncio.run(read_all(running, shown))
            made.rounds(rounds, seconds)
            report(made)


async def read_all(server: Server, shown: list[tuple[str, str]]) -> None:
    """Read every record with its key."""
    left = iter(shown)
    left_over = len(shown)

    def prepare(number: int) -> tuple[bytes, bytes]:
        key, id = next(left, shown[-1])
        return head(b"tools/call", b"get_customer", key), call("get_customer", {"id": id}, number)

    while left_over > 0:
        left_over -= (
            await measure(server.pid, server.port, prepare, clients=4, seconds=1.0)
        ).requests


def report(made: Bench) -> None:
    """The table: medians and quartiles of differences, in microseconds of server CPU."""
    print(f"\n{'with all guards':<28}{'µs':>8}   of {len(made.found[SLICES[0]])} slices")
    for load in ("read", "create", "keyed create", "update"):
        print(f"{load:<28}{median(made.found[Slice(load)]):>8.0f}")
    print(f"\n{'guard':<28}{'load':<10}{'µs':>8}{'quartiles':>16}{'goal':>9}")
    for name, load, whole, without in COSTS:
        pairs = zip(made.found[whole], made.found[without], strict=True)
        apart = [one - other for one, other in pairs]
        low, _, high = quantiles(apart, n=4)
        goal = _GOALS.get((name, load))
        told = f"≤ {goal:.0f}" if goal else ""
        print(f"{name:<28}{load:<10}{median(apart):>8.0f}{f'{low:.0f} … {high:.0f}':>16}{told:>9}")
    sealed = made.sealed()
    each = sealed["cpu"] / max(sealed["events"], 1) * 1e6
    print(
        f"{'audit sealing':<28}{'event':<10}{each:>8.0f}   in the sealer, {sealed['events']:,} events"
    )
    if made.errors:
        print(f"{made.errors} answers were errors")


if __name__ == "__main__":
    main()
