"""Codes: an app is connected through its person's browser, works in their name, and renews that."""

from core.tests.surface.console.browser import Browser
from core.tests.surface.oauth.app import ISSUER, App
from eyeot.asgi import Site
from eyeot.testing import House


async def test_an_app_is_connected_and_works_in_its_persons_name(
    site: Site, house: House, anne: Browser
) -> None:
    app = await App.registered(site)
    back = await app.allowed(anne)
    assert set(back) == {"code", "state", "iss"}
    assert (back["state"], back["iss"]) == ("a state of its own", ISSUER)

    answer = await app.exchange(back["code"])

    told = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert (told["token_type"], told["scope"]) == ("Bearer", "core:read crm:read")
    assert told["access_token"].startswith("eya_")
    assert told["refresh_token"].startswith("eyr_")
    assert 900 <= told["expires_in"] <= 3600
    who = (await app.whoami(told["access_token"])).json()
    actor = who["actor"]
    assert (actor["type"], actor["via"], actor["client"]) == ("agent", "oauth", "Claude Code")
    assert actor["credential"].startswith("ogr_")
    assert actor["on_behalf_of"] == house.people["anne"]
    assert actor["scopes"] == ["core:read", "crm:read"]
    assert who["provenance"].startswith("enforce")
    assert {one["permission"] for one in who["permissions"]} == {"core:read", "crm:read"}
