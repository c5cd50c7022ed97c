"""Sealer: gives every committed event its place in the organisation's tree, and signs the tree outside."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from eyeot.declare.ids import uuid7
from eyeot.runtime.engine import Engine
from eyeot.runtime.repeating import Loop
from eyeot.runtime.sealing.leaves import HEADER, PAYLOAD, Leaf, sealed
from eyeot.runtime.sealing.notes import Checkpoint, Signer
from eyeot.runtime.sealing.outside import Shelf, Witness
from eyeot.runtime.sealing.tree import Tree
from eyeot.runtime.transaction import Transaction
from eyeot.storage.pool import taken

log = logging.getLogger(__name__)
BATCH = 1_000
"""Events between two checkpoints, at most."""
OFTEN = timedelta(seconds=30)
"""Between two checkpoints of a tree that grows; with the pause below well under a minute."""
_EVERY = 5.0
_HOURLY = 720
_LOOKS = ((4_320, None), (12, timedelta(hours=1)), (1, timedelta(minutes=1)))
"""Every so many rounds, how far back events without a leaf are looked for; at first everywhere.

Ids are given before commits are seen, so what comes late is sealed later, whatever its id: within the minute,
the hour, or at the latest when everything is looked through, at each start and every six hours.
"""
_FIRST, _LAST = UUID(int=0), UUID(int=(1 << 128) - 1)
_STRIDE = 20_000

ORGANISATIONS = "SELECT id FROM eyeot_organisation"
WAITING = """
SELECT w.org_id, w.after FROM unnest($1::uuid[], $2::uuid[]) w (org_id, after)
WHERE EXISTS (
  SELECT FROM core_audit_event e WHERE e.org_id = w.org_id AND e.id > w.after
    AND NOT EXISTS (SELECT FROM core_audit_leaf l WHERE l.org_id = e.org_id AND l.event_id = e.id))
"""
ALONE = "SELECT pg_try_advisory_xact_lock(hashtextextended('eyeot audit ' || $1::text, 0))"
HASHES = f"""
SELECT position, leaf_hash FROM core_audit_leaf
WHERE org_id = $1 AND position >= $2 ORDER BY position LIMIT {_STRIDE}
"""
LAST = (
    "SELECT position, peaks FROM core_audit_leaf WHERE org_id = $1 ORDER BY position DESC LIMIT 1"
)
UNSEALED = f"""
SELECT e.id, {HEADER} AS header, {PAYLOAD} AS payload FROM core_audit_event e
WHERE e.org_id = $1 AND e.id > $2 AND e.id <= $3
  AND NOT EXISTS (SELECT FROM core_audit_leaf l WHERE l.org_id = e.org_id AND l.event_id = e.id)
ORDER BY e.id LIMIT {BATCH}
"""
STRIDE = f"""
SELECT id FROM core_audit_event WHERE org_id = $1 AND id > $2 ORDER BY id OFFSET {_STRIDE} LIMIT 1
"""
SEAL = """
INSERT INTO core_audit_leaf (org_id, position, event_id, salt, payload_hash, leaf_hash, peaks)
SELECT $1, $2 + n - 1, e, s, p, l, CASE WHEN n = cardinality($3::uuid[]) THEN $7::bytea END
FROM unnest($3::uuid[], $4::bytea[], $5::bytea[], $6::bytea[]) WITH ORDINALITY u (e, s, p, l, n)
"""
DUE = """
SELECT o.id FROM eyeot_organisation o
CROSS JOIN LATERAL (SELECT position + 1 AS size FROM core_audit_leaf
  WHERE org_id = o.id ORDER BY position DESC LIMIT 1) l
LEFT JOIN LATERAL (SELECT size, at FROM core_audit_checkpoint
  WHERE org_id = o.id ORDER BY size DESC LIMIT 1) c ON true
