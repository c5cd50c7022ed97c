"""Reader: a browser without a window, over the network, and the demo's pages that are about something."""

import base64
import hashlib
import re
from html import unescape
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

from tests.demo import Demo

_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
_BACK = "http://127.0.0.1:41234/callback"
_VERIFIER = "a-verifier-that-is-long-enough-to-be-one-by-its-rfc"
LISTS = ("users", "roles", "teams")
FILE = "/console/documents/{id}"
"""The one address below the console that answers a file."""


class Reader:
    """A browser that keeps cookies, also secure ones over loopback, as most browsers do there."""

    def __init__(self, demo: Demo) -> None:
        address = urlsplit(demo.endpoint)
        self.origin = f"{address.scheme}://{address.netloc}"
        self.http = httpx.Client(base_url=self.origin)
        self.kept: dict[str, str] = {}

    def ask(
        self, method: str, path: str, fields: dict[str, str | list[str]] | None = None
    ) -> httpx.Response:
        """Open an address, or send a form to it."""
        told = "; ".join(f"{name}={value}" for name, value in self.kept.items())
        answer = self.http.request(method, path, data=fields, headers={"cookie": told})
        for one in answer.headers.get_list("set-cookie"):
            name, _, value = one.partition(";")[0].partition("=")
            self.kept[name] = value
        return answer

    def send(self, page: str, **fields: str | list[str]) -> httpx.Response:
        """Fill in the form of a page and send it."""
        found = _TOKEN.search(self.ask("GET", page).text)
        assert found, page
        return self.ask("POST", page, {"form_token": unescape(found[1]), **fields})

    def sign_in(self, demo: Demo) -> None:
        """Sign in to the demo company."""
        self.send("/console/sign-in", email=demo.email, password=demo.password)
        page = self.ask("GET", "/console/organisation").text
        choices = re.findall(r'value="(org_\w+)"><strong>([^<]+)', page)
        self.send(
            "/console/organisation", organisation=next(id for id, name in choices if "Val" in name)
        )


def furnished(reader: Reader, demo: Demo) -> dict[str, str]:
    """An address for every page of the console that is about something, which is made where there is none."""
    _connect(reader)
    found = {f"/console/{one}/{{id}}": _first(reader, one, one) for one in LISTS}
    found["/console/roles/{id}/edit"] = found["/console/roles/{id}"] + "/edit"
    found["/console/apps/{id}"] = _first(reader, "agents", "apps")
    agent = reader.send(
        "/console/agents/new", name="Assistant des achats", vendor="Claude Desktop", bounded="no"
    )
    found["/console/agents/{id}"] = agent.headers["location"].partition("?")[0]
    agent_id = found["/console/agents/{id}"].rpartition("/")[2]
    made = reader.send(
        "/console/keys/new",
        name="Claude sur mon ordinateur",
        made_for="agent",
        agent_id=agent_id,
        scopes=["core:read", "core:write"],
    )
    secret = re.findall(r"eyk_[\w-]{43}", made.text)[0]
    found["/console/keys/{id}"] = re.findall(r"/console/keys/key_\w+", made.text)[0]
    tag = _call(reader, secret, "core.tag.create", name=f"Essai {agent_id[-6:]}")
    found["/console/records/{id}"] = f"/console/records/{tag['id']}"
    listed = reader.ask("GET", "/console/activity?action=core.tag.create&outcome=ok").text
    found["/console/activity/{id}"] = re.findall(r"/console/activity/evt_\w+", listed)[0]
    for kind in ("document", "job"):
        [one] = _call(reader, demo.key, f"core.{kind}.list", limit=1)["items"]
        found[f"/console/{kind}s/{{id}}"] = f"/console/{kind}s/{one['id']}"
    return found


def _first(reader: Reader, place: str, what: str) -> str:
    page = reader.ask("GET", f"/console/{place}").text
    [first, *_] = re.findall(rf'"(/console/{what}/[a-z]{{2,4}}_\w+)"', page)
    return str(first)


def _call(reader: Reader, key: str, action: str, **arguments: object) -> dict[str, Any]:
    answer = reader.http.post(
        f"/api/v1/actions/{action}",
        json=arguments,
        headers={
            "authorization": f"Bearer {key}",
            "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        },
    )
    assert answer.status_code == httpx.codes.OK, answer.text
    told: dict[str, Any] = answer.json()
    return told


def _connect(reader: Reader) -> None:
    """Let an app in, as its person."""
    about = {"client_name": "Assistant de bureau", "redirect_uris": [_BACK]}
    about |= {"token_endpoint_auth_method": "none"}
    client = reader.http.post("/oauth/register", json=about).json()["client_id"]
    digest = hashlib.sha256(_VERIFIER.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": _BACK,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
        "scope": "core:read crm:read",
        "resource": f"{reader.origin}/api/v1/mcp",
    }
    page = f"/oauth/authorize?{urlencode(asked)}"
    answer = reader.send(page, decision="allow", scope=["core:read", "crm:read"])
    assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
