"""Left open: what a reader who wrote none of it could still do to connected apps; each fails until mended."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.tests.surface.console.browser import Browser, member
from core.tests.surface.oauth.app import App, decide
from eyeot.asgi import Site
from eyeot.runtime.engine import Clock
from eyeot.testing import Desk, House


async def test_others_lift_no_bound_that_its_person_set(site: Site, house: House) -> None:
    vera, boss = Browser.of(site), Browser.of(site)
    await vera.sign_in(await member(house, "vera", "viewer"))
    await boss.sign_in(await member(house, "boss", "owner"))
    app = await App.registered(site)
    await app.connected(vera, "core:read")
    [grant] = (await house.operator.call("core.oauth_grant.list")).result["items"]
    path, own = f"/console/apps/{grant['id']}", "192.0.2.0/24"
    assert (await vera.send(path, scopes="core:read", ip_allowlist=own)).status_code == 303
    await boss.send(path, scopes="core:read", ip_allowlist="")
    [grant] = (await house.operator.call("core.oauth_grant.list")).result["items"]
    assert grant["ip_allowlist"] == [own]


async def test_a_refresh_token_is_bound_to_the_apps_networks_too(
    site: Site, house: House, anne: Browser, call: Desk
) -> None:
    app = await App.registered(site)
    told = await app.connected(anne, "core:read")
    [grant] = (await call("core.oauth_grant.list"))["items"]
    bound = {"id": grant["id"], "ip_allowlist": ["192.0.2.0/24"]}
    await house.operator.call("core.oauth_grant.update", **bound)
    assert (await app.refresh(told["refresh_token"])).json().get("error") == "invalid_grant"


async def test_a_token_that_is_told_again_is_told_with_the_scope_it_has(
    site: Site, anne: Browser
) -> None:
    app = await App.registered(site)
    first = await app.connected(anne, "core:read", "crm:read")
    await app.refresh(first["refresh_token"])
    again = (await app.refresh(first["refresh_token"], scope="crm:read")).json()
    who = (await app.whoami(again["access_token"])).json()
    held = {one["permission"] for one in who["permissions"]}
    assert held == set(again["scope"].split())


async def test_nobody_is_sent_to_an_app_that_they_never_allowed(site: Site, anne: Browser) -> None:
    # RFC 9700 §4.11.2: an error must not make this server an open redirector.
    app = await App.registered(site, redirect_uris=["https://evil.example/phish"])
    answer = await anne.get(app.address(response_type="none"))
    assert "location" not in answer.headers


@pytest.mark.parametrize("uri", ["ms-msdt:/id", "search-ms:query=x", "smb://evil.example/a", "h:x"])
async def test_no_scheme_of_the_system_is_an_apps_own(site: Site, uri: str) -> None:
    given = {"client_name": "x", "redirect_uris": [uri], "token_endpoint_auth_method": "none"}
    app = await App.registered(site)
    assert (await app.http.post("/oauth/register", json=given)).status_code == 400


async def test_consent_that_is_sent_twice_is_one_connection(
    site: Site, anne: Browser, call: Desk
) -> None:
    app = await App.registered(site)
    shown = await anne.get(app.address())
    token = re.findall(r'name="form_token" value="([^"]+)"', shown.text)[-1]
    data = {"form_token": token, "decision": "allow", "scope": "core:read"}
    for _ in range(2):
        await anne.http.post(app.address(), data=data)
    active = (await call("core.oauth_grant.list", status="active"))["items"]
    assert len(active) == 1


async def test_an_app_that_was_cut_is_told_how_an_app_comes_back(
    site: Site, anne: Browser, call: Desk
) -> None:
    app = await App.registered(site)
    access = (await app.connected(anne, "core:read"))["access_token"]
    [grant] = (await call("core.oauth_grant.list"))["items"]
    await call("core.oauth_grant.revoke", id=grant["id"], reason="x")
    hint = (await app.whoami(access)).json()["hint"]
    assert "eyk_" not in hint
    assert "connect" in hint.lower()


@pytest.fixture
def stale(house: House) -> Iterator[Clock]:
    """The true clock; until it is set, people sign in eleven minutes ago."""
    real, engine = house.engine.clock, house.engine
    engine.clock = lambda: real() - timedelta(minutes=11)
    yield real
    engine.clock = real


async def test_a_session_that_was_left_open_connects_nothing(
    site: Site, house: House, stale: Clock
) -> None:
    owner, app = Browser.of(site), await App.registered(site)
    await owner.sign_in(await member(house, "anne", "owner"))
    house.engine.clock = stale
    consent = await decide(owner, app.address(), "allow", ["core:admin"])
    assert consent.headers["location"].startswith("/console/confirm")


async def test_calls_are_counted_by_the_app_that_made_them(
    site: Site, anne: Browser, call: Desk
) -> None:
    app = await App.registered(site)
    access = (await app.connected(anne, "core:read"))["access_token"]
    credential = (await app.whoami(access)).json()["actor"]["credential"]
    told = await call("core.audit_event.aggregate", by=["credential_id"])
    by = [one["by"]["credential_id"] for one in told["groups"]]
    assert credential in [one["id"] for one in by if one]


async def test_what_nobody_vouches_for_takes_little_room(site: Site, anne: Browser) -> None:
    # 2,000 an hour are let in, each kept for a week: at 30 kB that is 10 GB.
    app = await App.registered(site)
    uris = [f"https://a.example/{n}/{'x' * 1_900}" for n in range(15)]
    asked = {"client_name": "x", "redirect_uris": uris}
    assert (await app.http.post("/oauth/register", json=asked)).status_code in (400, 413)
