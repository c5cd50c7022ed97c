"""Codes: an app is connected through its person's browser, works in their name, and renews that."""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import pytest

from core.tests.raw import connected
from core.tests.surface.console.browser import PASSWORD, Browser, member
from core.tests.surface.oauth.app import CALLBACK, ISSUER, App, brought, decide, rest
from eyeot.asgi import Site
from eyeot.platform.oauth import tokens
from eyeot.runtime.engine import Engine
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase


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


async def test_a_code_works_once_and_its_reuse_ends_what_it_gave(site: Site, anne: Browser) -> None:
    app = await App.registered(site)
    code = (await app.allowed(anne))["code"]
    told = (await app.exchange(code)).json()
    assert (await app.whoami(told["access_token"])).status_code == 200

    again = await app.exchange(code)

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert (await app.whoami(told["access_token"])).status_code == 401
    assert (await app.refresh(told["refresh_token"])).json()["error"] == "invalid_grant"


async def test_another_app_that_replays_a_code_gets_nothing_and_ends_nothing(
    site: Site, anne: Browser
) -> None:
    app, thief = await App.registered(site), await App.registered(site)
    thief.verifier = app.verifier
    code = (await app.allowed(anne))["code"]
    assert (await thief.exchange(code)).json()["error"] == "invalid_grant"
    told = (await app.exchange(code)).json()
    assert (await thief.exchange(code)).json()["error"] == "invalid_grant"
    assert (await thief.refresh(told["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await app.whoami(told["access_token"])).status_code == 200
    assert (await app.refresh(told["refresh_token"])).status_code == 200


async def test_a_code_ends_with_its_minute(site: Site, house: House, anne: Browser) -> None:
    app, real = await App.registered(site), house.engine.clock
    code = (await app.allowed(anne))["code"]
    house.engine.clock = lambda: real() + timedelta(seconds=61)
    try:
        assert (await app.exchange(code)).json()["error"] == "invalid_grant"
    finally:
        house.engine.clock = real


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": "http://127.0.0.1:41235/callback"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_grant"),
        ({"resource": "https://other.example/api/v1/mcp"}, "invalid_target"),
        ({"client_id": "eyc_unknown"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}, "unsupported_grant_type"),
        ({"code": "eyo_guessed"}, "invalid_grant"),
        ({"code": "\x00é'\"\\"}, "invalid_grant"),
    ],
)
async def test_a_code_is_bound_to_all_that_it_was_asked_with(
    site: Site, anne: Browser, changed: dict[str, str], error: str
) -> None:
    app = await App.registered(site)
    code = (await app.allowed(anne))["code"]
    answer = await app.exchange(code, **changed)
    assert answer.json()["error"] == error
    assert answer.status_code == (401 if error == "invalid_client" else 400)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "too short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": '"\\é'}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"resource": "https://other.example/api/v1/mcp"}, "invalid_target"),
        ({"resource": f"{ISSUER}/api/v1/mcp/evil"}, "invalid_target"),
    ],
)
async def test_a_wrong_request_of_an_app_that_was_let_in_is_told_to_it_with_state_and_issuer(
    site: Site, anne: Browser, changed: dict[str, str | None], error: str
) -> None:
    app = await App.registered(site)
    await app.allowed(anne)
    answer = await anne.get(app.address(**changed))
    told = brought(answer)
    assert answer.headers["location"].startswith(CALLBACK)
    assert (told["error"], told["state"], told["iss"]) == (error, "a state of its own", ISSUER)
    assert "code" not in told


async def test_a_resource_may_be_written_with_capitals_and_a_slash(
    site: Site, anne: Browser
) -> None:
    app = await App.registered(site)
    told = await app.connected(anne, resource="HTTP://LOCALHOST/api/v1/mcp/")
    assert (await app.whoami(told["access_token"])).status_code == 200
    assert (await app.connected(anne, resource=None))["access_token"]


async def test_a_refusal_is_told_to_the_app_and_kept_in_the_audit(
    site: Site, house: House, anne: Browser, call: Desk
) -> None:
    app = await App.registered(site)
    told = brought(await decide(anne, app.address(), "refuse", []))
    assert told == {
        "error": "access_denied",
        "error_description": told["error_description"],
        "state": "a state of its own",
        "iss": ISSUER,
    }
    events = await call("core.audit_event.list", action="core.oauth_grant.create", limit=5)
    [event] = events["items"]
    assert (event["outcome"], event["code"]) == ("refused", "access_denied")
    assert (await call("core.oauth_grant.list"))["items"] == []


