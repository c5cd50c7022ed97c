"""Discovery: where a client finds out how to get a credential, and the challenges that lead it there."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

MCP = "/api/v1/mcp"
RESOURCE = "/.well-known/oauth-protected-resource"


def normal_scopes(modules: Iterable[str]) -> list[str]:
    """What an app usually asks for: to read and to write in every module."""
    return [f"{module}:{what}" for module in sorted(modules) for what in ("read", "write")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """Whether apps can be connected here, and what is said of it."""

    public_url: str = ""
    on: bool = False
    key_host: str = ""
    """A host on which nothing is said of it, for clients that then forget the key they have."""

    @property
    def issuer(self) -> str:
        """Who hands out tokens: the origin of the public address, to the letter."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def resource(self) -> str:
        """What tokens are for (RFC 8707)."""
        return f"{self.issuer}{MCP}"

    def told_to(self, host: str | None) -> bool:
        """Whether a caller that names this host is told of it."""
        return self.on and (not self.key_host or _bare(host or "") != self.key_host.lower())

    def missing(self, host: str | None, engine: Any, *, sent: bool, why: str = "") -> str:
        """The challenge to a caller without a valid credential (RFC 6750 §3, RFC 9728 §5.1)."""
        parts = ['realm="eyeot"']
        if sent:
            parts.append('error="invalid_token"')
            parts += [f'error_description="{why}"'] if why else []
        if self.told_to(host):
            scope = " ".join(normal_scopes(engine.catalogue.modules))
            parts += [f'resource_metadata="{self.issuer}{RESOURCE}{MCP}"', f'scope="{scope}"']
        return "Bearer " + ", ".join(parts)

    def insufficient(self, host: str | None, scope: str) -> str:
        """The challenge to an app that was not let do something which its person may."""
        parts = ['realm="eyeot"', 'error="insufficient_scope"', f'scope="{scope}"']
        if self.told_to(host):
            parts.append(f'resource_metadata="{self.issuer}{RESOURCE}{MCP}"')
        return "Bearer " + ", ".join(parts)


NOTHING = Discovery()
"""Where no app can be connected."""


def _bare(host: str) -> str:
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdigit() else host.lower()
