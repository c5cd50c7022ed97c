"""Server: Authlib's authorization server over this deployment's storage.

Authlib asks for what it needs without waiting; it runs in a greenlet (`settled`), and what it asks for is
awaited from there (`await_only`), so that nothing blocks.
"""
# mypy: disable-error-code="override, misc"
# Authlib's stubs take what its hooks are given for narrower than it is.

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749.requests import OAuth2Payload
from authlib.oauth2.rfc9207 import IssuerParameter
from sqlalchemy.util import await_only, greenlet_spawn

from eyeot.platform.oauth import clients
from eyeot.platform.oauth.clients import Client
from eyeot.runtime.engine import Engine
from eyeot.surface.discovery import Discovery

T = TypeVar("T")
# It would log the tokens it hands out.
logging.getLogger("authlib").setLevel(logging.INFO)


class InvalidTarget(OAuth2Error):
    """A token is wanted for something that is not served here (RFC 8707 §2)."""

    error = "invalid_target"
    description = "Tokens are handed out for the MCP address of this deployment only."


class TooMany(OAuth2Error):
    """Too many requests."""

    error = "temporarily_unavailable"
    status_code = 429

    def __init__(self, reason: str, retry_after: int) -> None:
        super().__init__(reason)
        self.retry_after = retry_after

    def get_headers(self) -> list[tuple[str, str]]:
        """When to come again."""
        return [*super().get_headers(), ("Retry-After", str(self.retry_after))]


class Payload(OAuth2Payload):
    """The parameters of a request."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._data = dict(pairs)
        self._lists: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in pairs:
            self._lists[name].append(value)

    @property
    def data(self) -> dict[str, str]:
        """Each parameter's value."""
        return self._data

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        """All values of each."""
        return self._lists


class Asked(OAuth2Request):
    """A request, as Authlib reads it; `pairs`: of its query or its form."""

    payload: Payload

    def __init__(
        self,
        method: str,
        uri: str,
        pairs: Sequence[tuple[str, str]],
        headers: dict[str, str] | None = None,
        ip: str | None = None,
    ) -> None:
        super().__init__(method, uri, headers=headers or {})
        self.payload = Payload(pairs)
        self.ip = ip

    @property
    def args(self) -> dict[str, str]:
        """Its parameters."""
        return self.payload.data

    @property
    def form(self) -> dict[str, str]:
        """The same: a request has them in one place."""
        return self.payload.data


@dataclass
class Told:
    """An answer."""

    status: int
    body: Any
    headers: list[tuple[str, str]]

    @property
    def location(self) -> str | None:
        """Where it sends the browser."""
        return next((value for name, value in self.headers if name == "Location"), None)

    @location.setter
    def location(self, value: str) -> None:
        kept = [one for one in self.headers if one[0] != "Location"]
        self.headers = [*kept, ("Location", value)]


class _Issuer(IssuerParameter):
    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def get_issuer(self) -> str:
        return self._issuer


class Server(AuthorizationServer):
    """The authorization server of this deployment."""

    def __init__(self, engine: Engine, discovery: Discovery) -> None:
        super().__init__()
        self.engine, self.discovery = engine, discovery
        self.issuer = _Issuer(discovery.issuer)
        self.register_extension(self.issuer)

    def query_client(self, client_id: str) -> Client | None:
        """An app by its id."""
        found: Client | None = wait(clients.known(self.engine, client_id))
        return found

    def save_token(self, token: Any, request: Any) -> None:
        """Nothing: tokens are kept where they are made."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: Any) -> OAuth2Request:
        """It is one already."""
        return request  # type: ignore[no-any-return]

    def handle_response(self, status: int, body: Any, headers: Any) -> Told:
        """What is answered."""
        return Told(status, body, list(headers))

    def refused(self, error: OAuth2Error) -> Told:
        """What is answered to a request that is refused; with its issuer where the browser is sent on."""
        told = self.handle_response(*error(None))
        self.issuer.add_issuer_parameter(self, told)
        return told

    def check_resource(self, request: Any) -> None:
        """Refuse tokens for anything but what is served here; who names nothing means that."""
        for one in request.payload.datalist.get("resource", ()):
            if _plain(one) != self.discovery.resource:
                raise InvalidTarget


def _plain(resource: str) -> str:
    """A resource without what does not matter: the case of its host, a slash at its end."""
    scheme, mark, rest = resource.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}{mark}{host.lower()}{slash}{path}".rstrip("/")


async def settled(work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Run what Authlib does, and await what it asks for."""
    return await greenlet_spawn(work, *args, **kwargs)


def wait(awaitable: Any) -> Any:
    """The result of something, from within `settled`."""
    return await_only(awaitable)
