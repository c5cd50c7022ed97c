"""Backup: everything comes back as it was, from a running deployment, or nothing changes."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from core.tests.deploy.deployment import SECRETS, Deployment, furnish
from eyeot.deploy import migrate
from eyeot.deploy.backup import keys, record
from eyeot.deploy.backup.archive import Archive, BackupRefused
from eyeot.deploy.backup.dump import back_up
from eyeot.deploy.backup.gap import gaps
from eyeot.deploy.backup.load import put_back
from eyeot.deploy.backup.taking import require_fresh, take_before_migrating
from eyeot.deploy.operator import Operator, open_organisation
from eyeot.deploy.settings import Settings
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.engine import Engine
from eyeot.runtime.sealing.examine import Report
from eyeot.runtime.sealing.notes import Signer
from eyeot.runtime.sealing.outside import Shelf
from eyeot.runtime.sealing.sealer import Sealer
from eyeot.runtime.sealing.stored import examine
from eyeot.runtime.transaction import Transaction


async def test_everything_comes_back_as_it_was(
    one: Deployment, other: Deployment, folder: Path
) -> None:
    await furnish(one)
    before = await one.rows()

    await back_up(one.source, folder / "all.eyeot")
    with Archive(folder / "all.eyeot") as archive:
        archive.verify()
        assert archive.manifest.vouched(SECRETS)
        assert not archive.manifest.vouched((b"x" * 32,))
        await put_back(archive, other.target)

    assert await other.rows() == before
    assert sum(map(len, before.values())) > 100
    assert await migrate.drift(other.postgres.admin_url, other.catalogue.plugins) == []
    async with other.engine() as engine:
        operator = await Operator.of(engine, "beta")
        assert len((await operator.call("core.tag.list")).result["items"]) == 5
        # Bound as before: its own rows only, and its log goes on.
        found = (await operator.call("core.document.list")).result["items"]
        assert [row["filename"] for row in found] == ["lettre.txt"]
        assert (await operator.call("core.document.verify_integrity")).result["checked"] == 1


async def test_documents_kept_as_files_come_back(catalogue: Catalogue, folder: Path) -> None:
    first, second = (Deployment(folder / name, catalogue, files=True) for name in ("one", "other"))
    with first.postgres, second.postgres:
        await furnish(first)
        stray = next((folder / "one" / "documents").glob("*/*")) / ".part-12"
        stray.write_bytes(b"a writer that died")

        manifest = await back_up(first.source, folder / "all.eyeot")
        with Archive(folder / "all.eyeot") as archive:
            await put_back(archive, second.target)

        assert len(manifest.documents) == 2
        async with second.engine() as engine:
            operator = await Operator.of(engine, "alpha")
            told = (await operator.call("core.document.verify_integrity")).result
        assert (told["checked"], told["damaged"]) == (1, [])

        # A store that lost a content does not make the rest impossible to save.
        for content in (folder / "one" / "documents").glob("*/*/*"):
            content.write_bytes(b"rotten")
        again = await back_up(first.source, folder / "again.eyeot")
        assert (len(again.damaged), again.documents) == (2, {})
        # Rows alone would name documents that nobody has.
        with Archive(folder / "all.eyeot") as archive, pytest.raises(BackupRefused, match="files"):
            await put_back(archive, Deployment(folder / "other", catalogue).target)


async def test_a_backup_among_writes_is_one_moment(
    one: Deployment, other: Deployment, folder: Path
) -> None:
    await furnish(one)
    done = asyncio.Event()

    async def write(engine: Engine, lane: int) -> int:
        operator, number = await Operator.of(engine, "alpha"), 0
        while not done.is_set():
            await operator.call("core.tag.create", name=f"tag {lane} {number}", color="#d9480f")
            number += 1
        return number

    async with one.engine() as engine:
        writers = [asyncio.create_task(write(engine, lane)) for lane in range(4)]
        await asyncio.sleep(0.3)
        await back_up(one.source, folder / "all.eyeot")
        done.set()
        written = sum([await writer for writer in writers])
    with Archive(folder / "all.eyeot") as archive:
        await put_back(archive, other.target)

    connection = await asyncpg.connect(other.postgres.admin_url)
    try:
        # Whatever is there was audited, and whatever was audited is there.
        tags = {str(row["id"]) for row in await connection.fetch("SELECT id FROM core_tag")}
        told = await connection.fetch(
            "SELECT records FROM core_audit_event WHERE action = 'core.tag.create'"
        )
    finally:
        await connection.close()
    assert {row["records"][0].partition("/")[2] for row in told} == tags
    assert 10 < len(tags) < written + 10


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from eyeot import app
from eyeot.deploy.backup.archive import Archive
from eyeot.deploy.backup.dump import Source, back_up
from eyeot.deploy.backup.load import Target, put_back
from eyeot.storage.contents import Chunks

what, url, path, at = sys.argv[1:]
plugins, _ = app.load_plugins()

def tell(step):
    if step == at:
        os.kill(os.getpid(), signal.SIGKILL)

if what == "back up":
    source = Source(admin_url=url, plugins=plugins, store=Chunks(), storage="database", secrets=(b"s" * 32,))
    asyncio.run(back_up(source, Path(path), tell))
else:
    with Archive(Path(path)) as archive:
        asyncio.run(put_back(archive, Target(admin_url=url, plugins=plugins, store=Chunks()), tell))
"""


