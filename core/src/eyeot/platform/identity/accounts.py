"""Accounts: one for a person, whatever organisations they work in."""

from typing import Any
from uuid import UUID

from eyeot.declare.ids import uuid7
from eyeot.platform.identity import passwords
from eyeot.runtime.engine import Engine
from eyeot.storage.pool import taken

_BY_EMAIL = """
SELECT id, email, password_hash, totp_since IS NOT NULL AS has_second_factor
FROM eyeot_account WHERE email = $1
"""
_NEW = """
INSERT INTO eyeot_account (id, email, password_hash, password_set_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (email) DO NOTHING RETURNING id
"""
_SET = "UPDATE eyeot_account SET password_hash = $2, password_set_at = $3 WHERE id = $1"


def address(email: str) -> str:
    """An e-mail address as accounts are known by it."""
    return email.strip().lower()


async def known(engine: Engine, email: str) -> dict[str, Any] | None:
    """The account of an address."""
    async with taken(engine.database.relay) as connection:
        row = await connection.fetchrow(_BY_EMAIL, address(email))
    return dict(row) if row else None


async def make(engine: Engine, email: str, password: str) -> UUID | None:
    """A new account; None where the address has one already."""
    now = engine.clock()
    row = uuid7(now), address(email), await passwords.hashed(password), now
    async with taken(engine.database.relay) as connection:
        found = await connection.fetchval(_NEW, *row)
    return None if found is None else UUID(str(found))


async def set_password(engine: Engine, account_id: UUID, password: str) -> None:
    """Give an account another password."""
    hashed = await passwords.hashed(password)
    async with taken(engine.database.relay) as connection:
        await connection.execute(_SET, account_id, hashed, engine.clock())
