"""Listen: what a thousand clients that listen cost one worker, and how soon they hear.

python -m tests.bench.listen [--streams 1000] [--seconds 20] [--changes 20]

Ten organisations; every client of one listens to the same customer and to its lists.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench.load import cpu_seconds, resident_mb
from tests.bench.run import META, MODERN, Server, call, free_port, process
from tests.bench.seed import Seeded, seed

ORGANISATIONS = 10
_SETTLED = 3.0
_PATIENCE = 10.0


@dataclass
class Crowd:
    """Clients that listen, by organisation, and when each heard."""

    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    heard: dict[int, list[float]] = field(default_factory=dict)
    acknowledged: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description="what listening clients cost")
    parser.add_argument("--streams", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--changes", type=int, default=20)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="eyeot-bench-"))
    folder.chmod(0o711)
    try:
        bench(folder, given)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def bench(folder: Path, given: argparse.Namespace) -> None:
    seeded = seed(folder, organisations=ORGANISATIONS, rows=1_000, keys=ORGANISATIONS)
    port = free_port()
    command = [str(Path(sys.executable).with_name("eyeot")), "serve", "--port", str(port)]
    with process(command, port, EYEOT_DATA_DIR=str(folder)) as server:
        asyncio.run(_measure(server, seeded, given))


async def _measure(server: Server, seeded: Seeded, given: argparse.Namespace) -> None:
    crowd = Crowd()
    await _rename(server, seeded, 0, "warm")
    await asyncio.sleep(_SETTLED)
    idle, idle_cpu = resident_mb(server.pid), await _cpu(server, given.seconds)
    before, began = cpu_seconds(server.pid), time.perf_counter()
    for number in range(given.streams):
        await _listen(server, seeded, crowd, number % ORGANISATIONS)
    while crowd.acknowledged < given.streams:
        await asyncio.sleep(0.01)
    took, spent = time.perf_counter() - began, cpu_seconds(server.pid) - before
    await asyncio.sleep(_SETTLED)
    full, full_cpu = resident_mb(server.pid), await _cpu(server, given.seconds)
    delays = [one for n in range(given.changes) for one in await _hear(server, seeded, crowd, n)]
    delays.sort()
    each = (full - idle) * 1024 / given.streams
    print(f"{given.streams:,} streams opened in {took:.1f} s ({spent:.2f} s of CPU)")
    print(f"memory      {idle:.0f} MB idle, {full:.0f} MB listening: {each:.0f} kB a stream")
    print(
        f"CPU         {idle_cpu:.2%} of a core idle, {full_cpu:.2%} listening and nothing happening"
    )
    print(
        f"delay       {median(delays) * 1000:.0f} ms median,"
        f" {delays[int(len(delays) * 0.99)] * 1000:.0f} ms at p99 from a write's answer to its news"
        f" ({len(delays):,} notifications of {given.changes} changes)"
    )
    for task in crowd.tasks:
        task.cancel()
    for writer in crowd.writers:
        writer.close()


async def _cpu(server: Server, seconds: float) -> float:
    before = cpu_seconds(server.pid)
    await asyncio.sleep(seconds)
    return (cpu_seconds(server.pid) - before) / seconds


async def _listen(server: Server, seeded: Seeded, crowd: Crowd, org: int) -> None:
    key, ids = seeded.targets[org]
    wanted = {"toolsListChanged": True, "resourceSubscriptions": [f"eyeot://customers/{ids[0]}"]}
    params = {"notifications": wanted, "_meta": META}
    body = {"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": params}
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(_post(server, key, json.dumps(body).encode(), b"subscriptions/listen"))
    crowd.writers.append(writer)
    crowd.tasks.append(asyncio.create_task(_follow(reader, crowd, org)))


async def _follow(reader: asyncio.StreamReader, crowd: Crowd, org: int) -> None:
    while line := await reader.readline():
        if b"acknowledged" in line:
            if b"resourceSubscriptions" not in line:
                raise RuntimeError(line)
            crowd.acknowledged += 1
        elif b"resources/updated" in line:
            crowd.heard.setdefault(org, []).append(time.perf_counter())
        elif b'"error"' in line:
            raise RuntimeError(line)


async def _hear(server: Server, seeded: Seeded, crowd: Crowd, number: int) -> list[float]:
    """Change one customer; how long after the answer each client of its organisation heard."""
    org = number % ORGANISATIONS
    crowd.heard[org] = []
    # Spread over the reader's period, or every change would meet it at the same point.
    await asyncio.sleep(0.07 * (number % 7))
    await _rename(server, seeded, org, f"change {number}")
    answered = time.perf_counter()
    expected = len(crowd.tasks) // ORGANISATIONS
    async with asyncio.timeout(_PATIENCE):
        while len(crowd.heard[org]) < expected:
            await asyncio.sleep(0.005)
    return [at - answered for at in crowd.heard[org]]


async def _rename(server: Server, seeded: Seeded, org: int, name: str) -> None:
    key, ids = seeded.targets[org]
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    body = call("update_customer", {"id": ids[0], "name": name}, 1)
    writer.write(_post(server, key, body, b"tools/call", b"update_customer"))
    answer = await reader.readuntil(b"}")
    writer.close()
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(answer)


def _post(server: Server, key: str, body: bytes, method: bytes, name: bytes = b"") -> bytes:
    named = b"Mcp-Name: %s\r\n" % name if name else b""
    return (
        b"POST /api/v1/mcp HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % server.port
        + b"Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
        + MODERN
        + b"Mcp-Method: %s\r\n" % method
        + named
        + b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n" % (key.encode(), len(body))
        + body
    )


if __name__ == "__main__":
    main()
