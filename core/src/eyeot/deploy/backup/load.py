"""Load: a backup put back, whole or not at all."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, cast
from uuid import UUID

import asyncpg
from alembic import command
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from eyeot.declare.plugin import Plugin
from eyeot.declare.store import Store
from eyeot.deploy import migrate, roles
from eyeot.deploy.backup import tables
from eyeot.deploy.backup.archive import (
    Archive,
    BackupRefused,
    Manifest,
    Sink,
    document_member,
    table_member,
)
from eyeot.storage.contents import Chunks

Tell = Callable[[str], None]

_DROP = """
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT c.oid::regclass AS name, c.relkind AS kind FROM pg_class c
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
               AND NOT c.relispartition AND c.relowner = 'eyeot_owner'::regrole
               -- A sequence that numbers a table's rows goes with the table.
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'i'
                               AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0)
             ORDER BY c.relkind = 'S' LOOP
    IF to_regclass(one.name::text) IS NULL THEN CONTINUE; END IF;
    EXECUTE format('DROP %s %s CASCADE', CASE one.kind WHEN 'v' THEN 'VIEW'
                   WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, one.name);
  END LOOP;
  FOR one IN SELECT p.oid::regprocedure AS name FROM pg_proc p
             WHERE p.pronamespace = 'public'::regnamespace
               AND p.proowner IN ('eyeot_owner'::regrole, 'eyeot_gate'::regrole) LOOP
    EXECUTE format('DROP FUNCTION %s CASCADE', one.name);
  END LOOP;
  FOR one IN SELECT nspname AS name FROM pg_namespace
             WHERE nspowner = 'eyeot_owner'::regrole AND nspname <> 'public' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', one.name);
  END LOOP;
END $$
"""
_FOREIGN_KEYS = """
SELECT conrelid::regclass::text AS on_table, conname, pg_get_constraintdef(oid) AS meaning
FROM pg_constraint
WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conparentid = 0 ORDER BY 1, 2
"""
# What waited when the backup was taken was most likely sent since, and a letter cannot be recognised twice.
_HOLD_MAIL = """
UPDATE core_mail SET failed_at = now(), error = 'not sent: it waited when the backup was taken'
WHERE sent_at IS NULL AND failed_at IS NULL
"""
_IN_USE = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND usesysid IS NOT NULL
  AND (pg_has_role(usesysid, 'eyeot_app', 'MEMBER') OR pg_has_role(usesysid, 'eyeot_relay', 'MEMBER'))
  AND NOT pg_has_role(usesysid, 'eyeot_owner', 'MEMBER')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The deployment that a backup is put into."""

    admin_url: str
    plugins: Sequence[Plugin]
    store: Store
    app: roles.Login | None = None
    relay: roles.Login | None = None


async def present(admin_url: str) -> list[str]:
    """The organisations of a database by slug; none when it is empty or new."""
    connection = await asyncpg.connect(admin_url)
    try:
        if await connection.fetchval("SELECT to_regclass('public.eyeot_organisation')") is None:
            return []
        rows = await connection.fetch("SELECT slug FROM eyeot_organisation ORDER BY slug")
        return [row["slug"] for row in rows]
    finally:
        await connection.close()


async def put_back(archive: Archive, target: Target, tell: Tell = lambda _: None) -> None:
    """Replace what a database holds by a backup, in one transaction.

    Whatever goes wrong leaves the database as it was; so does the death of this process.
    """
    _check(archive.manifest, target)
    await migrate.prepare(target.admin_url, target.app, target.relay)
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: asyncpg.connect(target.admin_url),
        poolclass=NullPool,
    )
    try:
        async with engine.begin() as connection:
            if await _in_use(connection):
                raise BackupRefused("The database is in use: stop every server and worker first.")
            await connection.exec_driver_sql(f"SET ROLE {roles.OWNER}")
            await _replace(connection, archive, target, tell)
    finally:
        await engine.dispose()
        await migrate.settle(target.admin_url)


def _check(manifest: Manifest, target: Target) -> None:
    """Refuse what this software is too old for, or what would lose documents."""
    known = migrate.known(target.plugins)
    if newer := sorted(set(manifest.revisions) - known):
        raise BackupRefused(
            f"The backup is of Eyeot {manifest.product} with {', '.join(newer)}, which is not installed"
            " here; install the same or newer modules first."
        )
    if isinstance(target.store, Chunks) != (manifest.storage == "database"):
        raise BackupRefused(
            f"The backup is of EYEOT_STORAGE={manifest.storage}; restore with the same setting."
        )


