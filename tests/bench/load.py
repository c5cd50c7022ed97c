"""Load: keep-alive connections that post prepared bodies, and the server's CPU per answered one."""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

TICKS = os.sysconf("SC_CLK_TCK")
Prepare = Callable[[int], tuple[bytes, bytes]]
"""The head's extra lines and the body of the n-th request."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of load found."""

    requests: int
    errors: int
    seconds: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / TICKS


def resident_mb(pid: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


class _Client:
    """One connection that posts as fast as it is answered."""

    def __init__(self, port: int, prepare: Prepare, numbers: list[int]) -> None:
        self.port, self.prepare, self.numbers = port, prepare, numbers
        self.times: list[float] = []
        self.errors = 0

    async def run(self, until: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            while time.perf_counter() < until:
                self.numbers[0] += 1
                head, body = self.prepare(self.numbers[0])
                started = time.perf_counter()
                writer.write(
                    b"POST /api/v1/mcp HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % self.port
                    + b"Content-Type: application/json\r\n"
                    + b"Accept: application/json, text/event-stream\r\n"
                    + head
                    + b"Content-Length: %d\r\n\r\n" % len(body)
                    + body
                )
                answer = await _answer(reader)
                self.times.append(time.perf_counter() - started)
                if b'"isError":true' in answer or b'"error"' in answer[:200]:
                    self.errors += 1
        finally:
            writer.close()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    at = lower.index(b"content-length:") + 15
    length = int(lower[at : lower.index(b"\r\n", at)])
    body = await reader.readexactly(length)
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{head[:200]!r} {body[:300]!r}")
    return body


async def measure(pid: int, port: int, prepare: Prepare, *, clients: int, seconds: float) -> Run:
    """The cost of a request under this load."""
    numbers = [0]
    crowd = [_Client(port, prepare, numbers) for _ in range(clients)]
    before, started = cpu_seconds(pid), time.perf_counter()
    await asyncio.gather(*(one.run(started + seconds) for one in crowd))
    spent, took = cpu_seconds(pid) - before, time.perf_counter() - started
    times = sorted(t for one in crowd for t in one.times)
    return Run(
        requests=len(times),
        errors=sum(one.errors for one in crowd),
        seconds=took,
        cpu_us=spent / len(times) * 1e6,
        p50_ms=median(times) * 1000,
        p99_ms=times[int(len(times) * 0.99)] * 1000,
    )
