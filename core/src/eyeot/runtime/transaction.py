"""Transaction: one connection, its tenant set, and the units of work that are committed together."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self, TypeVar
from uuid import UUID

import asyncpg
import orjson

from eyeot.declare.event import Reaction
from eyeot.declare.ids import uuid7
from eyeot.declare.repeated import InDoubt
from eyeot.runtime import audit, statements
from eyeot.runtime.audit import Outcome
from eyeot.runtime.eventtypes import subject
from eyeot.runtime.faults import RETRIED
from eyeot.runtime.indexing import index
from eyeot.runtime.ledger import Entry, packed
from eyeot.runtime.numbering import Ahead
from eyeot.runtime.unit import Unit
from eyeot.storage.pool import taken

T = TypeVar("T")
INPUT_SPENT = "core.request.input_spent"
_ATTEMPTS = 3
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE = "BEGIN"
# A preview must not make others wait, nor wait long itself.
_DRY = "; SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '10s'"
# Rare and common values of a filter want different plans, most of all over partitions.
_PLANNED = "; SET LOCAL plan_cache_mode = force_custom_plan"


class Done(NamedTuple):
    """A unit of work that is settled, and its audit event."""

    unit: Unit
    event: dict[str, Any]


def committed(unit: Unit) -> Outcome:
    """What came of a unit that is about to be committed."""
    return Outcome(
        "ok",
        changes=unit.changes.journal(unit.org_id, unit.vault),
        events=unit.happenings.names,
        duration_ms=unit.elapsed_ms,
    )


async def retried(attempt: Callable[[], Awaitable[T]]) -> T:
    """Run a transaction again after a deadlock or a stale look."""
    for tried in range(1, _ATTEMPTS):
        try:
            return await attempt()
        except RETRIED:
            # Whoever held the lock needs a moment; different ones, or both meet again.
            await asyncio.sleep(0.01 * tried * (1 + secrets.randbelow(10)))
    return await attempt()


class Transaction:
    """A connection inside a transaction; leaving it without a commit rolls back."""

    def __init__(self, pool: Any, org_id: UUID, *, reads: bool = False, dry: bool = False) -> None:
        self.org_id = org_id
        self._taken = taken(pool)
        self._begin = _READ if reads else _WRITE
        self._limits = _DRY if dry else _PLANNED if reads else ""
        self._open = False
        self.closing: list[BinaryIO] = []
        self.ahead = Ahead()
        self.shown: list[Entry] = []
        """What the answers of its calls show, as the ledger is told with them."""

    async def __aenter__(self) -> Self:
        self.connection = await self._taken.__aenter__()
        # One simple query: the organisation is a UUID of ours, never text of a caller's.
        text = f"{self._begin}; SET LOCAL app.org_id = '{self.org_id}'{self._limits}"
        try:
            self._open = True
            await self.connection.execute(text)
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._open:
                # A cancelled call still rolls back before its connection serves another.
                await asyncio.shield(self.roll_back())
        finally:
            for file in self.closing:
                file.close()
            await self._taken.__aexit__(kind, error, trace)

    async def roll_back(self) -> None:
        """Undo everything."""
        self._open = False
        try:
            await self.connection.execute("ROLLBACK")
        except Exception:  # noqa: BLE001 - a connection that cannot roll back must not be used again
            self.connection.terminate()

    async def write(
        self, done: Sequence[Done], at: datetime, once: Sequence[Any] | None = None
    ) -> None:
        """Write what settled units leave behind: audit, outbox and search entries, and a key's answer."""
        for unit, _ in done:
            await unit.keeping.write(self.connection, self.org_id)
        out = [row for unit, event in done for row in _outbox(unit, event, at)]
        spent = {unit.inputs.once: (unit, event) for unit, event in done if unit.inputs.once}
        out += [_spent(once, unit, event) for once, (unit, event) in spent.items()]
        entries, gone = await index([unit for unit, _ in done])
        await self.connection.execute(
            statements.committing(once=once is not None, shown=bool(self.shown)),
            audit.encoded([event for _, event in done]),
            audit.encoded(out),
            orjson.dumps(entries).decode(),
            [id for _, id in gone],
            self.org_id,
            [kind for kind, _ in gone],
            *(once or ()),
            *(packed(self.shown) if self.shown else ()),
        )

    async def commit(self) -> None:
        """Commit; once begun it is seen to its end: a cancelled call is wholly there or not at all."""
        task = asyncio.ensure_future(self.connection.execute("COMMIT"))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            raise
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as lost:
            raise InDoubt from lost
        finally:
            self._open = False


def _outbox(unit: Unit, event: dict[str, Any], at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "org_id": unit.org_id,
            "id": uuid7(at),
            "at": unit.now,
            "event": name,
            "record": subject(unit.catalogue.events.get(name), payload),
            "payload": payload,
            "cause": event["id"],
            "reaction": reaction,
        }
        for name, payload in unit.happenings.kept
        for reaction in _waiting(unit.catalogue.reactions, name)
    ]


def _spent(once: UUID, unit: Unit, event: dict[str, Any]) -> dict[str, Any]:
    """A row that can be written once only: what was answered before a write serves no second one."""
    return {
        "org_id": unit.org_id,
        "id": once,
        "at": unit.now,
        "event": INPUT_SPENT,
        "payload": {},
        "cause": event["id"],
    }


def _waiting(reactions: Mapping[str, tuple[Reaction, ...]], name: str) -> list[str | None]:
    """The event itself, and the `after` reactions to it."""
    return [None, *(one.name for one in reactions.get(name, ()) if one.when == "after")]