async def _in_use(connection: AsyncConnection) -> bool:
    return bool((await connection.exec_driver_sql(_IN_USE)).scalar_one())


async def _replace(
    connection: AsyncConnection, archive: Archive, target: Target, tell: Tell
) -> None:
    manifest = archive.manifest
    await connection.exec_driver_sql(_DROP)
    tell("migrations")
    await connection.run_sync(_migrated, target.plugins, manifest.revisions)
    raw = (await connection.get_raw_connection()).driver_connection
    assert raw
    await raw.execute(tables.STEADY)
    await _fill(raw, archive, tell)
    tell("documents")
    await _documents(raw, archive, target.store)
    await connection.run_sync(_migrated, target.plugins, ["heads"])
    await raw.execute(_HOLD_MAIL)
    await connection.run_sync(migrate.secured, target.plugins)


def _migrated(connection: Connection, plugins: Sequence[Plugin], revisions: Sequence[str]) -> None:
    for one in revisions:
        command.upgrade(migrate.attached(plugins, connection), one)


async def _fill(raw: Any, archive: Archive, tell: Tell) -> None:
    """Load every table with its constraints out of the way, and read it back."""
    manifest = archive.manifest
    found = {one.name: one for one in await tables.kept(raw)}
    if odd := sorted(set(found).symmetric_difference(manifest.tables)):
        raise BackupRefused(f"The backup and its migrations disagree on {', '.join(odd)[:300]}.")
    keys = await raw.fetch(_FOREIGN_KEYS)
    for key in keys:
        await raw.execute(f'ALTER TABLE {key["on_table"]} DROP CONSTRAINT "{key["conname"]}"')
    if found:
        await raw.execute("TRUNCATE " + ", ".join(f'"{name}"' for name in found))
    for first in manifest.months:
        await raw.execute("SELECT eyeot_audit_month($1::text::date)", first)
    for name in manifest.tables:
        tell(name)
        await _load(raw, archive, name)
    for name, (value, called) in manifest.sequences.items():
        await raw.execute("SELECT setval($1::text::regclass, $2, $3)", name, value, called)
    for key in keys:
        # PostgreSQL looks at every row again.
        await raw.execute(
            f'ALTER TABLE {key["on_table"]} ADD CONSTRAINT "{key["conname"]}" {key["meaning"]}'
        )
    await _compare(raw, manifest, found, tell)


async def _load(raw: Any, archive: Archive, name: str) -> None:
    told = archive.manifest.tables[name]
    await raw.execute(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')
    pieces = _served(archive.read(table_member(name), told))
    try:
        await raw.copy_to_table(name, schema_name="public", columns=told.columns, source=pieces)
    except asyncpg.PostgresError as wrong:
        raise BackupRefused(f"The table {name} cannot be loaded: {wrong}.") from wrong
    await raw.execute(f'ALTER TABLE "{name}" ENABLE TRIGGER USER')


async def _compare(raw: Any, manifest: Manifest, found: dict[str, tables.Kept], tell: Tell) -> None:
    """Read what was loaded; `BackupRefused` unless it is byte for byte what was backed up."""
    orgs = [id for id, _ in await tables.organisations(raw)]
    for name, told in manifest.tables.items():
        tell(f"{name}, read back")
        table = tables.Kept(name, told.tenant, told.columns, found[name].key)
        sink = Sink(None)
        rows = await tables.copied(raw, table, orgs, sink.write)
        if rows != told.rows or sink.sha256 != told.sha256:
            raise BackupRefused(f"The table {name} did not come back as it was.")


async def _served(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)


async def _documents(raw: Any, archive: Archive, store: Store) -> None:
    of = None
    for name, told in archive.manifest.documents.items():
        org_id, _, digest = name.partition("/")
        if org_id != of:
            await raw.execute("SELECT set_config('app.org_id', $1, true)", org_id)
            of = org_id
        with tempfile.TemporaryFile() as content:
            for piece in archive.read(document_member(name), told):
                content.write(piece)
            content.seek(0)
            await store.keep(raw, UUID(org_id), digest, cast("BinaryIO", content))
