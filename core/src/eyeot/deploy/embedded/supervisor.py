"""Supervisor: starts PostgreSQL, watches it, and takes it along when it goes."""

import os
import stat
import time
from pathlib import Path
from typing import Self
from urllib.parse import quote

from eyeot.deploy.embedded.account import PRIVATE, Account, account
from eyeot.deploy.embedded.binaries import programs
from eyeot.deploy.embedded.cluster import PORT, Cluster
from eyeot.deploy.embedded.lock import Lock
from eyeot.deploy.embedded.refusal import EmbeddedRefused
from eyeot.deploy.embedded.server import Server
from eyeot.deploy.embedded.takeover import take_over

# Replaying the log after a crash takes seconds, not minutes, at PostgreSQL's usual checkpoints.
RECOVERY = 120.0
# Backends of a killed server notice its death within moments, and let its memory go.
LINGERING = 10.0
LARGEST_LOG = 8 * 1024 * 1024


class EmbeddedPostgres:
    """PostgreSQL in a data directory, reached over a private unix socket only.

    One process supervises: it starts the server, and the server ends with it, however it ends.
    Others on the same machine and user may use the addresses without starting anything.
    `durable=False` gives a throw-away cluster for tests: fast, and lost with the machine.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self.data_dir = data_dir.resolve()
        self._cluster = Cluster(self.data_dir, durable=durable)
        self._lock = Lock(self.data_dir)
        self._server: Server | None = None

    @property
    def socket_dir(self) -> Path:
        return self._cluster.socket_dir

    @property
    def admin_url(self) -> str:
        return self.url("postgres")

    @property
    def running(self) -> bool:
        return self._server is not None and self._server.running

    def url(self, role: str, database: str = "eyeot") -> str:
        """Where a role connects, as libpq, asyncpg and SQLAlchemy understand it."""
        host = quote(str(self.socket_dir), safe="/")
        return f"postgresql://{quote(role)}@/{quote(database)}?host={host}&port={PORT}"

    def start(self) -> None:
        """Serve the data directory, making the cluster at the first start."""
        if self.running:
            return
        _make(self.data_dir)
        self._lock.take()
        try:
            owner = account()
            _open_to(owner, self.data_dir)
            binaries = programs(owner, self.data_dir)
            take_over(self._cluster)
            self._cluster.prepare(owner, binaries)
            self._serve(owner, binaries)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server after a last checkpoint, and let the data directory go."""
        if self._server:
            self._server.stop()
            self._server = None
        self._lock.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _serve(self, owner: Account, binaries: Path) -> None:
        log = self._cluster.log
        _prepare_log(log)
        deadline = time.monotonic() + LINGERING
        while True:
            self._server = Server(self._cluster.command(binaries), owner, log)
            if self._is_ready(self._server):
                return
            said = self._server.said()
            if "pre-existing shared memory" not in said or time.monotonic() > deadline:
                raise EmbeddedRefused(f"PostgreSQL did not start; {log} ends with: {said}")
            time.sleep(0.1)

    def _is_ready(self, server: Server) -> bool:
        deadline = time.monotonic() + RECOVERY
        while not server.ended_within(0.005):
            postmaster = self._cluster.postmaster()
            if postmaster and postmaster.pid == server.pid and postmaster.ready:
                return True
            if time.monotonic() > deadline:
                return False
        return False


def _make(data_dir: Path) -> None:
    try:
        data_dir.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        usable = os.access(data_dir, os.W_OK | os.X_OK)
    except OSError:
        usable = False
    if not usable:
        raise EmbeddedRefused(
            f"{data_dir} is no directory this user can write to. Choose another EYEOT_DATA_DIR."
        )


def _open_to(owner: Account, data_dir: Path) -> None:
    """Let the database's own user pass through the data directory, and only through that."""
    if not owner.foreign or owner.can_enter(data_dir):
        return
    for folder in reversed(data_dir.parents):
        if not owner.can_enter(folder):
            raise EmbeddedRefused(
                f"PostgreSQL runs as {owner.name}, because it refuses to run as root, and that "
                f"user cannot pass {folder}. Choose an EYEOT_DATA_DIR outside of it, such as "
                "/var/lib/eyeot."
            )
    found = data_dir.stat()
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) != PRIVATE:
        raise EmbeddedRefused(
            f"PostgreSQL runs as {owner.name}, which cannot enter {data_dir}. Give it the right "
            "to (chmod o+x), or choose another EYEOT_DATA_DIR."
        )
    os.chown(data_dir, -1, owner.gid)
    data_dir.chmod(0o710)


def _prepare_log(log: Path) -> None:
    """A private log that does not grow without end."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_name(f"{log.name}.1"))
    log.touch(mode=0o600)
