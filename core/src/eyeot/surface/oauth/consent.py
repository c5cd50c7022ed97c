"""Consent: the page on which a person lets an app work in their name, or does not."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from authlib.oauth2 import OAuth2Error
from starlette.responses import Response

from eyeot.declare import ids
from eyeot.platform.oauth import clients, redirects
from eyeot.platform.oauth.clients import Client
from eyeot.platform.oauth.documents import Unreadable
from eyeot.surface.oauth import issuing
from eyeot.surface.oauth.connecting import Connecting, named, sent, wrong
from eyeot.surface.oauth.server import Asked, settled
from eyeot.surface.pages import Page, Visit
from eyeot.surface.pages.forms import FIELD
from eyeot.surface.pages.proof import CONFIRM

PATH = "/oauth/authorize"
CREATE = "core.oauth_grant.create"
_CHALLENGE = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_LONGEST_QUERY = 8_000
_ONCE = ("client_id", "redirect_uri")


@dataclass(frozen=True, slots=True)
class Wish:
    """An app's request that can be put to its person."""

    asked: Asked
    client: Client
    redirect_uri: str
    grant: Any
    """Authlib's, which was found in order."""

    @property
    def scope(self) -> str:
        """What it asks for."""
        return str(self.asked.payload.scope or "")


def pages(connecting: Connecting) -> Iterable[Page]:
    """The page."""
    yield Page(path=PATH, show=partial(_show, connecting), take=partial(_take, connecting))


async def _show(connecting: Connecting, visit: Visit) -> Response:
    wish = await _wish(connecting, visit)
    if isinstance(wish, Response):
        return wish
    if connecting.to_be_proven(visit, connecting.offer(visit, wish.scope).ticked):
        # Before anything is ticked, which would be lost.
        return visit.go(CONFIRM, next=visit.here())
    return _page(connecting, visit, wish)


async def _take(connecting: Connecting, visit: Visit) -> Response:
    wish = await _wish(connecting, visit)
    if isinstance(wish, Response):
        return wish
    if visit.given("decision") != "allow":
        name = wish.client.name
        await issuing.refuse(connecting.engine, visit.person, name, visit.browser)
        return await _answer(connecting, wish, None)
    scopes = visit.chosen("scope")
    if not scopes:
        return _page(connecting, visit, wish, nothing=True)
    if connecting.to_be_proven(visit, scopes):
        return visit.go(CONFIRM, next=visit.here())
    told = {**named(wish.client), "redirect_host": redirects.host(wish.redirect_uri)}
    made = await visit.call(CREATE, once=_once(visit, scopes), **told, scopes=scopes)
    await clients.used(connecting.engine, wish.client.id)
    found = ids.decode(made["id"])
    assert found
    return await _answer(connecting, wish, (visit.person.org_id, found[1]))


def _once(visit: Visit, scopes: list[str]) -> UUID:
    """The key of a form as it was filled in: sent twice, it is one consent."""
    told = "\n".join((visit.given(FIELD), visit.here(), *scopes))
    return UUID(bytes=sha256(told.encode()).digest()[:16])


async def _answer(connecting: Connecting, wish: Wish, decided: Any) -> Response:
    server = connecting.server
    work = server.create_authorization_response
    return sent(await settled(work, wish.asked, grant_user=decided, grant=wish.grant))


def _page(connecting: Connecting, visit: Visit, wish: Wish, *, nothing: bool = False) -> Response:
    return visit.page(
        "consent.html",
        status=422 if nothing else 200,
        client=wish.client,
        redirect_host=redirects.host(wish.redirect_uri),
        here=redirects.loopback(wish.redirect_uri),
        offer=connecting.offer(visit, wish.scope),
        may=visit.may(CREATE),
        nothing=nothing,
        back=visit.here(),
        sends_to=(redirects.source(wish.redirect_uri),),
    )


async def _wish(connecting: Connecting, visit: Visit) -> Wish | Response:
    """The request that this page was opened with, or what is answered to one that is none."""
    query = visit.request.url.query
    if len(query) > _LONGEST_QUERY:
        return wrong(visit, f"The request must not be longer than {_LONGEST_QUERY} characters.")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict")
    except ValueError:
        return wrong(visit, "The request cannot be read.")
    asked = Asked("GET", f"{connecting.discovery.issuer}{PATH}", pairs)
    if any(len(asked.payload.datalist.get(name, ())) != 1 for name in _ONCE):
        return wrong(visit, "The request must name the app (client_id) and its address, once each.")
    try:
        client = await _client(connecting, asked)
    except Unreadable as unreadable:
        return wrong(visit, f"The app cannot be recognised: {unreadable}.")
    if client is None:
        return wrong(
            visit, "The app is not known here. Remove the connection in it, and add it anew."
        )
    uri: str = asked.payload.data["redirect_uri"]
    if not client.check_redirect_uri(uri):
        return wrong(visit, "The app asks to be answered at an address that it did not register.")
    return await _checked(connecting, visit, (asked, client, uri))


async def _client(connecting: Connecting, asked: Asked) -> Client | None:
    client_id = asked.payload.data["client_id"]
    known = await clients.known(connecting.engine, client_id)
    # Nothing is fetched for a request that comes to nothing anyhow.
    if known is None and not _plausible(asked):
        return None
    return await connecting.documents.client(client_id)


def _plausible(asked: Asked) -> bool:
    given = asked.payload.data
    return (
        given.get("response_type") == "code"
        and given.get("code_challenge_method") == "S256"
        and _CHALLENGE.fullmatch(given.get("code_challenge", "")) is not None
        and redirects.fault(given["redirect_uri"]) is None
    )


async def _checked(
    connecting: Connecting, visit: Visit, found: tuple[Asked, Client, str]
) -> Wish | Response:
    asked, client, uri = found
    if asked.payload.data.get("response_type") != "code":
        error = OAuth2Error(error="unsupported_response_type", redirect_uri=uri)
        error.state = asked.payload.state
        return await connecting.refused(visit, client, error)
    try:
        grant = await settled(connecting.server.get_consent_grant, asked, visit.person)
    except OAuth2Error as error:
        return await connecting.refused(visit, client, error)
    return Wish(asked, client, uri, grant)
