"""Takeover: what a supervisor that died left behind."""

import os
import signal
import time

from eyeot.deploy.embedded.cluster import SOCKET, Cluster
from eyeot.deploy.embedded.process import command_line, is_alive
from eyeot.deploy.embedded.refusal import EmbeddedRefused

# The orphan is usually stopping already, told so by its supervisor's death: a fast shutdown
# writes a checkpoint. Then harder ways.
ENDINGS = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


def take_over(cluster: Cluster) -> None:
    """Stop an orphaned server and clear what would keep a new one from starting."""
    left = cluster.postmaster()
    if left is None:
        return
    if str(cluster.path) in command_line(left.pid):
        end(left.pid)
    _disown(cluster)
    for name in (SOCKET, f"{SOCKET}.lock"):
        (cluster.socket_dir / name).unlink(missing_ok=True)


def end(pid: int) -> None:
    """Stop a server that is nobody's child here, and wait until it is gone."""
    for number, patience in ENDINGS:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not is_alive(pid):
                return
            time.sleep(0.005)
    raise EmbeddedRefused(f"PostgreSQL (process {pid}) of a former start cannot be stopped.")


def _disown(cluster: Cluster) -> None:
    """Name the supervisor in a pid file left by a crash, whose number may be a stranger's now.

    PostgreSQL passes over its own parent's number, and still finds out from the rest of the file
    whether old backends hold the shared memory; without the file it could not.
    """
    path = cluster.path / "postmaster.pid"
    if path.exists():
        _, _, rest = path.read_text().partition("\n")
        path.write_text(f"{os.getpid()}\n{rest}")
