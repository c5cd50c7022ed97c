"""The embedded PostgreSQL: its starts and its ends."""

import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import asyncpg
import pytest

from core.tests.deploy.stage import (
    Library,
    Supervisor,
    ask,
    ask_through_sqlalchemy,
    server_pid,
    wheel,
)
from eyeot.deploy.embedded import AlreadySupervised, EmbeddedPostgres, EmbeddedRefused
from eyeot.deploy.embedded.process import is_alive

AS_ROOT = os.geteuid() == 0


async def test_a_first_start_offers_an_empty_utf8_database(postgres: EmbeddedPostgres) -> None:
    assert await ask(postgres, "SELECT current_database()") == "eyeot"
    assert await ask(postgres, "SHOW server_encoding") == "UTF8"
    assert await ask(postgres, "SHOW data_checksums") == "on"
    assert await ask(postgres, "SELECT lower('ÉTÉ')") == "été"
    assert await ask(postgres, "SHOW timezone") == "UTC"


async def test_the_product_s_extensions_are_at_hand(postgres: EmbeddedPostgres) -> None:
    await ask(postgres, "CREATE EXTENSION pg_trgm")
    await ask(postgres, "CREATE EXTENSION unaccent")

    assert await ask(postgres, "SELECT unaccent('dépôt')") == "depot"


async def test_only_a_private_unix_socket_listens(postgres: EmbeddedPostgres) -> None:
    assert await ask(postgres, "SHOW listen_addresses") == ""
    assert postgres.socket_dir.stat().st_mode & 0o777 == 0o700
    assert postgres.admin_url == postgres.url("postgres")
    assert f"host={postgres.socket_dir}" in postgres.url("eyeot_app")


async def test_data_survive_an_orderly_restart(fresh: EmbeddedPostgres) -> None:
    await ask(fresh, "CREATE TABLE kept AS SELECT 42 AS answer")

    fresh.stop()
    stopped = fresh.running
    fresh.start()

    assert not stopped
    assert await ask(fresh, "SELECT answer FROM kept") == 42


async def test_values_of_a_failing_statement_stay_out_of_the_log(
    postgres: EmbeddedPostgres,
) -> None:
    await ask(postgres, "CREATE TABLE person (mail text UNIQUE)")
    await ask(postgres, "INSERT INTO person VALUES ('alice@example.org')")

    with pytest.raises(asyncpg.UniqueViolationError):
        await ask(postgres, "INSERT INTO person VALUES ('alice@example.org')")

    log = postgres.data_dir / "postgres.log"
    assert "duplicate key" in log.read_text()
    assert "alice" not in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(postgres: EmbeddedPostgres) -> None:
    assert os.getpgid(server_pid(postgres.data_dir)) != os.getpgrp()


async def test_the_server_outlives_the_thread_that_started_it(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder / "data", durable=False)
    thread = threading.Thread(target=postgres.start)
    thread.start()
    thread.join()

    assert await ask(postgres, "SELECT 1") == 1
    postgres.stop()


