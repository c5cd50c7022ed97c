"""Refusals: why the embedded PostgreSQL cannot run here, and what to do."""

from pathlib import Path


class EmbeddedRefused(RuntimeError):
    """The embedded PostgreSQL cannot run here; the message says what to do."""


class AlreadySupervised(EmbeddedRefused):
    """Another process runs this data directory's PostgreSQL."""

    def __init__(self, data_dir: Path, pid: int | None) -> None:
        self.data_dir = data_dir
        self.pid = pid
        holder = f"process {pid}" if pid else "another process"
        super().__init__(
            f"{data_dir} is in use by {holder}. Stop that one, or choose another EYEOT_DATA_DIR."
        )
