"""The protocol's own suite against the authorization server, with a person who consents."""

import json
from pathlib import Path

import httpx
from playwright.async_api import expect

from eyeot.cli.clients import Place
from tests.browser.conftest import OpenWindow
from tests.browser.person import Person
from tests.browser.window import Window
from tests.clients.node import Project, environment
from tests.clients.program import started
from tests.conformance.run import SUITE
from tests.demo import Demo, free_port

SCENARIOS = ("authorization-server-metadata-endpoint", "authorization-code-grant")


def registered(origin: str, back: str) -> str:
    """The id of a client that was registered before the suite begins."""
    about = {
        "client_name": "Conformance suite",
        "redirect_uris": [back],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }
    answer = httpx.post(f"{origin}/oauth/register", json=about)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["client_id"])


async def test_the_suite_finds_nothing_wrong_with_the_authorization_server(
    demo: Demo, open_window: OpenWindow, tmp_path: Path
) -> None:
    page, person, port = await open_window(Window()), Person.of(demo), free_port()
    issuer = Place(demo.endpoint, "").origin
    client_id = registered(issuer, f"http://127.0.0.1:{port}/callback")
    client = ("--client-id", client_id, "--resource", demo.endpoint, "--port", str(port))
    suite = Project(Path(__file__).parents[1] / "conformance")
    command = suite.command(SUITE, "authorization", "--url", issuer, *client, "-o", str(tmp_path))

    async with started(command, environment()) as said:
        await person.open(page, await said.address("Access the following URL"))
        await person.allow(page)
        await expect(page.get_by_text("You can close this page")).to_be_visible()

    for scenario in SCENARIOS:
        (checks,) = tmp_path.glob(f"authorization-server-{scenario}-*/checks.json")
        told = json.loads(checks.read_text())
        assert told
        assert {check["status"] for check in told} == {"SUCCESS"}, told
