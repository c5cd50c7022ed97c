"""Faults: the processes of a deployment, and what is done to them while they work."""

import asyncio
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import asyncpg

from core.tests.runtime.redis import RealRedis
from eyeot.deploy.embedded import EmbeddedPostgres
from tests.bench.load import resident_mb

EYEOT = str(Path(sys.executable).with_name("eyeot"))
_PATIENCE = 120.0
_TERMINATE = """
SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE usename IN ('eyeot_app', 'eyeot_relay') AND random() < $1
"""
_SESSIONS = """
SELECT count(*) AS open, count(*) FILTER (WHERE query LIKE 'LISTEN%') AS hearing,
  count(*) FILTER (WHERE state <> 'idle') AS busy
FROM pg_stat_activity WHERE usename IN ('eyeot_app', 'eyeot_relay')
"""
_RUN_OUT = """
UPDATE core_webhook_delivery SET lease_until = now() WHERE claim IS NOT NULL;
UPDATE core_outbox SET due_at = now() WHERE done_at IS NULL AND failed_at IS NULL;
UPDATE core_job SET lease_until = now() WHERE status = 'running';
"""


@dataclass
class House:
    """PostgreSQL, Redis, the serving processes and the workers, all started here."""

    server: EmbeddedPostgres
    redis: RealRedis
    environment: dict[str, str]
    folder: Path
    workers: int
    port: int = 0
    serve: subprocess.Popen[bytes] | None = None
    backstage: list[subprocess.Popen[bytes]] = field(default_factory=list)
    survivor: int = 0
    """The serving process that nothing kills, so that what leaks shows in it."""
    _log: BinaryIO | None = None

    def start(self, workers: int = 2) -> None:
        """Start what serves, and wait until it answers."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._log = (self.folder / "soak.log").open("wb")
        self.redis.start()
        told = ["--port", str(self.port), "--workers", str(self.workers), "--no-jobs"]
        self.serve = self._run("serve", *told)
        self.backstage = [self._run("worker") for _ in range(workers)]
        deadline = time.monotonic() + _PATIENCE
        while len(self.serving()) < self.workers or not self._answers():
            if self.serve.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"it did not start:\n{self.said()}")
            time.sleep(0.1)
        self.survivor = self.serving()[0]

    def _run(self, *command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [EYEOT, *command],
            env=self.environment | {"EYEOT_REDIS_URL": self.redis.url},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as one:
                one.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return b" 200 " in one.recv(64)
        except OSError:
            return False

    def serving(self) -> list[int]:
        """The processes that answer: children of ours that uvicorn made."""
        assert self.serve
        listed = Path(f"/proc/{self.serve.pid}/task/{self.serve.pid}/children").read_text()
        return [int(one) for one in listed.split() if _runs(int(one), b"spawn_main")]

    def said(self) -> str:
        """What the processes printed: the faults in it, and its end."""
        text = (self.folder / "soak.log").read_text(errors="replace")
        faults = text.split("\nfault in ")[1:][:3]
        return "\n".join([*(f"fault in {one[:4000]}" for one in faults), text[-3000:]])

    def stop(self) -> None:
        """End everything."""
        running = [one for one in (self.serve, *self.backstage) if one]
        for one in running:
            one.terminate()
        for one in running:
            try:
                one.wait(30)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()
        self.redis.kill()
        if self._log:
            self._log.close()

    def replace(self, at: int) -> None:
        """A worker in place of a dead one."""
        self.backstage[at].wait()
        self.backstage[at] = self._run("worker")

    async def sessions(self) -> dict[str, int]:
        """How many of PostgreSQL's sessions are the product's, and how many of them hear of changes."""
        connection = await asyncpg.connect(self.server.admin_url)
        try:
            (row,) = await connection.fetch(_SESSIONS)
        finally:
            await connection.close()
        return dict(row)

    async def run_out(self) -> None:
        """Let what dead workers had in hand be taken by others now."""
        connection = await asyncpg.connect(self.server.admin_url)
        try:
            await connection.execute(_RUN_OUT)
        finally:
            await connection.close()

    def memory(self) -> float:
        """Resident megabytes of the process that nothing kills."""
        return resident_mb(self.survivor)


def _runs(pid: int, what: bytes) -> bool:
    try:
        return what in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


@dataclass
class Storm:
    """Faults at random, from a seed."""

    house: House
    chance: random.Random
    began: float = field(default_factory=time.monotonic)
    counts: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    async def rage(self, until: float, restarts: int) -> None:
        """One fault after the other; so many restarts of PostgreSQL among them, every other a crash."""
        first: list[Callable[[], Awaitable[None]]] = [
            self.kill_server,
            self.kill_worker,
            self.kill_redis,
            self.terminate,
            self.stall,
        ]
        self.chance.shuffle(first)
        length = until - time.monotonic()
        longest = min(2.5, length / 10)
        planned = [time.monotonic() + length * (at + 1) / (restarts + 1) for at in range(restarts)]
        while time.monotonic() < until:
            await asyncio.sleep(self.chance.uniform(0.3, longest))
            if planned and time.monotonic() > planned[0]:
                planned.pop(0)
                await self.restart_database(crash=len(planned) % 2 == 0)
                continue
            weighed = [3, 2, 2, 4, 2]
            await asyncio.to_thread(self.revive)
            await (first.pop() if first else self.chance.choices(self._every(), weighed)[0])()

    def _every(self) -> list[Callable[[], Awaitable[None]]]:
        return [self.kill_server, self.kill_worker, self.kill_redis, self.terminate, self.stall]

    def note(self, what: str, about: str) -> None:
        """Tell what is done."""
        self.counts[what] += 1
        self.told.append(f"{time.monotonic() - self.began:6.1f} s  {what}  {about}")

    def revive(self) -> None:
        """Start again what ended by itself, as a service manager does; what serves must not."""
        assert self.house.serve
        if self.house.serve.poll() is not None:
            raise RuntimeError("eyeot serve ended by itself")
        for at, one in enumerate(self.house.backstage):
            if one.poll() is not None:
                self.note("worker that had ended started", str(one.pid))
                self.house.replace(at)

    async def kill_server(self) -> None:
        """Kill a process that answers; its parent replaces it."""
        alive = [one for one in self.house.serving() if one != self.house.survivor]
        if alive:
            pid = self.chance.choice(alive)
            self.note("serving process killed", str(pid))
            os.kill(pid, signal.SIGKILL)

    async def kill_worker(self) -> None:
        """Kill a worker, with the relay, the sealer and the jobs in it."""
        at = self.chance.randrange(len(self.house.backstage))
        self.note("worker and relay killed", str(self.house.backstage[at].pid))
        self.house.backstage[at].kill()
        await asyncio.sleep(self.chance.uniform(0, 1))
        await asyncio.to_thread(self.house.replace, at)

    async def kill_redis(self) -> None:
        """Kill Redis, and start it a while later."""
        away = self.chance.uniform(0.2, 2.5)
        self.note("Redis killed", f"for {away:.1f} s")
        self.house.redis.kill()
        await asyncio.sleep(away)
        await asyncio.to_thread(self.house.redis.start)

    async def terminate(self) -> None:
        """End some of the connections to PostgreSQL."""
        part = self.chance.choice((0.1, 0.4, 1.0))
        connection = await asyncpg.connect(self.house.server.admin_url)
        try:
            ended = await connection.fetchval(_TERMINATE, part)
        finally:
            await connection.close()
        self.note("connections terminated", str(ended))

    async def stall(self) -> None:
        """Stop a process for a while, with whatever it holds."""
        serving = self.house.serving()
        if not serving:
            return
        pid = self.chance.choice(serving)
        away = self.chance.uniform(0.2, 1.5)
        self.note("serving process stalled", f"{pid} for {away:.1f} s")
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(away)
        finally:
            # Its parent may have given it up meanwhile.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    async def restart_database(self, *, crash: bool) -> None:
        """End PostgreSQL, as an administrator does or as a crash would, and start it again."""
        self.note("PostgreSQL crashed" if crash else "PostgreSQL restarted", "")
        await asyncio.to_thread(_restart, self.house.server, crash=crash)


def _restart(server: EmbeddedPostgres, *, crash: bool) -> None:
    if crash and server._server:
        os.kill(server._server.pid, signal.SIGKILL)
        server._server.ended_within(10)
    server.stop()
    server.start()


def executable(folder: Path) -> None:
    """Let PostgreSQL's own user pass."""
    folder.chmod(0o711)


def clear(folder: Path) -> None:
    """Remove what the soak left."""
    shutil.rmtree(folder, ignore_errors=True)
