"""Feed: tells whoever listens in this process that records changed, or that rights may have."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from uuid import UUID

from eyeot.declare.ids import uuid7
from eyeot.storage.pool import Pool, taken

log = logging.getLogger(__name__)

Tell = Callable[[str], None]
"""Called with the record that changed, `crm.customer/<uuid>`."""
AccessTold = Callable[[UUID | None], None]
"""Called with the organisation whose rights may have changed; None for all."""
Source = Callable[
    [Collection[UUID], Collection[str], UUID], Awaitable[list[tuple[UUID, UUID, str]]]
]
"""Organisation, id and record of events about these records, since this id."""

EVERY = 0.5
LOOK_BACK = timedelta(seconds=5)
"""An id is given before its commit is seen, and clocks differ: who comes late is found for so long."""

_NEW = """
SELECT org_id, id, record FROM core_outbox
WHERE org_id = ANY($1::uuid[]) AND id > $3 AND record = ANY($2::text[])
"""


def outbox(pool: Pool) -> Source:
    """Events of committed writes, as the relay's role reads them."""

    async def read(
        orgs: Collection[UUID], records: Collection[str], since: UUID
    ) -> list[tuple[UUID, UUID, str]]:
        async with taken(pool) as connection:
            rows = await connection.fetch(_NEW, list(orgs), list(records), since)
        return [(row["org_id"], row["id"], row["record"]) for row in rows]

    return read


class Feed:
    """One reader of the outbox per process, at work only while somebody listens.

    Writes tell nobody: a NOTIFY in every transaction would make commits wait for each other.
    """

    def __init__(self, source: Source, clock: Callable[[], datetime]) -> None:
        self._source = source
        self._clock = clock
        self._watched: dict[tuple[UUID, str], set[Tell]] = {}
        self._access: set[AccessTold] = set()
        self._seen: set[UUID] = set()
        self._task: asyncio.Task[None] | None = None

    def watch(self, org_id: UUID, record: str, tell: Tell) -> None:
        """Call `tell` soon after each change of a record."""
        self._watched.setdefault((org_id, record), set()).add(tell)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def unwatch(self, org_id: UUID, record: str, tell: Tell) -> None:
        """Call it no longer."""
        told = self._watched.get((org_id, record), set())
        told.discard(tell)
        if not told:
            self._watched.pop((org_id, record), None)
        if not self._watched and self._task:
            self._task.cancel()
            self._task = None

    def on_access(self, tell: AccessTold) -> None:
        """Call `tell` at once when rights may have changed."""
        self._access.add(tell)

    def access_changed(self, org_id: UUID | None) -> None:
        """Pass it on."""
        for tell in self._access:
            tell(org_id)

    async def close(self) -> None:
        """Stop reading."""
        task, self._task = self._task, None
        if task:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.read()
            except Exception as error:  # noqa: BLE001 - the next reading looks back as far as it must
                log.warning("the outbox could not be read for listeners: %s", error)

    async def read(self) -> None:
        """Tell of what changed since the last reading, each event once."""
        since = _floor(self._clock() - LOOK_BACK)
        orgs = {org for org, _ in self._watched}
        records = {record for _, record in self._watched}
        found = await self._source(orgs, records, since)
        self._seen = {id for id in self._seen if id > since}
        for org_id, id, record in sorted(found, key=lambda one: one[1]):
            if id in self._seen:
                continue
            self._seen.add(id)
            for tell in tuple(self._watched.get((org_id, record), ())):
                tell(record)


def _floor(at: datetime) -> UUID:
    """The lowest id that could have been given at that moment."""
    return UUID(int=uuid7(at).int >> 80 << 80)
