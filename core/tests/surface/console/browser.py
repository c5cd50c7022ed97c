"""Browser: a person's browser without a window, in the process of the server; forms as pages show them."""

import re
from dataclasses import dataclass
from html import unescape

import httpx

from eyeot.asgi import Site
from eyeot.deploy.operator import register
from eyeot.runtime.engine import Engine
from eyeot.testing import House

PASSWORD = "correct horse battery staple"
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@dataclass
class Browser:
    """Keeps cookies, and sends forms with the token of the page they are on."""

    http: httpx.AsyncClient

    @classmethod
    def of(cls, site: Site, language: str = "en", address: str = "127.0.0.1") -> "Browser":
        """A browser that nobody has signed in with."""
        transport = httpx.ASGITransport(site, client=(address, 50_000))
        headers = {"accept-language": language}
        return cls(
            httpx.AsyncClient(transport=transport, base_url="https://localhost", headers=headers)
        )

    async def get(self, path: str, **more: str) -> httpx.Response:
        """Open a page."""
        return await self.http.get(path, params=more or None)

    async def send(self, path: str, **fields: str | list[str]) -> httpx.Response:
        """Fill in the form of a page and send it; its action is the page's address."""
        return await self.send_from(path, path, **fields)

    async def send_from(self, page: str, action: str, **fields: str | list[str]) -> httpx.Response:
        """Fill in a form that stands on one page and is sent to another address."""
        shown = await self.get(page)
        found = _TOKEN.search(shown.text)
        assert found, shown.text
        return await self.http.post(action, data={"form_token": unescape(found[1]), **fields})

    async def sign_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        """Sign in."""
        return await self.send("/console/sign-in", email=email, password=password)


async def member(house: House, name: str, *roles: str, password: str = PASSWORD) -> str:
    """A person who can sign in to a house; their e-mail address."""
    email = f"{name}@{house.operator.slug}.example"
    made = await register(house.operator, email, name.title(), list(roles), password)
    house.people[name] = made.id
    await house.operator.call("core.user.update", id=made.id, locale="en")
    return email


def site_of(engine: Engine) -> Site:
    """The surfaces of an engine that is there already."""
    return Site.over(engine, (b"a secret of the tests, long enough",))
