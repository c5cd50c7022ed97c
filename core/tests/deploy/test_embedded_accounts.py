"""The embedded PostgreSQL's accounts: root's, a normal user's, and everybody else."""

import os
import pwd
import shutil
from pathlib import Path

import pytest

from core.tests.deploy.stage import Library, Supervisor, server_pid
from eyeot.deploy.embedded import EmbeddedPostgres, EmbeddedRefused

NOBODY = pwd.getpwnam("nobody").pw_uid
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become other users")


async def test_root_runs_postgresql_as_a_user_of_its_own(postgres: EmbeddedPostgres) -> None:
    status = Path(f"/proc/{server_pid(postgres.data_dir)}/status").read_text()
    uids = next(line for line in status.splitlines() if line.startswith("Uid:"))

    assert set(uids.split()[1:]) == {str(pwd.getpwnam("eyeot-postgres").pw_uid)}


def test_other_users_cannot_connect(fresh: EmbeddedPostgres, library: Library) -> None:
    closed = library.psql(fresh.admin_url, "SELECT 1", user=NOBODY)
    for folder in (fresh.data_dir, fresh.socket_dir):
        folder.chmod(0o755)
    opened = library.psql(fresh.admin_url, "SELECT 1", user=NOBODY)
    fresh.socket_dir.chmod(0o700)

    assert "Permission denied" in closed
    assert "Peer authentication failed" in opened


def test_a_folder_postgresql_cannot_pass_is_refused_and_left_as_it_is(folder: Path) -> None:
    folder.chmod(0o700)

    with pytest.raises(EmbeddedRefused, match=str(folder)):
        EmbeddedPostgres(folder / "data", durable=False).start()

    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_shared_data_directory_keeps_its_mode(folder: Path) -> None:
    folder.chmod(0o750)

    with pytest.raises(EmbeddedRefused, match="chmod"):
        EmbeddedPostgres(folder, durable=False).start()

    assert folder.stat().st_mode & 0o777 == 0o750


def test_a_wheel_others_cannot_read_is_copied(folder: Path, library: Library) -> None:
    library.packages.chmod(0o700)
    try:
        with Supervisor(library, folder / "data") as supervisor:
            said = library.psql(supervisor.said, "SELECT 42")
    finally:
        library.packages.chmod(0o755)

    assert said == "42"
    assert len(list((folder / "data").glob("postgres-bin-*"))) == 1


def test_a_normal_user_runs_it_as_itself(folder: Path, library: Library) -> None:
    home = folder / "home"
    home.mkdir()
    shutil.chown(home, NOBODY)

    with Supervisor(library, home / "data", user=NOBODY) as supervisor:
        said = library.psql(supervisor.said, "SELECT 42", user=NOBODY)
        owner = Path(f"/proc/{server_pid(home / 'data')}").stat().st_uid
    killed = Supervisor(library, home / "data", user=NOBODY)
    killed.kill()
    with Supervisor(library, home / "data", user=NOBODY) as again:
        said_again = library.psql(again.said, "SELECT 42", user=NOBODY)

    assert (said, said_again) == ("42", "42")
    assert owner == NOBODY


def test_another_user_s_cluster_is_refused(folder: Path, library: Library) -> None:
    shutil.chown(folder, NOBODY)
    with Supervisor(library, folder / "data", user=NOBODY):
        pass

    (folder / "data").chmod(0o711)
    with pytest.raises(EmbeddedRefused, match="belongs to user"):
        EmbeddedPostgres(folder / "data", durable=False).start()
