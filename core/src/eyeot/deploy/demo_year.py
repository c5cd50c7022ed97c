"""Demo year: the demo company's year in one file, made by running its actions once, put in at first start.

It is a backup of a deployment that held nothing else. What was posted, numbered and sealed in it keeps its
dates, so that every chain can still be verified; the day of the company is the day on which it was made.
It holds no key and no password: what needs them is made by actions at the first start.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import asyncpg

from eyeot.declare.plugin import Plugin
from eyeot.deploy.backup import tables
from eyeot.deploy.backup.archive import Archive, table_member

NAME = "demo-year.eyeot"
SECRET = {
    "eyeot_account": "password_hash IS NOT NULL",
    "core_api_key": "true",
    "core_webhook_endpoint": "true",
    "core_oauth_grant": "true",
    "invoicing_pa_connection": "true",
}
"""The rows, by table, that the file must not have: they would hold somebody's secret."""

_FITS = """
SELECT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
   AND NOT EXISTS (SELECT FROM eyeot_organisation
                   WHERE slug = ANY($1) OR id = ANY($2::uuid[]) AND slug NOT LIKE 'unfinished-%')
   AND (SELECT array_agg(version_num::text ORDER BY version_num) FROM alembic_version) = $3::text[]
"""
# A start that was killed left the same rows, and perhaps more.
_CLEAR = """
DO $$ DECLARE one text; BEGIN
  FOR one IN SELECT c.oid::regclass FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
               AND NOT c.relispartition AND a.attname = 'org_id' LOOP
    EXECUTE format('DELETE FROM %s WHERE org_id IN (SELECT id FROM pg_temp.again)', one);
  END LOOP;
  DELETE FROM eyeot_organisation WHERE id IN (SELECT id FROM pg_temp.again);
END $$
"""
# Counters of the database itself go on from whatever is further.
_GO_ON = """
SELECT setval($1::text::regclass, greatest($2::bigint, (SELECT last_value FROM pg_sequences
  WHERE schemaname = 'public' AND sequencename = $1)))
"""


def shipped() -> Path:
    """Where the file is, if this distribution has it."""
    return Path(str(files("eyeot.deploy").joinpath(NAME)))


async def put_in(admin_url: str, plugins: Sequence[Plugin], path: Path | None = None) -> bool:
    """Put the year into a database; whether that was done.

    It is not where the file is missing, of other modules or migrations than the database, or where the login
    is no superuser: foreign keys, which the file keeps as its database did, are not looked at again.
    """
    path = path or shipped()
    if not path.exists():
        return False
    with Archive(path) as archive:
        if not _told_by(archive, {one.name for one in plugins}):
            return False
        connection = await asyncpg.connect(admin_url)
        try:
            async with connection.transaction():
                if not await connection.fetchval(_FITS, *_wanted(archive)):
                    return False
                await connection.execute(tables.STEADY)
                await connection.execute("SET LOCAL session_replication_role = replica")
                await _fill(connection, archive)
        finally:
            await connection.close()
    return True


def _told_by(archive: Archive, modules: set[str]) -> bool:
    """Whether these modules have all that the year is told with: another that has no rows may be away."""
    told = set(archive.manifest.modules)
    filled = [name for name, one in archive.manifest.tables.items() if one.rows]
    away = tuple(f"{one}_" for one in told - modules)
    return modules <= told and not any(name.startswith(away) for name in filled)


def _wanted(archive: Archive) -> tuple[list[str], list[str], list[str]]:
    orgs = archive.manifest.organisations
    return [one.slug for one in orgs], [one.id for one in orgs], sorted(archive.manifest.revisions)


async def _fill(connection: Any, archive: Archive) -> None:
    manifest = archive.manifest
    ids = [one.id for one in manifest.organisations]
    again = await connection.fetch(
        "SELECT id FROM eyeot_organisation WHERE id = ANY($1::uuid[])", ids
    )
    if again:
        await connection.execute("CREATE TEMP TABLE again (id uuid) ON COMMIT DROP")
        await connection.copy_records_to_table("again", records=[tuple(one) for one in again])
        await connection.execute(_CLEAR)
    for first in manifest.months:
        await connection.execute("SELECT eyeot_audit_month($1::text::date)", first)
    for name, told in manifest.tables.items():
        if not told.rows:
            continue
        pieces = _served(archive.read(table_member(name), told))
        if told.tenant or name == "eyeot_organisation":
            await connection.copy_to_table(name, columns=told.columns, source=pieces)
            continue
        # What every deployment has already stays as it is here.
        await connection.execute(f'CREATE TEMP TABLE taken (LIKE "{name}") ON COMMIT DROP')
        await connection.copy_to_table("taken", columns=told.columns, source=pieces)
        columns = ", ".join(f'"{one}"' for one in told.columns)
        await connection.execute(
            f'INSERT INTO "{name}" ({columns}) SELECT {columns} FROM taken ON CONFLICT DO NOTHING'  # noqa: S608 - names of our own
        )
        await connection.execute("DROP TABLE taken")
    for name, (value, called) in manifest.sequences.items():
        if called:
            await connection.execute(_GO_ON, name, value)


async def _served(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)
