"""Clients: what to write into an MCP client, or to run, so that it finds this deployment and is let in."""

import ipaddress
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

MCP_REMOTE = "mcp-remote@0.15.1"
_DESKTOP_FILE = "claude_desktop_config.json (Settings → Developer → Edit config)"
_PUBLIC = (
    "This calls from its vendor's servers, so it needs an https address that the Internet reaches:"
    " set EYEOT_PUBLIC_URL and put a proxy in front."
)
_NO_SIGN_IN = "This deployment takes keys only (EYEOT_OAUTH=off)."
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_ASK = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "search", "arguments": {"query": "boulangerie"}},
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where this deployment is, and the key that a client without sign-in shows."""

    endpoint: str
    key: str
    key_host: str = ""
    """A name under which nobody can sign in (`EYEOT_KEY_HOST`), for clients that would rather."""
    signs_in: bool = True

    @property
    def key_endpoint(self) -> str:
        """The address for a client that shows its key only where it cannot sign in."""
        address = urlsplit(self.endpoint)
        port = f":{address.port}" if address.port else ""
        return address._replace(netloc=f"{self.key_host or address.hostname}{port}").geturl()

    @property
    def origin(self) -> str:
        """The address of the pages and of the authorization server."""
        address = urlsplit(self.endpoint)
        return f"{address.scheme}://{address.netloc}"

    @property
    def public(self) -> bool:
        """Whether a program elsewhere may reach it, as far as the address itself tells."""
        address = urlsplit(self.endpoint)
        host = address.hostname or ""
        try:
            reached = ipaddress.ip_address(host).is_global
        except ValueError:
            reached = host != "localhost" and not host.endswith((".localhost", ".local"))
        return address.scheme == "https" and reached


@dataclass(frozen=True, slots=True)
class Way:
    """One way to let a client in: signing in (OAuth) or a key, what to do, and what to write where."""

    by: Literal["sign-in", "key"]
    steps: str
    content: Any = ""
    """What to write (an object, in JSON) or to run (a text)."""
    file: str = ""
    from_outside: bool = False
    """Whether the client's vendor calls, not the person's own machine."""

    def lacks(self, place: Place) -> str:
        """Why it cannot be gone at present; empty when it can."""
        if self.by == "sign-in" and not place.signs_in:
            return _NO_SIGN_IN
        return _PUBLIC if self.from_outside and not place.public else ""

    def told(self, place: Place) -> dict[str, Any]:
        """For programs."""
        lacks = self.lacks(place)
        return {
            "by": self.by,
            "steps": self.steps,
            **({"file": self.file} if self.file else {}),
            **({"content": self.content} if self.content else {}),
            "possible": not lacks,
            **({"needs": lacks} if lacks else {}),
        }

    def text(self, place: Place) -> str:
        """For people: comments, then what to copy."""
        head = "By signing in (OAuth)" if self.by == "sign-in" else "With a key"
        lines = [f"# {head}: {self.steps}"]
        if lacks := self.lacks(place):
            lines.append(f"# Not with {place.endpoint}: {lacks}")
        if self.file:
            lines.append(f"# {self.file}")
        return "\n".join([*lines, _shown(self.content)]).rstrip()


def _shown(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content, indent=2)


def _claude_code(place: Place) -> tuple[Way, ...]:
    add = f"claude mcp add --transport http eyeot {place.endpoint}"
    return (
        Way("sign-in", "then /mcp in a session, choose eyeot, Authenticate.", add),
        Way("key", "the same key for every call.", f"{add} --header '{_bearer(place)}'"),
    )


def _claude_desktop(place: Place) -> tuple[Way, ...]:
    steps = (
        f"Settings → Connectors → Add custom connector, with the address {place.endpoint};"
        " then Connect. The same on claude.ai."
    )
    local = "through mcp-remote, on this machine, which needs Node 20 there; start Claude anew."
    argument = {"env": {"AUTHORIZATION": f"Bearer {place.key}"}}
    return (
        Way("sign-in", steps, place.endpoint, from_outside=True),
        Way("sign-in", local, _launched(place), _DESKTOP_FILE),
        Way(
            "key",
            local,
            # A space in an argument is lost on Windows; a value of the environment keeps it.
            _launched(place, "--header", "Authorization:${AUTHORIZATION}", **argument),
            _DESKTOP_FILE,
        ),
    )


def _launched(place: Place, *options: str, **more: Any) -> dict[str, Any]:
    # Signing in takes a person longer than the 30 seconds it waits by itself.
    options = options or ("--auth-timeout", "300")
    arguments = ["-y", MCP_REMOTE, place.endpoint, *options]
    return {"mcpServers": {"eyeot": {"command": "npx", "args": arguments, **more}}}


_CURSOR_KEY = (
    "Cursor leaves the key out where it can sign in instead, as here: set EYEOT_KEY_HOST to a name"
    " of its own for keys, or serve with EYEOT_OAUTH=off."
)


def _cursor(place: Place) -> tuple[Way, ...]:
    file = ".cursor/mcp.json in the project, or ~/.cursor/mcp.json"
    return (
        Way(
            "sign-in",
            "then Connect beside eyeot in Cursor's MCP settings.",
            {"mcpServers": {"eyeot": {"url": place.endpoint}}},
            file,
        ),
        Way(
            "key",
            _CURSOR_KEY
            if place.signs_in and not place.key_host
            else "the same key for every call.",
            {"mcpServers": {"eyeot": {"url": place.key_endpoint, "headers": _headers(place)}}},
            file,
        ),
    )


def _vscode(place: Place) -> tuple[Way, ...]:
    file = ".vscode/mcp.json in the workspace, or MCP: Open User Configuration"
    server = {"type": "http", "url": place.endpoint}
    return (
        Way("sign-in", "then Start above the entry.", {"servers": {"eyeot": server}}, file),
        Way(
            "key",
            "keep the file out of version control.",
            {"servers": {"eyeot": {**server, "headers": _headers(place)}}},
            file,
        ),
    )


def _chatgpt(place: Place) -> tuple[Way, ...]:
    steps = (
        "Settings → Apps & Connectors → Advanced → Developer mode, then Create, with the address"
        f" {place.endpoint} and OAuth. ChatGPT takes no key."
    )
    return (Way("sign-in", steps, place.endpoint, from_outside=True),)


def _mcp_remote(place: Place) -> tuple[Way, ...]:
    run = f"npx -y {MCP_REMOTE} {place.endpoint}"
    return (
        Way(
            "sign-in",
            "it opens the browser of this machine; any client that starts programs can start it.",
            f"{run} --auth-timeout 300",
        ),
        Way(
            "sign-in",
            "on a machine without a browser, it prints an address to open on another.",
            f"{run} --device-code",
        ),
        Way(
            "key",
            "the same key for every call.",
            f"{run} --header 'Authorization:Bearer {place.key}'",
        ),
    )


def _curl(place: Place) -> tuple[Way, ...]:
    call = f"curl -s {place.endpoint} -H 'Content-Type: application/json' -d '{_ASK}'"
    return (
        Way("sign-in", "as any program without a browser does (RFC 8628).", _device_flow(place)),
        Way("key", "one call.", f"{call} -H '{_bearer(place)}'"),
    )


def _device_flow(place: Place) -> str:
    """A script for any POSIX shell, with curl and sed."""
    about = {
        "client_name": "curl",
        "redirect_uris": [],
        "grant_types": [_DEVICE_GRANT, "refresh_token"],
        "response_types": [],
        "token_endpoint_auth_method": "none",
    }
    form = f'-d client_id="$client" -d resource={place.endpoint}'
    return f"""\