async def test_the_consent_cannot_be_sent_from_elsewhere(site: Site, anne: Browser) -> None:
    app = await App.registered(site)
    given = {"decision": "allow", "scope": "crm:read"}
    forged = await anne.http.post(app.address(), data=given)
    assert forged.status_code == 403
    foreign = await anne.http.post(
        app.address(), data=given, headers={"origin": "https://evil.example"}
    )
    assert foreign.status_code == 403
    page = await anne.get(app.address())
    assert page.headers["x-frame-options"] == "DENY"
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:41234;" in policy


async def test_nobody_gives_an_app_what_they_do_not_hold(
    site: Site, house: House, anne: Browser
) -> None:
    email = await member(house, "vera", "viewer")
    vera = Browser.of(site)
    await vera.sign_in(email)
    app = await App.registered(site)
    shown = await vera.get(app.address(scope="crm:read crm:write core:admin *"))
    assert 'value="crm:read" checked' in shown.text
    assert 'value="crm:write"' not in shown.text
    assert "core:admin" not in shown.text
    forged = await decide(vera, app.address(), "allow", ["crm:read", "crm:write"])
    assert forged.status_code == 422
    star = await decide(vera, app.address(), "allow", ["*"])
    assert star.status_code == 422
    told = await app.connected(vera, "crm:read")
    assert told["scope"] == "crm:read"
    # Not even who holds everything gives it by one word that nobody reads.
    for scope in ("*", "crm:*", "made:up", "crm:admin"):
        assert (await decide(anne, app.address(), "allow", [scope])).status_code == 422


async def test_an_app_that_asks_for_nothing_is_offered_to_see(site: Site, anne: Browser) -> None:
    app = await App.registered(site)
    told = await app.connected(anne, scope=None)
    scopes = told["scope"].split()
    assert "crm:read" in scopes
    assert all(one.endswith(":read") for one in scopes)
    unknown = await app.connected(anne, scope="openid offline_access made:up")
    assert unknown["scope"].split() == scopes


async def test_an_app_reaches_as_far_as_its_person_and_loses_with_them(
    site: Site, house: House, anne: Browser, call: Desk
) -> None:
    email = await member(house, "sam", "sales")
    sam = Browser.of(site)
    await sam.sign_in(email)
    await call("crm.customer.create", name="Boulangerie", owner_id=house.people["anne"])
    mine = await call("crm.customer.create", name="Hôtel", owner_id=house.people["sam"])
    app = await App.registered(site)
    access = (await app.connected(sam, "crm:read"))["access_token"]

    seen = (await rest(app.http, access, "crm.customer.list")).json()["items"]

    assert [one["id"] for one in seen] == [mine["id"]]
    found = await house.operator.call("core.role.list", name="sales")
    role = found.result["items"][0]["id"]
    await house.operator.call("core.role.unassign", id=role, user_id=house.people["sam"])
    answer = await rest(app.http, access, "crm.customer.list")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


async def test_a_token_is_of_one_organisation(
    site: Site, house: House, anne: Browser, engine: Engine
) -> None:
    other = await House.open(engine)
    await other.person("boss", "owner")
    customer = (await other.operator.call("crm.customer.create", name="Autre")).result["id"]
    app = await App.registered(site)
    access = (await app.connected(anne))["access_token"]
    answer = await rest(app.http, access, "crm.customer.get", id=customer)
    assert answer.status_code == 404


async def test_what_is_handed_out_is_at_rest_by_its_hash_only(
    site: Site, anne: Browser, database: TestDatabase
) -> None:
    app = await App.registered(site, token_endpoint_auth_method="client_secret_post")
    assert app.secret
    code = (await app.allowed(anne))["code"]
    told = (await app.exchange(code, client_secret=app.secret)).json()
    again = await app.refresh(told["refresh_token"], client_secret=app.secret)
    secrets = [app.secret, code, told["access_token"], told["refresh_token"]]
    secrets += [again.json()["access_token"], again.json()["refresh_token"]]
    async with connected(database.admin) as admin:
        tables = await admin.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname IN ('public', 'eyeot_parts')"
        )
        for row in tables:
            where = "eyeot_parts." if "audit_event_" in row["tablename"] else ""
            text = f"SELECT t::text AS row FROM {where}{row['tablename']} t"
            for one in await admin.fetch(text):
                assert not [secret for secret in secrets if secret[4:] in one["row"]]


