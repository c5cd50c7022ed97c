"""Starting the demo: whatever happened to the start before, the next one gives a company in full."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 90
EYEOT = str(Path(sys.executable).with_name("eyeot"))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data directory."""
    made = Path(tempfile.mkdtemp(prefix="eyeot-start-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def _start(folder: Path) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("EYEOT_")}
    command = [EYEOT, "serve", "--demo", "--port", "0"]
    return subprocess.Popen(
        command,
        env=clean | {"EYEOT_DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _until(started: subprocess.Popen[str], words: str) -> None:
    assert started.stdout
    deadline = time.monotonic() + PATIENCE
    said = []
    for line in started.stdout:
        said.append(line)
        if words in line:
            return
        assert time.monotonic() < deadline, said
    raise AssertionError(said)


def _end(started: subprocess.Popen[str], how: signal.Signals) -> None:
    started.send_signal(how)
    started.wait(20)
    if started.stdout:
        started.stdout.close()


def _whole(folder: Path) -> dict[str, Any]:
    """Start, read the access, count the leads, and stop."""
    started = _start(folder)
    try:
        _until(started, "Ctrl-C")
        told: dict[str, Any] = json.loads((folder / "demo.json").read_text())
        count = [EYEOT, "call", "--org", "demo", "crm.lead.count"]
        where = os.environ | {"EYEOT_DATA_DIR": str(folder)}
        ended = subprocess.run(count, env=where, capture_output=True, text=True, check=True)
        return {**told, "leads": json.loads(ended.stdout)["count"]}
    finally:
        _end(started, signal.SIGINT)


def test_a_start_that_was_killed_while_loading_is_made_good(folder: Path) -> None:
    first = _start(folder)
    _until(first, "Loading the demo company")
    time.sleep(0.7)  # into the middle of the load
    _end(first, signal.SIGKILL)

    told = _whole(folder)

    assert told["leads"] >= 90
    assert told["key"].startswith("eyk_")


def test_a_later_start_reuses_everything_and_a_lost_file_is_written_again(folder: Path) -> None:
    first = _whole(folder)
    again = _whole(folder)
    assert (again["key"], again["leads"]) == (first["key"], first["leads"])

    (folder / "demo.json").unlink()
    anew = _whole(folder)
    assert anew["leads"] == first["leads"]
    assert anew["key"] != first["key"]
    assert (folder / "demo.json").stat().st_mode & 0o777 == 0o600
