"""Servers: one running PostgreSQL process, bound to the life of this one."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from eyeot.deploy.embedded import launch
from eyeot.deploy.embedded.account import Account
from eyeot.deploy.embedded.refusal import EmbeddedRefused

ENDINGS = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))


class Server:
    """PostgreSQL in a session of its own: Ctrl-C in the terminal is for its supervisor."""

    def __init__(self, command: Sequence[str], account: Account, log: Path) -> None:
        user = [str(os.getpid()), str(account.uid), str(account.gid)]
        self._command = [sys.executable, "-I", "-S", launch.__file__, *user, *command]
        self._log = log
        self._log_start = log.stat().st_size if log.exists() else 0
        self._process: subprocess.Popen[bytes] | None = None
        self._failure: OSError | None = None
        self._launched = threading.Event()
        self._ended = threading.Event()
        # The kernel takes the death of the starting thread for the supervisor's.
        threading.Thread(target=self._keep, name="embedded-postgres", daemon=True).start()
        self._launched.wait()
        if self._failure:
            raise EmbeddedRefused(f"PostgreSQL cannot be started: {self._failure}.")

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def running(self) -> bool:
        return not self._ended.is_set()

    def ended_within(self, seconds: float) -> bool:
        return self._ended.wait(seconds)

    def said(self) -> str:
        """What this server wrote to its log, the end of it."""
        with self._log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace").strip()[-2000:]

    def stop(self) -> None:
        for number, patience in ENDINGS:
            if self.running:
                os.kill(self.pid, number)
                if self.ended_within(patience):
                    return

    def _keep(self) -> None:
        try:
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command,
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as failure:
            self._failure = failure
            self._ended.set()
        self._launched.set()
        if self._process:
            self._process.wait()
            self._ended.set()
