"""Signing in, as whoever does it sees it: in their language, on a phone or not, without scripts."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Accessible, OpenWindow, Picture
from tests.browser.person import SIGN_IN, Person
from tests.browser.window import Window
from tests.demo import Demo

HOME = re.compile(r"/console/$")


async def test_the_sign_in_page_can_be_read_and_used_by_everybody(
    page: Page, accessible: Accessible, picture: Picture
) -> None:
    await page.goto(SIGN_IN)
    await accessible(page)
    await picture(page, "sign-in")

    await page.get_by_label(re.compile("e-mail", re.IGNORECASE)).fill("nobody@demo.example")
    await page.get_by_label(re.compile("Password|Mot de passe")).fill("wrong")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("alert")).to_be_visible()
    await accessible(page)


@pytest.mark.parametrize("script", [True, False])
async def test_a_person_of_two_companies_signs_in_chooses_one_and_signs_out(
    open_window: OpenWindow, demo: Demo, accessible: Accessible, *, script: bool
) -> None:
    page = await open_window(Window("fr", "phone", script=script))
    person = Person.of(demo)

    await page.goto("/console/")
    await person.fill_in(page)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    if script:
        await accessible(page)
    await page.get_by_role("button", name=person.company).click()
    await expect(page).to_have_url(HOME)
    await expect(page.get_by_role("heading", level=1)).to_have_text(person.company)

    kept = await page.context.cookies()
    assert all(one["secure"] and one["httpOnly"] for one in kept)
    await page.get_by_role("button", name="Se déconnecter").click()
    await page.goto("/console/")
    await expect(page).to_have_url(re.compile(SIGN_IN))


async def test_the_form_is_filled_in_with_the_keyboard_alone(
    open_window: OpenWindow, demo: Demo
) -> None:
    page = await open_window(Window())
    await page.goto(SIGN_IN)

    for _ in range(10):
        await page.keyboard.press("Tab")
        if await page.get_by_label("E-mail address").evaluate("one => one.matches(':focus')"):
            break
    await page.keyboard.type(demo.email)
    await page.keyboard.press("Tab")
    await page.keyboard.type(demo.password)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("button", name=Person.of(demo).company)).to_be_visible()
