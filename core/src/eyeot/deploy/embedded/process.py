"""Processes: whether one lives, and what it runs."""

import os
import subprocess
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether a process runs under this id; one that only waits to be reaped does not."""
    return bool(command_line(pid))


def command_line(pid: int) -> list[str]:
    """A process's arguments; empty when it is gone, a zombie, or the kernel's own."""
    if Path("/proc/self").exists():
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return []
        return [os.fsdecode(part) for part in raw.split(b"\0") if part]
    # Systems without /proc (macOS); `ps` joins the arguments, which serves a look for a path.
    listed = subprocess.run(
        ["/bin/ps", "-o", "command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return listed.stdout.split()
