"""People's pages: what is shown, done and refused there, by who may and by who may not."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.tests.surface.console.browser import Browser, member, site_of
from core.tests.surface.console.test_factors import enrol
from eyeot.asgi import Site
from eyeot.runtime.engine import Engine, wall_clock
from eyeot.testing import House

HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def site(engine: Engine) -> Site:
    return site_of(engine)


@pytest.fixture(autouse=True)
def _clock(engine: Engine) -> Iterator[None]:
    """Whatever a test does to the clock ends with it."""
    yield
    engine.clock = wall_clock


async def _signed(site: Site, house: House, name: str, *roles: str) -> Browser:
    browser = Browser.of(site)
    await browser.sign_in(await member(house, name, *roles))
    return browser


async def _role(house: House, name: str) -> str:
    found: str = (await house.operator.call("core.role.list", name=name)).result["items"][0]["id"]
    return found


async def _gatekeeper(house: House) -> str:
    """A role that manages people, and may do nothing with customers."""
    given = [{"permission": f"core:{what}"} for what in ("read", "write", "admin")]
    made = await house.operator.call("core.role.create", name="gatekeeper", permissions=given)
    name: str = made.result["name"]
    return name


async def test_an_owner_invites_and_is_shown_the_link_once(site: Site, house: House) -> None:
    owner = await _signed(site, house, "olga", "owner")
    given = {"display_name": HOSTILE, "email": "lea@fournil.example", "locale": "en"}
    role = await _role(house, "sales")
    shown = await owner.send("/console/users/new", role=[role], **given)
    assert shown.status_code == 200
    assert "/console/invitation?code=" in shown.text
    assert HOSTILE not in shown.text
    listed = (await owner.get("/console/users")).text
    assert "lea@fournil.example" in listed
    assert "Invited" in listed
    assert "Salesperson" in listed
    assert "/console/invitation?code=" not in listed
    again = await owner.send("/console/users/new", **given)
    assert again.status_code == 422
    assert "works here already" in again.text
    assert 'value="lea@fournil.example"' in again.text


async def test_one_person_is_shown_with_what_they_may_do_and_why(site: Site, house: House) -> None:
    owner = await _signed(site, house, "olga", "owner")
    anne = await _signed(site, house, "anne", "sales")
    path = f"/console/users/{house.people['anne']}"
    page = (await owner.get(path)).text
    assert "sales" in page
    assert '<code class="note">crm:read</code>' in page
    assert "their own" in page
    assert "by Salesperson" in page
    await owner.send(path, do="assign", role=await _role(house, "viewer"))
    assert "Take back Viewer" in (await owner.get(path)).text
    await owner.send(path, do="unassign", role=await _role(house, "viewer"))
    await owner.send(path, do="sign_out")
    assert (await anne.get("/console/")).headers["location"].startswith("/console/organisation")
    # Choosing the organisation again does not revive what was ended: they sign in anew.
    page_of_houses = await anne.get("/console/organisation")
    [house_id] = re.findall(r'name="organisation" value="([^"]+)"', page_of_houses.text)
    sent = await anne.send("/console/organisation", organisation=house_id)
    assert sent.headers["location"].startswith("/console/sign-in?said=ended")
    suspended = await owner.send(path, do="suspend", reason="Ordinateur perdu")
    assert suspended.headers["location"].endswith("done=suspend")
    assert "Suspended" in (await owner.get(path)).text


async def test_the_last_owner_is_told_why_they_stay(site: Site, house: House) -> None:
    owner = await _signed(site, house, "olga", "owner")
    path = f"/console/users/{house.people['olga']}"
    for do, more in (
        ("unassign", {"role": await _role(house, "owner")}),
        ("suspend", {"reason": "x"}),
    ):
        refused = await owner.send(path, do=do, **more)
        assert refused.status_code == 422
        assert "last owner" in refused.text


async def test_who_may_not_manage_people_is_not_let_through(site: Site, house: House) -> None:
    await _signed(site, house, "olga", "owner")
    anne = await _signed(site, house, "anne", "sales")
    refused = await anne.send_from(
        "/console/account",
        f"/console/users/{house.people['anne']}",
        do="assign",
        role=await _role(house, "owner"),
    )
    assert refused.status_code == 422
    held = (
        await house.operator.call("core.role.list_holders", user_id=house.people["anne"])
    ).result
    assert [one["role"] for one in held["items"]] == ["sales"]
    refused = await anne.send_from(
        "/console/account", "/console/users/new", display_name="Crony", email="c@x.example"
    )
    assert refused.status_code == 422


async def test_an_administrator_is_offered_only_what_they_hold(site: Site, house: House) -> None:
    await _signed(site, house, "olga", "owner")
    admin = await _signed(site, house, "ada", await _gatekeeper(house))
    page = (await admin.get("/console/users/new")).text
    assert await _role(house, "gatekeeper") in page
    assert await _role(house, "owner") not in page
    assert await _role(house, "sales") not in page
    path = f"/console/users/{house.people['ada']}"
    refused = await admin.send(path, do="assign", role=await _role(house, "owner"))
    assert refused.status_code == 422
    assert "rights that you hold yourself" in refused.text


async def test_a_role_is_made_edited_and_compared_in_words(site: Site, house: House) -> None:
    owner = await _signed(site, house, "olga", "owner")
    page = (await owner.get("/console/roles/new")).text
    assert "Look things up" in page
    fields = {"name": "Stagiaire", "reach:crm:read": "own", "reach:core:audit": "organisation"}
    made = await owner.send("/console/roles/new", **fields)
    path = made.headers["location"].partition("?")[0]
    shown = (await owner.get(path)).text
    assert "crm:read" in shown
    assert "with care" in shown
    fields = {"name": "Stagiaire", "reach:crm:read": "team", "version": "1"}
    assert (await owner.send(f"{path}/edit", **fields)).status_code == 303
    role = (await house.operator.call("core.role.get", id=path.rpartition("/")[2])).result
    assert role["permissions"] == [{"permission": "crm:read", "reach": "team"}]
    stale = await owner.send(f"{path}/edit", **fields)
    assert stale.status_code == 422
    assert "Somebody changed this" in stale.text
    b = await _role(house, "sales")
    compared = await owner.get("/console/roles/compare", a=role["id"], b=b)
    assert "Only “Stagiaire” permits" in compared.text
    owners = f"/console/roles/{await _role(house, 'owner')}"
    assert "cannot be changed" in (await owner.get(owners)).text
    assert (await owner.send_from(owners + "/edit", owners + "/edit", name="x")).status_code == 422


async def test_editing_a_role_cuts_what_one_does_not_hold_and_never_adds_it(
    site: Site, house: House
) -> None:
    await _signed(site, house, "olga", "owner")
    admin = await _signed(site, house, "ada", await _gatekeeper(house))
    path = f"/console/roles/{await _role(house, 'sales')}"
    page = (await admin.get(f"{path}/edit")).text
    assert 'name="reach:crm:write"' in page
    role = (await house.operator.call("core.role.get", id=path.rpartition("/")[2])).result
    fields = {
        f"reach:{one['permission']}": one["reach"]
        for one in role["permissions"]
        if one["permission"] != "crm:write"
    }
    kept = await admin.send(f"{path}/edit", name=role["name"], **fields)
    assert kept.status_code == 303
    after = (await house.operator.call("core.role.get", id=role["id"])).result["permissions"]
    assert {one["permission"] for one in role["permissions"]} - {
        one["permission"] for one in after
    } == {"crm:write"}
    fields["reach:crm:write"] = "organisation"
    await admin.send(f"{path}/edit", name=role["name"], **fields)
    after = (await house.operator.call("core.role.get", id=role["id"])).result["permissions"]
    assert "crm:write" not in {one["permission"] for one in after}


async def test_a_team_is_made_and_joined(site: Site, house: House) -> None:
    owner = await _signed(site, house, "olga", "owner")
    await house.person("anne", "sales")
    made = await owner.send("/console/teams", name="Lyon", purpose="sales", lead_id="")
    path = made.headers["location"].partition("?")[0]
    await owner.send(path, do="add", user=house.people["anne"])
    assert "Anne" in (await owner.get(path)).text
    await owner.send(path, do="remove", user=house.people["anne"])
    assert "Nobody yet" in (await owner.get(path)).text
    assert (await owner.send(path, do="archive")).status_code == 303
    assert "Put away" in (await owner.get("/console/teams")).text


async def test_a_stale_session_is_asked_for_proof_before_it_hands_out_rights(
    engine: Engine, site: Site, house: House
) -> None:
    owner = await _signed(site, house, "olga", "owner")
    await house.person("anne", "sales")
    path = f"/console/users/{house.people['anne']}"
    engine.clock = lambda: wall_clock() + timedelta(minutes=11)
    owner.http.headers["referer"] = f"https://localhost{path}"
    sent = await owner.send(path, do="assign", role=await _role(house, "owner"))
    assert sent.headers["location"].startswith("/console/confirm?next=%2Fconsole%2Fusers%2F")
    # To cut asks for no proof: it must go fast.
    cut = await owner.send(path, do="sign_out")
    assert cut.status_code == 303, cut.text
    assert cut.headers["location"].endswith("done=sign_out")
    held = (
        await house.operator.call("core.role.list_holders", user_id=house.people["anne"])
    ).result
    assert [one["role"] for one in held["items"]] == ["sales"]


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_every_page_is_whole_in_both_languages(
    engine: Engine, site: Site, house: House, language: str
) -> None:
    email = await member(house, "olga", "owner")
    await house.operator.call("core.user.update", id=house.people["olga"], locale=language)
    owner = Browser.of(site, language)
    await owner.sign_in(email)
    await enrol(owner, engine)
    await house.person("anne", "sales")
    team = (await house.operator.call("core.team.create", name=HOSTILE)).result["id"]
    await house.operator.call("core.team.add_member", id=team, user_id=house.people["olga"])
    sales = await _role(house, "sales")
    for path in (
        "/console/users", "/console/users/new", f"/console/users/{house.people['olga']}", "/console/roles",
        f"/console/roles/{sales}", f"/console/roles/{sales}/edit", "/console/roles/new", "/console/teams",
        f"/console/teams/{team}", "/console/account", "/console/account/password",
        "/console/account/second-factor", "/console/account/sessions", "/console/confirm", "/console/forgot",
        f"/console/roles/compare?a={sales}&b={sales}",
    ):  # fmt: skip
        page = await owner.get(path)
        assert page.status_code == 200, path
        assert f'<html lang="{language}">' in page.text
        assert page.text.count("<h1") == 1, path
        assert HOSTILE not in page.text
        assert not re.search(r"<script|style=\"|javascript:|\son\w+=", page.text), path
        named = set(re.findall(r'<label for="([^"]+)"', page.text))
        fields = re.findall(r"<(?:input|select)[^>]*?\bid=\"([^\"]+)\"", page.text)
        assert len(fields) == len(set(fields)), f"{path}: {fields}"
        assert set(fields) <= named | {"email"}, f"{path}: {set(fields) - named}"
