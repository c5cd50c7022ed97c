"""Attempts: how often somebody may be wrong, counted so that nobody is locked out by others for long.

Whoever tries from one address is held up there; when many addresses try, whoever comes from a browser that
signed in before is not (OWASP, "device cookies"). An attempt is counted before it is made, so that a hundred
at once are a hundred, and an address that nobody has is counted as one that somebody has.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from eyeot.runtime.engine import Engine
from eyeot.runtime.guards.rate import network_of
from eyeot.storage.pool import taken

_FIRST = timedelta(seconds=30)
_LONGEST = timedelta(minutes=15)
_FORGOTTEN = timedelta(days=1)
_HERE, _EVERYWHERE, _DEVICE = 5, 50, 10

_MEET = """
INSERT INTO eyeot_attempt (key_hash, failures, last_at) SELECT k, 0, $2 FROM unnest($1::bytea[]) k ORDER BY k
ON CONFLICT (key_hash) DO NOTHING
"""
_LOCK = """
SELECT key_hash, failures, last_at, locked_until FROM eyeot_attempt WHERE key_hash = ANY($1)
ORDER BY key_hash FOR UPDATE
"""
_COUNT = (
    "UPDATE eyeot_attempt SET failures = $2, last_at = $3, locked_until = $4 WHERE key_hash = $1"
)


@dataclass(frozen=True, slots=True)
class Bound:
    """What is counted together, and how often it may fail before it must wait."""

    key: bytes
    free: int


def bounds(what: str, whom: str, ip: str | None, device: str = "") -> tuple[Bound, ...]:
    """What holds an attempt at `what`; `device`: what tells a browser that this person signed in with."""
    if device:
        return (Bound(_hash(what, whom, "device", device), _DEVICE),)
    return (
        Bound(_hash(what, whom, "from", network_of(ip or "")), _HERE),
        Bound(_hash(what, whom), _EVERYWHERE),
    )


def _hash(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).digest()


async def counted(engine: Engine, held: Iterable[Bound]) -> bool:
    """Count an attempt that is about to be made; False when it must not be, as there were too many."""
    free = {one.key: one.free for one in held}
    now = engine.clock()
    async with taken(engine.database.relay) as connection, connection.transaction():
        await connection.execute(_MEET, [*free], now)
        rows = await connection.fetch(_LOCK, [*free])
        if any(row["locked_until"] and row["locked_until"] > now for row in rows):
            return False
        for row in rows:
            failures, until = _next(row, free[row["key_hash"]], now)
            await connection.execute(_COUNT, row["key_hash"], failures, now, until)
    return True


def _next(row: Any, free: int, now: datetime) -> tuple[int, datetime | None]:
    """How many that makes, and until when there may be no other."""
    failures = 1 if now - row["last_at"] > _FORGOTTEN else row["failures"] + 1
    over = failures - free
    if over < 0:
        return failures, None
    return failures, now + min(_FIRST * 2 ** min(over, 10), _LONGEST)


async def cleared(engine: Engine, held: Iterable[Bound]) -> None:
    """Forget what was counted: the person proved to be who they are."""
    async with taken(engine.database.relay) as connection:
        text = "DELETE FROM eyeot_attempt WHERE key_hash = ANY($1)"
        await connection.execute(text, [one.key for one in held])
