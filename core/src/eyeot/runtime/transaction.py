"""Transactions: a unit of work between BEGIN and COMMIT, with the tenant set."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import asyncpg
import orjson

from eyeot.declare.access import Reach
from eyeot.declare.event import Reaction
from eyeot.declare.ids import uuid7
from eyeot.declare.problem import Unavailable
from eyeot.runtime import audit
from eyeot.runtime.indexing import index
from eyeot.runtime.request import Request
from eyeot.runtime.unit import Unit
from eyeot.storage.pool import taken

INPUT_SPENT = "core.request.input_spent"
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE = "BEGIN"
# A preview must not make others wait, nor wait long itself.
_DRY = "; SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '10s'"


class Transaction(Unit):
    """A unit of work that owns its connection; leaving it without a commit rolls back."""

    def __init__(
        self, pool: Any, request: Request, reach: Reach, now: datetime, *, reads: bool = False
    ) -> None:
        super().__init__(None, request.caller, reach, now, request.progress)
        self._taken = taken(pool)
        self._begin = _READ if reads else _WRITE
        self._dry = request.dry_run
        self._open = False

    async def __aenter__(self) -> Self:
        self.connection = await self._taken.__aenter__()
        # One simple query: the organisation is a UUID of ours, never text of a caller's.
        text = f"{self._begin}; SET LOCAL app.org_id = '{self.org_id}'{_DRY if self._dry else ''}"
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
            await self._taken.__aexit__(kind, error, trace)

    async def roll_back(self) -> None:
        """Undo everything."""
        self._open = False
        try:
            await self.connection.execute("ROLLBACK")
        except Exception:  # noqa: BLE001 - a connection that cannot roll back must not be used again
            self.connection.terminate()

    async def commit(
        self, event: dict[str, Any], at: datetime, reactions: Mapping[str, tuple[Reaction, ...]]
    ) -> None:
        """Write audit, outbox and search entries, and commit them with the change."""
        entries, gone = await index(self)
        out = [
            {
                "org_id": self.org_id,
                "id": uuid7(at),
                "at": self.now,
                "event": name,
                "record": _subject(payload),
                "payload": payload,
                "cause": event["id"],
                "reaction": reaction,
            }
            for name, payload in self.events
            for reaction in _waiting(reactions.get(name, ()))
        ]
        if self.inputs.once:
            out.append(self._spent(self.inputs.once, event["id"]))
        await self.connection.execute(
            audit.COMMIT_WRITES,
            audit.encoded([event]),
            audit.encoded(out),
            orjson.dumps(entries).decode(),
            [id for _, id in gone],
            self.org_id,
            [kind for kind, _ in gone],
        )
        await self._finish()

    def _spent(self, once: UUID, cause: UUID) -> dict[str, Any]:
        """A row that can be written once only: what was answered before a write serves no second one."""
        return {
            "org_id": self.org_id,
            "id": once,
            "at": self.now,
            "event": INPUT_SPENT,
            "payload": {},
            "cause": cause,
        }

    async def _finish(self) -> None:
        """Commit; once begun it is seen to its end: a cancelled call is wholly there or not at all."""
        task = asyncio.ensure_future(self.connection.execute("COMMIT"))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            raise
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as lost:
            raise Unavailable(
                reason="The connection broke while committing; read back whether the change was made."
            ) from lost
        finally:
            self._open = False


def _waiting(reactions: tuple[Reaction, ...]) -> list[str | None]:
    """The `after` reactions to an event; the event itself is kept when there is none."""
    return [one.name for one in reactions if one.when == "after"] or [None]


def _subject(payload: dict[str, Any]) -> str | None:
    """The record an event is about, so that events of one record can be told in order."""
    return f"{payload['kind']}/{payload['id']}" if "kind" in payload else None
