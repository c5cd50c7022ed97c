"""Dump: a consistent backup of a running deployment."""

import hashlib
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import asyncpg

from eyeot.declare.plugin import Plugin
from eyeot.declare.store import Missing, Store
from eyeot.deploy.backup import tables
from eyeot.deploy.backup.archive import (
    Manifest,
    Member,
    Organisation,
    Table,
    Writer,
    document_member,
    table_member,
)
from eyeot.deploy.roles import OWNER
from eyeot.storage.contents import Chunks

Tell = Callable[[str], None]
_DIGEST = hashlib.sha256().digest_size * 2
_IN_MEMORY = 8 * 1024 * 1024
_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The deployment that is backed up."""

    admin_url: str
    """A login that may become the owner."""
    plugins: Sequence[Plugin]
    store: Store
    storage: str
    secrets: Sequence[bytes]


async def back_up(source: Source, path: Path, tell: Tell = lambda _: None) -> Manifest:
    """Write everything that is committed at one moment to a file; calls go on meanwhile."""
    connection = await asyncpg.connect(source.admin_url)
    try:
        await connection.execute(f"SET ROLE {OWNER}")
        transaction = connection.transaction(isolation="repeatable_read", readonly=True)
        await transaction.start()
        try:
            await connection.execute(tables.STEADY)
            with Writer(path) as writer:
                manifest = await _written(connection, source, writer, tell)
                writer.finish(manifest)
        finally:
            await transaction.rollback()
    finally:
        await connection.close()
    return manifest


async def _written(connection: Any, source: Source, writer: Writer, tell: Tell) -> Manifest:
    # The first statement takes the snapshot that all others see.
    taken_at = await connection.fetchval("SELECT now()")
    orgs = await tables.organisations(connection)
    found: dict[str, Table] = {}
    for table in await tables.kept(connection):
        tell(table.name)
        with writer.member(table_member(table.name)) as sink:
            rows = await tables.copied(connection, table, [id for id, _ in orgs], sink.write)
        found[table.name] = Table(
            size=sink.size,
            sha256=sink.sha256,
            columns=list(table.columns),
            rows=rows,
            tenant=table.tenant,
        )
    documents: dict[str, Member] = {}
    damaged: list[str] = []
    if not isinstance(source.store, Chunks):
        for id, slug in orgs:
            tell(f"documents of {slug}")
            documents |= await _documents(connection, source.store, UUID(id), writer, damaged)
    revisions = await connection.fetch("SELECT version_num FROM alembic_version ORDER BY 1")
    return Manifest(
        product=version("eyeot-core"),
        taken_at=taken_at.astimezone(UTC) if taken_at else datetime.now(UTC),
        postgresql=await connection.fetchval("SHOW server_version"),
        storage=source.storage,
        revisions=[row["version_num"] for row in revisions],
        modules={one.name: one.version for one in source.plugins},
        organisations=[Organisation(id=id, slug=slug) for id, slug in orgs],
        tables=found,
        documents=documents,
        damaged=damaged,
        sequences=await tables.sequences(connection),
        months=await tables.months(connection),
    ).sealed(source.secrets)


async def _documents(
    connection: Any, store: Store, org_id: UUID, writer: Writer, damaged: list[str]
) -> dict[str, Member]:
    """The contents that an organisation's store keeps outside of the database."""

    async def fetch(statement: Any, values: dict[str, Any]) -> Sequence[Any]:
        rows: Sequence[Any] = await connection.fetch(statement.tx, *statement.arguments(values))
        return rows

    await connection.execute("SELECT set_config('app.org_id', $1, true)", str(org_id))
    found: dict[str, Member] = {}
    async for digest, _ in store.every(fetch, org_id):
        if len(digest) != _DIGEST:
            # The draft of a writer that is at work, or died.
            continue
        name = f"{org_id}/{digest}"
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as content:
            if not await _read(store.read(fetch, org_id, digest), content, digest):
                damaged.append(name)
                continue
            with writer.member(document_member(name)) as sink:
                while piece := content.read(_PIECE):
                    await sink.write(piece)
        found[name] = Member(size=sink.size, sha256=sink.sha256)
    return found


async def _read(pieces: AsyncIterator[bytes], into: IO[bytes], digest: str) -> bool:
    """Whether the store still has the bytes of that digest."""
    known = hashlib.sha256()
    try:
        async for piece in pieces:
            known.update(piece)
            into.write(piece)
    except Missing:
        return False
    into.seek(0)
    return known.hexdigest() == digest
