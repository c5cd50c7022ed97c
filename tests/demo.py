"""Demo: the product as a user starts it, on a free port and an own data directory."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Demo:
    """What `demo.json` tells: where the server is and how to get in."""

    endpoint: str
    org: str
    key: str
    data_dir: Path
    email: str = ""
    password: str = ""
    """Of an administrator, who works in a second organisation too."""


UNHURRIED = {"EYEOT_RATE_CREDENTIAL": "0", "EYEOT_RATE_ORGANISATION": "0"}
"""Thousands of calls by one key within seconds are these tests' way, not a client's."""


@contextmanager
def served(command: Sequence[str] = ()) -> Iterator[Demo]:
    """`eyeot serve --demo`, ended and cleared away afterwards."""
    program = command or (str(Path(sys.executable).with_name("eyeot")), "serve", "--demo")
    data_dir = Path(tempfile.mkdtemp(prefix="eyeot-demo-"))
    log = data_dir / "serve.log"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("EYEOT_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*program, "--port", str(free_port())],
            env=clean | UNHURRIED | {"EYEOT_DATA_DIR": str(data_dir)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield _ready(process, data_dir, log)
    finally:
        _end(process)
        # Shown by pytest beside what failed.
        sys.stderr.write(log.read_text(errors="replace")[-8000:])
        shutil.rmtree(data_dir, ignore_errors=True)


def _ready(process: subprocess.Popen[bytes], data_dir: Path, log: Path) -> Demo:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        if (demo := _announced(data_dir)) and _listens(demo.endpoint):
            return demo
        time.sleep(0.05)
    raise RuntimeError(f"The demo server did not start:\n{log.read_text(errors='replace')[-4000:]}")


def _announced(data_dir: Path) -> Demo | None:
    try:
        told = json.loads((data_dir / "demo.json").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return Demo(told["endpoint"], told["org"], told["key"], data_dir, **told.get("admin", {}))


def _listens(endpoint: str) -> bool:
    address = urlsplit(endpoint)
    try:
        socket.create_connection((address.hostname, address.port), timeout=1).close()
    except OSError:
        return False
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
