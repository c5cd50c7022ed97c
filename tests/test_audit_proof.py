"""The audit's proof as an operator uses it: a worker that seals, files outside, a command that finds."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from eyeot.deploy.embedded import EmbeddedPostgres

PROGRAM = Path(sys.executable).with_name("eyeot")
PATIENCE = 40.0


class Deployment:
    """A data directory, its command line, and a witness that takes what it is posted."""

    def __init__(self, folder: Path, witness: str) -> None:
        self.folder = folder
        clean = {name: value for name, value in os.environ.items() if not name.startswith("EYEOT_")}
        self.environment = clean | {
            "EYEOT_DATA_DIR": str(folder),
            "EYEOT_AUDIT_WITNESS": witness,
        }

    def eyeot(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command."""
        return subprocess.run(
            [PROGRAM, *arguments], env=self.environment, capture_output=True, text=True, check=False
        )

    def calls(self, count: int) -> None:
        for _ in range(count):
            assert self.eyeot("call", "--org", "acme", "core.user.count").returncode == 0

    @contextmanager
    def worker(self) -> Iterator[None]:
        """A worker for as long as the body runs."""
        started = subprocess.Popen(
            [PROGRAM, "worker"], env=self.environment, stdout=subprocess.PIPE, text=True
        )
        try:
            assert started.stdout
            started.stdout.readline()
            yield
        finally:
            started.send_signal(signal.SIGTERM)
            started.communicate(timeout=30)

    def notes(self) -> list[Path]:
        return sorted((self.folder / "audit" / "checkpoints").glob("*.notes"))

    def attack(self, statement: str) -> None:
        """What a superuser does; the database runs while a worker does."""

        async def run() -> None:
            admin = await asyncpg.connect(EmbeddedPostgres(self.folder).admin_url)
            try:
                await admin.execute(statement)
            finally:
                await admin.close()

        asyncio.run(run())


def until(what: Callable[[], Any]) -> None:
    """Wait for another process."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)


@pytest.fixture
def posted() -> Iterator[tuple[str, list[str]]]:
    """A witness that is out of order at first."""
    taken: list[str] = []
    tried: list[int] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            tried.append(1)
            if len(tried) > 1:
                taken.append(text)
            self.send_response(200 if len(tried) > 1 else 503)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", taken
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def deployment(posted: tuple[str, list[str]]) -> Iterator[Deployment]:
    """An organisation with a few events."""
    with tempfile.TemporaryDirectory(prefix="eyeot-proof-") as folder:
        Path(folder).chmod(0o711)
        made = Deployment(Path(folder), posted[0])
        assert made.eyeot("org", "create", "acme", "--name", "Acme SARL").returncode == 0
        yield made


def test_what_was_done_behind_the_back_of_the_server_is_found_with_and_without_it(
    deployment: Deployment, posted: tuple[str, list[str]]
) -> None:
    export = deployment.folder / "acme.jsonl"
    with deployment.worker():
        until(deployment.notes)
        until(lambda: posted[1])
        (notes,) = deployment.notes()
        kept = notes.read_text()
        honest = deployment.eyeot("audit", "verify", "--json")
        wrote = deployment.eyeot("audit", "export", "--org", "acme", str(export))
        deployment.attack(
            "UPDATE core_audit_event SET actor = 'nobody' WHERE id ="
            " (SELECT event_id FROM core_audit_leaf WHERE position = 1)"
        )
        changed = deployment.eyeot("audit", "verify", "--org", "acme", "--json")
        deployment.attack("DELETE FROM core_audit_leaf; DELETE FROM core_audit_checkpoint")
        cut = deployment.eyeot("audit", "verify", "--json")
    key = deployment.eyeot("audit", "key").stdout.strip()

    (report,) = json.loads(honest.stdout)
    assert honest.returncode == 0, report
    assert report["verified"] == report["size"] > 1
    assert changed.returncode == cut.returncode == 1
    (finding,) = json.loads(changed.stdout)[0]["findings"]
    assert (finding["code"], finding["position"]) == ("event_changed", 1)
    # Cut off, or grown again by the worker meanwhile.
    found = {one["code"] for one in json.loads(cut.stdout)[0]["findings"]}
    assert found & {"tree_truncated", "tree_differs"}
    assert posted[1][0] in kept
    assert wrote.returncode == 0, wrote.stderr

    away = deployment.folder / "elsewhere"
    offline = Deployment(away, "")
    copy = deployment.folder / "copy.notes"
    copy.write_text(kept)
    ask = ("audit", "verify", "--file", str(export), "--checkpoint", str(copy), "--key", key)
    assert offline.eyeot(*ask).returncode == 0
    text = export.read_text()
    export.write_text(text.replace("Acme", "Acne", 1))
    assert offline.eyeot(*ask).returncode == 1
    assert not away.exists()


def test_the_key_is_kept_to_oneself_and_stays(deployment: Deployment) -> None:
    first = deployment.eyeot("audit", "key").stdout
    path = deployment.folder / "audit.key"

    assert deployment.eyeot("audit", "key").stdout == first
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    refused = deployment.eyeot("audit", "key")
    assert refused.returncode == 1
    assert "chmod 600" in refused.stderr