async def test_nobody_is_sent_to_an_app_that_they_never_allowed(
    site: Site, house: House, anne: Browser, call: Desk
) -> None:
    # RFC 9700 §4.11.2: an error must not make this server an open redirector.
    app = await App.registered(site, redirect_uris=["https://evil.example/phish"])
    for wrong in ({"response_type": "none"}, {"code_challenge_method": "plain"}):
        answer = await anne.get(app.address(**wrong))
        assert (answer.status_code, "location" in answer.headers) == (400, False)
        [back] = re.findall(r'href="(https://evil[^"]+)"[^>]*>([^<]+)<', answer.text)
        assert "state=" in back[0]
        assert "evil.example" in back[1]
    # That another person let it in, or that it was cut, opens no way.
    await app.allowed(anne)
    boss = Browser.of(site)
    await boss.sign_in(await member(house, "boss", "owner"))
    wrong_address = app.address(response_type="none")
    assert "location" not in (await boss.get(wrong_address)).headers
    assert "location" in (await anne.get(wrong_address)).headers
    [grant] = (await call("core.oauth_grant.list"))["items"]
    await call("core.oauth_grant.revoke", id=grant["id"], reason="x")
    assert "location" not in (await anne.get(wrong_address)).headers


async def test_a_request_that_is_too_long_is_refused_and_not_cut(site: Site, anne: Browser) -> None:
    app = await App.registered(site)
    base = len(urlsplit(app.address(state="")).query)
    answer = await anne.get(app.address(state="x" * (8_050 - base)))
    assert (answer.status_code, "8000" in answer.text) == (400, True)
    assert (await anne.get(app.address(state="x" * 8_100))).status_code == 414


async def test_a_consent_beyond_reading_takes_a_fresh_proof(
    site: Site, house: House, stale: Callable[[], None]
) -> None:
    anne = Browser.of(site)
    await anne.sign_in(await member(house, "anne", "owner"))
    stale()
    app = await App.registered(site)
    # Nothing is filled in yet, so nothing is lost.
    writing = app.address(scope="crm:read crm:write")
    asked = await anne.get(writing)
    assert asked.headers["location"] == f"/console/confirm?{urlencode({'next': writing})}"
    reading = await anne.get(app.address())
    assert reading.status_code == 200
    more = await decide(anne, app.address(), "allow", ["core:admin"])
    assert more.headers["location"].startswith("/console/confirm")
    assert (await house.operator.call("core.oauth_grant.list")).result["items"] == []
    back = await anne.send(asked.headers["location"], proof=PASSWORD)
    assert back.headers["location"] == writing
    assert brought(await decide(anne, writing, "allow", ["crm:write"]))["code"]


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


async def test_a_code_that_many_come_with_is_one_reason_to_cut(
    site: Site, anne: Browser, call: Desk
) -> None:
    app = await App.registered(site)
    code = (await app.allowed(anne))["code"]
    answers = await asyncio.gather(*(app.exchange(code) for _ in range(6)))
    assert sorted(one.status_code for one in answers) in ([200, *[400] * 5], [400] * 6)
    told = await call("core.audit_event.list", action="core.oauth_grant.revoke")
    assert [one["outcome"] for one in told["items"]] == ["ok"]
    [grant] = (await call("core.oauth_grant.list"))["items"]
    assert grant["status"] == "revoked"


async def test_a_connection_whose_app_never_came_is_cut_within_the_hour(
    site: Site, house: House, anne: Browser, call: Desk
) -> None:
    app, real = await App.registered(site), house.engine.clock
    used = await app.connected(anne)
    await app.allowed(anne)
    try:
        for minutes, left in ((50, 2), (61, 1)):
            house.engine.clock = lambda late=minutes: real() + timedelta(minutes=late)  # type: ignore[misc]
            await tokens.lapse(house.engine)
            active = (await call("core.oauth_grant.list", status="active"))["items"]
            assert len(active) == left
    finally:
        house.engine.clock = real
    assert (await app.refresh(used["refresh_token"])).status_code == 200
