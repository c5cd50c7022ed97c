"""Soak, the short form: a few seconds of what `nox -s soak` does for two minutes."""

import subprocess
import sys

import pytest

SHORT = ("--seconds", "14", "--clients", "16", "--workers", "2", "--restarts", "1")
ENOUGH = ("--rows", "60", "--least", "100", "--hurry")


@pytest.mark.timeout(400)
def test_what_was_acknowledged_outlives_every_process() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests.soak.run", *SHORT, *ENOUGH],
        capture_output=True,
        text=True,
        timeout=380,
        check=False,
    )

    assert told.returncode == 0, f"{told.stdout[-6000:]}\n{told.stderr[-4000:]}"
