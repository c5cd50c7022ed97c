"""Refreshing: a refresh token is good once; whoever comes with a used one ends the whole connection."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from core.tests.raw import connected
from core.tests.surface.console.browser import Browser, member
from core.tests.surface.oauth.app import App
from eyeot.asgi import Site
from eyeot.runtime.housekeeping import tidied
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase


@pytest.fixture
def later(house: House) -> Iterator[Callable[[timedelta], None]]:
    """Moves the engine's clock."""
    real, engine = house.engine.clock, house.engine

    def move(by: timedelta) -> None:
        engine.clock = lambda: real() + by

    yield move
    engine.clock = real


async def test_a_refresh_token_gives_new_tokens_for_the_same_credential(
    site: Site, anne: Browser
) -> None:
    app = await App.registered(site)
    first = await app.connected(anne)
    second = (await app.refresh(first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["scope"] == first["scope"]
    who = [
        (await app.whoami(one["access_token"])).json()["actor"]["credential"]
        for one in (first, second)
    ]
    assert who[0] == who[1]
    assert (await app.refresh(second["refresh_token"])).status_code == 200


async def test_the_reuse_of_a_refresh_token_ends_the_family(
    site: Site, anne: Browser, call: Desk, later: Callable[[timedelta], None]
) -> None:
    app = await App.registered(site)
    first = await app.connected(anne)
    second = (await app.refresh(first["refresh_token"])).json()
    later(timedelta(seconds=31))

    again = await app.refresh(first["refresh_token"])

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    for one in (first, second):
        assert (await app.whoami(one["access_token"])).status_code == 401
        assert (await app.refresh(one["refresh_token"])).json()["error"] == "invalid_grant"
    [grant] = (await call("core.oauth_grant.list"))["items"]
    assert grant["status"] == "revoked"
    assert "used a second time" in grant["revoked_reason"]
    told = await call("core.audit_event.list", action="core.oauth_grant.revoke")
    assert [one["actor"] for one in told["items"]] == ["authorization server"]


async def test_an_app_that_asks_twice_at_once_is_answered_the_same(
    site: Site, anne: Browser
) -> None:
    app = await App.registered(site)
    first = await app.connected(anne)
    both = await asyncio.gather(*(app.refresh(first["refresh_token"]) for _ in range(4)))
    assert {one.status_code for one in both} == {200}
    assert len({one.json()["refresh_token"] for one in both}) == 1
    assert len({one.json()["access_token"] for one in both}) == 1


async def test_the_moment_of_grace_ends_when_the_successor_was_used(
    site: Site, anne: Browser
) -> None:
    app = await App.registered(site)
    first = await app.connected(anne)
    second = (await app.refresh(first["refresh_token"])).json()
    third = (await app.refresh(second["refresh_token"])).json()
    assert (await app.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await app.whoami(third["access_token"])).status_code == 401


async def test_a_refresh_token_lives_thirty_days_from_its_last_use(
    site: Site, anne: Browser, later: Callable[[timedelta], None]
) -> None:
    app = await App.registered(site)
    told = await app.connected(anne)
    for days in (29, 58):
        later(timedelta(days=days))
        told = (await app.refresh(told["refresh_token"])).json()
    later(timedelta(days=58 + 31))
    assert (await app.refresh(told["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_token_can_be_narrowed_and_not_widened(site: Site, anne: Browser) -> None:
    app = await App.registered(site)
    first = await app.connected(anne, "core:read", "crm:read")
    narrowed = (await app.refresh(first["refresh_token"], scope="crm:read")).json()
    assert narrowed["scope"] == "crm:read"
    held = (await app.whoami(narrowed["access_token"])).json()["permissions"]
    assert [one["permission"] for one in held] == ["crm:read"]
    wish = "core:read crm:read crm:write core:admin"
    wide = (await app.refresh(narrowed["refresh_token"], scope=wish)).json()
    assert wide["scope"] == "core:read crm:read"
    none = await app.refresh(wide["refresh_token"], scope="hr:read")
    assert none.json()["error"] == "invalid_scope"


async def test_a_refresh_token_is_of_its_app_alone(site: Site, anne: Browser) -> None:
    app, thief = await App.registered(site), await App.registered(site)
    told = await app.connected(anne)
    assert (await thief.refresh(told["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await app.whoami(told["refresh_token"])).status_code == 401
    assert (await app.refresh(told["access_token"])).json()["error"] == "invalid_grant"
    assert (await app.refresh(told["refresh_token"])).status_code == 200


async def test_who_may_not_work_here_any_more_renews_nothing(
    site: Site, house: House, anne: Browser
) -> None:
    email = await member(house, "sam", "sales")
    sam = Browser.of(site)
    await sam.sign_in(email)
    app = await App.registered(site)
    told = await app.connected(sam)
    given = {"id": house.people["sam"], "reason": "Parti"}
    await house.operator.call("core.user.suspend", **given)
    assert (await app.whoami(told["access_token"])).status_code == 401
    assert (await app.refresh(told["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_an_app_gives_its_tokens_back(
    site: Site, anne: Browser, call: Desk, kind: str
) -> None:
    app, other = await App.registered(site), await App.registered(site)
    told = await app.connected(anne)
    asked = {"token": told[kind], "client_id": other.client_id}
    refused = await app.http.post("/oauth/revoke", data=asked)
    assert refused.json()["error"] == "invalid_grant"
    answer = await app.http.post("/oauth/revoke", data={**asked, "client_id": app.client_id})
    assert answer.status_code == 200
    assert (await app.whoami(told["access_token"])).status_code == 401
    [grant] = (await call("core.oauth_grant.list"))["items"]
    renewed = await app.refresh(told["refresh_token"])
    assert (grant["status"], renewed.status_code) == (
        ("active", 200) if kind == "access_token" else ("revoked", 400)
    )
    unknown = {"token": "eya_unknown", "client_id": app.client_id}
    assert (await app.http.post("/oauth/revoke", data=unknown)).status_code == 200


async def test_what_is_over_is_swept(
    site: Site,
    anne: Browser,
    house: House,
    database: TestDatabase,
    later: Callable[[timedelta], None],
) -> None:
    app, unused = await App.registered(site), await App.registered(site)
    told = await app.connected(anne)
    await app.refresh(told["refresh_token"])
    await app.allowed(anne)
    relay, engine = house.engine.database.relay, house.engine

    async def left() -> dict[str, int]:
        counted = {
            "codes": "SELECT count(*) FROM eyeot_oauth_code WHERE client_id = $1",
            "app": "SELECT count(*) FROM eyeot_oauth_client WHERE id = $1",
            "tokens": "SELECT count(*) FROM core_oauth_token WHERE org_id = $2 AND $1 <> ''",
            "sealed": "SELECT count(successor) FROM core_oauth_token WHERE org_id = $2 AND $1 <> ''",
        }
        async with connected(database.admin) as admin:
            return {
                name: await admin.fetchval(
                    text, *((app.client_id, house.org_id) if "$2" in text else (app.client_id,))
                )
                for name, text in counted.items()
            }

    assert await left() == {"codes": 2, "app": 1, "tokens": 4, "sealed": 1}
    for days, expected in (
        (0.1, {"codes": 0, "app": 1, "tokens": 2, "sealed": 0}),
        (31, {"codes": 0, "app": 1, "tokens": 0, "sealed": 0}),
        (91, {"codes": 0, "app": 0, "tokens": 0, "sealed": 0}),
    ):
        later(timedelta(days=days))
        await tidied(relay, engine.clock())
        assert await left() == expected
    async with connected(database.admin) as admin:
        known = "SELECT count(*) FROM eyeot_oauth_client WHERE id = $1"
        assert await admin.fetchval(known, unused.client_id) == 0


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
