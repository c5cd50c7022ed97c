"""Streams: what a client that listens is told when the server stops, and what workers share."""

import stat
import sys
from pathlib import Path

import httpx
import orjson
import pytest

from core.tests.surface.mcp.talk import META, MODERN, request
from eyeot.deploy.secret_keys import FILE, secret_keys
from eyeot.deploy.settings import Settings, WrongSettings
from tests.demo import served

SERVE = (str(Path(sys.executable).with_name("eyeot")), "serve", "--demo")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_that_stops_ends_its_streams_with_their_result(workers: str) -> None:
    with httpx.Client(timeout=20) as http:
        with served((*SERVE, "--workers", workers)) as demo:
            assert stat.S_IMODE((demo.data_dir / FILE).stat().st_mode) == 0o600
            headers = {
                "authorization": f"Bearer {demo.key}",
                "mcp-protocol-version": MODERN,
                "mcp-method": "subscriptions/listen",
                "accept": "text/event-stream, application/json",
            }
            params = {"notifications": {"toolsListChanged": True}, "_meta": META}
            body = request("subscriptions/listen", params, "mine")
            asked = http.build_request("POST", demo.endpoint, json=body, headers=headers)
            answer = http.send(asked, stream=True)
            lines = answer.iter_lines()
            assert "acknowledged" in next(lines)
        last = [orjson.loads(line[6:]) for line in lines if line.startswith("data: ")][-1]

    assert last["id"] == "mine"
    assert last["result"]["resultType"] == "complete"


def test_a_key_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new")

    (first,) = secret_keys(settings)

    assert secret_keys(settings) == (first,)
    assert len(first) >= 32
    assert [path.name for path in settings.data_dir.iterdir()] == [FILE]
    (settings.data_dir / FILE).chmod(0o640)
    with pytest.raises(WrongSettings, match="chmod 600"):
        secret_keys(settings)


def test_keys_of_the_environment_come_first_and_are_long(tmp_path: Path) -> None:
    new, old = "n" * 40, "o" * 40

    assert secret_keys(Settings(data_dir=tmp_path, secret_keys=(new, old))) == (
        new.encode(),
        old.encode(),
    )
    assert not list(tmp_path.iterdir())
    with pytest.raises(WrongSettings, match="EYEOT_SECRET_KEYS") as refused:
        secret_keys(Settings(data_dir=tmp_path, secret_keys=("short",)))
    assert "short'" not in str(refused.value)