def test_a_second_supervisor_is_refused_by_name(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(AlreadySupervised) as refused:
        EmbeddedPostgres(postgres.data_dir).start()

    assert refused.value.pid == os.getpid()
    assert refused.value.data_dir == postgres.data_dir
    assert postgres.running


def test_a_second_supervising_process_is_refused_by_name(
    postgres: EmbeddedPostgres, library: Library
) -> None:
    with Supervisor(library, postgres.data_dir) as second:
        assert second.said.startswith("AlreadySupervised:")
        assert str(os.getpid()) in second.said
        assert str(postgres.data_dir) in second.said


async def test_a_killed_supervisor_s_data_are_there_at_once(folder: Path, library: Library) -> None:
    data_dir = folder / "data"
    killed = Supervisor(library, data_dir)
    postgres = EmbeddedPostgres(data_dir, durable=False)
    await ask(postgres, "CREATE TABLE kept AS SELECT 42 AS answer")
    orphan = server_pid(data_dir)

    killed.kill()

    with postgres:
        assert not is_alive(orphan)
        assert await ask(postgres, "SELECT answer FROM kept") == 42


def test_a_server_goes_with_its_killed_supervisor(folder: Path, library: Library) -> None:
    killed = Supervisor(library, folder / "data")
    orphan = server_pid(folder / "data")

    killed.kill()

    with EmbeddedPostgres(folder / "other", durable=False):
        assert not is_alive(orphan)


async def test_a_start_after_everything_was_killed_recovers(folder: Path, library: Library) -> None:
    data_dir = folder / "data"
    killed = Supervisor(library, data_dir)
    postgres = EmbeddedPostgres(data_dir, durable=False)
    await ask(postgres, "CREATE TABLE kept AS SELECT 42 AS answer")

    os.kill(server_pid(data_dir), signal.SIGKILL)
    killed.kill()

    with postgres:
        assert await ask(postgres, "SELECT answer FROM kept") == 42


async def test_an_orphaned_server_is_taken_over(fresh: EmbeddedPostgres) -> None:
    fresh.stop()
    command = fresh._cluster.command(wheel() / "pginstall" / "bin")
    owner = fresh._cluster.path.stat()
    orphan = subprocess.Popen(
        command,
        user=owner.st_uid if AS_ROOT else None,
        group=owner.st_gid if AS_ROOT else None,
        stderr=subprocess.DEVNULL,
    )
    while not (found := fresh._cluster.postmaster()) or not found.ready:
        assert orphan.poll() is None

    threading.Thread(target=orphan.wait).start()
    fresh.start()

    assert server_pid(fresh.data_dir) != orphan.pid
    assert await ask(fresh, "SELECT 1") == 1


async def test_a_stranger_with_the_old_number_is_left_alone(fresh: EmbeddedPostgres) -> None:
    pid_file = fresh.data_dir / "postgres" / "postmaster.pid"
    old = pid_file.read_text().split("\n")
    fresh.stop()
    with subprocess.Popen(["/bin/sleep", "60"]) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *old[1:]]))
        shutil.chown(pid_file, pid_file.parent.owner(), pid_file.parent.group())

        fresh.start()

        assert await ask(fresh, "SELECT 1") == 1
        assert stranger.poll() is None
        stranger.terminate()


async def test_an_unfinished_first_start_is_begun_anew(folder: Path) -> None:
    (folder / "data" / "postgres.unfinished" / "base").mkdir(parents=True)

    with EmbeddedPostgres(folder / "data", durable=False) as postgres:
        assert await ask(postgres, "SELECT 1") == 1


async def test_a_path_too_long_for_a_socket_gets_a_short_private_one(folder: Path) -> None:
    data_dir = folder / ("long" * 25)

    with EmbeddedPostgres(data_dir, durable=False) as postgres:
        assert await ask(postgres, "SELECT 1") == 1
        assert postgres.socket_dir.stat().st_mode & 0o777 == 0o700
        assert EmbeddedPostgres(data_dir).admin_url == postgres.admin_url
    with EmbeddedPostgres(data_dir, durable=False) as again:
        assert again.socket_dir == postgres.socket_dir
    shutil.rmtree(postgres.socket_dir)


async def test_a_lost_short_socket_folder_is_made_again(folder: Path) -> None:
    data_dir = folder / ("long" * 25)
    with EmbeddedPostgres(data_dir, durable=False) as postgres:
        shutil.rmtree(postgres.socket_dir)

    with postgres:
        assert await ask(postgres, "SELECT 1") == 1
    shutil.rmtree(postgres.socket_dir)


async def test_a_path_with_blanks_and_accents_works(folder: Path) -> None:
    with EmbeddedPostgres(folder / "Mes données d'été", durable=False) as postgres:
        assert await ask(postgres, "SELECT 1") == 1
        assert await ask_through_sqlalchemy(postgres) == 1


async def test_a_path_clients_would_misread_gets_another_socket(folder: Path) -> None:
    with EmbeddedPostgres(folder / "a,b:5", durable=False) as postgres:
        assert await ask(postgres, "SELECT 1") == 1
        assert postgres.socket_dir.parent != postgres.data_dir
    shutil.rmtree(postgres.socket_dir)


def test_a_cluster_of_another_version_is_refused(fresh: EmbeddedPostgres) -> None:
    fresh.stop()
    (fresh.data_dir / "postgres" / "PG_VERSION").write_text("17\n")

    with pytest.raises(EmbeddedRefused, match="made by PostgreSQL 17"):
        fresh.start()
    with pytest.raises(EmbeddedRefused):
        fresh.start()


def test_a_server_that_cannot_start_is_quoted(fresh: EmbeddedPostgres) -> None:
    fresh.stop()
    (fresh.data_dir / "postgres" / "postgresql.conf").write_text("no_such_setting = 1\n")

    with pytest.raises(EmbeddedRefused, match="no_such_setting"):
        fresh.start()

    assert not fresh.running


def test_a_file_in_place_of_the_data_directory_is_refused(folder: Path) -> None:
    (folder / "data").touch()

    with pytest.raises(EmbeddedRefused, match="EYEOT_DATA_DIR"):
        EmbeddedPostgres(folder / "data").start()