WHERE c.size IS NULL OR l.size > c.size AND (l.size - c.size >= $1 OR c.at <= $2)
"""
MONTHS = "SELECT eyeot_audit_months()"
SIGNED = """
INSERT INTO core_audit_checkpoint (org_id, size, root, at, note) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
"""


@dataclass(slots=True)
class Sealed:
    """What a round did."""

    events: int = 0
    checkpoints: int = 0


class Broken(Exception):
    """A tree with gaps, which cannot grow: somebody changed it."""


class Sealer(Loop):
    """Seals in batches, one process at a time for each organisation; any number may run."""

    every = _EVERY

    def __init__(
        self, engine: Engine, signer: Signer, shelf: Shelf, witness: Witness | None = None
    ) -> None:
        super().__init__()
        self.engine = engine
        self.signer = signer
        self.shelf = shelf
        self.witness = witness
        self._newest: dict[UUID, UUID] = {}
        self._rounds = 0

    async def work(self) -> int:
        """One round; the next comes after a pause, whatever it did."""
        if self._rounds % _HOURLY == 0:
            await self.prepare()
        await self.round()
        return 0

    async def prepare(self) -> None:
        """Make the months ahead into which events will be written."""
        try:
            async with taken(self.engine.database.writes) as connection:
                await connection.execute(MONTHS)
        except asyncpg.LockNotAvailableError:
            # Somebody reads; there are months left to try again in.
            log.info("the audit's months ahead are made another time")

    async def round(self, *, at_once: bool = False) -> Sealed:
        """Seal what waits and sign what is due; `at_once`: sign every tree that has grown."""
        done = Sealed()
        back = next(far for every, far in _LOOKS if self._rounds % every == 0)
        self._rounds += 1
        if at_once or back is None:
            for org_id in await self._organisations():
                done.events += await self._unharmed(self._seal_history(org_id))
        else:
            for org_id, after in await self._waiting(back):
                done.events += await self._unharmed(self._seal_all(org_id, after, _LAST))
        done.checkpoints = await self._sign_due(at_once=at_once)
        if self.witness:
            await self.witness.tell()
        return done

    async def _unharmed(self, work: Awaitable[int]) -> int:
        """What work on one tree did; a tree that is broken must not keep the others from growing."""
        try:
            return await work
        except Broken:
            log.exception("an audit was changed and cannot be sealed: run 'eyeot audit verify'")
            return 0

    async def _seal_history(self, org_id: UUID) -> int:
        """Look through every event there is, a stretch at a time."""
        count, after = 0, _FIRST
        while after != _LAST:
            async with taken(self.engine.database.relay) as connection:
                upto = await connection.fetchval(STRIDE, org_id, after) or _LAST
            count += await self._seal_all(org_id, after, upto)
            after = upto
        return count

    async def _organisations(self) -> list[UUID]:
        async with taken(self.engine.database.relay) as connection:
            return [row["id"] for row in await connection.fetch(ORGANISATIONS)]

    async def _waiting(self, back: timedelta) -> list[tuple[UUID, UUID]]:
        """The organisations with events that have no leaf, and the id after which to look."""
        known = await self._organisations()
        after = [self._after(one, back) for one in known]
        async with taken(self.engine.database.relay) as connection:
            rows = await connection.fetch(WAITING, known, after)
        return [(row["org_id"], row["after"]) for row in rows]

    def _after(self, org_id: UUID, back: timedelta) -> UUID:
        # An id from the future must not hide those of today.
        newest = min(self._newest.get(org_id, _FIRST), uuid7())
        return UUID(int=max(0, newest.int - (int(back.total_seconds() * 1000) << 80)))

    async def _seal_all(self, org_id: UUID, after: UUID, upto: UUID) -> int:
        count = 0
        while True:
            ids = await self._seal(org_id, after, upto)
            count += len(ids)
            if ids:
                after = ids[-1]
                self._newest[org_id] = max(self._newest.get(org_id, _FIRST), after)
            if len(ids) < BATCH:
                return count
            await self._sign(org_id)

    async def _seal(self, org_id: UUID, after: UUID, upto: UUID) -> list[UUID]:
        """Seal one batch; the events' ids, none when another process is at it."""
        async with taken(self.engine.database.relay) as connection, connection.transaction():
            if not await connection.fetchval(ALONE, str(org_id)):
                return []
            # Read under the lock: whoever held it before has committed its leaves.
            tree = await self._tree(connection, org_id)
            reads = Transaction(self.engine.database.reads, org_id, reads=True)
            async with reads as reading:
                rows = await reading.connection.fetch(UNSEALED, org_id, after, upto)
            if not rows:
                return []
            first = tree.size
            leaves: list[Leaf] = []
            for row in rows:
                leaves.append(sealed(tree.size, row))
                tree.add(leaves[-1].leaf_hash)
            await connection.execute(
                SEAL,
                org_id,
                first,
                [one.event_id for one in leaves],
                [one.salt for one in leaves],
                [one.payload_hash for one in leaves],
                [one.leaf_hash for one in leaves],
                tree.peaks,
            )
        return [one.event_id for one in leaves]

    async def _tree(self, connection: Any, org_id: UUID) -> Tree:
        last = await connection.fetchrow(LAST, org_id)
        if last is None:
            return Tree()
        with contextlib.suppress(ValueError):
            return Tree(last["position"] + 1, last["peaks"] or b"")
        log.error("the audit of %s has lost its end or its order: run 'eyeot audit verify'", org_id)
        tree = Tree()
        while rows := await connection.fetch(HASHES, org_id, tree.size):
            for row in rows:
                if row["position"] != tree.size:
                    raise Broken(org_id)
                tree.add(row["leaf_hash"])
        return tree

    async def _sign_due(self, *, at_once: bool) -> int:
        now = self.engine.clock()
        async with taken(self.engine.database.relay) as connection:
            rows = await connection.fetch(DUE, 1 if at_once else BATCH, now - OFTEN)
        return sum([await self._unharmed(self._sign(row["id"])) for row in rows])

    async def _sign(self, org_id: UUID) -> int:
        """Sign the tree of what is committed: outside first, so that no copy inside lacks its witness."""
        async with taken(self.engine.database.relay) as connection, connection.transaction():
            if not await connection.fetchval(ALONE, str(org_id)):
                return 0
            tree = await self._tree(connection, org_id)
            origin = f"{self.signer.verifier.name}/{org_id}"
            told = Checkpoint(origin, tree.size, tree.root(), self.engine.clock())
            note = self.signer.sign(told.text())
            await asyncio.to_thread(self.shelf.append, org_id, note)
            await connection.execute(SIGNED, org_id, told.size, told.root, told.at, note)
        return 1
