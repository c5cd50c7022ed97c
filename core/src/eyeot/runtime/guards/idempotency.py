"""Idempotency: a write under a key is done once; its repetitions get the answer it gave."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import asyncpg
import orjson

from eyeot.declare.access import Reach
from eyeot.declare.ids import decode
from eyeot.declare.problem import invalid
from eyeot.declare.record import Record, records
from eyeot.declare.repeated import IdempotencyConflict, IdempotencyInProgress, InDoubt
from eyeot.runtime.box import Box
from eyeot.runtime.encoding import canonical, dumps
from eyeot.runtime.request import NO_KEYS, Caller, Keys, Request
from eyeot.storage import keyed
from eyeot.storage.view import hidden

A = TypeVar("A")
LASTS = timedelta(hours=24)
PATIENCE = 10.0
"""Seconds that a repetition waits for the first call."""
_FIRST_LOOK, _SLOWER, _LONGEST_LOOK = 0.01, 1.6, 0.25
_PURPOSE = b"eyeot idempotent answer v1"
_CONSTRAINT = "pk_core_idempotency"
_REMEDY = "Repeat it with the same {name}: it is done once, and you get its answer."


class Kept(NamedTuple):
    """What is kept of a call under its key."""

    credential: str
    action: str
    digest: bytes
    answer: bytes


class Answered(Exception):
    """The call was done before; what was kept of it."""

    def __init__(self, kept: Kept) -> None:
        super().__init__()
        self.kept = kept


class Held(Exception):
    """The same key is at work in another transaction."""


@dataclass(slots=True, kw_only=True)
class Once:
    """A call under its key."""

    org_id: UUID
    hash: bytes
    secret: bytes
    credential: str
    action: str
    digest: bytes
    name: str = "idempotency_key"
    """The argument that the key came by."""
    kept: Kept | None = None
    """What a commit keeps of it."""

    @classmethod
    def of(cls, caller: Caller, secret: bytes, action: str, told: Any) -> "Once":
        """`secret`: what only the caller knows; `told`: what must be the same in a repetition."""
        return cls(
            org_id=caller.org_id,
            hash=hashlib.sha256(caller.org_id.bytes + secret).digest(),
            secret=secret,
            credential=credential_of(caller),
            action=action,
            digest=hashlib.sha256(canonical(told)).digest(),
        )

    async def claim(self, connection: Any, now: datetime) -> None:
        """Hold the key until the end of the transaction; `Answered` or `Held` when somebody had it before."""
        lock = int.from_bytes(self.hash[:8], signed=True)
        row = await connection.fetchrow(keyed.CLAIM, self.org_id, self.hash, lock, now - LASTS)
        if not row["held"]:
            raise Held
        if row["answer"] is not None:
            raise Answered(Kept(*(row[name] for name in Kept._fields)))

    def keep(self, answer: dict[str, Any], at: datetime) -> list[Any]:
        """The values that the statement of the commit writes."""
        sealed = self._box.close(dumps(answer), self.hash)
        self.kept = Kept(self.credential, self.action, self.digest, sealed)
        return [self.hash, *self.kept, at]

    def opened(self, kept: Kept) -> dict[str, Any]:
        """The answer that was kept, if this is a repetition of that call."""
        if (kept.credential, kept.action, kept.digest) != (
            self.credential,
            self.action,
            self.digest,
        ):
            raise IdempotencyConflict
        raw = self._box.open(kept.answer, self.hash)
        if raw is None:
            raise IdempotencyConflict
        answer: dict[str, Any] = orjson.loads(raw)
        return answer

    @property
    def _box(self) -> Box:
        return Box(self.secret, _PURPOSE)


def once_of(request: Request, told: dict[str, Any], *, reads: bool) -> Once | None:
    """A single call under its key; none for a dry run, which uses up no key."""
    keys, argument = request.keys, request.arguments.get("idempotency_key")
    if keys is NO_KEYS and argument is None:
        return None
    key = key_of(keys, argument, reads=reads)
    if key is None or request.dry_run:
        return None
    inputs = request.inputs
    answered = [inputs.responses, inputs.state] if inputs.responses else None
    return Once.of(request.caller, key.bytes, request.action, [told, answered])


def credential_of(caller: Caller) -> str:
    """Whose keys and plans are the same: a service key's over its rotations."""
    return str(caller.credential_id or f"{caller.via}:{caller.actor}")


