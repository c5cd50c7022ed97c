"""Registration: apps say who they are and where they are answered; tricks with addresses lead nowhere."""

from typing import Any

import httpx
import pytest

from core.tests.surface.console.browser import Browser
from core.tests.surface.oauth.app import CALLBACK, DEVICE, App, brought, decide, outside
from eyeot.asgi import Site
from eyeot.platform.oauth import redirects

NATIVE = "cursor://anysphere.cursor-mcp/oauth/callback"
WEB = "https://claude.ai/api/mcp/auth_callback"


async def _register(site: Site, **told: Any) -> httpx.Response:
    given = {"client_name": "App", "redirect_uris": [CALLBACK], **told}
    return await outside(site).post("/oauth/register", json=given)


async def test_what_was_registered_is_told_back(site: Site) -> None:
    answer = await _register(
        site,
        redirect_uris=[WEB, NATIVE],
        grant_types=["authorization_code", "implicit", "client_credentials"],
        response_types=["token"],
        scope="crm:read made:up openid",
        token_endpoint_auth_method="none",
    )
    told = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert told["redirect_uris"] == [WEB, NATIVE]
    assert told["grant_types"] == ["authorization_code", "refresh_token"]
    assert told["response_types"] == ["code"]
    assert told["scope"] == "crm:read"
    assert "client_secret" not in told
    secret = (await _register(site)).json()
    assert secret["token_endpoint_auth_method"] == "client_secret_basic"
    assert (len(secret["client_secret"]) >= 43, secret["client_secret_expires_at"]) == (True, 0)


async def test_only_the_device_grant_needs_no_address(site: Site) -> None:
    answer = await _register(site, redirect_uris=[], grant_types=[DEVICE])
    assert answer.json()["grant_types"] == [DEVICE, "refresh_token"]
    refused = await _register(site, redirect_uris=[], grant_types=["authorization_code", DEVICE])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_redirect_uri")


FORBIDDEN = [
    "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x",
    "http://evil.example/cb", "http://127.0.0.1.evil.example/cb", "http://localhost.evil.example/cb",
    "http://127.0.0.1@evil.example/cb", "https://claude.ai@evil.example/cb", "http://[::2]/cb",
    "https://claude.ai/../cb", "https://claude.ai/a/%2e%2e/cb", "https://claude.ai/%252e%252e/cb",
    "https://claude.ai/cb#part", "https://*.claude.ai/cb", "https://claude.ai/cb\r\nset-cookie:a=b",
    "https://claude.ai\\@evil.example/cb", "https:///cb", "https://", "//claude.ai/cb", "/cb", "",
    "https://CLAUDE.ai/cb", "https://claude.ai:0/cb", "https://cláude.ai/cb", "https://claude.ai/ cb",
    "http://127.0.0.1:99999/cb", "JAVASCRIPT:alert(1)", "https://claude.ai;script-src/cb", "intent:x",
    "https://claude.ai:/cb", "https://claude.ai:443:443/cb", "https://claude.ai:65536/cb",
]  # fmt: skip


@pytest.mark.parametrize("uri", FORBIDDEN)
async def test_nobody_is_ever_sent_to_such_an_address(site: Site, uri: str) -> None:
    answer = await _register(site, redirect_uris=[uri])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_redirect_uri")
    assert not redirects.matches([uri], uri)


@pytest.mark.parametrize(
    ("registered", "asked", "same"),
    [
        ("http://127.0.0.1/cb", "http://127.0.0.1:5000/cb", True),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:5000/cb", True),
        ("http://localhost/cb", "http://localhost:5000/cb", True),
        ("http://[::1]/cb", "http://[::1]:5000/cb", True),
        ("http://localhost/cb", "http://127.0.0.1/cb", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:5000/cb/", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:5000/CB", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:5000/cb?x=1", False),
        ("http://127.0.0.1/cb", "https://127.0.0.1:5000/cb", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:5000/../cb", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:5000@evil.example/cb", False),
        ("http://localhost/cb", "http://localhost.evil.example/cb", False),
        (WEB, WEB, True),
        (WEB, WEB + "/", False),
        (WEB, WEB + "?next=//evil.example", False),
        (WEB, WEB.replace("claude.ai", "claude.ai:8443"), False),
        (WEB, WEB.replace("claude", "CLAUDE"), False),
        (WEB, WEB.replace("https", "http"), False),
        (WEB, WEB.replace("claude.ai", "evil.claude.ai"), False),
        (WEB, WEB + "#x", False),
        (NATIVE, NATIVE, True),
        (NATIVE, NATIVE.replace("cursor-mcp", "other"), False),
    ],
)
async def test_an_address_is_compared_to_the_letter_but_for_a_loopback_port(
    site: Site, anne: Browser, registered: str, asked: str, *, same: bool
) -> None:
    app = await App.registered(site, redirect_uris=[registered])
    answer = await anne.get(app.address(redirect_uri=asked))
    assert answer.status_code == (200 if same else 400)
    assert "location" not in answer.headers
    if same:
        sent = await decide(anne, app.address(redirect_uri=asked), "refuse", [])
        assert sent.headers["location"].startswith(asked)
        assert brought(sent)["error"] == "access_denied"


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "eyc_unknown"},
        {"client_id": None},
        {"client_id": "é\x00"},
        {"redirect_uri": None},
    ],
)
async def test_a_request_of_nobody_known_leads_nowhere(
    site: Site, anne: Browser, changed: dict[str, str | None]
) -> None:
    app = await App.registered(site)
    answer = await anne.get(app.address(**changed))
    assert (answer.status_code, "location" in answer.headers) == (400, False)
    twice = await anne.get(app.address() + "&redirect_uri=https://evil.example/")
    assert (twice.status_code, "location" in twice.headers) == (400, False)


