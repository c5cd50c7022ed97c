"""App: a client of the authorization server, as an MCP client is one."""

import base64
import hashlib
import itertools
import re
import secrets
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from core.tests.surface.console.browser import Browser
from eyeot.asgi import Site

CALLBACK = "http://127.0.0.1:41234/callback"
ISSUER = "http://localhost"
RESOURCE = f"{ISSUER}/api/v1/mcp"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass
class App:
    """A program that registered itself."""

    http: httpx.AsyncClient
    client_id: str
    secret: str | None = None
    redirect_uri: str = CALLBACK
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @classmethod
    async def registered(cls, site: Site, **told: Any) -> "App":
        """Register by RFC 7591."""
        http = outside(site)
        asked = {
            "client_name": "Claude Code",
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
            **told,
        }
        answer = await http.post("/oauth/register", json=asked)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        uri = (asked["redirect_uris"] or [""])[0]
        return cls(http, made["client_id"], made.get("client_secret"), uri)

    def address(self, **changed: str | None) -> str:
        """Where it sends its person."""
        asked: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            "state": "a state of its own",
            "scope": "core:read crm:read",
            "resource": RESOURCE,
            **changed,
        }
        query = urlencode({name: one for name, one in asked.items() if one is not None})
        return f"/oauth/authorize?{query}"

    async def allowed(self, person: Browser, *scopes: str, **changed: str | None) -> dict[str, str]:
        """What its person's browser brings back after they allowed it; these scopes, or what is ticked."""
        address = self.address(**changed)
        shown = await person.get(address)
        assert shown.status_code == 200, shown.text
        ticked = re.findall(r'name="scope" value="([^"]+)" checked', shown.text)
        answer = await decide(person, address, "allow", list(scopes) or ticked)
        return brought(answer)

    async def token(self, **asked: str) -> httpx.Response:
        """Ask the token endpoint."""
        return await self.http.post("/oauth/token", data={"client_id": self.client_id, **asked})

    async def exchange(self, code: str, /, **changed: str) -> httpx.Response:
        """Exchange a code."""
        given = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
            "resource": RESOURCE,
        }
        return await self.token(**{**given, **changed})

    async def connected(
        self, person: Browser, *scopes: str, **changed: str | None
    ) -> dict[str, Any]:
        """Tokens, by the whole way."""
        back = await self.allowed(person, *scopes, **changed)
        answer = await self.exchange(back["code"])
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def refresh(self, token: str, **more: str) -> httpx.Response:
        """Renew."""
        return await self.token(grant_type="refresh_token", refresh_token=token, **more)

    async def whoami(self, access: str) -> httpx.Response:
        """Who a token is, over REST."""
        return await rest(self.http, access, "core.session.whoami")


_machines = itertools.count(1)


def outside(site: Site, address: str = "") -> httpx.AsyncClient:
    """A program on another machine."""
    number = next(_machines)
    own = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    transport = httpx.ASGITransport(site, client=(address or own, 40_000))
    return httpx.AsyncClient(transport=transport, base_url=ISSUER)


async def rest(
    http: httpx.AsyncClient, access: str, action: str, **arguments: Any
) -> httpx.Response:
    """Call an action over REST."""
    headers = {"authorization": f"Bearer {access}"}
    return await http.post(f"/api/v1/actions/{action}", json=arguments, headers=headers)


async def decide(person: Browser, address: str, decision: str, scopes: list[str]) -> httpx.Response:
    """Send the consent page's form."""
    shown = await person.get(address)
    found = _TOKEN.search(shown.text)
    assert found, shown.text
    data = {"form_token": unescape(found[1]), "decision": decision, "scope": scopes}
    return await person.http.post(address, data=data)


def brought(answer: httpx.Response) -> dict[str, str]:
    """The parameters of the address that a browser is sent on to."""
    assert answer.status_code == 303, answer.text
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert all(len(one) == 1 for one in query.values())
    return {name: one[0] for name, one in query.items()}
