"""Person: somebody who signs in with their browser and decides what is asked of them there."""

import re
from dataclasses import dataclass

from playwright.async_api import Page

from tests.demo import Demo

SIGN_IN = "/console/sign-in"
_COMPANY = "Valmorin Équipement SAS"


@dataclass(frozen=True, slots=True)
class Person:
    """Reads French or English; finds things by what is written on them, as people do."""

    email: str
    password: str
    company: str = _COMPANY

    @classmethod
    def of(cls, demo: Demo) -> "Person":
        """The administrator of the demo company."""
        return cls(demo.email, demo.password)

    async def open(self, page: Page, address: str) -> None:
        """Go to an address, past whatever must be done first: sign in, choose a company."""
        await page.goto(address)
        if SIGN_IN in page.url:
            await self.fill_in(page)
            await page.get_by_role("button", name=re.compile("Sign in|Se connecter")).click()
        # Who works for one company is not asked.
        choice = page.get_by_role("button", name=self.company)
        if "/console/organisation" in page.url and await choice.count():
            await choice.click()

    async def fill_in(self, page: Page) -> None:
        """Write e-mail and password into the form."""
        await page.get_by_label(re.compile("e-mail", re.IGNORECASE)).fill(self.email)
        await page.get_by_label(re.compile("Password|Mot de passe")).fill(self.password)

    async def read_as_browser(self, page: Page) -> None:
        """Choose the browser's language where the page is in the person's own."""
        english = (await page.evaluate("navigator.language")).startswith("en")
        other = page.get_by_role("link", name="English" if english else "Français", exact=True)
        if await other.count():
            await other.click()

    async def confirm_code(self, page: Page) -> None:
        """Send the code that came with the address, after comparing it with what the program shows."""
        await page.get_by_role("button", name=re.compile("^(Continue|Continuer)$")).click()

    async def allow(self, page: Page) -> None:
        """Say yes to a client that asks for access."""
        await page.get_by_role("button", name=re.compile("^(Allow|Autoriser)$")).click()

    async def refuse(self, page: Page) -> None:
        """Say no."""
        await page.get_by_role("button", name=re.compile("^(Refuse|Refuser)$")).click()