def killed(what: str, url: str, path: Path, at: str) -> None:
    command = [sys.executable, "-c", KILLED, what, url, str(path), at]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL


async def test_a_killed_backup_leaves_none(one: Deployment, folder: Path) -> None:
    await furnish(one)

    killed("back up", one.postgres.admin_url, folder / "all.eyeot", "core_user")

    assert not (folder / "all.eyeot").exists()
    (draft,) = folder.glob(".all.eyeot.part-*")
    with pytest.raises(BackupRefused, match="no whole backup"):
        Archive(draft).__enter__()


@pytest.mark.parametrize("at", ["migrations", "core_user", "core_tag, read back", "documents"])
async def test_a_killed_restore_leaves_what_was_there(
    one: Deployment, other: Deployment, folder: Path, at: str
) -> None:
    await furnish(one)
    await back_up(one.source, folder / "all.eyeot")
    await other.migrate()
    async with other.engine() as engine:
        await open_organisation(engine, "gamma", legal_name="Gamma SARL")
    before = await other.rows()

    killed("restore", other.postgres.admin_url, folder / "all.eyeot", at)

    assert await other.rows() == before
    async with other.engine() as engine:
        assert (await (await Operator.of(engine, "gamma")).call("core.tag.list")).result == {
            "items": [],
            "total": 0,
            "total_is_exact": True,
            "has_more": False,
        }


async def test_a_database_in_use_is_not_replaced(one: Deployment, folder: Path) -> None:
    await furnish(one)
    await back_up(one.source, folder / "all.eyeot")

    async with one.engine():
        with Archive(folder / "all.eyeot") as archive, pytest.raises(BackupRefused, match="stop"):
            await put_back(archive, one.target)


async def test_an_older_backup_is_brought_to_the_present(
    one: Deployment, other: Deployment, folder: Path
) -> None:
    await furnish(one)
    plugins = one.catalogue.plugins
    await migrate.downgrade(one.postgres.admin_url, plugins, "core@core_0006_resources")

    manifest = await back_up(one.source, folder / "old.eyeot")
    await record.note(one.postgres.admin_url, folder / "old.eyeot", 1, manifest)
    with Archive(folder / "old.eyeot") as archive:
        await put_back(archive, other.target)

    assert await migrate.behind(other.postgres.admin_url, plugins) == set()
    assert await migrate.drift(other.postgres.admin_url, plugins) == []
    async with other.engine() as engine:
        operator = await Operator.of(engine, "alpha")
        assert len((await operator.call("core.tag.list")).result["items"]) == 5


async def test_a_migration_asks_for_a_fresh_backup(one: Deployment, folder: Path) -> None:
    url = one.postgres.admin_url
    await one.migrate()
    # Nobody's data is there yet.
    await require_fresh(url)
    async with one.engine() as engine:
        await open_organisation(engine, "alpha", legal_name="Alpha SARL")
    with pytest.raises(BackupRefused, match="None is known"):
        await require_fresh(url)

    manifest = await back_up(one.source, folder / "all.eyeot")
    await record.note(url, folder / "all.eyeot", 1, manifest)
    await require_fresh(url)

    connection = await asyncpg.connect(url)
    await connection.execute("UPDATE eyeot_backup SET taken_at = now() - interval '25 hours'")
    await connection.close()
    with pytest.raises(BackupRefused, match="The last backup is of"):
        await require_fresh(url)


