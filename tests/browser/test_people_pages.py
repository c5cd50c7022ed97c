"""People's pages in a browser: who is invited comes in, guards their account, and is given what they need."""

import base64
import re
import time
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.async_api import Page, expect

from tests.browser.conftest import Accessible, OpenWindow, Picture
from tests.browser.person import Person
from tests.browser.test_owner_pages import Owner
from tests.browser.window import Window
from tests.demo import Demo

PASSWORD = "une phrase calme pour le pain"
PLACES = {"users": "/console/users", "roles": "/console/roles", "teams": "/console/teams"}
_SHORTEN = (
    "() => document.querySelectorAll('tbody tr:nth-child(n+9)').forEach((one) => one.remove())"
)


@pytest.mark.parametrize("name", PLACES)
async def test_a_page_of_people_can_be_read_by_everybody(
    page: Page, demo: Demo, accessible: Accessible, picture: Picture, name: str
) -> None:
    await Owner.of(page, demo)
    await page.goto(PLACES[name])
    await accessible(page)
    await page.evaluate(_SHORTEN)
    await picture(page, name)


async def test_a_role_and_a_person_are_looked_at_and_the_editor_opens(
    page: Page, demo: Demo, accessible: Accessible, picture: Picture
) -> None:
    await Owner.of(page, demo)
    await page.goto("/console/roles")
    await page.get_by_role("link", name=re.compile("^(Viewer|Lecteur)$")).click()
    await accessible(page)
    await picture(page, "role")
    await page.get_by_role("link", name=re.compile("Edit|Modifier")).click()
    await page.evaluate(
        "() => document.querySelectorAll('details').forEach((d) => (d.open = true))"
    )
    await accessible(page)
    await page.reload()
    await picture(page, "role-edit")
    await page.goto("/console/users")
    await page.get_by_role("link", name="Paul Lemaire").click()
    await page.evaluate(
        "() => document.querySelectorAll('details').forEach((d) => (d.open = true))"
    )
    await accessible(page)
    await picture(page, "user")


@pytest.mark.parametrize("script", [True, False])
async def test_who_is_invited_comes_in_and_guards_their_account(
    open_window: OpenWindow, demo: Demo, accessible: Accessible, picture: Picture, *, script: bool
) -> None:
    window = Window("en", "desktop") if script else Window("en", "phone", script=False)
    owner, lea = await open_window(window), await open_window(window)
    look = accessible if script else _look_away
    keep = picture if script else _keep_none
    link, email = await _invited(owner, demo)
    await lea.goto(link)
    await look(lea)
    await keep(lea, "invitation")
    await lea.get_by_label(re.compile("Choose a password|Choisissez")).fill(PASSWORD)
    await lea.get_by_label(re.compile("same again|même à nouveau")).fill(PASSWORD)
    await lea.get_by_role("button", name=re.compile("Accept|Accepter")).click()
    await lea.goto("/console/account")
    await look(lea)
    await keep(lea, "account")
    await lea.goto("/console/account/second-factor")
    await lea.get_by_role("button", name=re.compile("Set it up|Commencer")).click()
    secret = (await lea.locator("code.secret").inner_text()).replace(" ", "")
    await look(lea)
    await lea.locator("#code").fill(_code(secret, 0))
    await lea.get_by_role("button", name=re.compile("Turn it on|L'activer")).click()
    await expect(lea.locator(".codes code")).to_have_count(10)
    await look(lea)
    await lea.get_by_role("button", name=re.compile("Sign out|Se déconnecter")).click()
    await Person(email, PASSWORD).open(lea, "/console/account")
    await expect(lea).to_have_url(re.compile("second-factor"))
    await look(lea)
    await keep(lea, "second-factor")
    await lea.locator("#code").fill(_code(secret, 1))
    await lea.get_by_role("button", name=re.compile("Continue|Continuer")).click()
    await expect(lea).to_have_url(re.compile("/console/account"))


async def _invited(owner: Page, demo: Demo) -> tuple[str, str]:
    """Invite somebody as a person does; their link and address."""
    email = f"lea-{uuid4().hex[:8]}@demo.example"
    await Person.of(demo).open(owner, "/console/users")
    await owner.get_by_role("link", name=re.compile("Invite somebody|Inviter")).click()
    await owner.get_by_label(re.compile("^(Name|Nom)")).fill("Léa Fontaine")
    await owner.get_by_label(re.compile("E-mail|e-mail")).fill(email)
    await owner.get_by_label(re.compile("language|langue")).select_option("en")
    await owner.get_by_role("checkbox", name=re.compile("Viewer|Lecteur")).check()
    await owner.get_by_role("button", name=re.compile("^(Invite|Inviter)$")).click()
    return await owner.locator("pre.secret").inner_text(), email


def _code(secret: str, ahead: int) -> str:
    at = int(time.time()) + 30 * ahead
    return TOTP(base64.b32decode(secret), 6, SHA1(), 30).generate(at).decode()


async def _look_away(page: Page) -> None:
    """Axe is a script, which this window does not run."""


async def _keep_none(page: Page, name: str) -> None:
    """One picture is enough."""
