"""Repeating: when what failed outside is tried again, and the loops that do."""

import asyncio
import contextlib
import logging
import secrets
from datetime import timedelta

log = logging.getLogger(__name__)

_MINUTE, _HOUR = 60, 3600
WAITS = (5, 30, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR)
"""Seconds after each attempt that failed, a little over two days together."""
ATTEMPTS = len(WAITS) + 1
_JITTER = 4


def pause(attempt: int) -> timedelta:
    """How long to wait after that attempt, up to a quarter more, so that what failed together parts."""
    base = WAITS[min(attempt, len(WAITS)) - 1]
    return timedelta(seconds=base + secrets.randbelow(base * 1000 // _JITTER + 1) / 1000)


class Loop:
    """Work that is looked for again and again, at once while there is some."""

    every = 0.5
    """Seconds between two looks when there was nothing to do."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    async def work(self) -> int:
        """Do what is due; how much it was."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop; what is not finished is left to whoever comes next."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                busy = await self.work()
            except Exception:
                log.exception("%s could not do its work", type(self).__name__)
                busy = 0
            if not busy:
                await self.rest()

    async def rest(self) -> None:
        """Wait before the next look."""
        await asyncio.sleep(self.every)
