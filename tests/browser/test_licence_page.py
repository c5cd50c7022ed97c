"""The page that a refused write leads to, as its reader sees it."""

from playwright.async_api import Page, expect

from tests.browser.conftest import Accessible, Picture

LACKING = "/console/licence?org=atelier&plan=team&state=expired&lacks=licence&used=3&of=10"


async def test_the_licence_page_can_be_read_and_used_by_everybody(
    page: Page, accessible: Accessible, picture: Picture
) -> None:
    await page.goto(LACKING)

    language = await page.evaluate("navigator.language.slice(0, 2)")
    await expect(page.locator("html")).to_have_attribute("lang", language)
    await expect(page.get_by_text("3 / 10")).to_be_visible()
    await accessible(page)
    await picture(page, "licence")


async def test_the_licence_page_needs_no_script(no_script: Page) -> None:
    await no_script.goto(LACKING)

    await expect(no_script.get_by_role("heading", level=1)).to_contain_text("licence active")
    await expect(no_script.get_by_text("eyeot licence install --org atelier")).to_be_visible()
