"""Archives: what was changed, cut off or forged is refused by name, and nothing is replaced by it."""

import asyncio
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from core.tests.deploy.deployment import SECRETS, Deployment, furnish
from eyeot.deploy.backup.archive import Archive, BackupRefused, Manifest
from eyeot.deploy.backup.dump import back_up
from eyeot.deploy.backup.load import put_back
from eyeot.runtime.catalogue import Catalogue


@pytest.fixture(scope="module")
def whole(catalogue: Catalogue) -> Iterator[Path]:
    """A backup to spoil."""
    folder = Path(tempfile.mkdtemp(prefix="eyeot-test-"))
    folder.chmod(0o711)
    made = Deployment(folder, catalogue)
    with made.postgres:
        asyncio.run(_backed_up(made, folder / "all.eyeot"))
    yield folder / "all.eyeot"
    shutil.rmtree(folder)


async def _backed_up(made: Deployment, path: Path) -> None:
    await furnish(made)
    await back_up(made.source, path)


def spoilt(whole: Path, path: Path, change: dict[str, bytes | None]) -> Path:
    """A copy with members changed, added, or left out."""
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        names = [*old.namelist(), *(name for name in change if name not in old.namelist())]
        for name in names:
            data = change[name] if name in change else old.read(name)
            if data is not None:
                new.writestr(name, data)
    return path


def manifest_of(whole: Path) -> dict[str, Any]:
    with zipfile.ZipFile(whole) as archive:
        told: dict[str, Any] = json.loads(archive.read("manifest.json"))
        return told


def read_whole(path: Path) -> Manifest:
    with Archive(path) as archive:
        archive.verify()
        return archive.manifest


def test_what_was_changed_is_named(whole: Path, tmp_path: Path) -> None:
    tag = "tables/core_tag.copy"
    bomb = b"0" * 50_000_000
    for name, data, told in (
        ("edited", b"nothing", tag),
        ("bomb", bomb, tag),
        ("missing", None, tag),
    ):
        path = spoilt(whole, tmp_path / name, {tag: data})
        with pytest.raises(BackupRefused, match=told):
            read_whole(path)
    for odd in ("../../etc/passwd", "tables/../core_tag.copy", "extra"):
        path = spoilt(whole, tmp_path / odd.replace("/", "_"), {odd: b"x"})
        with pytest.raises(BackupRefused, match="not what its manifest says"):
            read_whole(path)


def test_a_name_that_leads_elsewhere_is_refused_even_in_the_manifest(
    whole: Path, tmp_path: Path
) -> None:
    told = manifest_of(whole)
    told["documents"]["../../../etc/cron.d/x"] = {"size": 1, "sha256": "0" * 64}
    told["tables"]['x"; DROP TABLE core_user; --'] = told["tables"]["core_tag"]
    changes: dict[str, bytes | None] = {
        "manifest.json": json.dumps(told).encode(),
        "documents/../../../etc/cron.d/x": b"x",
        'tables/x"; DROP TABLE core_user; --.copy': b"",
    }

    with pytest.raises(BackupRefused, match="impossible name"):
        read_whole(spoilt(whole, tmp_path / "evil", changes))


def test_columns_that_are_no_names_are_refused(whole: Path, tmp_path: Path) -> None:
    told = manifest_of(whole)
    told["tables"]["core_tag"]["columns"][0] = 'id" FROM core_user; --'

    with pytest.raises(BackupRefused):
        read_whole(spoilt(whole, tmp_path / "evil", {"manifest.json": json.dumps(told).encode()}))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.9999])
def test_what_was_cut_off_is_refused(whole: Path, tmp_path: Path, share: float) -> None:
    raw = whole.read_bytes()
    (tmp_path / "cut").write_bytes(raw[: int(len(raw) * share)])

    with pytest.raises(BackupRefused, match="no whole backup"):
        read_whole(tmp_path / "cut")


def test_an_edited_manifest_is_not_vouched_for(whole: Path, tmp_path: Path) -> None:
    told = manifest_of(whole)
    told["organisations"][0]["slug"] = "mine"
    path = spoilt(whole, tmp_path / "edited", {"manifest.json": json.dumps(told).encode()})

    assert read_whole(whole).vouched(SECRETS)
    assert not read_whole(path).vouched(SECRETS)


async def test_what_this_software_is_too_old_for_is_refused(
    whole: Path, tmp_path: Path, one: Deployment
) -> None:
    told = manifest_of(whole)
    told["revisions"].append("crm_9999_tomorrow")
    path = spoilt(whole, tmp_path / "newer", {"manifest.json": json.dumps(told).encode()})

    with Archive(path) as archive, pytest.raises(BackupRefused, match="crm_9999_tomorrow"):
        await put_back(archive, one.target)


async def test_wrong_rows_under_right_digests_change_nothing(
    whole: Path, tmp_path: Path, one: Deployment
) -> None:
    """A forged manifest whose rows break the constraints: the database looks at every row again."""
    await furnish(one)
    before = await one.rows()
    told = manifest_of(whole)
    empty = {"size": 0, "rows": 0}
    told["tables"]["eyeot_organisation"] |= {
        **empty,
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }
    changes: dict[str, bytes | None] = {
        "manifest.json": json.dumps(told).encode(),
        "tables/eyeot_organisation.copy": b"",
    }
    path = spoilt(whole, tmp_path / "forged", changes)

    with Archive(path) as archive, pytest.raises((BackupRefused, asyncpg.PostgresError)):
        await put_back(archive, one.target)

    assert await one.rows() == before
