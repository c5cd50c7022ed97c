"""Devices: a program without a browser waits for its person, who decides by a short code."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from core.tests.surface.console.browser import PASSWORD, Browser, member
from core.tests.surface.oauth.app import DEVICE, App, outside
from eyeot.asgi import Site
from eyeot.platform.oauth.devices import ALPHABET
from eyeot.testing import Desk, House

_HIDDEN = re.compile(r'name="(form_token|user_code|proof)" value="([^"]+)"')
_TICKED = re.compile(r'name="scope" value="([^"]+)" checked')


async def _device(site: Site, **told: Any) -> App:
    given = {"redirect_uris": [], "grant_types": [DEVICE, "refresh_token"], **told}
    return await App.registered(site, client_name="mcp-remote", **given)


async def _codes(app: App, **asked: str) -> dict[str, Any]:
    given = {"client_id": app.client_id, "scope": "crm:read", **asked}
    answer = await app.http.post("/oauth/device_authorization", data=given)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def _polled(app: App, codes: dict[str, Any]) -> httpx.Response:
    return await app.token(grant_type=DEVICE, device_code=codes["device_code"])


async def _entered(person: Browser, code: str) -> httpx.Response:
    return await person.send("/oauth/device", user_code=code)


async def _decided(person: Browser, shown: httpx.Response, decision: str) -> httpx.Response:
    data: dict[str, Any] = {n: unescape(v) for n, v in _HIDDEN.findall(shown.text)}
    data |= {"decision": decision, "scope": _TICKED.findall(shown.text)}
    return await person.http.post("/oauth/device", data=data)


async def test_a_program_is_connected_by_its_code(site: Site, house: House, anne: Browser) -> None:
    app = await _device(site)
    codes = await _codes(app)
    assert re.fullmatch(f"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", codes["user_code"])
    assert (codes["interval"], codes["expires_in"]) == (5, 600)
    assert (await _polled(app, codes)).json()["error"] == "authorization_pending"
    typed = codes["user_code"].lower().replace("-", " ")
    shown = await _entered(anne, typed)
    assert "mcp-remote" in shown.text
    assert "Maison Test SARL" in shown.text
    done = await _decided(anne, shown, "allow")
    assert done.status_code == 200

    answer = await _polled(app, codes)

    told = answer.json()
    assert (answer.status_code, told["scope"]) == (200, "crm:read")
    who = (await app.whoami(told["access_token"])).json()["actor"]
    assert who["on_behalf_of"] == house.people["anne"]
    assert (await _polled(app, codes)).json()["error"] == "invalid_grant"
    assert (await app.refresh(told["refresh_token"])).status_code == 200


async def test_a_refusal_and_the_end_of_a_code_are_told(
    site: Site, house: House, anne: Browser, call: Desk
) -> None:
    app, real = await _device(site), house.engine.clock
    refused, late = await _codes(app), await _codes(app)
    await _decided(anne, await _entered(anne, refused["user_code"]), "refuse")
    assert (await _polled(app, refused)).json()["error"] == "access_denied"
    house.engine.clock = lambda: real() + timedelta(seconds=601)
    try:
        assert (await _polled(app, late)).json()["error"] == "expired_token"
        assert (await _entered(anne, late["user_code"])).status_code == 422
    finally:
        house.engine.clock = real
    assert (await call("core.oauth_grant.list"))["items"] == []


async def test_who_asks_too_often_is_slowed_down(site: Site, house: House) -> None:
    app, real = await _device(site), house.engine.clock
    codes = await _codes(app)
    try:
        told = []
        for second in (0, 1, 7, 12, 33):
            now = real() + timedelta(seconds=second)
            house.engine.clock = lambda now=now: now  # type: ignore[misc]
            told.append((await _polled(app, codes)).json()["error"])
    finally:
        house.engine.clock = real
    pending, slow = "authorization_pending", "slow_down"
    assert told == [pending, slow, slow, slow, pending]


async def test_a_code_is_of_the_program_that_asked(site: Site, anne: Browser) -> None:
    app, thief = await _device(site), await _device(site)
    codes = await _codes(app)
    await _decided(anne, await _entered(anne, codes["user_code"]), "allow")
    assert (await _polled(thief, codes)).json()["error"] == "invalid_grant"
    assert (await _polled(app, codes)).status_code == 200
    web = await App.registered(site)
    asked = {"client_id": web.client_id}
    answer = await web.http.post("/oauth/device_authorization", data=asked)
    assert answer.json()["error"] == "unauthorized_client"
    asked = {"client_id": app.client_id, "scope": "a\0b"}
    answer = await app.http.post("/oauth/device_authorization", data=asked)
    assert answer.json()["error"] == "invalid_scope"


async def test_codes_cannot_be_guessed(site: Site, house: House) -> None:
    email = await member(house, "eve", "viewer")
    eve = Browser.of(site, address="192.0.2.66")
    await eve.sign_in(email)
    tried = [await _entered(eve, "BCDF-GHJK") for _ in range(12)]
    assert [one.status_code for one in tried] == [422] * 10 + [429] * 2
    app = await _device(site)
    codes = await _codes(app)
    assert (await _entered(eve, codes["user_code"])).status_code == 429


async def test_an_approval_takes_the_form_that_was_shown(
    site: Site, house: House, anne: Browser
) -> None:
    app = await _device(site)
    codes = await _codes(app)
    forged = {"user_code": codes["user_code"], "decision": "allow", "scope": "crm:read"}
    assert (await anne.http.post("/oauth/device", data=forged)).status_code == 403
    # With a token of the form, and yet without having seen who asks.
    seen = await anne.send("/oauth/device", **forged)
    assert "proof" in seen.text
    assert (await _polled(app, codes)).json()["error"] == "authorization_pending"
    other = Browser.of(site)
    await other.sign_in(await member(house, "eve", "owner"))
    shown = await _entered(other, codes["user_code"])
    proof = dict(_HIDDEN.findall(shown.text))["proof"]
    stolen = await anne.send("/oauth/device", **forged, proof=unescape(proof))
    assert "proof" in stolen.text
    assert (await _polled(app, codes)).json()["error"] == "slow_down"


async def test_an_approval_beyond_reading_takes_a_fresh_proof(
    site: Site, house: House, stale: Callable[[], None]
) -> None:
    anne, app = Browser.of(site), await _device(site)
    await anne.sign_in(await member(house, "anne", "owner"))
    stale()
    reading, writing = await _codes(app), await _codes(app, scope="crm:write")
    shown = await _entered(anne, reading["user_code"])
    assert shown.status_code == 200
    more = shown.text.replace('value="crm:write"', 'value="crm:write" checked')
    for answer in (
        await _decided(anne, httpx.Response(200, text=more), "allow"),
        await _entered(anne, writing["user_code"]),
    ):
        assert answer.headers["location"].startswith("/console/confirm")
    back = await anne.send(answer.headers["location"], proof=PASSWORD)
    assert writing["user_code"] in (await anne.get(back.headers["location"])).text
    await _decided(anne, await _entered(anne, writing["user_code"]), "allow")
    assert (await _polled(app, writing)).status_code == 200
    assert (await _polled(app, reading)).json()["error"] == "authorization_pending"


async def test_nobody_sees_the_page_without_signing_in(site: Site) -> None:
    stranger = Browser.of(site)
    answer = await stranger.get("/oauth/device?user_code=BCDF-GHJK")
    assert answer.headers["location"].startswith("/console/sign-in?next=%2Foauth%2Fdevice")
    http = outside(site)
    assert (await http.post("/oauth/device", data={})).status_code in (303, 403)


@pytest.mark.parametrize("code", ["", "BCDF", "AAAA-AAAA", "BCDF-GHJK-BCDF", "<script>", "é"])
async def test_what_is_no_code_waits_for_nobody(site: Site, anne: Browser, code: str) -> None:
    assert (await _entered(anne, code)).status_code == 422
