"""What a restore did to the audit is told for ever, and nothing passes for a restore that was none."""

import contextlib
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.tests.deploy.deployment import Deployment, furnish
from eyeot.cli.audit import held
from eyeot.declare.problem import Problem
from eyeot.deploy.backup.archive import Archive
from eyeot.deploy.backup.dump import back_up
from eyeot.deploy.backup.gap import gaps, lost
from eyeot.deploy.backup.load import put_back
from eyeot.deploy.operator import Operator, note_everywhere
from eyeot.runtime.sealing.examine import Report
from eyeot.runtime.sealing.notes import Signer
from eyeot.runtime.sealing.outside import Shelf
from eyeot.runtime.sealing.sealer import Sealer

RESTORE = "core.backup.restore"


class Sealed:
    """An organisation of a deployment whose log is sealed, backed up and restored."""

    def __init__(self, one: Deployment, folder: Path) -> None:
        self.one = one
        self.path = folder / "all.eyeot"
        self.signer, self.shelf = Signer.make("test/audit"), Shelf(folder / "checkpoints")

    async def grow(self, count: int) -> None:
        """Some calls more, sealed."""
        async with self.one.engine() as engine:
            operator = await Operator.of(engine, "alpha")
            for _ in range(count):
                await operator.call("core.tag.list")
            await Sealer(engine, self.signer, self.shelf).round(at_once=True)

    async def verify(self) -> Report:
        async with self.one.engine() as engine:
            org_id = (await Operator.of(engine, "alpha")).org_id
            return await held(engine, org_id, [self.signer.verifier], (self.shelf, ()))

    async def codes(self) -> set[str]:
        return {found["code"] for found in (await self.verify()).findings}

    async def back_up(self) -> None:
        self.manifest = await back_up(self.one.source, self.path)
        self.org_id = next(
            UUID(one.id) for one in self.manifest.organisations if one.slug == "alpha"
        )

    async def restore(self) -> dict[str, Any]:
        """Put it back; what the log is to be told."""
        url, orgs = self.one.postgres.admin_url, self.manifest.organisations
        with Archive(self.path) as archive:
            await put_back(archive, self.one.target)
        found = await gaps(url, orgs, self.shelf)
        told = {"put_aside": (await lost(url, orgs, self.shelf))["alpha"]}
        return told | ({"gap": asdict(found[0])} if found else {})

    async def tell(self, told: dict[str, Any]) -> None:
        """Tell the log, as the command does."""
        async with self.one.engine() as engine:
            await note_everywhere(engine, RESTORE, {}, {"alpha": told})

    async def attack(self, statement: str) -> None:
        connection = await asyncpg.connect(self.one.postgres.admin_url)
        await connection.execute(statement, self.org_id)
        await connection.close()


@pytest.fixture
async def log(one: Deployment, folder: Path) -> Sealed:
    """Backed up, then grown on."""
    await furnish(one)
    made = Sealed(one, folder)
    await made.grow(3)
    await made.back_up()
    await made.grow(7)
    return made


async def test_what_a_restore_lost_is_told_every_time_and_is_no_tampering(log: Sealed) -> None:
    told = await log.restore()
    # As before files were told again by each restore.
    await log.tell({"gap": told["gap"]})
    await log.grow(4)
    report = await log.verify()

    assert report.intact
    (shown,) = report.restores
    assert shown["events"] == told["gap"]["events"] >= 7
    assert shown["declared"]
    assert shown["file"] == told["gap"]["checkpoints"]

    # What the restore brought back is still held against what was signed before it.
    await log.attack("DELETE FROM core_audit_checkpoint WHERE org_id = $1")
    await log.attack(
        "UPDATE core_audit_leaf SET leaf_hash = sha256('x') WHERE org_id = $1 AND position = 0"
    )
    log.shelf.path(log.org_id).unlink()
    assert "tree_differs" in await log.codes()


async def test_a_file_that_was_put_aside_without_a_restore_is_a_problem(log: Sealed) -> None:
    told = await log.restore()
    # The words alone do not help: anybody may name an action that there is not, and is audited.
    async with log.one.engine() as engine:
        operator = await Operator.of(engine, "alpha")
        with contextlib.suppress(Problem):
            await operator.call(RESTORE, **told)
    report = await log.verify()

    assert [found["code"] for found in report.findings] == ["restore_undeclared"]
    assert not report.restores[0]["declared"]
    await log.tell(told)
    assert (await log.verify()).intact
    await log.grow(1)
    path = log.shelf.path(log.org_id)
    path.rename(path.with_name(f"{path.stem}.before-20260101T000000000000"))
    assert await log.codes() == {"restore_undeclared"}


async def test_a_second_restore_tells_again_what_the_first_one_said(log: Sealed) -> None:
    first = await log.restore()
    await log.tell(first)
    await log.grow(4)
    second = await log.restore()

    assert await log.codes() == {"restore_undeclared"}
    await log.tell(second)
    await log.grow(1)
    report = await log.verify()
    assert report.intact
    assert [one["events"] for one in report.restores] == list(second["put_aside"].values())
    assert first["put_aside"].items() < second["put_aside"].items()


async def test_checkpoints_that_are_only_in_the_database_prove_nothing(
    one: Deployment, folder: Path
) -> None:
    await furnish(one)
    log = Sealed(one, folder)
    before = await log.verify()
    await log.back_up()
    await log.grow(1)
    sealed = await log.verify()
    log.shelf.path(log.org_id).unlink()

    assert before.intact
    assert before.notices
    assert sealed.intact
    assert await log.codes() == {"checkpoints_gone"}
