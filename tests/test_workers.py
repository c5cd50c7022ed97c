"""Several processes: they share one queue and one socket, and whoever dies is replaced."""

import base64
import hashlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.demo import Demo, served
from tests.reader import Reader

EYEOT = str(Path(sys.executable).with_name("eyeot"))
PATIENCE = 60.0
IMPORTED = "Raison sociale;Adresse;Ville\n" + "".join(
    f"Fournisseur {n};{n} rue Neuve;Lyon\n" for n in range(1500)
)


@pytest.fixture(scope="module")
def several() -> Iterator[Demo]:
    """Two processes that answer and do no jobs."""
    with served((EYEOT, "serve", "--demo", "--workers", "2", "--no-jobs")) as running:
        yield running


def call(demo: Demo, action: str, **arguments: Any) -> dict[str, Any]:
    address = demo.endpoint.replace("/mcp", f"/actions/{action}")
    told = httpx.post(address, json=arguments, headers={"X-API-Key": demo.key}, timeout=30)
    assert told.status_code == 200, told.text
    found: dict[str, Any] = told.json()
    return found


def _worker(demo: Demo) -> subprocess.Popen[bytes]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("EYEOT_")}
    where = clean | {"EYEOT_DATA_DIR": str(demo.data_dir)}
    return subprocess.Popen([EYEOT, "worker"], env=where, stdout=subprocess.DEVNULL)


def _servers(demo: Demo) -> list[int]:
    """The processes that answer, by the environment that they were started with."""
    mark = f"EYEOT_DATA_DIR={demo.data_dir}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            told = (entry / "environ").read_bytes(), (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if mark in told[0] and b"spawn_main" in told[1]:
            found.append(int(entry.name))
    return found


def _until(condition: Any) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


def test_a_killed_process_is_replaced_and_the_others_answer_meanwhile(several: Demo) -> None:
    first = _until(lambda: len(_servers(several)) == 2 and _servers(several))
    os.kill(first[0], signal.SIGKILL)

    for _ in range(20):
        assert call(several, "core.session.whoami")["organisation"]
    replaced = _until(lambda: set(_servers(several)) - set(first))

    assert first[0] not in replaced


def test_a_job_goes_on_in_another_worker_when_its_own_is_killed(several: Demo) -> None:
    before = call(several, "crm.party.count")["count"]
    begun = call(several, "crm.party.import", text=IMPORTED, filename="fournisseurs.csv")
    run = call(several, "core.import_job.run", job_id=begun["import_job_id"], mode="best_effort")
    job = run["job_id"]
    assert call(several, "core.job.get", id=job)["status"] == "queued"

    dying = _worker(several)
    _until(lambda: call(several, "core.job.get", id=job)["done"] >= 500)
    dying.kill()
    dying.wait()
    half = call(several, "core.job.get", id=job)
    assert half["status"] == "running"
    other = _worker(several)
    try:
        ended = _until(
            lambda: (now := call(several, "core.job.get", id=job))["status"] == "done" and now
        )
    finally:
        other.terminate()
        other.wait()

    assert (ended["result"]["ok"], ended["attempts"]) == (1500, 2)
    assert call(several, "crm.party.count")["count"] == before + 1500
    assert json.dumps(ended)


def test_what_is_cut_is_cut_in_every_process(several: Demo) -> None:
    access = _connected(several)
    assert {_asked(several, access) for _ in range(30)} == {httpx.codes.OK}
    grant = call(several, "core.oauth_grant.list", client_name="Workers")["items"][0]

    call(several, "core.oauth_grant.revoke", id=grant["id"], reason="Essai")
    time.sleep(1)

    assert {_asked(several, access) for _ in range(30)} == {httpx.codes.UNAUTHORIZED}


def _asked(demo: Demo, access: str) -> int:
    """What a call with a token is answered, on a connection of its own: whichever process takes it."""
    address = demo.endpoint.replace("/mcp", "/actions/core.session.whoami")
    return httpx.post(address, json={}, headers={"Authorization": f"Bearer {access}"}).status_code


def _connected(demo: Demo) -> str:
    """The access token of an app that the demo's administrator connected."""
    reader, back = Reader(demo), "http://127.0.0.1:9/back"
    reader.sign_in(demo)
    public = {"token_endpoint_auth_method": "none"}
    asked = {"client_name": "Workers", "redirect_uris": [back], **public}
    app = httpx.post(f"{reader.http.base_url}/oauth/register", json=asked).json()
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    wish = {
        "response_type": "code",
        "client_id": app["client_id"],
        "redirect_uri": back,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "scope": "core:read",
    }
    page = f"/oauth/authorize?{urlencode(wish)}"
    answer = reader.send(page, decision="allow", scope="core:read")
    [code] = parse_qs(urlsplit(answer.headers["location"]).query)["code"]
    given = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": verifier,
        "client_id": app["client_id"],
        "redirect_uri": back,
    }
    told = httpx.post(f"{reader.http.base_url}/oauth/token", data=given)
    reader.http.close()
    assert told.status_code == httpx.codes.OK, told.text
    access: str = told.json()["access_token"]
    return access