field() {{ sed -n 's/.*"'"$1"'": *"\\([^"]*\\)".*/\\1/p'; }}
client=$(curl -s {place.origin}/oauth/register \\
  -H 'Content-Type: application/json' -d '{json.dumps(about)}' | field client_id)
asked=$(curl -s {place.origin}/oauth/device_authorization {form})
echo "Sign in and allow it at $(echo "$asked" | field verification_uri_complete)"
while
  sleep 6
  told=$(curl -s {place.origin}/oauth/token {form} -d grant_type={_DEVICE_GRANT} \\
    -d device_code="$(echo "$asked" | field device_code)")
  case $told in *authorization_pending*|*slow_down*) ;; *) false ;; esac
do :; done
curl -s {place.endpoint} -H "Authorization: Bearer $(echo "$told" | field access_token)" \\
  -H 'Content-Type: application/json' -d '{_ASK}'"""


def _headers(place: Place) -> dict[str, str]:
    return {"Authorization": f"Bearer {place.key}"}


def _bearer(place: Place) -> str:
    return f"Authorization: Bearer {place.key}"


_WAYS: dict[str, Callable[[Place], tuple[Way, ...]]] = {
    "claude-desktop": _claude_desktop,
    "claude-code": _claude_code,
    "cursor": _cursor,
    "vscode": _vscode,
    "chatgpt": _chatgpt,
    "curl": _curl,
    "mcp-remote": _mcp_remote,
}
CLIENTS = tuple(_WAYS)


def told(client: str, place: Place) -> dict[str, Any]:
    """All ways to let a client in, for programs."""
    ways = [way.told(place) for way in _WAYS[client](place)]
    return {"client": client, "endpoint": place.endpoint, "public": place.public, "ways": ways}


def text(client: str, place: Place) -> str:
    """All ways to let a client in, for people."""
    return "\n\n".join(way.text(place) for way in _WAYS[client](place))


def by_key(client: str, place: Place) -> str:
    """What to write or run where the client shows a key."""
    (way,) = (way for way in _WAYS[client](place) if way.by == "key")
    return _shown(way.content)
