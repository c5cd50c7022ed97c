"""Connected apps in the console: who connected one finds it, whatever else they may see, and cuts it."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.tests.surface.console.browser import Browser, member, site_of
from core.tests.surface.oauth.app import App
from eyeot.asgi import Site
from eyeot.runtime.engine import Clock, Engine
from eyeot.testing import House


@pytest.fixture
def site(engine: Engine) -> Site:
    return site_of(engine)


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


async def test_connections_of_one_app_stand_together_and_are_cut_together(
    site: Site, house: House
) -> None:
    vera = Browser.of(site)
    await vera.sign_in(await member(house, "vera", "viewer"))
    app = await App.registered(site)
    laptops = [(await app.connected(vera, "core:read"))["access_token"] for _ in range(2)]
    listed = (await vera.get("/console/agents")).text
    assert "2 connections" in listed
    [form] = re.findall(r'action="(/console/apps/ogr_\w+/cut)"', listed)
    await vera.send_from("/console/agents", form, all="yes")
    assert [(await app.whoami(one)).status_code for one in laptops] == [401, 401]


async def test_an_apps_last_day_and_note_are_set_on_its_page(site: Site, house: House) -> None:
    vera = Browser.of(site)
    await vera.sign_in(await member(house, "vera", "viewer"))
    app = await App.registered(site)
    await app.connected(vera, "core:read")
    [grant] = (await house.operator.call("core.oauth_grant.list")).result["items"]
    path, until = f"/console/apps/{grant['id']}", grant["expires_at"]
    same = {"scopes": "core:read", "ip_allowlist": "", "note": "laptop", "expires_on": until[:10]}
    assert (await vera.send(path, **same)).status_code == 303
    told = (await house.operator.call("core.oauth_grant.get", id=grant["id"])).result
    assert (told["note"], told["expires_at"]) == ("laptop", until)
    sooner = (house.engine.clock() + timedelta(days=3)).date().isoformat()
    assert (await vera.send(path, **{**same, "expires_on": sooner})).status_code == 303
    told = (await house.operator.call("core.oauth_grant.get", id=grant["id"])).result
    assert told["expires_at"] < until
    assert (await vera.send(path, **{**same, "expires_on": "soon"})).status_code == 422


@pytest.fixture
def stale(house: House) -> Iterator[Clock]:
    """The true clock; until it is set, people sign in eleven minutes ago."""
    real, engine = house.engine.clock, house.engine
    engine.clock = lambda: real() - timedelta(minutes=11)
    yield real
    engine.clock = real


async def test_a_session_that_was_left_open_widens_nothing(
    site: Site, house: House, stale: Clock
) -> None:
    owner, operator = Browser.of(site), house.operator
    await owner.sign_in(await member(house, "anne", "owner"))
    made = await operator.call("core.agent_client.create", name="A", ceiling=["core:read"])
    agent = made.result["id"]
    key = (await house.make_key("core:read", owner="anne", agent_id=agent))["id"]
    roles = (await operator.call("core.role.list", name="viewer")).result["items"]
    role = roles[0]["id"]
    await operator.call("core.agent_client.pause", id=agent, reason="x")
    await operator.call("core.role.archive", id=role)
    house.engine.clock = stale
    asked: list[tuple[str, str, dict[str, str | list[str]]]] = [
        (f"/console/keys/{key}", "", {"name": "K", "scopes": ["core:read", "core:admin"]}),
        (f"/console/agents/{agent}", "", {"name": "A", "bounded": "no"}),
        (f"/console/agents/{agent}", "", {"do": "policy", "approval_policy": "none"}),
        (f"/console/agents/{agent}", "", {"do": "resume"}),
        ("/console/agents", "/console/agents/new", {"name": "B", "bounded": "no"}),
        (f"/console/roles/{role}", "", {"do": "restore"}),
        ("/console/roles", "/console/roles/new", {"name": "R", "reach:core:read": "own"}),
    ]
    for page, action, fields in asked:
        answer = await owner.send_from(page, action or page, **fields)
        assert answer.headers["location"].startswith("/console/confirm"), fields
    told = await operator.call("core.api_key.get", id=key)
    bounded = await operator.call("core.agent_client.get", id=agent)
    assert told.result["scopes"] == ["core:read"]
    assert (bounded.result["ceiling"], bounded.result["status"]) == (["core:read"], "paused")


@pytest.mark.parametrize("path", ["keys/new", "agents/new", "users/new", "roles/new"])
async def test_a_form_asks_for_proof_before_it_is_filled_in(
    site: Site, house: House, stale: Clock, path: str
) -> None:
    owner = Browser.of(site)
    await owner.sign_in(await member(house, "anne", "owner"))
    house.engine.clock = stale
    came = {"referer": "https://localhost/console/"}
    answer = await owner.http.get(f"/console/{path}", headers=came)
    back = f"/console/confirm?next=%2Fconsole%2F{path.replace('/', '%2F')}"
    assert answer.headers["location"] == back


async def test_an_agent_is_made_bounded_and_told_what_waits(site: Site, house: House) -> None:
    owner = Browser.of(site)
    await owner.sign_in(await member(house, "anne", "owner"))
    made = await owner.send(
        "/console/agents/new", name="Scribe", bounded="yes", ceiling=["core:read"]
    )
    path = made.headers["location"].partition("?")[0]
    limit = {"approval_policy": "writes", "spend_limit": "500,50"}
    assert (await owner.send(path, do="policy", **limit)).status_code == 303
    told = await house.operator.call("core.agent_client.get", id=path.rpartition("/")[2])
    assert told.result["ceiling"] == ["core:read"]
    assert told.result["approval_policy"] == "writes"
    assert told.result["spend_limit"]["amount"] == "500.50"


async def test_who_is_away_says_so_on_their_account(site: Site, house: House) -> None:
    anne = Browser.of(site)
    await anne.sign_in(await member(house, "anne", "owner"))
    days = {"away_from": "2027-08-02", "away_to": "2027-08-20"}
    assert (await anne.send("/console/account", do="away", **days)).status_code == 303
    told = (await house.operator.call("core.user.get", id=house.people["anne"])).result
    assert {name: told[name] for name in days} == days
    wrong = {"away_from": "2027-08-20", "away_to": "2027-08-02"}
    answer = await anne.send("/console/account", do="away", **wrong)
    assert answer.status_code == 422
    assert "ends before it begins" in answer.text
