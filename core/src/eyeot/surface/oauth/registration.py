"""Registration: apps that tell who they are themselves; nothing of it is proven (RFC 7591)."""

from typing import Any

import orjson
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc7591 import InvalidClientMetadataError, InvalidRedirectURIError

from eyeot.platform.oauth import clients, redirects
from eyeot.platform.oauth.agent import plain
from eyeot.platform.oauth.clients import AUTH_METHODS, BASIC, CODE, GRANT_TYPES, NONE, REFRESHING
from eyeot.runtime.engine import Engine
from eyeot.surface.oauth.scopes import Scopes

_MOST_REDIRECTS = 20
_LONGEST_REDIRECTS = 3_500
"""All together, in characters: nobody vouches for who has them kept."""
_UNNAMED = "App without a name"


async def register(engine: Engine, body: bytes, scopes: Scopes) -> dict[str, Any]:
    """Register an app; what it is then told of itself."""
    told = _told(body)
    method = told.get("token_endpoint_auth_method", BASIC)
    if method not in AUTH_METHODS:
        raise InvalidClientMetadataError(
            f"token_endpoint_auth_method must be one of {', '.join(AUTH_METHODS)}."
        )
    grant_types = _grant_types(told)
    uris = _redirect_uris(told, grant_types)
    name = told.get("client_name")
    client, secret = await clients.register(
        engine,
        "dynamic",
        (plain(name) if isinstance(name, str) else "") or _UNNAMED,
        with_secret=method != NONE,
        redirect_uris=uris,
        grant_types=grant_types,
        auth_method=method,
    )
    asked = told.get("scope")
    scope = " ".join(scopes.known(asked.split())) if isinstance(asked, str) else None
    return {
        "client_id": client.id,
        "client_id_issued_at": int(client.created_at.timestamp()),
        **({"client_secret": secret, "client_secret_expires_at": 0} if secret else {}),
        "client_name": client.name,
        "redirect_uris": uris,
        "grant_types": grant_types,
        "response_types": ["code"] if CODE in grant_types else [],
        "token_endpoint_auth_method": method,
        **({"scope": scope} if scope else {}),
    }


def _told(body: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise InvalidClientMetadataError("The body is not JSON.") from None
    if not isinstance(told, dict):
        raise InvalidClientMetadataError("The body is not a JSON object.")
    return told


def _grant_types(told: dict[str, Any]) -> list[str]:
    """What it may exchange for tokens: of what it names what is offered here; and renewing, always."""
    asked = told.get("grant_types", [CODE])
    known = [one for one in GRANT_TYPES if isinstance(asked, list) and one in asked]
    if not set(known) - {REFRESHING}:
        raise InvalidClientMetadataError(f"grant_types must name one of {', '.join(GRANT_TYPES)}.")
    return [*(one for one in known if one != REFRESHING), REFRESHING]


def _redirect_uris(told: dict[str, Any], grant_types: list[str]) -> list[str]:
    uris = told.get("redirect_uris", [])
    if not isinstance(uris, list) or len(uris) > _MOST_REDIRECTS:
        raise _wrong(f"redirect_uris must be a list of {_MOST_REDIRECTS} at most.")
    for one in uris:
        if not isinstance(one, str):
            raise _wrong("redirect_uris must hold texts.")
        if why := redirects.fault(one):
            raise _wrong(f"A redirect_uri cannot be used: {why}.")
    if CODE in grant_types and not uris:
        raise _wrong("redirect_uris must name an address: only the device grant needs none.")
    if sum(map(len, uris)) > _LONGEST_REDIRECTS:
        raise _wrong(f"redirect_uris must be {_LONGEST_REDIRECTS} characters together at most.")
    return list(dict.fromkeys(uris))


def _wrong(why: str) -> OAuth2Error:
    return InvalidRedirectURIError("".join(sign for sign in why if sign not in '"\\'))