async def test_the_embedded_database_is_backed_up_before_it_is_migrated(
    one: Deployment, folder: Path
) -> None:
    url, plugins = one.postgres.admin_url, one.catalogue.plugins
    settings = Settings(data_dir=folder / "one", secret_keys=("s" * 32,))
    await one.migrate()
    assert await take_before_migrating(settings, url, plugins) is None
    await furnish(one)

    made = [await take_before_migrating(settings, url, plugins) for _ in range(5)]

    assert sorted((folder / "one" / "backups").iterdir()) == made[2:]
    with Archive(made[4] or folder) as archive:
        archive.verify()
        assert archive.manifest.organisations[0].slug == "alpha"


def test_keys_travel_apart_under_a_passphrase(folder: Path) -> None:
    here = Settings(data_dir=folder / "here")
    there = Settings(data_dir=folder / "there")
    here.data_dir.mkdir()
    (here.data_dir / "secret.key").write_text("k" * 43)

    with pytest.raises(BackupRefused, match="12 characters"):
        keys.export(here, folder / "keys", "short")
    assert keys.export(here, folder / "keys", "correct horse battery") == ["secret.key"]
    assert b"kkkk" not in (folder / "keys").read_bytes()
    assert (folder / "keys").stat().st_mode & 0o077 == 0
    with pytest.raises(BackupRefused, match="does not open"):
        keys.bring_back(there, folder / "keys", "wrong horse battery")
    assert keys.bring_back(there, folder / "keys", "correct horse battery") == []
    assert (there.data_dir / "secret.key").read_text() == "k" * 43
    # Twice is the same; another key that is there already is not overwritten.
    keys.bring_back(there, folder / "keys", "correct horse battery")
    (there.data_dir / "secret.key").write_text("other")
    with pytest.raises(BackupRefused, match="differs"):
        keys.bring_back(there, folder / "keys", "correct horse battery")


async def test_a_restore_shows_what_the_log_lost(one: Deployment, folder: Path) -> None:
    await furnish(one)
    signer, shelf = Signer.make("test/audit"), Shelf(folder / "checkpoints")

    async def grow(count: int) -> Report:
        """Some calls more, sealed and held against the newest checkpoints."""
        async with one.engine() as engine:
            operator = await Operator.of(engine, "alpha")
            for _ in range(count):
                await operator.call("core.tag.list")
            await Sealer(engine, signer, shelf).round(at_once=True)
            return await proven(engine, operator.org_id, shelf.path(operator.org_id))

    async def proven(engine: Engine, org_id: UUID, path: Path) -> Report:
        async with Transaction(engine.database.reads, org_id, reads=True) as snapshot:
            return await examine(snapshot.connection, org_id, [path], [signer.verifier])

    before = await grow(3)
    manifest = await back_up(one.source, folder / "all.eyeot")
    after = await grow(7)
    with Archive(folder / "all.eyeot") as archive:
        await put_back(archive, one.target)

    (gap,) = await gaps(one.postgres.admin_url, manifest.organisations, shelf)

    assert (gap.slug, gap.events) == ("alpha", after.size - before.size)
    assert gap.since is not None
    assert gap.since < gap.until
    # It grows on and is proven by its own checkpoints; the old ones tell of the gap for ever.
    assert (await grow(9)).intact
    async with one.engine() as engine:
        org_id = (await Operator.of(engine, "alpha")).org_id
        told = await proven(engine, org_id, Path(gap.checkpoints))
    assert [finding["code"] for finding in told.findings] == ["tree_differs"]
    assert told.findings[0]["agreed_until"] == before.size


async def test_mail_that_waited_is_not_sent_again(one: Deployment, folder: Path) -> None:
    await furnish(one)
    waiting = """
    INSERT INTO core_mail (org_id, id, user_id, kind, title, at, due_at)
    SELECT id, gen_random_uuid(), gen_random_uuid(), 'x', 'Due', now(), now() FROM eyeot_organisation
    """
    connection = await asyncpg.connect(one.postgres.admin_url)
    await connection.execute(waiting)
    await connection.close()

    await back_up(one.source, folder / "all.eyeot")
    with Archive(folder / "all.eyeot") as archive:
        await put_back(archive, one.target)

    connection = await asyncpg.connect(one.postgres.admin_url)
    rows = await connection.fetch("SELECT failed_at, error FROM core_mail")
    await connection.close()
    assert len(rows) == 2
    assert all(row["failed_at"] and "waited" in row["error"] for row in rows)