def key_of(keys: Keys, argument: Any = None, *, reads: bool = False) -> UUID | None:
    """The key of a call, whichever way it came."""
    asked = [one for one in (argument, keys.idempotency_key) if one is not None]
    if asked and reads:
        raise invalid("idempotency_key", "means nothing for a read, which can always be repeated")
    if keys.header is not None and not reads:
        asked.append(keys.header)
    found = {_uuid(one) for one in asked}
    if len(found) > 1:
        raise invalid("idempotency_key", "is given twice with different values")
    return found.pop() if found else None


def _uuid(given: Any) -> UUID:
    try:
        found = given if isinstance(given, UUID) else UUID(given.strip('"'))
    except (AttributeError, ValueError):
        found = None
    # Anybody would think of these two.
    if found is None or found.int in (0, (1 << 128) - 1):
        raise invalid(
            "idempotency_key",
            "must be a new random UUID, such as Python's uuid.uuid4() or 'uuidgen' makes",
        )
    return found


class Turns(Generic[A]):
    """The keys at work in this process: repetitions wait for the first one without a connection."""

    def __init__(self) -> None:
        self._turns: dict[bytes, asyncio.Future[Kept | None]] = {}

    async def first(self, once: Once, work: Callable[[], Awaitable[A]]) -> A | Kept:
        """What the work answers; or what was kept, when the same was done before."""
        until = asyncio.get_running_loop().time() + PATIENCE
        while turn := self._turns.get(once.hash):
            if kept := await _ended(turn, until):
                return kept
        turn = self._turns[once.hash] = asyncio.get_running_loop().create_future()
        committed: Kept | None = None
        try:
            found = await _alone(work, until)
            committed = found if isinstance(found, Kept) else once.kept
        except InDoubt as doubt:
            doubt.remedy = _REMEDY.format(name=once.name)
            raise
        finally:
            del self._turns[once.hash]
            turn.set_result(committed)
        return found


async def _ended(turn: asyncio.Future[Kept | None], until: float) -> Kept | None:
    """What the first one kept; None when it kept nothing, so that the next may try."""
    left = until - asyncio.get_running_loop().time()
    done, _ = await asyncio.wait({turn}, timeout=max(left, 0))
    if not done:
        raise IdempotencyInProgress
    return turn.result()


async def _alone(work: Callable[[], Awaitable[A]], until: float) -> A | Kept:
    """The work as the only one of this process; other processes are waited for."""
    pause = _FIRST_LOOK
    while True:
        try:
            return await work()
        except Answered as found:
            return found.kept
        except Held:
            pass
        except asyncpg.UniqueViolationError as taken:
            if taken.constraint_name != _CONSTRAINT:
                raise
        if asyncio.get_running_loop().time() + pause > until:
            raise IdempotencyInProgress
        await asyncio.sleep(pause)
        pause = min(pause * _SLOWER, _LONGEST_LOOK)


def seen_today(value: Any, permissions: dict[str, Reach]) -> Any:
    """A kept answer without the fields of records that the caller may not see any more."""
    if isinstance(value, list):
        return [seen_today(one, permissions) for one in value]
    if not isinstance(value, dict):
        return value
    record = _record(value.get("id"))
    lost = hidden(record, permissions) if record else frozenset[str]()
    return {n: seen_today(one, permissions) for n, one in value.items() if n not in lost}


def _record(id: Any) -> type[Record] | None:
    found = decode(id) if isinstance(id, str) else None
    if found is None:
        return None
    return next((one for one in records.values() if one.meta.prefix == found[0]), None)
