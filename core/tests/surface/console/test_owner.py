"""The owner's pages: what agents did is all there, and what the owner cuts is cut at once."""

import re
from html import unescape
from typing import Any

import pytest

from core.tests.surface.console.browser import Browser, member, site_of
from eyeot.asgi import Site
from eyeot.declare.ids import decode
from eyeot.declare.problem import Problem
from eyeot.platform.oauth import tokens
from eyeot.runtime.engine import Engine
from eyeot.runtime.request import Request
from eyeot.testing import House
from eyeot.testing.licence import KEY, signed_for

HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def site(engine: Engine) -> Site:
    return site_of(engine)


@pytest.fixture
async def owner(site: Site, house: House) -> Browser:
    browser = Browser.of(site)
    await browser.sign_in(await member(house, "owner", "owner"))
    return browser


async def _agent(house: House, name: str = "Assistant", *scopes: str) -> dict[str, Any]:
    """An agent with a key; ids and secret."""
    made = (await house.operator.call("core.agent_client.create", name=name)).result
    held = scopes or ("core:read", "core:write")
    key = await house.make_key(*held, agent_id=made["id"], owner="owner", name=f"Key of {name}")
    return {"agent": made["id"], "key": key["key"], "id": key["id"]}


async def _call(house: House, key: str, action: str, **arguments: Any) -> dict[str, Any]:
    caller = await house.engine.authenticate(key, "192.0.2.7")
    asked = Request(
        action=action,
        arguments=arguments,
        caller=caller,
        surface="mcp",
        trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
    )
    return (await house.engine.execute(asked)).result


async def test_every_call_of_an_agent_is_there_with_whom_it_was_for(
    house: House, owner: Browser
) -> None:
    made = await _agent(house, HOSTILE)
    await _call(house, made["key"], "core.tag.create", name=f"Tag {HOSTILE}")
    with pytest.raises(Problem):
        await _call(house, made["key"], "core.audit_event.list")
    page = (await owner.get("/console/activity")).text
    assert "core.tag.create" in page
    assert "permission_denied" in page
    assert "Owner" in page
    assert HOSTILE not in page
    [address] = set(re.findall(r'href="(/console/activity/evt_[^"]+)">Create a tag', page))
    told = (await owner.get(address)).text
    assert HOSTILE not in told
    assert "192.0.2.7" not in told
    assert "&lt;script&gt;" in told


@pytest.mark.parametrize(
    ("filters", "shown"),
    [
        ({"outcome": "refused"}, {"core.audit_event.list"}),
        ({"outcome": "ok", "action": "tag.create"}, {"core.tag.create"}),
        ({"actor": "nobody of that name"}, set()),
        ({"kind": "user"}, {"core.api_key.list", "core.oauth_grant.list", "core.session.sign_in"}),
        ({"period": "other", "first": "2020-01-01", "last": "2020-01-31"}, set()),
        ({"period": "1"}, {"core.audit_event.list", "core.tag.create", "core.tag.list"}),
        (
            {"period": "no such", "outcome": "no such", "first": "32", "kind": "x"},
            {"core.audit_event.list", "core.tag.create", "core.tag.list"},
        ),
    ],
)
async def test_filters_show_what_they_say(
    house: House, owner: Browser, filters: dict[str, str], shown: set[str]
) -> None:
    made = await _agent(house)
    await _call(house, made["key"], "core.tag.create", name="Rouge")
    await _call(house, made["key"], "core.tag.list")
    with pytest.raises(Problem):
        await _call(house, made["key"], "core.audit_event.list")
    page = (await owner.get("/console/activity", **filters)).text
    assert set(re.findall(r'<code class="note">(core\.[a-z_.]+)</code>', page)) == shown


async def test_the_key_filter_tells_one_key_from_another(house: House, owner: Browser) -> None:
    first, second = await _agent(house, "Eins"), await _agent(house, "Zwei")
    await _call(house, first["key"], "core.tag.create", name="Rouge")
    await _call(house, second["key"], "core.calendar.list")
    page = (await owner.get("/console/activity", credential=first["id"])).text
    assert "core.tag.create" in page
    assert "core.calendar.list" not in page


async def test_one_click_cuts_a_key_and_one_stops_an_agent(house: House, owner: Browser) -> None:
    first, second = await _agent(house, "Eins"), await _agent(house, "Zwei")
    await _call(house, first["key"], "core.tag.list")
    answer = await owner.send_from("/console/agents", f"/console/keys/{first['id']}/cut")
    assert answer.headers["location"] == "/console/agents?done=revoked"
    with pytest.raises(Problem, match="revoked"):
        await _call(house, first["key"], "core.tag.list")
    await owner.send_from("/console/agents", f"/console/agents/{second['agent']}/cut")
    with pytest.raises(Problem, match="paused"):
        await _call(house, second["key"], "core.tag.list")
    await owner.send(f"/console/agents/{second['agent']}", do="resume")
    assert await _call(house, second["key"], "core.tag.list")


