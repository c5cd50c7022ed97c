"""Taking: a backup by hand, and the one that goes before a migration."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from eyeot.declare.plugin import Plugin
from eyeot.deploy.backup import record
from eyeot.deploy.backup.archive import BackupRefused, Manifest
from eyeot.deploy.backup.dump import Source, Tell, back_up
from eyeot.deploy.backup.load import present
from eyeot.deploy.secret_keys import secret_keys
from eyeot.deploy.settings import Settings
from eyeot.deploy.store import store_of

FOLDER = "backups"
_KEPT = 3


async def take(
    settings: Settings,
    admin_url: str,
    plugins: Sequence[Plugin],
    path: Path,
    tell: Tell = lambda _: None,
) -> Manifest:
    """Write a backup to a file, and remember it in the database."""
    source = Source(
        admin_url=admin_url,
        plugins=plugins,
        store=store_of(settings, plugins),
        storage=settings.storage,
        secrets=secret_keys(settings),
    )
    manifest = await back_up(source, path, tell)
    size = (await asyncio.to_thread(path.stat)).st_size
    await record.note(admin_url, path, size, manifest)
    return manifest


async def take_before_migrating(
    settings: Settings, admin_url: str, plugins: Sequence[Plugin]
) -> Path | None:
    """Back up a database of ours that is about to be migrated, and keep the newest few such files."""
    if not await present(admin_url):
        return None
    folder = settings.data_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"before-migration-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.eyeot"
    await take(settings, admin_url, plugins, path)
    for old in sorted(folder.glob("before-migration-*.eyeot"))[:-_KEPT]:
        old.unlink()
    return path


async def require_fresh(admin_url: str) -> None:
    """Refuse to migrate a database with organisations that was not backed up within a day."""
    if not await present(admin_url):
        return
    last = await record.last(admin_url)
    if last is None or last.age > record.FRESH:
        known = (
            f"The last backup is of {last.taken_at:%Y-%m-%d %H:%M} UTC."
            if last
            else "None is known."
        )
        raise BackupRefused(
            f"A migration needs a backup of this database from the last 24 hours. {known}"
            " Run 'eyeot backup FILE' first, or repeat with --yes if you have one of another kind."
        )
