"""Clients: the apps that people can connect, as the authorization server knows them."""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from authlib.oauth2.rfc6749 import ClientMixin

from eyeot.platform.oauth import redirects
from eyeot.platform.oauth.agent import plain
from eyeot.runtime.engine import Engine
from eyeot.storage.pool import taken

CODE, REFRESHING = "authorization_code", "refresh_token"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES = (CODE, REFRESHING, DEVICE)
NONE, BASIC, POST = "none", "client_secret_basic", "client_secret_post"
AUTH_METHODS = (NONE, BASIC, POST)
LONGEST_NAME = 100
_COLUMNS = (
    "id, kind, name, uri, redirect_uris, grant_types, auth_method, secret_hash, created_at, used_at,"
    " fresh_until"
)
_PUT = f"""
INSERT INTO eyeot_oauth_client ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, $10)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, uri = excluded.uri,
  redirect_uris = excluded.redirect_uris, grant_types = excluded.grant_types,
  auth_method = excluded.auth_method, fresh_until = excluded.fresh_until
WHERE eyeot_oauth_client.kind = 'document' AND excluded.kind = 'document'
"""  # noqa: S608 - names of ours
_FIND = f"SELECT {_COLUMNS} FROM eyeot_oauth_client WHERE id = $1"  # noqa: S608 - as above
_LIST = f"SELECT {_COLUMNS} FROM eyeot_oauth_client WHERE kind = 'registered' ORDER BY name, id"  # noqa: S608
_USED = """
UPDATE eyeot_oauth_client SET used_at = $2
WHERE id = $1 AND (used_at IS NULL OR used_at < $2::timestamptz - interval '1 hour')
"""
_ALLOWED = """
SELECT EXISTS (SELECT FROM core_oauth_grant
WHERE org_id = $1 AND owner_id = $2 AND client_id = $3 AND status = 'active')
"""
Kind = Literal["registered", "document", "dynamic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client(ClientMixin):
    """An app."""

    id: str
    kind: Kind
    name: str
    uri: str | None = None
    redirect_uris: Sequence[str]
    grant_types: Sequence[str]
    auth_method: str = NONE
    secret_hash: bytes | None = None
    created_at: datetime
    used_at: datetime | None = None
    fresh_until: datetime | None = None

    @property
    def host(self) -> str | None:
        """The host of its id, when that is an address whose owner described it."""
        return urlsplit(self.id).hostname if self.kind == "document" else None

    @property
    def only_here(self) -> bool:
        """Whether every address it may be answered at is on its person's own machine."""
        return bool(self.redirect_uris) and all(map(redirects.loopback, self.redirect_uris))

    def get_client_id(self) -> str:
        """Its id."""
        return self.id

    def get_default_redirect_uri(self) -> str:
        """None: the address is always to be said."""
        return ""

    def get_allowed_scope(self, scope: Collection[str] | str | None) -> str:
        """Whatever it asks for: its person chooses."""
        return scope if isinstance(scope, str) else " ".join(scope or ())

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether it may be answered there."""
        return redirects.matches(self.redirect_uris, redirect_uri)

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether that is its secret."""
        return self.secret_hash is not None and hmac.compare_digest(
            self.secret_hash, digest(client_secret)
        )

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        """Whether it may show who it is so; one with a secret shows it in the header or in the body."""
        return (method == NONE) == (self.auth_method == NONE)

    def check_response_type(self, response_type: str) -> bool:
        """Whether it may ask for that."""
        return response_type == "code" and CODE in self.grant_types

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether it may exchange that; whoever gets tokens may renew them."""
        return grant_type == REFRESHING or grant_type in self.grant_types


def digest(secret: str) -> bytes:
    """What is stored of a secret with 256 bits of randomness."""
    return hashlib.sha256(secret.encode()).digest()


async def known(engine: Engine, client_id: str) -> Client | None:
    """An app by its id; what is no text of ours is nobody's."""
    if "\x00" in client_id or not client_id.isascii():
        return None
    async with taken(engine.database.relay) as connection:
        row = await connection.fetchrow(_FIND, client_id)
    return Client(**row) if row else None


async def keep(engine: Engine, client: Client) -> None:
    """Note a new app, or what the document of one says now."""
    values = (
        client.id, client.kind, client.name, client.uri, list(client.redirect_uris),
        list(client.grant_types), client.auth_method, client.secret_hash, client.created_at,
        client.fresh_until,
    )  # fmt: skip
    async with taken(engine.database.relay) as connection:
        await connection.execute(_PUT, *values)


async def register(
    engine: Engine, kind: Kind, name: str, *, with_secret: bool, **more: Any
) -> tuple[Client, str | None]:
    """A new app with an id of ours, and its secret, told this once."""
    secret = secrets.token_urlsafe(32) if with_secret else None
    client = Client(
        id=f"eyc_{secrets.token_urlsafe(16)}",
        kind=kind,
        name=plain(name)[:LONGEST_NAME],
        secret_hash=digest(secret) if secret else None,
        created_at=engine.clock(),
        **more,
    )
    await keep(engine, client)
    return client, secret


async def used(engine: Engine, client_id: str) -> None:
    """Note that an app was connected, or fetched a token."""
    async with taken(engine.database.relay) as connection:
        await connection.execute(_USED, client_id, engine.clock())


async def allowed(engine: Engine, org_id: UUID, user_id: UUID | None, client_id: str) -> bool:
    """Whether somebody let an app in, and has not cut it since."""
    async with taken(engine.database.relay) as connection:
        known: bool = await connection.fetchval(_ALLOWED, org_id, user_id, client_id)
    return known


async def registered(engine: Engine) -> list[Client]:
    """The apps that the operator registered."""
    async with taken(engine.database.relay) as connection:
        return [Client(**row) for row in await connection.fetch(_LIST)]


async def remove(engine: Engine, client_id: str) -> bool:
    """Forget an app: it gets no token any more, and those it has end within the hour."""
    async with taken(engine.database.relay) as connection:
        done: str = await connection.execute(
            "DELETE FROM eyeot_oauth_client WHERE id = $1 AND kind = 'registered'", client_id
        )
    return done == "DELETE 1"