async def test_a_key_is_made_and_shown_once(house: House, owner: Browser) -> None:
    fields: dict[str, str | list[str]] = {
        "name": "Claude on my desk",
        "made_for": "agent",
        "scopes": ["core:read", "core.tag:apply"],
        "ip_allowlist": "192.0.2.0/24",
        "expires_on": "2099-01-31",
    }
    page = (await owner.send("/console/keys/new", **fields)).text
    [key] = set(re.findall(r"eyk_[\w-]{43}", unescape(page)))
    caller = await house.engine.authenticate(key, "192.0.2.9")
    assert caller.actor_type == "agent"
    assert {"core:read", "core.tag:apply"} <= caller.access.permissions.keys()
    assert "core:write" not in caller.access.permissions
    with pytest.raises(Problem, match="address"):
        await house.engine.authenticate(key, "203.0.113.1")
    id = re.findall(r"/console/keys/(key_\w+)", page)[0]
    again = (await owner.get(f"/console/keys/{id}")).text
    assert key not in again
    assert "2099-01-31" in again
    rotated = (await owner.send(f"/console/keys/{id}", do="rotate", overlap_hours="0")).text
    [new] = set(re.findall(r"eyk_[\w-]{43}", unescape(rotated)))
    assert new != key
    with pytest.raises(Problem):
        await house.engine.authenticate(key, "192.0.2.9")
    assert await house.engine.authenticate(new, "192.0.2.9")


async def test_what_is_wrong_with_a_form_is_said_on_it(owner: Browser) -> None:
    answer = await owner.send("/console/keys/new", name="Nothing", made_for="agent")
    assert answer.status_code == 422
    assert "could do nothing" in answer.text
    assert 'value="Nothing"' in answer.text


async def test_who_may_not_see_is_neither_shown_nor_let_in(site: Site, house: House) -> None:
    await member(house, "owner", "owner")
    made = await _agent(house)
    seller = Browser.of(site)
    await seller.sign_in(await member(house, "anne", "sales"))
    home = (await seller.get("/console/")).text
    assert "/console/activity" not in home
    for path in ("activity", f"agents/{made['agent']}", "agents/new", f"keys/{made['id']}"):
        assert (await seller.get(f"/console/{path}")).status_code == 403, path
    # Their own apps are there for everybody; agents and keys are not.
    shown = (await seller.get("/console/agents")).text
    assert made["agent"] not in shown
    assert made["id"] not in shown
    cut = await seller.send_from("/console/", f"/console/keys/{made['id']}/cut")
    assert cut.status_code == 403
    assert await _call(house, made["key"], "core.tag.list")


async def test_another_house_is_not_there(engine: Engine, house: House, owner: Browser) -> None:
    other = await House.open(engine)
    await other.person("owner", "owner")
    made = await _agent(other)
    await _call(other, made["key"], "core.tag.create", name="Rouge")
    found = (await other.operator.call("core.audit_event.list", limit=5)).result["items"]
    for path in (f"activity/{found[0]['id']}", f"keys/{made['id']}", f"agents/{made['agent']}"):
        assert (await owner.get(f"/console/{path}")).status_code == 404, path
    assert (await owner.send_from("/console/", f"/console/keys/{made['id']}/cut")).status_code in (
        404,
        422,
    )
    assert await _call(other, made["key"], "core.tag.list")


async def test_a_request_is_taken_back_once_its_effects_were_seen(
    house: House, owner: Browser
) -> None:
    made = await _agent(house)
    tag = await _call(house, made["key"], "core.tag.create", name="Rouge")
    page = (await owner.get("/console/activity", action="tag.create")).text
    address = re.findall(r'href="(/console/activity/evt_[^"]+)"', page)[0]
    preview = (await owner.send_from(address, f"{address}/undo")).text
    plan = re.findall(r'name="plan_token" value="([^"]+)"', preview)[0]
    assert (await house.operator.call("core.tag.get", id=tag["id"])).result["name"] == "Rouge"
    done = await owner.send_from(address, f"{address}/undo", plan_token=plan)
    assert done.status_code == 303
    left = await house.operator.call("core.tag.list", name="Rouge")
    assert left.result["items"] == []


async def test_the_log_leaves_as_a_file_of_its_own_reader(
    site: Site, house: House, owner: Browser
) -> None:
    made = await _agent(house)
    await _call(house, made["key"], "core.tag.create", name="Rouge")
    answer = await owner.send_from(
        "/console/activity", "/console/activity/export?action=tag", format="csv"
    )
    file = await owner.get(answer.headers["location"])
    assert file.status_code == 200
    assert "core.tag.create" in file.text
    assert file.headers["content-disposition"].startswith("attachment")
    other = Browser.of(site)
    await other.sign_in(await member(house, "anne", "sales"))
    assert (await other.get(answer.headers["location"])).status_code == 404


