"""Codes: what an app gets through its person's browser, and exchanges once within a minute."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from eyeot.platform.oauth.clients import digest
from eyeot.runtime.engine import Engine
from eyeot.storage.pool import taken

LASTS = timedelta(seconds=60)
_PUT = """
INSERT INTO eyeot_oauth_code (code_hash, client_id, redirect_uri, challenge, org_id, grant_id, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_CLAIM = """
UPDATE eyeot_oauth_code SET used_at = $3
WHERE code_hash = $1 AND client_id = $2 AND used_at IS NULL AND expires_at > $3
RETURNING client_id, redirect_uri, challenge AS code_challenge, org_id, grant_id
"""
_USED = """
DELETE FROM eyeot_oauth_code WHERE code_hash = $1 AND client_id = $2 AND used_at IS NOT NULL
RETURNING org_id, grant_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What a code stands for."""

    client_id: str
    redirect_uri: str
    code_challenge: str
    org_id: UUID
    grant_id: UUID
    code_challenge_method: str = "S256"

    def get_redirect_uri(self) -> str:
        """Where it was sent."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """Nothing: the grant says it."""
        return ""


async def issue(engine: Engine, code: Code) -> str:
    """A new code."""
    secret, until = f"eyo_{secrets.token_urlsafe(32)}", engine.clock() + LASTS
    async with taken(engine.database.relay) as connection:
        await connection.execute(
            _PUT, digest(secret), code.client_id, code.redirect_uri, code.code_challenge,
            code.org_id, code.grant_id, until,
        )  # fmt: skip
    return secret


async def claim(engine: Engine, secret: str, client_id: str) -> Code | None:
    """What a code stands for, which is used up whatever comes of it; None when it is not good."""
    async with taken(engine.database.relay) as connection:
        row = await connection.fetchrow(_CLAIM, digest(secret), client_id, engine.clock())
    return Code(**row) if row else None


async def reused(engine: Engine, secret: str, client_id: str) -> tuple[UUID, UUID] | None:
    """The organisation and grant of a code that was used before, told once, however many come with it."""
    async with taken(engine.database.relay) as connection:
        row = await connection.fetchrow(_USED, digest(secret), client_id)
    return (row["org_id"], row["grant_id"]) if row else None
