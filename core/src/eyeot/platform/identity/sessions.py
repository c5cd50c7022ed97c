"""Sessions: a browser that somebody signed in with, and the organisation they chose there."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from eyeot.declare.ids import uuid7
from eyeot.runtime.engine import Engine
from eyeot.runtime.request import Caller
from eyeot.storage.pool import taken

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
HALF_WAY = timedelta(minutes=10)
"""For the second factor."""
FRESH = timedelta(minutes=10)
"""How long somebody counts as there once they proved it, for what whoever sits down next must not do."""
_TOUCH = timedelta(minutes=1)
_LONGEST_AGENT = 300

_SESSION = """
SELECT s.id, s.account_id, s.org_id, s.verified, s.signed_in_at, s.proven_at, s.seen_at, s.expires_at,
  a.email, a.totp_since IS NOT NULL AS has_second_factor
FROM eyeot_session s JOIN eyeot_account a ON a.id = s.account_id
"""
_FIND = f"{_SESSION} WHERE s.secret_hash = $1 AND s.expires_at > $2 AND s.seen_at > $3"
_AGAIN = f"{_SESSION} WHERE s.id = $1"
_BEGIN = """
INSERT INTO eyeot_session (id, secret_hash, account_id, org_id, verified, signed_in_at, proven_at, seen_at,
  expires_at, ip, user_agent)
VALUES ($1, $2, $3, $4, $5, $6, $6, $6, $7, $8, $9)
"""
_OTHERS = "DELETE FROM eyeot_session WHERE account_id = $1 AND id <> $2"
_ONE = "DELETE FROM eyeot_session WHERE account_id = $1 AND id = $2"
_OWN = """
SELECT s.id, s.signed_in_at, s.seen_at, s.ip, s.user_agent,
  (SELECT slug FROM eyeot_organisation o WHERE o.id = s.org_id) AS organisation
FROM eyeot_session s WHERE s.account_id = $1 AND s.verified AND s.expires_at > $2 AND s.seen_at > $3
ORDER BY s.seen_at DESC
"""


@dataclass(frozen=True, slots=True)
class Browser:
    """Where somebody signs in, as they see it in the list of their sessions."""

    ip: str | None
    agent: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that somebody signed in with."""

    id: UUID
    account_id: UUID
    email: str
    org_id: UUID | None
    """The organisation they chose, once they have."""
    verified: bool
    """Whether every factor was given; until then nothing but the next one can be done."""
    signed_in_at: datetime
    proven_at: datetime
    seen_at: datetime
    expires_at: datetime
    has_second_factor: bool

    def fresh(self, now: datetime) -> bool:
        """Whether the person proved to be there a moment ago."""
        return self.verified and now - self.proven_at < FRESH


def digest(secret: str) -> bytes:
    """What is stored of a secret with 256 bits of randomness."""
    return hashlib.sha256(secret.encode()).digest()


async def begin(engine: Engine, account_id: UUID, browser: Browser, *, verified: bool) -> str:
    """Begin a session; its secret, for the cookie alone. Nothing that was there before signing in goes on."""
    secret, now = secrets.token_urlsafe(32), engine.clock()
    houses = await engine.credentials.houses(account_id) if verified else []
    only = UUID(houses[0]["org_id"]) if len(houses) == 1 else None
    agent = (browser.agent or "")[:_LONGEST_AGENT] or None
    async with taken(engine.database.relay) as connection:
        await connection.execute(
            _BEGIN, uuid7(now), digest(secret), account_id, only, verified, now,
            now + (LONGEST if verified else HALF_WAY), browser.ip, agent,
        )  # fmt: skip
    return secret


async def found(engine: Engine, secret: str) -> Session | None:
    """The session of a cookie's secret, unless it has ended."""
    now = engine.clock()
    async with taken(engine.database.relay) as connection:
        row = await connection.fetchrow(_FIND, digest(secret), now, now - IDLE)
        if row is None:
            return None
        session = Session(**row)
        if now - session.seen_at > _TOUCH:
            await connection.execute(
                "UPDATE eyeot_session SET seen_at = $2 WHERE id = $1", session.id, now
            )
    return session


async def again(engine: Engine, session: Session) -> Session | None:
    """The session as it now stands."""
    async with taken(engine.database.relay) as connection:
        row = await connection.fetchrow(_AGAIN, session.id)
    return Session(**row) if row else None


async def person(engine: Engine, session: Session) -> Caller | None:
    """Who that is in the organisation they chose; None without one, or where they may not work any more."""
    if session.org_id is None or not session.verified:
        return None
    told = await engine.credentials.person(session.org_id, session.account_id, session.id)
    if told is None or (told.signed_out_at and session.signed_in_at <= told.signed_out_at):
        return None
    return told.caller


async def choose(engine: Engine, session: Session, org_id: UUID) -> bool:
    """Work in one of the person's organisations from now on; False where they may not."""
    if not any(one["org_id"] == str(org_id) for one in await houses(engine, session)):
        return False
    await _set(engine, session.id, "org_id", org_id)
    return True


async def houses(engine: Engine, session: Session) -> list[dict[str, Any]]:
    """The organisations that the person of a session may work in."""
    return await engine.credentials.houses(session.account_id)


async def proven(engine: Engine, session: Session) -> None:
    """Note that the person just proved to be there."""
    await _set(engine, session.id, "proven_at", engine.clock())


async def end(engine: Engine, session_id: UUID) -> None:
    """End a session."""
    await _execute(engine, "DELETE FROM eyeot_session WHERE id = $1", session_id)


async def end_others(engine: Engine, session: Session) -> None:
    """End every session of the person but this one."""
    await _execute(engine, _OTHERS, session.account_id, session.id)


async def end_all(engine: Engine, account_id: UUID) -> None:
    """End every session of an account."""
    await _execute(engine, "DELETE FROM eyeot_session WHERE account_id = $1", account_id)


async def end_one(engine: Engine, session: Session, session_id: UUID) -> None:
    """End one of the person's own sessions."""
    await _execute(engine, _ONE, session.account_id, session_id)


async def own(engine: Engine, session: Session) -> list[dict[str, Any]]:
    """The sessions of the person, latest use first."""
    now = engine.clock()
    async with taken(engine.database.relay) as connection:
        rows = await connection.fetch(_OWN, session.account_id, now, now - IDLE)
    return [{**row, "here": row["id"] == session.id} for row in rows]


async def _execute(engine: Engine, text: str, *values: Any) -> None:
    async with taken(engine.database.relay) as connection:
        await connection.execute(text, *values)


async def _set(engine: Engine, session_id: UUID, column: str, value: Any) -> None:
    async with taken(engine.database.relay) as connection:
        await connection.execute(
            f"UPDATE eyeot_session SET {column} = $2 WHERE id = $1",  # noqa: S608 - a name of ours
            session_id,
            value,
        )
