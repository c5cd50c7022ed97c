"""Tokens: what an app calls with for an hour, and what it renews that with, once each."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from eyeot.declare.ids import encode, uuid7
from eyeot.declare.problem import NotFound, StateRefused, Unauthenticated
from eyeot.platform.oauth.clients import digest
from eyeot.runtime.box import Box
from eyeot.runtime.engine import Engine
from eyeot.runtime.guards.authenticate import ACCESS, REFRESH
from eyeot.runtime.guards.refusing import AgentPaused
from eyeot.runtime.request import Caller, Keys, Request
from eyeot.storage.pool import Connection, taken

LASTS = timedelta(hours=1)
RENEWED = timedelta(days=30)
"""From its last use, a refresh token lives so long."""
GRACE = timedelta(seconds=30)
"""For so long an exchanged refresh token is answered the same: apps ask twice at once, or miss an answer."""
_PURPOSE = b"eyeot oauth successor v1"
_PUT = """
INSERT INTO core_oauth_token (org_id, id, grant_id, kind, token_hash, scopes, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_FIND = """
SELECT org_id, id, grant_id, kind, expires_at, rotated_at, successor FROM core_oauth_token
WHERE token_hash = $1 AND kind = $2
"""
_ROTATE = (
    "UPDATE core_oauth_token SET rotated_at = $3, successor = $4 WHERE org_id = $1 AND id = $2"
)
_USED = "UPDATE core_oauth_grant SET last_used_at = $3 WHERE org_id = $1 AND id = $2"


_UNUSED = """
SELECT org_id, id FROM core_oauth_grant
WHERE status = 'active' AND last_used_at IS NULL AND created_at < $1 ORDER BY id LIMIT 500
"""
_FETCHED = timedelta(hours=1)
"""In which an app fetches its first tokens, or is not connected."""


class Reused(Exception):
    """A refresh token that was exchanged before: two have it."""

    def __init__(self, org_id: UUID, grant_id: UUID) -> None:
        super().__init__()
        self.org_id, self.grant_id = org_id, grant_id


@dataclass(frozen=True, slots=True)
class Kept:
    """A token as it is stored, and the app it was handed to."""

    org_id: UUID
    id: UUID
    grant_id: UUID
    kind: str
    expires_at: datetime
    rotated_at: datetime | None
    successor: bytes | None
    secret: str
    caller: Caller | None = None

    def check_client(self, client: Any) -> bool:
        """Whether it was handed to this app."""
        consent = self.caller.consent if self.caller else None
        return consent is not None and consent.client_id == client.id

    def get_scope(self) -> str:
        """What its app may do."""
        consent = self.caller.consent if self.caller else None
        return " ".join(consent.scopes) if consent else ""


async def standing(engine: Engine, org_id: UUID, grant_id: UUID, ip: str | None) -> Caller | None:
    """The app of a grant, if it may still fetch tokens, and from there.

    A paused one may, and can do nothing with them.
    """
    try:
        return await engine.credentials.again(org_id, grant_id, ip)
    except AgentPaused as paused:
        return paused.caller
    except Unauthenticated:
        return None


async def found(engine: Engine, secret: str, kind: str) -> Kept | None:
    """A token by what was sent, whether it is still good or not."""
    async with taken(engine.database.relay) as connection:
        row = await connection.fetchrow(_FIND, digest(secret), kind)
    if row is None:
        return None
    kept = Kept(**row, secret=secret)
    try:
        caller = await engine.credentials.behind(kept.org_id, kept.grant_id, refusing=False)
    except Unauthenticated:
        return None
    return replace(kept, caller=caller)


async def issue(engine: Engine, org_id: UUID, grant_id: UUID) -> dict[str, Any]:
    """The first tokens of a grant, as they are answered."""
    async with taken(engine.database.relay) as connection, connection.transaction():
        return await _pair(connection, engine.clock(), (org_id, grant_id), None)


async def rotate(engine: Engine, kept: Kept, scopes: Sequence[str] | None) -> dict[str, Any] | None:
    """New tokens for a refresh token, which is used up; None when it is over, `Reused` when it was used.

    For a moment the same ones again, as long as nobody has used those; `narrowed` tells to which scopes.
    """
    now, box = engine.clock(), Box(kept.secret.encode(), _PURPOSE)
    async with taken(engine.database.relay) as connection, connection.transaction():
        row = await connection.fetchrow(f"{_FIND} FOR UPDATE", digest(kept.secret), "refresh")
        if row is None or row["expires_at"] <= now:
            return None
        if row["rotated_at"] is None:
            pair = await _pair(connection, now, (kept.org_id, kept.grant_id), scopes)
            made = {**pair, "narrowed": scopes}
            sealed = box.close(orjson.dumps(made), kept.id.bytes)
            await connection.execute(_ROTATE, kept.org_id, kept.id, now, sealed)
            return made
        again = await _again(connection, box, row, now)
    if again is None:
        raise Reused(kept.org_id, kept.grant_id)
    return again


async def _again(
    connection: Connection, box: Box, row: Any, now: datetime
) -> dict[str, Any] | None:
    """The tokens that a refresh token was exchanged for, if they may be told once more."""
    if row["successor"] is None or now - row["rotated_at"] > GRACE:
        return None
    opened = box.open(row["successor"], row["id"].bytes)
    if opened is None:
        return None
    told: dict[str, Any] = orjson.loads(opened)
    after = await connection.fetchrow(_FIND, digest(told["refresh_token"]), "refresh")
    return told if after and after["rotated_at"] is None else None


async def _pair(
    connection: Connection,
    now: datetime,
    grant: tuple[UUID, UUID],
    scopes: Sequence[str] | None,
) -> dict[str, Any]:
    org_id, grant_id = grant
    made = {
        "access_token": ACCESS + secrets.token_urlsafe(32),
        "refresh_token": REFRESH + secrets.token_urlsafe(32),
    }
    narrowed = None if scopes is None else list(scopes)
    rows = (
        ("access", made["access_token"], narrowed, now + LASTS),
        ("refresh", made["refresh_token"], None, now + RENEWED),
    )
    for kind, secret, held, until in rows:
        await connection.execute(
            _PUT, org_id, uuid7(now), grant_id, kind, digest(secret), held, until
        )
    await connection.execute(_USED, org_id, grant_id, now)
    return {**made, "token_type": "Bearer", "expires_in": int(LASTS.total_seconds())}


async def drop(engine: Engine, kept: Kept) -> None:
    """End one access token."""
    async with taken(engine.database.relay) as connection:
        await connection.execute(
            "DELETE FROM core_oauth_token WHERE org_id = $1 AND id = $2", kept.org_id, kept.id
        )
    engine.credentials.forget(kept.org_id)


async def disconnect(engine: Engine, org_id: UUID, grant_id: UUID, reason: str) -> None:
    """Cut an app off for good, as the authorization server: by the same action as a person would."""
    try:
        app = await engine.credentials.behind(org_id, grant_id, refusing=False)
    except Unauthenticated:
        return
    caller = replace(
        app,
        actor_type="system",
        actor="authorization server",
        access=engine.catalogue.everything,
        user_id=None,
        credential_id=None,
        agent_id=None,
        provenance="off",
        consent=None,
    )
    told = {"id": encode("ogr", grant_id), "reason": reason}
    # Several that find the same at once cut it once.
    once = UUID(bytes=digest(f"{grant_id} {reason}")[:16])
    asked = Request(
        action="core.oauth_grant.revoke",
        arguments=told,
        caller=caller,
        surface="rest",
        keys=Keys(idempotency_key=once),
    )
    try:
        await engine.execute(asked)
    except (StateRefused, NotFound):
        return


async def lapse(engine: Engine) -> None:
    """Cut the connections that were allowed, and whose app never came for its tokens."""
    async with taken(engine.database.relay) as connection:
        rows = await connection.fetch(_UNUSED, engine.clock() - _FETCHED)
    for row in rows:
        await disconnect(engine, row["org_id"], row["id"], "The app never came for its access.")
