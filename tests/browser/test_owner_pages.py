"""The owner's pages on the demo company: read, used and kept as pictures, in each language and size."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Accessible, OpenWindow, Picture
from tests.browser.person import Person
from tests.browser.window import Window
from tests.demo import Demo

Read = Callable[[str], Awaitable[None]]
PLACES = {
    "home": "/console/",
    "activity": "/console/activity?period=30",
    "activity-filtered": "/console/activity?period=90&outcome=refused&action=audit",
    "agents": "/console/agents",
    "key-new": "/console/keys/new",
    "modules": "/console/modules",
    "licence-owner": "/console/licence",
}


_UNFOLD = "() => document.querySelectorAll('details').forEach((one) => (one.open = true))"
_SHORTEN = (
    "() => document.querySelectorAll('tbody tr:nth-child(n+7)').forEach((one) => one.remove())"
)
"""Of a long list, as much as a picture needs."""
_FEWER = (
    "() => document.querySelectorAll('.rights:nth-of-type(n+4)').forEach((one) => one.remove())"
)
"""Of the rights, as much as a picture needs."""
_HIDE = """() => document.querySelectorAll('pre').forEach((one) => {
  one.textContent = one.textContent.replace(/eyk_[\\w-]{43}/g, 'eyk_' + '…'.repeat(12)) })"""
"""No picture shows a secret, however short it works."""


@dataclass
class Owner:
    """Somebody signed in, reading in the language of their browser."""

    page: Page

    @classmethod
    async def of(cls, page: Page, demo: Demo) -> "Owner":
        await Person.of(demo).open(page, "/console/")
        english = (await page.evaluate("navigator.language")).startswith("en")
        other = page.get_by_role("link", name="English" if english else "Français", exact=True)
        if await other.count():
            await other.click()
        return cls(page)


@pytest.mark.parametrize("name", PLACES)
async def test_a_page_can_be_read_by_everybody(
    page: Page, demo: Demo, accessible: Accessible, picture: Picture, name: str
) -> None:
    await Owner.of(page, demo)
    await page.goto(PLACES[name])
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await page.evaluate(_UNFOLD)
    await accessible(page)
    await page.reload()
    await page.evaluate(_SHORTEN)
    await picture(page, name)


async def test_a_call_is_looked_at_down_to_what_it_changed(
    page: Page, demo: Demo, accessible: Accessible, picture: Picture
) -> None:
    await Owner.of(page, demo)
    await page.goto("/console/activity?action=core.tag.create&outcome=ok&period=90")
    await page.locator("tbody a").first.click()
    await expect(page.locator(".diff .after").first).to_be_visible()
    await accessible(page)
    await picture(page, "activity-event")
    await page.locator(".diff").locator("xpath=preceding::a[1]").click()
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await accessible(page)


async def test_what_works_by_machine_is_looked_at_and_bounded(
    page: Page, demo: Demo, about: dict[str, str], accessible: Accessible, picture: Picture
) -> None:
    await Owner.of(page, demo)
    for name in ("app", "agent", "key"):
        await page.goto(about[f"/console/{name}s/{{id}}"])
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await accessible(page)
        await page.evaluate(_FEWER)
        await picture(page, name)


async def test_what_an_agent_did_is_taken_back_once_its_undoing_was_seen(
    page: Page, demo: Demo, about: dict[str, str], accessible: Accessible, picture: Picture
) -> None:
    await Owner.of(page, demo)
    await page.goto(about["/console/activity/{id}"])
    await page.get_by_role("button", name=re.compile("Undo this|Annuler cette")).click()
    await expect(page.get_by_role("button", name=re.compile("^(Undo it|Annuler)$"))).to_be_visible()
    await accessible(page)
    await picture(page, "undo")


async def test_a_key_is_shown_once(
    page: Page, demo: Demo, accessible: Accessible, picture: Picture
) -> None:
    await Owner.of(page, demo)
    await page.goto("/console/keys/new")
    await page.get_by_label(re.compile("What it is for|À quoi elle sert")).fill("Claude")
    await page.get_by_role("checkbox", name=re.compile(r"core:read")).check()
    await page.get_by_role("button", name=re.compile("Make the key|Créer la clé")).click()
    await expect(page.locator("#secret")).to_be_visible()
    await accessible(page)
    await page.evaluate(_HIDE)
    await picture(page, "key-made")


@pytest.mark.parametrize("script", [True, False])
async def test_a_key_is_made_and_cut_without_a_word_of_documentation(
    open_window: OpenWindow, demo: Demo, accessible: Accessible, *, script: bool
) -> None:
    page = await open_window(Window("fr", "phone", script=script))
    await Person.of(demo).open(page, "/console/")
    await page.goto("/console/agents")
    await page.get_by_role("link", name="Nouvelle clé").click()
    await page.get_by_label("À quoi elle sert").fill("Claude sur mon téléphone")
    await page.get_by_role("checkbox", name=re.compile(r"core:read")).check()
    await page.get_by_role("button", name="Créer la clé").click()
    secret = await page.locator("#secret").inner_text()
    assert re.fullmatch(r"eyk_[\w-]{43}", secret)
    if script:
        await accessible(page)
    await page.get_by_role("link", name="Je l'ai copiée").click()
    await expect(page.get_by_text(secret)).to_have_count(0)
    await page.get_by_role("button", name="La couper maintenant").click()
    await expect(page.get_by_role("status")).to_contain_text("Coupé")
