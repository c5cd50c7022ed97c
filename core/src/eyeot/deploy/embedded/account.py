"""Accounts: the system user PostgreSQL runs as, because it refuses to run as root."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eyeot.deploy.embedded.refusal import EmbeddedRefused

NAME = "eyeot-postgres"
PRIVATE = 0o700


@dataclass(frozen=True, slots=True)
class Account:
    """A system user, and whether the supervisor has to become it."""

    name: str
    uid: int
    gid: int
    foreign: bool

    def run(
        self, command: Sequence[str | Path], *, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, untouched by the caller's environment."""
        return subprocess.run(
            command,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd="/",
            env={"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath},
            user=self.uid if self.foreign else None,
            group=self.gid if self.foreign else None,
            extra_groups=[] if self.foreign else None,
        )

    def can_enter(self, directory: Path) -> bool:
        return self.run(["/bin/sh", "-c", 'test -x "$1"', "sh", directory]).returncode == 0

    def own(self, path: Path) -> None:
        if self.foreign:
            os.chown(path, self.uid, self.gid)


def account() -> Account:
    """The account for this process: its own user, or for root the system user made for it."""
    if os.geteuid() != 0:
        return _described(_current(), foreign=False)
    try:
        found = pwd.getpwnam(NAME)
    except KeyError:
        found = _created()
    return _described(found, foreign=True)


def user_name() -> str:
    """The supervisor's own system user, as PostgreSQL sees it at the socket."""
    return _current().pw_name


def _described(entry: pwd.struct_passwd, *, foreign: bool) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, foreign)


def _current() -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(os.geteuid())
    except KeyError:
        raise EmbeddedRefused(
            f"User {os.geteuid()} has no name on this system, and PostgreSQL needs one. "
            "Add it to /etc/passwd, or set EYEOT_DATABASE_URL."
        ) from None


def _created() -> pwd.struct_passwd:
    reason = "neither useradd nor adduser is installed"
    for _ in range(20):
        if command := _creation():
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            reason = done.stderr.strip() or f"{command[0]} failed"
        try:
            return pwd.getpwnam(NAME)
        except KeyError:
            # Two first starts at once: one holds the password file's lock, and makes the user.
            if "try again" not in reason:
                break
            time.sleep(0.1)
    raise EmbeddedRefused(
        f"PostgreSQL does not run as root, and its user {NAME} could not be made: {reason}. "
        "Start Eyeot as another user, or set EYEOT_DATABASE_URL."
    )


def _creation() -> list[str]:
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    if useradd := shutil.which("useradd", path=path):
        home = ["--no-create-home", "--home-dir", "/nonexistent"]
        return [useradd, "--system", "--user-group", *home, "--shell", "/usr/sbin/nologin", NAME]
    if adduser := shutil.which("adduser", path=path):
        return [adduser, "-S", "-D", "-H", "-s", "/sbin/nologin", NAME]
    return []
