"""Worker: takes jobs from the queue and does them step by step, as whoever asked for them."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from eyeot.declare.ids import uuid7
from eyeot.runtime import queue
from eyeot.runtime.engine import Engine
from eyeot.runtime.housekeeping import EVERY, tidied
from eyeot.runtime.performing import Performance
from eyeot.storage.pool import taken

log = logging.getLogger(__name__)
_EVERY = 0.5
_BEAT = queue.LEASE / 4
Next = Callable[[str, str, datetime], datetime | None]
Tidy = Callable[[Engine], Awaitable[None]]


async def _tidied(engine: Engine) -> None:
    await tidied(engine.database.relay, engine.clock())


class Worker:
    """Does jobs, a few at a time; any number of workers share one queue."""

    def __init__(
        self, engine: Engine, next_at: Next, *, slots: int = 2, tidying: Sequence[Tidy] = ()
    ) -> None:
        """`tidying`: what else is done every few minutes, beside removing what is over."""
        self.engine = engine
        self._next_at = next_at
        self._slots = slots
        self._tidying = (_tidied, *tidying)
        self._running: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._tidied = -EVERY

    def start(self) -> None:
        """Begin to work."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop; a step that is not committed is done again by whoever comes next."""
        tasks = [one for one in (self._task, *self._running) if one]
        for one in tasks:
            one.cancel()
        for one in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await one

    async def _run(self) -> None:
        while True:
            try:
                await self._tidy()
                await self.plan()
                begun = await self.begin()
            except Exception:
                log.exception("the worker could not read the queue")
                begun = 0
            if not begun:
                await asyncio.sleep(_EVERY)

    async def _tidy(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._tidied >= EVERY:
            self._tidied = now
            for tidy in self._tidying:
                await tidy(self.engine)

    async def drain(self) -> int:
        """Do everything that is due, one after the other; how many jobs were done."""
        await self.plan()
        count = 0
        while begun := await self.begin():
            count += begun
            await asyncio.gather(*self._running)
        return count

    async def begin(self) -> int:
        """Take as many due jobs as there are free slots."""
        free = self._slots - len(self._running)
        if free <= 0:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            return 1
        async with taken(self.engine.database.relay) as connection:
            rows = await connection.fetch(queue.CLAIM, free, uuid4())
        for row in rows:
            task = asyncio.create_task(self._one(dict(row)))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return len(rows)

    async def _one(self, row: dict[str, Any]) -> None:
        performance = Performance(self.engine, row)
        beat = asyncio.create_task(self._beat(performance))
        try:
            await performance.run()
        except Exception:
            # Its lease runs out, and another worker takes it.
            log.exception("the job %s could not be brought to an end", row["id"])
        finally:
            beat.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beat

    async def _beat(self, performance: Performance) -> None:
        """Hold on to the job while it runs, tell its progress, and hear that it is to be stopped."""
        told: tuple[float, ...] | None = None
        waited = 0.0
        while True:
            await asyncio.sleep(1)
            waited += 1
            if waited < _BEAT and performance.told == told:
                continue
            told, waited = performance.told, 0.0
            with contextlib.suppress(Exception):
                await performance.beat()

    async def plan(self) -> int:
        """Queue what schedules are due; how many."""
        async with taken(self.engine.database.relay) as connection, connection.transaction():
            rows = await connection.fetch(queue.DUE_PLANS)
            for row in rows:
                # However long nobody worked: what was missed is done once, and the next in its time.
                after = max(row["next_at"], self.engine.clock())
                next_at = self._next(row, after)
                await connection.execute(queue.PLAN_NEXT, row["org_id"], row["id"], next_at)
                await connection.execute(queue.PUT, *_planned(row), self.engine.clock())
        return len(rows)

    def _next(self, row: Any, after: datetime) -> datetime | None:
        """When a plan is due next; one that cannot be read must not stop the others."""
        try:
            return self._next_at(row["cron"], row["timezone"], after)
        except Exception:
            log.exception("the plan %s cannot be read; it is not run again", row["id"])
            return None


def _planned(row: Any) -> tuple[Any, ...]:
    id: UUID = uuid7()
    kind = f"{queue.CALL} {row['action']}"
    asked = row["created_by"], row["actor"], row["id"], row["params"], row["asker"]
    return (row["org_id"], id, kind, *asked)
