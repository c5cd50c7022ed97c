"""Signing in: by e-mail address and password."""

from uuid import UUID

from eyeot.platform.identity import passwords
from eyeot.runtime.engine import Engine
from eyeot.storage.pool import taken

_ACCOUNT = "SELECT id, password_hash FROM eyeot_account WHERE email = $1"


async def attempt(engine: Engine, email: str, password: str) -> UUID | None:
    """The account of somebody who knows its password; None for everybody else, in the same time."""
    async with taken(engine.database.relay) as connection:
        row = await connection.fetchrow(_ACCOUNT, email.lower())
    known = await passwords.matches(row["password_hash"] if row else None, password)
    return UUID(str(row["id"])) if row and known else None
