"""Stores: bytes in files or in PostgreSQL, kept under their digest and nothing else."""

import hashlib
import io
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from eyeot import app
from eyeot.declare.hookspecs import hookimpl
from eyeot.declare.ids import encode
from eyeot.declare.plugin import Plugin
from eyeot.declare.store import Store
from eyeot.deploy.settings import WrongSettings, load
from eyeot.deploy.store import store_of, sweep
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.engine import Engine
from eyeot.storage.contents import Chunks, Files
from eyeot.storage.contents.rows import PIECE
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase
from eyeot.testing.licence import trusting

LARGE = "é" * (PIECE + 7)


@pytest.fixture(params=["files", "database"])
async def kept(
    request: pytest.FixtureRequest, catalogue: Catalogue, database: TestDatabase, tmp_path: Path
) -> AsyncIterator[Engine]:
    """An engine of its own on each store."""
    store: Store = Files(tmp_path / "kept") if request.param == "files" else Chunks()
    engine = await app.start(
        catalogue, database.app, database.relay, store=store, licensing=trusting()
    )
    yield engine
    await app.stop(engine)


async def _desk(engine: Engine) -> tuple[House, Desk]:
    house = await House.open(engine)
    await house.person("owner", "owner")
    return house, await house.desk("core:read", "core.document:write", owner="owner")


async def _content(engine: Engine, desk: Desk, digest: str) -> bytes:
    scope: Any = engine.database

    async def fetch(statement: Any, values: dict[str, Any]) -> Any:
        connection = await scope.reads.acquire()
        try:
            return await connection.fetch(
                statement.lean, *statement.arguments(values), str(desk.caller.org_id)
            )
        finally:
            scope.reads.release(connection)

    read = engine.database.store.read(fetch, desk.caller.org_id, digest)
    return b"".join([piece async for piece in read])


@pytest.mark.parametrize("text", ["", "x", LARGE])
async def test_what_is_kept_is_read_again(kept: Engine, text: str) -> None:
    _, desk = await _desk(kept)
    made = await desk("core.document.create", filename="a.txt", text=text)

    assert made["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert await _content(kept, desk, made["sha256"]) == text.encode()
    assert (await desk("core.document.verify_integrity"))["damaged"] == []


async def test_a_refused_call_keeps_nothing_that_a_sweep_leaves(
    kept: Engine, tmp_path: Path
) -> None:
    house, desk = await _desk(kept)
    made = await desk("core.document.create", filename="a.txt", text="stays")
    folder = tmp_path / "kept" / str(house.org_id)
    refused = {"filename": "x.txt", "text": "goes", "records": [encode("usr", UUID(int=1))]}
    assert (await desk.refused("core.document.create", **refused))["code"] == "not_found"
    orphan = folder / "ab" / ("ab" + "0" * 62)
    young = folder / "cd" / ("cd" + "0" * 62)
    files = isinstance(kept.database.store, Files)
    if files:
        assert [one.name for one in folder.glob("??/*")] == [made["sha256"]]
        for path in (orphan, young):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"left over")
        old = (datetime.now(UTC) - timedelta(days=2)).timestamp()
        for path in (orphan, folder / made["sha256"][:2] / made["sha256"]):
            os.utime(path, (old, old))

    swept = await sweep(kept)

    assert swept.contents == int(files)
    assert not orphan.exists()
    assert young.exists() == files
    assert await _content(kept, desk, made["sha256"]) == b"stays"


async def test_a_file_belongs_to_its_organisation_and_nobody_else(tmp_path: Path) -> None:
    store = Files(tmp_path)
    ours, theirs = UUID(int=1), UUID(int=2)
    await store.keep(None, ours, "ab" * 32, io.BytesIO(b"x"))

    assert [one async for one in store.every(None, theirs)] == []  # type: ignore[arg-type]
    modes = {path.stat().st_mode & 0o077 for path in tmp_path.rglob("*")}
    assert modes == {0}


def test_a_store_is_chosen_by_its_name(tmp_path: Path) -> None:
    class Brings(Plugin):
        """A plugin with a store."""

        @hookimpl
        def eyeot_store(self, name: str) -> Store | None:
            """Its own."""
            return Chunks() if name == "bucket" else None

    def chosen(name: str) -> Store:
        settings = load({"EYEOT_STORAGE": name, "EYEOT_DATA_DIR": str(tmp_path)}, tmp_path)
        return store_of(settings, [Brings(name="brings", doc="A store.")])

    assert isinstance(chosen("files"), Files)
    assert isinstance(chosen("database"), Chunks)
    assert isinstance(chosen("bucket"), Chunks)
    with pytest.raises(WrongSettings):
        chosen("floppy")
