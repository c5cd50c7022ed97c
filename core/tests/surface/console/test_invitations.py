"""Invitations and forgotten passwords: links that work once, for their reader, and tell nobody anything."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.tests.surface.console.browser import PASSWORD, Browser, member, site_of
from core.tests.surface.console.test_factors import enrol
from eyeot.asgi import Site
from eyeot.declare.problem import Problem
from eyeot.deploy.operator import let_in_again
from eyeot.platform.identity import accounts, resetting
from eyeot.runtime.engine import Engine, wall_clock
from eyeot.runtime.notifying import link_about
from eyeot.runtime.outside import MailServer
from eyeot.storage.pool import taken
from eyeot.testing import Desk, House

NEW = "a quieter phrase for bread"


@pytest.fixture
def site(engine: Engine) -> Site:
    return site_of(engine)


@pytest.fixture
def mailing(engine: Engine) -> Iterator[None]:
    """A deployment with a mail server, which nobody asks for anything here."""
    before = engine.outside
    server = MailServer(host="mail.example", port=587, tls="starttls", sender="erp@mail.example")
    engine.outside = replace(before, mail=server)
    engine.outside.__dict__["_ring"] = before._ring
    yield
    engine.outside, engine.clock = before, wall_clock


async def mailed(engine: Engine, house: House) -> list[dict[str, Any]]:
    """The letters that wait, newest last."""
    async with taken(engine.database.relay) as connection:
        rows = await connection.fetch(
            "SELECT * FROM core_mail WHERE org_id = $1 ORDER BY id", house.org_id
        )
    return [dict(row) for row in rows]


def opened(engine: Engine, letter: dict[str, Any]) -> str:
    """The link of a letter, as its reader sees it."""
    link = engine.outside.unseal(letter["link"], link_about(letter["id"]))
    assert link
    return link.removeprefix(engine.public_url)


async def _role(house: House, name: str) -> str:
    found: str = (await house.operator.call("core.role.list", name=name)).result["items"][0]["id"]
    return found


async def _invite(house: House, name: str, *roles: str) -> dict[str, Any]:
    found = [await _role(house, one) for one in roles]
    email = f"{name}@{house.operator.slug}.example"
    given = {"email": email, "display_name": name.title(), "role_ids": found}
    told = (await house.operator.call("core.user.invite", **given)).result
    return {**told, "email": email}


async def test_an_invited_person_comes_in_once_by_a_sealed_link(
    engine: Engine, site: Site, house: House, mailing: None
) -> None:
    made = await _invite(house, "lea", "sales")
    assert "link" not in made
    [letter] = await mailed(engine, house)
    assert "invitation?code" not in str(letter)
    link = opened(engine, letter)
    lea = Browser.of(site)
    page = await lea.get(link)
    assert "Maison Test SARL" in page.text
    assert made["email"] in page.text
    weak = await lea.send_from(
        link,
        "/console/invitation",
        code=link.partition("=")[2],
        password="lea-lea-2026",
        again="lea-lea-2026",
    )
    assert weak.status_code == 422
    code = link.partition("=")[2]

    answer = await lea.send_from(link, "/console/invitation", code=code, password=NEW, again=NEW)

    assert answer.headers["location"] == "/console/"
    home = await lea.get("/console/")
    assert "Lea" in home.text
    [user] = (await house.operator.call("core.user.list", email=made["email"])).result["items"]
    assert user["status"] == "active"
    assert (await Browser.of(site).get(link)).status_code == 410
    assert (await Browser.of(site).sign_in(made["email"], NEW)).status_code == 303
    told = (
        await house.operator.call("core.audit_event.list", action="core.user.accept_invitation")
    ).result
    assert code not in str(told)
    assert told["items"][0]["actor"] == "Lea"


async def test_a_fresh_link_voids_the_one_before_and_a_week_voids_both(
    engine: Engine, site: Site, house: House, mailing: None
) -> None:
    made = await _invite(house, "lea", "sales")
    await house.operator.call("core.user.resend_invitation", id=made["id"])
    first, second = [opened(engine, one) for one in await mailed(engine, house)]
    assert (await Browser.of(site).get(first)).status_code == 410
    assert (await Browser.of(site).get(second)).status_code == 200
    await house.person("boss", "owner")
    await house.operator.call("core.user.suspend", id=made["id"], reason="Erreur")
    assert (await Browser.of(site).get(second)).status_code == 410


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


async def test_whoever_invites_chooses_no_password_in_their_own_session(
    site: Site, house: House
) -> None:
    boss = Browser.of(site)
    await boss.sign_in(await member(house, "boss", "owner"))
    email = f"new@{house.operator.slug}.example"
    made = await boss.send("/console/users/new", email=email, display_name="New", locale="en")
    [path] = set(re.findall(r"(/console/invitation\?code=[\w-]+)", made.text))
    code = path.partition("=")[2]
    assert "new-password" not in (await boss.get(path)).text
    given = {"code": code, "password": NEW, "again": NEW}
    answer = await boss.send_from(path, "/console/invitation", **given)
    assert answer.status_code == 422
    assert await _status(house, email) == "invited"


async def test_who_has_an_account_accepts_signed_in_and_nobody_else_does(
    engine: Engine, site: Site, house: House, mailing: None
) -> None:
    elsewhere = await House.open(engine, "Ailleurs SARL")
    email = await member(elsewhere, "lea", "owner")
    other = await member(elsewhere, "marc", "owner")
    given = {"email": email, "display_name": "Léa"}
    await house.operator.call("core.user.invite", **given)
    link = opened(engine, (await mailed(engine, house))[0])
    code = link.partition("=")[2]
    stranger, marc, lea = Browser.of(site), Browser.of(site), Browser.of(site)
    # Whoever got hold of the link sets no password of an account that there is.
    await stranger.send_from(
        "/console/sign-in", "/console/invitation", code=code, password=NEW, again=NEW
    )
    assert (await Browser.of(site).sign_in(email, NEW)).status_code == 422
    await marc.sign_in(other)
    await marc.send_from("/console/", "/console/invitation", code=code, password=NEW, again=NEW)
    assert await _status(house, email) == "invited"

    await lea.sign_in(email)
    await lea.send_from(link, "/console/invitation", code=code)

    assert await _status(house, email) == "active"
    page = await lea.get("/console/organisation")
    assert "Maison Test SARL" in page.text
    assert "Ailleurs SARL" in page.text


async def test_without_a_mail_server_the_link_is_shown_to_people_only(house: House) -> None:
    made = await _invite(house, "lea", "sales")
    assert "/console/invitation?code=" in made["link"]
    await house.person("owner", "owner")
    desk = await house.desk("core:admin", owner="owner")
    refused = await desk.refused("core.user.resend_invitation", id=made["id"])
    assert refused["code"] == "provider_not_configured"
    effects = await house.operator.call("core.user.resend_invitation", id=made["id"], dry_run=True)
    assert "link" not in effects.result


async def test_nobody_invites_with_what_they_do_not_hold(house: House) -> None:
    await house.person("owner", "owner")
    [owner] = (await house.operator.call("core.role.list", name="owner")).result["items"]
    email = await member(house, "admin", "admin")
    admin = await _at_console(house, email)
    given = {"email": "crony@x.example", "display_name": "Crony", "role_ids": [owner["id"]]}
    alone: tuple[str, dict[str, Any]] = ("core.user.invite", given)
    many: tuple[str, dict[str, Any]] = ("core.user.bulk_create", {"items": [given]})
    for action, arguments in (alone, many):
        with pytest.raises(Problem) as refused:
            await admin.answer(action, surface="console", **arguments)
        assert "what they do not hold" in str(refused.value.body())
    assert await _status(house, "crony@x.example") is None


async def _status(house: House, email: str) -> str | None:
    found = (await house.operator.call("core.user.list", email=email)).result["items"]
    return found[0]["status"] if found else None


async def _at_console(house: House, email: str) -> Desk:
    """A person at the console, as the sign-in finds them."""
    found = await accounts.known(house.engine, email)
    assert found
    person = await house.engine.credentials.person(house.org_id, found["id"], found["id"])
    assert person
    return Desk(house.engine, person.caller)


async def test_a_forgotten_password_is_reset_once_and_signs_out_everywhere(
    engine: Engine, site: Site, house: House, mailing: None
) -> None:
    email = await member(house, "anne", "owner")
    before = Browser.of(site)
    await before.sign_in(email)
    asked = await Browser.of(site).send("/console/forgot", email=email.upper())
    unknown = await Browser.of(site).send("/console/forgot", email="nobody@nowhere.example")
    assert _told(asked) == _told(unknown)
    await site.kit.settled()
    [letter] = await mailed(engine, house)
    link = opened(engine, letter)
    assert link not in str(letter)
    browser = Browser.of(site)
    code = link.partition("=")[2]
    # Mail programs open links beforehand: that must not use them up.
    assert [(await browser.get(link)).status_code for _ in range(2)] == [200, 200]
    wrong = await browser.send_from(link, "/console/reset", code=code, password=NEW, again="other")
    assert wrong.status_code == 422

    answer = await browser.send_from(link, "/console/reset", code=code, password=NEW, again=NEW)

    assert answer.headers["location"] == "/console/"
    assert (await before.get("/console/")).status_code == 303
    assert (await Browser.of(site).get(link)).status_code == 410
    assert (await Browser.of(site).sign_in(email, PASSWORD)).status_code == 422
    assert (await Browser.of(site).sign_in(email, NEW)).status_code == 303


async def test_a_reset_does_not_pass_the_second_factor_and_ends_in_time(
    engine: Engine, site: Site, house: House, mailing: None
) -> None:
    email = await member(house, "anne", "owner")
    anne = Browser.of(site)
    await anne.sign_in(email)
    await enrol(anne, engine)
    for _ in range(6):
        await resetting.send(engine, email)
    letters = await mailed(engine, house)
    assert len(letters) == 3
    link = opened(engine, letters[0])
    thief = Browser.of(site)
    code = link.partition("=")[2]
    answer = await thief.send_from(link, "/console/reset", code=code, password=NEW, again=NEW)
    assert answer.headers["location"] == "/console/second-factor"
    assert (await thief.get("/console/")).headers["location"].startswith("/console/second-factor")
    await resetting.send(engine, email)
    late = opened(engine, (await mailed(engine, house))[-1])
    engine.clock = lambda: wall_clock() + timedelta(minutes=31)
    assert (await thief.get(late)).status_code == 410


async def test_the_operator_lets_somebody_in_again_and_their_organisations_see_it(
    engine: Engine, site: Site, house: House
) -> None:
    email = await member(house, "anne", "owner")
    anne = Browser.of(site)
    await anne.sign_in(email)
    await enrol(anne, engine)
    made = await let_in_again(engine, email.upper(), factor=True)
    link = made["link"].removeprefix(engine.public_url)
    code = link.partition("=")[2]
    browser = Browser.of(site)
    answer = await browser.send_from(link, "/console/reset", code=code, password=NEW, again=NEW)
    assert answer.headers["location"] == "/console/"
    asked = {"action": "core.session.let_in_again"}
    [told] = (await house.operator.call("core.audit_event.list", **asked)).result["items"]
    assert told["actor_type"] == "system"
    assert code not in str(told)
    [user] = (await house.operator.call("core.user.list", email=email)).result["items"]
    assert user["mfa_enabled"] is False


def _told(answer: Any) -> str:
    return re.sub(r'name="form_token" value="[^"]+"', "", answer.text)
