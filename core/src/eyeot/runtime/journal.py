"""Journal: the grouped writer of what commits nothing else."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from eyeot.declare.problem import Unavailable
from eyeot.runtime import statements
from eyeot.runtime.audit import encoded
from eyeot.runtime.ledger import Entry, packed
from eyeot.storage.pool import Pool, taken

_MOST_WAITING = 5_000
_BATCH = 500
_ONE_IS_WRONG = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    TypeError,
    ValueError,
)
"""Errors of what is written, rather than of the way there."""
log = logging.getLogger(__name__)

PlanRow = tuple[UUID, bytes, bytes, datetime]
"""Organisation, hash of the token, what is sealed under it, and when."""


class _Waiting(NamedTuple):
    event: dict[str, Any]
    shown: Sequence[Entry]
    plan: PlanRow | None
    done: asyncio.Future[None]


class Journal:
    """One commit for every read, refusal, replay and dry run that waits for it.

    `append` returns once the event is committed, so no answer leaves unaudited; when the database cannot take
    it, the answer is 503.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None

    def note(self, event: dict[str, Any]) -> None:
        """Commit one event soon, for a caller who has gone."""
        with contextlib.suppress(Unavailable):
            self._add(event).add_done_callback(_told_nobody)

    async def append(
        self, event: dict[str, Any], shown: Sequence[Entry] = (), plan: PlanRow | None = None
    ) -> None:
        """Commit one event, what its answer shows and a dry run's plan, with whatever else is waiting."""
        # A caller that goes away cancels only its waiting; the event is written all the same.
        await self._add(event, shown, plan)

    def _add(
        self, event: dict[str, Any], shown: Sequence[Entry] = (), plan: PlanRow | None = None
    ) -> asyncio.Future[None]:
        if len(self._waiting) >= _MOST_WAITING:
            raise Unavailable(reason="The audit cannot keep up.")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(event, shown, plan, done))
        if self._task is None:
            self._task = asyncio.create_task(self._drain())
        return done

    async def _drain(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
                await self._write(batch)
        finally:
            self._task = None

    async def _write(self, batch: list[_Waiting]) -> None:
        try:
            await self._commit(batch)
        except Exception as error:  # noqa: BLE001 - every waiting caller must hear of it
            if len(batch) == 1 or not isinstance(error, _ONE_IS_WRONG):
                _refuse(batch, error)
                return
            # What one of them holds must not refuse the others.
            for one in batch:
                await self._write([one])
        else:
            for one in batch:
                if not one.done.done():
                    one.done.set_result(None)

    async def _commit(self, batch: list[_Waiting]) -> None:
        plans = [one.plan for one in batch if one.plan]
        shown = [entry for one in batch for entry in one.shown]
        text = statements.noting(plans=bool(plans), shown=bool(shown))
        values = [*(zip(*plans, strict=True) if plans else ()), *(packed(shown) if shown else ())]
        async with taken(self._pool) as connection:
            await connection.execute(text, encoded([one.event for one in batch]), *values)

    async def close(self) -> None:
        """Write what waits."""
        if self._task:
            await self._task


def _refuse(batch: list[_Waiting], error: Exception) -> None:
    for one in batch:
        if not one.done.done():
            refused = Unavailable(reason="The audit could not be written.")
            refused.__cause__ = error
            one.done.set_exception(refused)


def _told_nobody(done: asyncio.Future[None]) -> None:
    if not done.cancelled() and done.exception():
        log.error("an event of a cancelled call could not be written", exc_info=done.exception())
