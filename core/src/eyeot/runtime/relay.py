"""Relay: runs `after` reactions, each in a unit of work of its own, until it has succeeded once."""

import asyncio
import logging
from typing import Any
from uuid import UUID

from eyeot.declare.access import Access
from eyeot.declare.event import Event, Reaction, RecordEvent
from eyeot.declare.ids import uuid7
from eyeot.runtime import audit
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.engine import Engine
from eyeot.runtime.errands import Errand, Errands, Needed
from eyeot.runtime.hooks.fanout import fan_out
from eyeot.runtime.repeating import Loop
from eyeot.runtime.request import Caller, Request
from eyeot.runtime.transaction import Done, Transaction, committed
from eyeot.storage.pool import taken

log = logging.getLogger(__name__)
_BATCH = 50
ATTEMPTS = 10
_LEASE = 30
"""Seconds that an event is a relay's own."""

# The claim moves the row's due time on, so that a relay that dies leaves it to another, later. Of one record
# a reaction gets the earliest event first: the next is not taken while that one is not done or given up.
CLAIM = """
UPDATE core_outbox o SET attempts = attempts + 1, due_at = now() + interval '30 s'
FROM (SELECT org_id, id FROM core_outbox d
      WHERE done_at IS NULL AND failed_at IS NULL AND reaction IS NOT NULL AND due_at <= now()
        AND NOT EXISTS (SELECT FROM core_outbox b
          WHERE b.org_id = d.org_id AND b.reaction = d.reaction AND b.record = d.record
            AND b.place < d.place AND b.done_at IS NULL AND b.failed_at IS NULL)
      ORDER BY due_at, place LIMIT $1 FOR UPDATE SKIP LOCKED) due
WHERE o.org_id = due.org_id AND o.id = due.id
RETURNING o.org_id, o.id, o.event, o.payload, o.cause, o.reaction, o.attempts,
  o.record IS NOT NULL AND EXISTS (SELECT FROM core_outbox b
    WHERE b.org_id = o.org_id AND b.reaction = o.reaction AND b.record = o.record
      AND b.place < o.place AND b.done_at IS NULL AND b.failed_at IS NOT NULL) AS after_gap
"""
_DONE = "UPDATE core_outbox SET done_at = $3, error = NULL WHERE org_id = $1 AND id = $2 AND done_at IS NULL"
_HOLD = """
UPDATE core_outbox SET due_at = now() + make_interval(secs => $4)
WHERE org_id = $1 AND id = $2 AND attempts = $3 AND done_at IS NULL RETURNING true
"""
_FAILED = """
UPDATE core_outbox SET error = $3, failed_at = CASE WHEN attempts >= $4 THEN now() END, due_at = now() +
  least(interval '1 s' * power(2, attempts), interval '1 hour') * (1 + random() / 4)
WHERE org_id = $1 AND id = $2
"""


class Relay(Loop):
    """Delivers events to their `after` reactions: at least once; what they change here, exactly once.

    And hands them on to the endpoints of webhooks.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine

    async def work(self) -> int:
        """Hand on what has happened, then deliver what is due; how many events were taken."""
        now = self.engine.clock()
        known = self.engine.installed.event_types
        handed = await fan_out(self.engine.database.relay, known, now)
        return handed + await self.deliver()

    async def deliver(self) -> int:
        """Deliver what is due; how many events were taken."""
        async with taken(self.engine.database.relay) as connection:
            rows = await connection.fetch(CLAIM, _BATCH)
        waiting = []
        for row in map(dict, rows):
            errands = Errands()
            if errand := await self._one(row, errands):
                waiting.append(self._rest(row, errands, errand))
        # What waits for others outside waits side by side, after all that need not wait.
        await asyncio.gather(*waiting)
        return len(rows)

    async def _rest(self, row: dict[str, Any], errands: Errands, errand: Errand | None) -> None:
        """Bring a reaction to its end that waits for an answer from outside."""
        while errand:
            errand = await self._one(row, errands, errand)

    async def _one(
        self, row: dict[str, Any], errands: Errands, errand: Errand | None = None
    ) -> Errand | None:
        """Run a reaction, once `errand` is done; what it needs from outside when it cannot go on."""
        try:
            if errand:
                if not await self._held(row, errand):
                    return None
                await errands.run(errand, self.engine.outside)
            await self._react(row, errands)
        except Needed as needed:
            return needed.errand
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
        return None

    async def _held(self, row: dict[str, Any], errand: Errand) -> bool:
        """Hold on to an event for as long as the answer may take; whether nobody else has it by now."""
        seconds = 2 * errand.provider.patience + _LEASE
        key = row["org_id"], row["id"], row["attempts"]
        async with taken(self.engine.database.relay) as connection:
            return bool(await connection.fetchval(_HOLD, *key, seconds))

    def _found(self, catalogue: Catalogue, row: dict[str, Any]) -> Reaction | None:
        """The reaction of a row; none when its module was disabled or removed since."""
        named = (one for one in catalogue.reactions.get(row["event"], ()))
        return next((one for one in named if one.name == row["reaction"]), None)

    async def _react(self, row: dict[str, Any], errands: Errands) -> None:
        now = self.engine.clock()
        caller = await system(self.engine, row["org_id"], "relay")
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
            errands=errands,
        )
        async with Transaction(self.engine.database.writes, caller.org_id) as transaction:
            unit = self.engine.bare_unit(transaction, caller, now)
            unit.in_background, unit.after_gap = True, row["after_gap"]
            unit.errands = errands
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


async def system(engine: Engine, org_id: UUID, actor: str) -> Caller:
    """The product itself at work for an organisation, in whose modules it sees what is in use."""
    async with taken(engine.database.relay) as connection:
        slug = await connection.fetchval(
            "SELECT slug FROM eyeot_organisation WHERE id = $1", org_id
        )
    return Caller(
        org_id=org_id,
        org_slug=slug,
        org_name=slug,
        actor_type="system",
        actor=actor,
        access=Access(disabled=await engine.disabled(org_id)),
        via="job",
    )
