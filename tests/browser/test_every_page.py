"""Every page of the console, as an owner sees it: a new one is tried without being named here."""

import pytest
from playwright.async_api import expect

from eyeot.surface.console.app import pages
from tests.browser.conftest import OpenWindow
from tests.browser.looking import barriers
from tests.browser.person import Person
from tests.browser.window import Window
from tests.demo import Demo

ADDRESSES = sorted({one.path for one in pages() if one.show and "{" not in one.path})


@pytest.mark.parametrize("window", [Window("en", "desktop"), Window("fr", "phone")], ids=str)
async def test_everybody_can_read_and_use_every_page(
    demo: Demo, open_window: OpenWindow, window: Window
) -> None:
    page = await open_window(window)
    await Person.of(demo).open(page, "/console/")

    found = {}
    for address in ADDRESSES:
        answer = await page.goto(address)
        await expect(page.get_by_role("heading", level=1)).to_have_count(1)
        wrong = await barriers(page)
        if answer is None or answer.status != 200 or wrong:
            found[address] = (answer and answer.status, wrong)

    assert not found
