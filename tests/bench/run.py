"""Bench: pairs measured in one run, since these machines are noisy.

python -m tests.bench.run [calls|guards|audit|pages|tokens|trade ...]

`calls`, the default: [--seconds 6] [--rounds 3] [--rows 100000] [--organisations 100] [--keys 100]. `guards`
and `audit` take what those modules say.
Server CPU is user and system time of the serving process per answered request.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import asyncpg

from eyeot.deploy.embedded import EmbeddedPostgres
from tests.bench.load import Prepare, Run, cpu_seconds, measure, resident_mb
from tests.bench.seed import Seeded, seed

MODERN = b"MCP-Protocol-Version: 2026-07-28\r\n"
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
}
CLIENTS = 16


@dataclass(frozen=True, slots=True)
class Server:
    """A serving process."""

    pid: int
    port: int
    process: "subprocess.Popen[str]"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def process(command: list[str], port: int, *, piped: bool = False, **more: str) -> Iterator[Server]:
    """A server, once it listens; `piped`: its input and output are the caller's."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("EYEOT_")}
    # The limits are at work, and out of reach.
    most = {"EYEOT_RATE_CREDENTIAL": "99999999", "EYEOT_RATE_ORGANISATION": "99999999"}
    clean |= most
    given, taken = (subprocess.PIPE,) * 2 if piped else (None, subprocess.DEVNULL)
    started = subprocess.Popen(command, env=clean | more, stdin=given, stdout=taken, text=True)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield Server(started.pid, port, started)
    finally:
        started.terminate()
        started.wait(20)


def call(name: str, arguments: dict[str, object], number: int) -> bytes:
    params = {"name": name, "arguments": arguments, "_meta": META}
    body = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
    return json.dumps(body).encode()


def head(method: bytes, name: bytes = b"", key: str = "") -> bytes:
    named = b"Mcp-Name: %s\r\n" % name if name else b""
    authorized = b"Authorization: Bearer %s\r\n" % key.encode() if key else b""
    return MODERN + b"Mcp-Method: %s\r\n" % method + named + authorized


def echo(number: int) -> tuple[bytes, bytes]:
    return head(b"tools/call", b"echo"), call("echo", {"text": "hello"}, number)


def reading(seeded: Seeded) -> Prepare:
    def prepare(number: int) -> tuple[bytes, bytes]:
        key, ids = random.choice(seeded.targets)
        return head(b"tools/call", b"get_customer", key), call(
            "get_customer", {"id": random.choice(ids)}, number
        )

    return prepare


def creating(seeded: Seeded) -> Prepare:
    def prepare(number: int) -> tuple[bytes, bytes]:
        key, _ = random.choice(seeded.targets)
        arguments: dict[str, object] = {
            "name": f"Boulangerie {number}",
            "emails": [f"contact{number}@bench.example"],
            "addresses": [{"line1": "1 rue de la Paix", "postcode": "75002", "city": "Paris"}],
        }
        return head(b"tools/call", b"create_customer", key), call(
            "create_customer", arguments, number
        )

    return prepare


def keyed(seeded: Seeded) -> Prepare:
    """The same with an idempotency key of its own."""
    create = creating(seeded)

    def prepare(number: int) -> tuple[bytes, bytes]:
        top, body = create(number)
        told = json.loads(body)
        told["params"]["arguments"]["idempotency_key"] = str(uuid4())
        return top, json.dumps(told).encode()

    return prepare


def listing(seeded: Seeded) -> Prepare:
    def prepare(number: int) -> tuple[bytes, bytes]:
        key, _ = seeded.targets[0]
        body = {"jsonrpc": "2.0", "id": number, "method": "tools/list", "params": {"_meta": META}}
        return head(b"tools/list", b"", key), json.dumps(body).encode()

    return prepare


