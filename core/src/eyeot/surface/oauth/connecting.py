"""Connecting: what the pages and the endpoints share: Authlib's server, the documents and the scopes."""

from collections.abc import Iterable
from typing import Any

from authlib.oauth2 import OAuth2Error
from starlette.responses import RedirectResponse, Response

from eyeot.platform.oauth import clients, redirects
from eyeot.platform.oauth.clients import Client
from eyeot.platform.oauth.documents import Documents
from eyeot.runtime.engine import Engine
from eyeot.runtime.policy import covers
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

    async def refused(self, visit: Visit, client: Client, error: OAuth2Error) -> Response:
        """Tell the app what is wrong with its request, by the browser, if its person ever let it in.

        Else tell the person: nobody is sent on to whoever registered an address (RFC 9700 §4.11.2).
        """
        told, person = self.server.refused(error) if error.redirect_uri else None, visit.person
        if told and (
            client.kind == "registered"
            or await clients.allowed(self.engine, person.org_id, person.user_id, client.id)
        ):
            return sent(told)
        return wrong(visit, error.description or str(error.error), told and told.location)

    def beyond_reading(self, scopes: Iterable[str]) -> bool:
        """Whether an app could change something with these."""
        actions = self.engine.catalogue.actions.values()
        # With what is called reading, people also keep their own house: what they watch, or have read.
        asked = [one for one in scopes if not one.endswith(":read")]
        return any(
            covers(one.needs, scope) for scope in asked for one in actions if one.risk != "r"
        )

    def to_be_proven(self, visit: Visit, scopes: Iterable[str]) -> bool:
        """Whether a person must prove to be there before they let an app do this."""
        return not visit.proven and self.beyond_reading(scopes)


def sent(told: Told) -> Response:
    """Send the browser on to an app; not with what it sent us (RFC 9700 §4.12)."""
    assert told.location
    return RedirectResponse(told.location, 303, {"cache-control": "no-store"})


def wrong(visit: Visit, why: str, back: str | None = None) -> Response:
    """A page that tells why an app cannot be connected; `back`: where the app would hear of it."""
    host = redirects.host(back) if back else ""
    return visit.page("oauth_wrong.html", status=400, why=why, back=back, host=host)


def named(client: Client) -> dict[str, Any]:
    """Who an app is, as the consent notes it."""
    return {
        "client_id": client.id,
        "client_name": client.name,
        "client_kind": client.kind,
        **({"client_host": client.host} if client.host else {}),
    }