async def test_a_state_is_given_back_as_it_was_and_breaks_out_of_nothing(
    site: Site, anne: Browser
) -> None:
    app = await App.registered(site)
    state = 'é"<script>\r\nset-cookie: a=b&iss=https://evil.example&code=x#y'
    back = await app.allowed(anne, state=state)
    assert (back["state"], back["iss"]) == (state, "http://localhost")
    assert (await app.exchange(back["code"])).status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"redirect_uris": "x"}', b'{"redirect_uris": [1]}',
     b'{"redirect_uris": [], "grant_types": 5}', b'{"client_name": 5, "redirect_uris": null}',
     b'{"token_endpoint_auth_method": "private_key_jwt", "redirect_uris": ["https://a.example/b"]}',
     b'{"token_endpoint_auth_method": "\\"\\\\", "redirect_uris": ["https://a.example/b"]}'],
)  # fmt: skip
async def test_what_is_no_registration_is_refused(site: Site, body: bytes) -> None:
    answer = await outside(site).post("/oauth/register", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_client_metadata", "invalid_redirect_uri")


async def test_registrations_cannot_flood(site: Site) -> None:
    flooder = outside(site, "198.51.100.66")
    given = {"client_name": "x", "redirect_uris": [CALLBACK]}
    statuses = [(await flooder.post("/oauth/register", json=given)).status_code for _ in range(33)]
    assert statuses == [201] * 30 + [429] * 3
    limited = await flooder.post("/oauth/register", json=given)
    assert int(limited.headers["retry-after"]) > 0
    large = await outside(site).post("/oauth/register", content=b"x" * 40_000)
    assert large.status_code == 413
    assert (await _register(site)).status_code == 201


async def test_a_name_that_hides_something_is_shown_as_it_is(site: Site, anne: Browser) -> None:
    name = "Cla\u202eude\u200b <b>Desk\ttop</b>\x00" + "x" * 500
    app = await App.registered(site, client_name=name)
    shown = await anne.get(app.address())
    assert "Cla ude &lt;b&gt;Desk top&lt;/b&gt; xxx" in shown.text
    assert "x" * 101 not in shown.text


async def test_a_secret_is_asked_of_who_has_one(site: Site, anne: Browser) -> None:
    app = await App.registered(site, token_endpoint_auth_method="client_secret_basic")
    assert app.secret
    code = (await app.allowed(anne))["code"]
    for given in ({}, {"client_secret": "wrong"}, {"client_secret": ""}):
        refused = await app.exchange(code, **given)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    basic = await app.http.post(
        "/oauth/token",
        data={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": app.redirect_uri,
            "code_verifier": app.verifier,
        },
        auth=(app.client_id, app.secret),
    )
    assert basic.status_code == 200


@pytest.mark.parametrize("uri", ["ms-msdt:/id", "search-ms:query=x", "smb://evil.example/a", "h:x"])
async def test_no_scheme_of_the_system_is_an_apps_own(site: Site, uri: str) -> None:
    given = {"client_name": "x", "redirect_uris": [uri], "token_endpoint_auth_method": "none"}
    app = await App.registered(site)
    assert (await app.http.post("/oauth/register", json=given)).status_code == 400


async def test_what_nobody_vouches_for_takes_little_room(site: Site, anne: Browser) -> None:
    # 2,000 an hour are let in, each kept for a week: at 30 kB that is 10 GB.
    app = await App.registered(site)
    uris = [f"https://a.example/{n}/{'x' * 1_900}" for n in range(15)]
    asked = {"client_name": "x", "redirect_uris": uris}
    assert (await app.http.post("/oauth/register", json=asked)).status_code in (400, 413)