def rounds(
    ours: Server, peer: Server, seeded: Seeded, seconds: float, count: int
) -> dict[str, Run]:
    """Each load in turn, again and again; the median by CPU of each."""
    loads = {
        "SDK echo": (peer, echo),
        "guarded read": (ours, reading(seeded)),
        "guarded create": (ours, creating(seeded)),
        "keyed create": (ours, keyed(seeded)),
        "tools/list": (ours, listing(seeded)),
    }
    found: dict[str, list[Run]] = {name: [] for name in loads}
    for number in range(count + 1):
        for name, (server, prepare) in loads.items():
            # The first round only warms caches and prepared statements.
            length = seconds if number else 2.0
            made = asyncio.run(
                measure(server.pid, server.port, prepare, clients=CLIENTS, seconds=length)
            )
            if number:
                found[name].append(made)
    return {
        name: sorted(runs, key=lambda r: r.cpu_us)[len(runs) // 2] for name, runs in found.items()
    }


def starts(folder: Path) -> tuple[float, float]:
    """Seconds to the first answer: a first start with the demo company, and a later one."""
    eyeot = str(Path(sys.executable).with_name("eyeot"))
    took = []
    for _ in range(2):
        port, began = free_port(), time.perf_counter()
        command = [eyeot, "serve", "--demo", "--port", str(port)]
        with process(command, port, EYEOT_DATA_DIR=str(folder)):
            took.append(time.perf_counter() - began)
    return took[0], took[1]


async def audited(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        found: int = await connection.fetchval(
            "SELECT count(*) FROM core_audit_event WHERE surface = 'mcp'"
        )
        return found
    finally:
        await connection.close()


def report(found: dict[str, Run]) -> None:
    base = found["SDK echo"].cpu_us
    goals = {"guarded read": 0.8, "guarded create": 4.0}
    print(
        f"{'what':<16}{'CPU µs':>9}{'x echo':>9}{'goal':>8}"
        f"{'req/s':>8}{'p50 ms':>9}{'p99 ms':>9}{'errors':>8}"
    )
    for name, run in found.items():
        goal = f"≤ {goals[name]}" if name in goals else "< 200" if name == "tools/list" else ""
        rate = run.requests / run.seconds
        print(
            f"{name:<16}{run.cpu_us:>9.0f}{run.cpu_us / base:>9.2f}{goal:>8}{rate:>8.0f}"
            f"{run.p50_ms:>9.1f}{run.p99_ms:>9.1f}{run.errors:>8}"
        )


def main() -> None:
    part = sys.argv[1] if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else "calls"
    if part == "calls":
        return calls([one for one in sys.argv[1:] if one != part])
    # They take from here what all of them need.
    del sys.argv[1]
    parts = {one: f"tests.bench.{one}" for one in ("guards", "audit", "pages", "tokens", "trade")}
    import_module(parts[part]).main()
    return None


def calls(asked: list[str]) -> None:
    """What calls cost."""
    parser = argparse.ArgumentParser(description="what calls cost, beside the SDK's echo")
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--organisations", type=int, default=100)
    parser.add_argument("--keys", type=int, default=100)
    given = parser.parse_args(asked)
    folder = Path(tempfile.mkdtemp(prefix="eyeot-bench-"))
    folder.chmod(0o711)
    try:
        bench(folder, given)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def bench(folder: Path, given: argparse.Namespace) -> None:
    data, fresh = folder / "seeded", folder / "fresh"
    for one in (data, fresh):
        one.mkdir(mode=0o711)
    seeded = seed(data, organisations=given.organisations, rows=given.rows, keys=given.keys)
    print(
        f"{seeded.rows:,} customers in {given.organisations} organisations,"
        f" {len(seeded.targets)} keys, {CLIENTS} clients"
    )
    port, other = free_port(), free_port()
    serve = [str(Path(sys.executable).with_name("eyeot")), "serve", "--port", str(port)]
    peer = [sys.executable, "-m", "tests.bench.echo_sdk", str(other)]
    with process(serve, port, EYEOT_DATA_DIR=str(data)) as ours, process(peer, other) as theirs:
        time.sleep(3)
        idle, before = resident_mb(ours.pid), cpu_seconds(ours.pid)
        admin = EmbeddedPostgres(data).admin_url
        first = asyncio.run(audited(admin))
        found = rounds(ours, theirs, seeded, given.seconds, given.rounds)
        rows = asyncio.run(audited(admin)) - first
        spent = cpu_seconds(ours.pid) - before
    report(found)
    took = starts(fresh)
    print(f"audit rows written during the load: {rows:,} (server CPU {spent:.0f} s)")
    print(
        f"idle worker {idle:.0f} MB (goal < 200);"
        f" first start {took[0]:.1f} s (< 10), later {took[1]:.1f} s (< 3)"
    )


if __name__ == "__main__":
    main()
