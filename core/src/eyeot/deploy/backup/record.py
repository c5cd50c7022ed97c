"""Record: which backups a database remembers, and whether one is fresh enough to migrate after."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg

from eyeot.declare.ids import uuid7
from eyeot.deploy.backup.archive import Manifest
from eyeot.deploy.roles import OWNER

FRESH = timedelta(hours=24)
"""How old a backup may be for a migration to lean on it."""

_THERE = "SELECT to_regclass('public.eyeot_backup')"
_LAST = "SELECT file, taken_at, now() - taken_at AS age FROM eyeot_backup ORDER BY taken_at DESC LIMIT 1"
_NOTE = """
INSERT INTO eyeot_backup (id, taken_at, finished_at, file, size, revisions)
VALUES ($1, $2, now(), $3, $4, $5)
"""


@dataclass(frozen=True, slots=True)
class Last:
    """The newest backup of a database."""

    file: str
    taken_at: datetime
    age: timedelta


async def note(admin_url: str, path: Path, size: int, manifest: Manifest) -> None:
    """Remember a backup in the database that it is of."""
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(f"SET ROLE {OWNER}")
        if await connection.fetchval(_THERE) is None:
            # Taken before the migration that makes the table; that migration is why it was taken.
            return
        row = (uuid7(), manifest.taken_at, str(path), size, manifest.revisions)
        await connection.execute(_NOTE, *row)
    finally:
        await connection.close()


async def last(url: str) -> Last | None:
    """The newest backup that a database remembers."""
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval(_THERE) is None:
            return None
        row = await connection.fetchrow(_LAST)
        return Last(row["file"], row["taken_at"], row["age"]) if row else None
    finally:
        await connection.close()
