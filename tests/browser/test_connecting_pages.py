"""Connecting an app, as its person sees it: who asks, for what, where it goes, and saying yes or no."""

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Accessible, Picture
from tests.browser.loopback import Loopback, listening
from tests.browser.person import Person
from tests.demo import Demo

VERIFIER = "a-verifier-that-is-long-enough-to-be-one-by-its-rfc"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
NAME = "Assistant de comptabilité"
MARKUP = "<b>Eyeot</b> & <script>alert(1)</script>"


@dataclass(frozen=True)
class App:
    """An app that registered itself."""

    origin: str
    id: str

    def wish(self, back: Loopback, **more: str) -> str:
        """Where it sends its person."""
        digest = hashlib.sha256(VERIFIER.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": back.address,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            "scope": "core:read crm:read crm:write",
            "state": "kept as it is: ça, & = ?",
            "resource": f"{self.origin}/api/v1/mcp",
        }
        return f"/oauth/authorize?{urlencode({**asked, **more})}"

    def redeem(self, back: Loopback, code: str) -> dict[str, Any]:
        """Exchange a code."""
        form = {
            "grant_type": "authorization_code",
            "client_id": self.id,
            "code": code,
            "code_verifier": VERIFIER,
            "redirect_uri": back.address,
        }
        answer = httpx.post(f"{self.origin}/oauth/token", data=form)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told


def registered(origin: str, name: str, *redirects: str) -> App:
    """Register an app as apps do."""
    about = {
        "client_name": name,
        "redirect_uris": redirects,
        "grant_types": ["authorization_code"] if redirects else [DEVICE],
        "token_endpoint_auth_method": "none",
    }
    answer = httpx.post(f"{origin}/oauth/register", json=about)
    assert answer.status_code == 201, answer.text
    return App(origin, answer.json()["client_id"])


async def test_consent_can_be_read_by_everybody_and_refused(
    page: Page, demo: Demo, origin: str, accessible: Accessible, picture: Picture
) -> None:
    person = Person.of(demo)
    async with listening() as back:
        await person.open(page, registered(origin, NAME, back.address).wish(back))
        await person.read_as_browser(page)
        await expect(page.get_by_role("heading", level=1)).to_contain_text(NAME)
        await expect(page.get_by_text("127.0.0.1")).to_be_visible()
        await accessible(page)
        await picture(page, "consent")
        await page.locator("summary").click()
        await accessible(page)
        await person.refuse(page)
        came = await back.came

    told = {"error": "access_denied", "state": "kept as it is: ça, & = ?", "iss": origin}
    assert came == {**came, **told}
    assert "code" not in came


async def test_what_is_not_ticked_is_not_given(no_script: Page, demo: Demo, origin: str) -> None:
    person = Person.of(demo)
    async with listening() as back:
        app = registered(origin, NAME, back.address)
        await person.open(no_script, app.wish(back))
        for box in await no_script.get_by_role("checkbox").all():
            await box.uncheck()
        await person.allow(no_script)
        await expect(no_script.get_by_role("alert")).to_be_visible()
        assert not back.came.done()

        await no_script.locator("input[value='crm:read']").check()
        await person.allow(no_script)
        came = await back.came
        given = app.redeem(back, came["code"])

    assert came["iss"] == origin
    assert given["scope"] == "crm:read"


async def test_a_name_is_shown_as_it_is_and_runs_nothing(
    no_script: Page, demo: Demo, origin: str
) -> None:
    async with listening() as back:
        await Person.of(demo).open(no_script, registered(origin, MARKUP, back.address).wish(back))
        await expect(no_script.get_by_role("heading", level=1)).to_contain_text("<b>Eyeot</b>")


@pytest.mark.parametrize("changed", ["client_id", "redirect_uri"])
async def test_nobody_is_sent_on_for_an_app_that_is_not_known(
    no_script: Page, demo: Demo, origin: str, changed: str
) -> None:
    async with listening() as back:
        app = registered(origin, NAME, back.address)
        wrong = {changed: "https://elsewhere.example/callback"}
        await Person.of(demo).open(no_script, app.wish(back, **wrong))
        await expect(no_script.get_by_role("heading", level=1)).to_be_visible()
        await expect(no_script.get_by_role("button", name="Autoriser")).to_have_count(0)

    assert no_script.url.startswith(origin)
    assert not back.came.done()


async def test_a_device_is_allowed_by_its_code_or_refused(
    page: Page, demo: Demo, origin: str, accessible: Accessible, picture: Picture
) -> None:
    person, app = Person.of(demo), registered(origin, NAME)
    form = {"client_id": app.id, "scope": "crm:read"}
    begun = httpx.post(f"{origin}/oauth/device_authorization", data=form).json()

    await person.open(page, begun["verification_uri"])
    await person.read_as_browser(page)
    await page.get_by_label("Code").fill("BCDF-BCDF")
    await person.confirm_code(page)
    await expect(page.get_by_role("alert")).to_be_visible()
    await accessible(page)

    await page.goto(begun["verification_uri_complete"])
    await accessible(page)
    await picture(page, "device-code")
    await person.confirm_code(page)
    await expect(page.get_by_role("heading", level=1)).to_contain_text(NAME)
    await accessible(page)
    await picture(page, "device")
    await person.refuse(page)
    await expect(page).to_have_url(re.compile("/oauth/device"))
    await accessible(page)

    poll = {"grant_type": DEVICE, "client_id": app.id, "device_code": begun["device_code"]}
    told = httpx.post(f"{origin}/oauth/token", data=poll)
    assert (told.status_code, told.json()["error"]) == (400, "access_denied")
