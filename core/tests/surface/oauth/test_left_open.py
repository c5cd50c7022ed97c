"""Left open: what a reader who wrote none of it could still do to connected apps; each fails until mended."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from core.tests.surface.console.browser import Browser, member
from core.tests.surface.oauth.app import App, decide
from eyeot.asgi import Site
from eyeot.testing import House


async def test_who_connected_an_app_finds_it_where_consent_says_and_cuts_it(
    site: Site, house: House
) -> None:
    vera = Browser.of(site)
    await vera.sign_in(await member(house, "vera", "viewer"))
    app = await App.registered(site)
    access = (await app.connected(vera, "crm:read"))["access_token"]
    assert "Agents and apps" in (await vera.get(app.address())).text
    listed = await vera.get("/console/agents")
    assert listed.status_code == 200
    [path] = set(re.findall(r'"(/console/apps/ogr_\w+)"', listed.text))
    cut = await vera.send_from(path, f"{path}/cut")
    assert (await vera.get(cut.headers["location"])).status_code == 200
    assert (await app.whoami(access)).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/.well-known/oauth-authorization-server"),
        ("POST", "/oauth/token"),
        ("POST", "/oauth/register"),
        ("PUT", "/oauth/authorize"),
        ("PUT", "/console/sign-in"),
        ("GET", "/nowhere"),
    ],
)
async def test_every_answer_says_that_its_kind_is_not_to_be_guessed(
    site: Site, method: str, path: str
) -> None:
    app = await App.registered(site)
    answer = await app.http.request(method, path)
    assert answer.headers.get("x-content-type-options") == "nosniff"


async def test_a_french_reader_is_refused_in_french(site: Site, house: House) -> None:
    owner = Browser.of(site, "fr")
    await owner.sign_in(await member(house, "odile", "owner"))
    await house.operator.call("core.user.update", id=house.people["odile"], locale="fr")
    app = await App.registered(site)
    answer = await decide(owner, app.address(), "allow", ["crm:*"])
    assert answer.status_code == 422
    assert "The input is not valid" not in answer.text


@pytest.mark.parametrize(
    ("page", "path", "fields"),
    [
        ("/console/sign-in", "/console/sign-in", {"email": "a\0b@c.fr", "password": "x"}),
        ("/console/account", "/console/nothing/x_1/cut", {}),
        ("/console/keys/new", "/console/keys/new", {"name": "K", "expires_on": "soon"}),
        ("/console/account", "/console/account", {f"f{n}": "1" for n in range(600)}),
    ],
)
async def test_a_wrong_form_is_no_fault_of_the_server(
    site: Site, house: House, page: str, path: str, fields: dict[str, str]
) -> None:
    person = Browser.of(site)
    email = await member(house, "anne", "owner")
    if "email" not in fields:
        await person.sign_in(email)
    answer = await person.send_from(page, path, **fields)
    assert 400 <= answer.status_code < 500


async def test_a_form_that_is_too_large_is_answered(anne: Browser) -> None:
    body = urlencode({"display_name": "x" * 1_100_000})
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = await anne.http.post("/console/account", content=body, headers=kind)
    assert (answer.status_code, answer.headers.get("x-frame-options")) == (413, "DENY")


async def test_a_session_that_was_left_open_widens_nothing(
    site: Site, house: House, stale: Callable[[], None]
) -> None:
    owner = Browser.of(site)
    await owner.sign_in(await member(house, "anne", "owner"))
    made = await house.operator.call("core.agent_client.create", name="A", ceiling=["core:read"])
    agent = made.result["id"]
    key = (await house.make_key("core:read", owner="anne", agent_id=agent))["id"]
    stale()
    await owner.send(f"/console/keys/{key}", name="K", scopes=["core:read", "core:admin"])
    await owner.send(f"/console/agents/{agent}", name="A", bounded="no")
    told = await house.operator.call("core.api_key.get", id=key)
    bounded = await house.operator.call("core.agent_client.get", id=agent)
    assert told.result["scopes"] == ["core:read"]
    assert bounded.result["ceiling"] == ["core:read"]


async def test_an_invitation_tells_its_reader_of_no_account_elsewhere(
    site: Site, house: House
) -> None:
    # Where no mail is sent, whoever invites reads the link's page: for any address they like.
    boss = Browser.of(site)
    await boss.sign_in(await member(house, "boss", "owner"))
    other = await House.open(house.engine)
    known = await member(other, "known", "viewer")
    told = []
    for email in (known, f"unknown-{known}"):
        made = await boss.send("/console/users/new", email=email, display_name="X", locale="en")
        [path] = set(re.findall(r"(/console/invitation\?code=[\w-]+)", made.text))
        page = (await Browser.of(site).get(path)).text
        told.append("new-password" in page)
    assert told[0] == told[1]