async def test_a_module_is_switched_off_for_this_house_alone(
    engine: Engine, house: House, owner: Browser
) -> None:
    other = await House.open(engine)
    here, there = await house.desk("crm:read"), await other.desk("crm:read")
    ids = {
        one["name"]: one["id"]
        for one in (await house.operator.call("core.module.list", limit=50)).result["items"]
    }
    needed = await owner.send_from("/console/modules", f"/console/modules/{ids['crm']}", use="no")
    assert needed.status_code == 422
    assert "cannot work without it" in needed.text
    for name in ("invoicing", "stock", "tickets", "sales", "crm"):
        done = await owner.send_from("/console/modules", f"/console/modules/{ids[name]}", use="no")
        assert done.status_code == 303, name
    assert (await owner.get("/console/modules", done="off")).text.count("Switched off") >= 5
    caller = await engine.authenticate(here.key, None)
    asked = Request(action="crm.customer.list", arguments={}, caller=caller, surface="rest")
    with pytest.raises(Problem, match="module_disabled"):
        await engine.execute(asked)
    assert "items" in await there("crm.customer.list")


async def test_a_licence_is_installed_from_the_page(engine: Engine, site: Site) -> None:
    house = await House.open(engine, seats=0)
    owner = Browser.of(site)
    await owner.sign_in(await member(house, "owner", "owner"))
    page = (await owner.get("/console/licence")).text
    assert "individual" in page
    engine.credentials.licensing.trust(KEY)
    text = signed_for(house.org_id, seats=7)
    answer = await owner.send_from("/console/licence", "/console/licence/install", key=text)
    assert answer.headers["location"] == "/console/licence?done=installed"
    assert "1 / 7" in (await owner.get("/console/licence")).text
    wrong = await owner.send_from("/console/licence", "/console/licence/install", key="x" * 40)
    assert wrong.status_code == 422


async def test_a_change_leads_to_the_record_and_its_story(house: House, owner: Browser) -> None:
    made = await _agent(house)
    tag = await _call(house, made["key"], "core.tag.create", name="Rouge")
    page = (await owner.get("/console/activity", action="tag.create")).text
    event = (await owner.get(re.findall(r'href="(/console/activity/evt_[^"]+)"', page)[0])).text
    assert f"/console/records/{tag['id']}" in event
    record = (await owner.get(f"/console/records/{tag['id']}")).text
    assert "Rouge" in record
    assert "Create a tag" in record
    for wrong in ("tag_01m8356pdae428ap2q8fnmwf44", "nonsense", f"tag_{'z' * 400}"):
        assert (await owner.get(f"/console/records/{wrong}")).status_code == 404


async def test_an_app_is_narrowed_by_the_owner_and_widened_by_nobody_but_its_person(
    house: House, owner: Browser
) -> None:
    await house.person("anne", "sales")
    made = await house.operator.call(
        "core.oauth_grant.create",
        client_id="eyc_test",
        client_name=HOSTILE,
        scopes=["core:read", "core.tag:apply"],
        owner_id=house.people["anne"],
    )
    path = f"/console/apps/{made.result['id']}"
    listed = (await owner.get("/console/agents")).text
    assert path in listed
    assert HOSTILE not in listed
    page = (await owner.get(path)).text
    assert HOSTILE not in page
    assert 'value="core:write"' not in page
    assert (await owner.send(path, scopes=["core:read"])).status_code == 303
    wider = await owner.send(path, scopes=["core:read", "core:admin"])
    assert wider.status_code == 422
    assert "only its person" in wider.text
    cut = await owner.send_from(path, f"{path}/cut")
    assert cut.headers["location"] == "/console/agents?done=revoked"
    told = await house.operator.call("core.oauth_grant.get", id=made.result["id"])
    assert told.result["status"] == "revoked"


async def test_what_an_app_did_leads_to_the_app(house: House, owner: Browser) -> None:
    made = await house.operator.call(
        "core.oauth_grant.create",
        client_id="eyc_test",
        client_name="Claude Code",
        scopes=["core:read"],
        owner_id=house.people["owner"],
    )
    found = decode(made.result["id"])
    assert found
    issued = await tokens.issue(house.engine, house.org_id, found[1])
    await _call(house, issued["access_token"], "core.tag.list")
    page = (await owner.get("/console/activity", credential=made.result["id"])).text
    assert "core.tag.list" in page
    assert f'<a href="/console/apps/{made.result["id"]}">Claude Code</a>' in page
    event = (await owner.get(re.findall(r'href="(/console/activity/evt_[^"]+)"', page)[0])).text
    assert f"/console/apps/{made.result['id']}" in event
