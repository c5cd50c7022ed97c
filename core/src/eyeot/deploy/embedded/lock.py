"""Lock: one supervisor per data directory, for as long as its process lives."""

import fcntl
import os
import time
from pathlib import Path

from eyeot.deploy.embedded.process import is_alive
from eyeot.deploy.embedded.refusal import AlreadySupervised

# A killed process keeps its locks for the moment the kernel needs to bury it.
BURIAL = 2.0


class Lock:
    """An exclusive lock on `eyeot.lock`, which holds the process id of its taker."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._descriptor: int | None = None

    def take(self) -> None:
        path = self._data_dir / "eyeot.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            self._wait(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def _wait(self, descriptor: int) -> None:
        deadline = time.monotonic() + BURIAL
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                text = os.pread(descriptor, 20, 0).strip()
                pid = int(text) if text.isdigit() else None
                if (pid and is_alive(pid)) or time.monotonic() > deadline:
                    raise AlreadySupervised(self._data_dir, pid) from None
                time.sleep(0.01)
            else:
                return
