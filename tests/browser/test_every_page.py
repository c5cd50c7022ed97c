"""Every page of the console, as an owner sees it: a new one is tried without being named here."""

import pytest
from playwright.async_api import expect

from eyeot.surface.console.app import pages
from tests.browser.conftest import OpenWindow
from tests.browser.looking import barriers
from tests.browser.person import Person
from tests.browser.window import Window
from tests.demo import Demo
from tests.reader import FILE

OK, FAULT = 200, 500
ADDRESSES = sorted({one.path for one in pages() if one.show} - {FILE})


@pytest.mark.parametrize("window", [Window("en", "desktop"), Window("fr", "phone")], ids=str)
async def test_everybody_can_read_and_use_every_page(
    demo: Demo, about: dict[str, str], open_window: OpenWindow, window: Window
) -> None:
    page = await open_window(window)
    await Person.of(demo).open(page, "/console/")

    found = {}
    for path in ADDRESSES:
        # A page with an id that is not furnished here is a new one: it fails by its name.
        address = about[path] if "{" in path else path
        answer = await page.goto(address)
        await expect(page.get_by_role("heading", level=1)).to_have_count(1)
        wrong = await barriers(page)
        status = answer.status if answer else 0
        # A page that is about something may refuse to be opened without it, readably.
        lost = status != OK if address is not path else status in {0, 404} or status >= FAULT
        if lost or wrong:
            found[address] = (status, wrong)

    assert not found
