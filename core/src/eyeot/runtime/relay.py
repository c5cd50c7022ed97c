"""Relay: runs `after` reactions, each in a unit of work of its own, until it has succeeded once."""

import asyncio
import contextlib
import logging
from typing import Any
from uuid import UUID

from eyeot.declare.access import Access, Reach
from eyeot.declare.event import Event, Reaction, RecordEvent
from eyeot.declare.ids import uuid7
from eyeot.runtime import audit
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.engine import Engine
from eyeot.runtime.request import Caller, Request
from eyeot.runtime.transaction import Done, Transaction, committed
from eyeot.runtime.unit import Unit
from eyeot.storage.pool import taken

log = logging.getLogger(__name__)
_EVERY = 0.5
_BATCH = 50
ATTEMPTS = 10

# The claim moves the row's due time on, so that a relay that dies leaves it to another, later.
CLAIM = """
UPDATE core_outbox o SET attempts = attempts + 1,
  due_at = now() + least(interval '1 second' * power(2, attempts + 1), interval '1 hour')
FROM (SELECT org_id, id FROM core_outbox
      WHERE done_at IS NULL AND failed_at IS NULL AND due_at <= now()
      ORDER BY due_at, id LIMIT $1 FOR UPDATE SKIP LOCKED) due
WHERE o.org_id = due.org_id AND o.id = due.id
RETURNING o.org_id, o.id, o.event, o.payload, o.cause, o.reaction, o.attempts
"""
_DONE = "UPDATE core_outbox SET done_at = $3, error = NULL WHERE org_id = $1 AND id = $2 AND done_at IS NULL"
_FAILED = """
UPDATE core_outbox SET error = $3, failed_at = CASE WHEN attempts >= $4 THEN now() END
WHERE org_id = $1 AND id = $2
"""


class Relay:
    """Delivers events to their `after` reactions: at least once; what they change here, exactly once."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to deliver."""
        every = (one for found in self.engine.installed.reactions.values() for one in found)
        if any(one.when == "after" for one in every):
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop after what is being delivered."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                busy = await self.deliver()
            except Exception:
                log.exception("the relay could not read the outbox")
                busy = 0
            if not busy:
                await asyncio.sleep(_EVERY)

    async def deliver(self) -> int:
        """Deliver what is due; how many events were taken."""
        async with taken(self.engine.database.relay) as connection:
            rows = await connection.fetch(CLAIM, _BATCH)
        for row in rows:
            await self._one(dict(row))
        return len(rows)

    async def _one(self, row: dict[str, Any]) -> None:
        try:
            await self._react(row)
        except Exception as error:
            log.warning(
                "the reaction %s failed at attempt %s",
                row["reaction"],
                row["attempts"],
                exc_info=error,
            )
            async with taken(self.engine.database.relay) as connection:
                told = f"{type(error).__name__}: {error}"[:1000]
                await connection.execute(_FAILED, row["org_id"], row["id"], told, ATTEMPTS)

    def _found(self, catalogue: Catalogue, row: dict[str, Any]) -> Reaction | None:
        """The reaction of a row; none when its module was disabled or removed since."""
        named = (one for one in catalogue.reactions.get(row["event"], ()))
        return next((one for one in named if one.name == row["reaction"]), None)

    async def _react(self, row: dict[str, Any]) -> None:
        now = self.engine.clock()
        caller = await self._caller(row["org_id"])
        catalogue = self.engine.seen(caller)
        reaction = self._found(catalogue, row)
        if reaction is None:
            async with taken(self.engine.database.relay) as connection:
                await connection.execute(_DONE, row["org_id"], row["id"], now)
            return
        request = Request(
            action=reaction.name,
            arguments=row["payload"],
            caller=caller,
            surface="job",
            trace_id=str(row["cause"]),
        )
        async with Transaction(self.engine.database.writes, caller.org_id) as transaction:
            unit = Unit(transaction.connection, caller, Reach.ORGANISATION, now, catalogue)
            unit.vault = self.engine.vault
            await reaction.handler(unit, self._event(row))
            await unit.settle()
            if await unit.connection.execute(_DONE, row["org_id"], row["id"], now) != "UPDATE 1":
                return
            told = audit.event(uuid7(now), now, request, None, committed(unit))
            await transaction.write([Done(unit, told)], now)
            await transaction.commit()

    def _event(self, row: dict[str, Any]) -> Event:
        kind = self.engine.catalogue.events.get(row["event"], RecordEvent)
        return kind.model_validate(row["payload"])

    async def _caller(self, org_id: UUID) -> Caller:
        async with taken(self.engine.database.relay) as connection:
            slug = await connection.fetchval(
                "SELECT slug FROM eyeot_organisation WHERE id = $1", org_id
            )
        return Caller(
            org_id=org_id,
            org_slug=slug,
            org_name=slug,
            actor_type="system",
            actor="relay",
            access=Access(disabled=await self.engine.disabled(org_id)),
            via="job",
        )
