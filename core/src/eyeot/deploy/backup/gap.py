"""Gap: what an organisation's audit lost between a backup and the newest checkpoint outside the database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from eyeot.deploy.backup.archive import Organisation
from eyeot.deploy.backup.tables import STEADY
from eyeot.deploy.roles import OWNER
from eyeot.runtime.sealing.notes import Note
from eyeot.runtime.sealing.outside import Shelf, read

_LEAVES = "SELECT coalesce(max(position) + 1, 0) FROM core_audit_leaf WHERE org_id = $1"
_NEWEST = "SELECT max(at) FROM core_audit_event WHERE org_id = $1"


@dataclass(frozen=True, slots=True)
class Gap:
    """Sealed events of an organisation that are not in its database any more."""

    slug: str
    events: int
    since: datetime | None
    """The time of the newest event that is there."""
    until: datetime
    """When the newest checkpoint outside was signed."""
    checkpoints: str
    """The file of the checkpoints that cover what is missing."""


async def gaps(admin_url: str, orgs: list[Organisation], shelf: Shelf) -> list[Gap]:
    """What a restored database lacks; the checkpoints of the tree that was are put aside, and kept.

    The tree grows on from where the backup left it, so it needs checkpoints of its own; `eyeot audit verify`
    holds it against the old ones too, and tells the gap for ever.
    """
    found: list[Gap] = []
    async for org, leaves, since in _restored(admin_url, orgs):
        path = shelf.path(UUID(org.id))
        newest = _newest(path)
        if newest and newest.checkpoint.size > leaves:
            missing, until = newest.checkpoint.size - leaves, newest.checkpoint.at
            found.append(Gap(org.slug, missing, since, until, str(_put_aside(path))))
    return found


async def lost(admin_url: str, orgs: list[Organisation], shelf: Shelf) -> dict[str, dict[str, int]]:
    """How many sealed events the log lacks of each file that was ever put aside; by slug and file name.

    What an earlier restore told the log may be lost to this one, so the log is told again.
    """
    found: dict[str, dict[str, int]] = {}
    async for org, leaves, _ in _restored(admin_url, orgs):
        for path in shelf.put_aside(UUID(org.id)):
            newest = _newest(path)
            size = newest.checkpoint.size if newest else 0
            found.setdefault(org.slug, {})[path.name] = max(size - leaves, 0)
    return found


async def _restored(
    admin_url: str, orgs: list[Organisation]
) -> AsyncIterator[tuple[Organisation, int, datetime | None]]:
    """Each organisation with its sealed events and the time of its newest event."""
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(f"SET ROLE {OWNER}")
        async with connection.transaction():
            await connection.execute(STEADY)
            for org in orgs:
                id = UUID(org.id)
                await connection.execute("SELECT set_config('app.org_id', $1, true)", org.id)
                leaves = await connection.fetchval(_LEAVES, id)
                yield org, leaves, await connection.fetchval(_NEWEST, id)
    finally:
        await connection.close()


def _newest(path: Path) -> Note | None:
    """The note of the largest tree in a file."""
    if not path.exists():
        return None
    notes = [one for one, _ in read(path) if isinstance(one, Note)]
    return max(notes, key=lambda one: one.checkpoint.size, default=None)


def _put_aside(path: Path) -> Path:
    """Rename a file of checkpoints; what the witness was told of it goes along."""
    aside = path.with_name(f"{path.stem}.before-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    mark = path.with_suffix(".witnessed")
    if mark.exists():
        mark.rename(aside.with_name(f"{aside.name}.witnessed"))
    path.rename(aside)
    return aside
