"""Connecting: what the pages and the endpoints share: Authlib's server, the documents and the scopes."""

from typing import Any

from authlib.oauth2 import OAuth2Error
from starlette.responses import RedirectResponse, Response

from eyeot.platform.oauth.clients import Client
from eyeot.platform.oauth.documents import Documents
from eyeot.runtime.engine import Engine
from eyeot.surface.discovery import Discovery
from eyeot.surface.oauth.endpoints import DeviceAuthorization, Revocation
from eyeot.surface.oauth.grants import CodeGrant, DeviceGrant, OnlyS256, RefreshGrant
from eyeot.surface.oauth.scopes import Offer, Scopes
from eyeot.surface.oauth.server import Server, Told
from eyeot.surface.pages import Visit


class Connecting:
    """What connecting an app takes."""

    def __init__(self, engine: Engine, discovery: Discovery) -> None:
        self.engine, self.discovery = engine, discovery
        self.documents = Documents(engine)
        self.scopes = Scopes(engine)
        made: Any = Server(engine, discovery)
        made.register_grant(CodeGrant, [OnlyS256(required=True)])
        for one in (RefreshGrant, DeviceGrant):
            made.register_grant(one)
        for endpoint in (Revocation, DeviceAuthorization):
            made.register_endpoint(endpoint)
        self.server = made

    def offer(self, visit: Visit, scope: str) -> Offer:
        """What the person on a page can let an app do; as they ticked it, when they sent it before."""
        ticked = set(visit.chosen("scope")) if visit.given("decision") else None
        return self.scopes.offer(visit.person, scope.split(), visit.language, ticked)

    def refused(self, visit: Visit, error: OAuth2Error) -> Response:
        """Send the browser back with an error, or tell the person where nobody may be sent to."""
        if error.redirect_uri:
            return sent(self.server.refused(error))
        return wrong(visit, error.description or str(error.error))


def sent(told: Told) -> Response:
    """Send the browser on to an app; not with what it sent us (RFC 9700 §4.12)."""
    assert told.location
    return RedirectResponse(told.location, 303, {"cache-control": "no-store"})


def wrong(visit: Visit, why: str) -> Response:
    """A page that tells why an app cannot be connected."""
    return visit.page("oauth_wrong.html", status=400, why=why)


def named(client: Client) -> dict[str, Any]:
    """Who an app is, as the consent notes it."""
    return {
        "client_id": client.id,
        "client_name": client.name,
        "client_kind": client.kind,
        **({"client_host": client.host} if client.host else {}),
    }
