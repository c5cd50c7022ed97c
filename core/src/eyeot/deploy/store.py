"""Store: where this deployment keeps the bytes of documents, and what is swept from there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pluggy

from eyeot.declare import hookspecs
from eyeot.declare.plugin import Plugin
from eyeot.declare.store import Store
from eyeot.deploy.settings import Settings, WrongSettings
from eyeot.runtime.engine import Engine, wall_clock
from eyeot.runtime.transaction import Transaction
from eyeot.storage.contents import Chunks, Files
from eyeot.storage.pool import taken
from eyeot.storage.statement import Statement

FOLDER = "documents"
GRACE = timedelta(days=1)
"""How old a content must be before nothing referring to it means that its commit failed."""

_ORGANISATIONS = "SELECT id FROM eyeot_organisation ORDER BY id"
_NAMED = """
SELECT 1 FROM core_document_version WHERE org_id = $1 AND sha256 = $2
UNION ALL SELECT 1 FROM core_import_job WHERE org_id = $1 AND sha256 = $2 LIMIT 1
"""
_LINKS = "DELETE FROM core_download_link WHERE org_id = $1 AND expires_at < $2"


@dataclass(slots=True)
class Swept:
    """How much was removed."""

    contents: int = 0
    links: int = 0


def store_of(settings: Settings, plugins: Sequence[Plugin]) -> Store:
    """The store that EYEOT_STORAGE names."""
    folder = settings.data_dir / FOLDER
    if settings.storage == "database":
        return Chunks()
    if settings.storage == "files":
        return Files(folder)
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    for plugin in plugins:
        manager.register(plugin, plugin.name)
    found: Store | None = manager.hook.eyeot_store(name=settings.storage, folder=folder)
    if found is None:
        raise WrongSettings(
            f"EYEOT_STORAGE={settings.storage}: no such store; write database, files,"
            " or the name of a store that an installed plugin brings."
        )
    return found


async def sweep(engine: Engine) -> Swept:
    """Remove the contents that a day after they were kept no document names, and links that are long over."""
    told, before = Swept(), wall_clock() - GRACE
    async with taken(engine.database.relay) as connection:
        found = await connection.fetch(_ORGANISATIONS)
    for row in found:
        async with Transaction(engine.database.writes, row["id"]) as transaction:
            done = await transaction.connection.execute(_LINKS, row["id"], before)
            told.links += int(done.rpartition(" ")[2])
            told.contents += await _contents(engine.database.store, transaction, before)
            await transaction.commit()
    return told


async def _contents(store: Store, transaction: Transaction, before: datetime) -> int:
    connection, removed = transaction.connection, 0

    async def fetch(statement: Statement, values: dict[str, Any]) -> Sequence[Any]:
        rows: Sequence[Any] = await connection.fetch(statement.tx, *statement.arguments(values))
        return rows

    async for digest, at in store.every(fetch, transaction.org_id):
        named = await connection.fetchval(_NAMED, transaction.org_id, digest)
        if at < before and named is None:
            # Whoever keeps the same content meanwhile makes its file younger, and it is left.
            removed += await store.forget(transaction.org_id, digest, before)
    return removed
