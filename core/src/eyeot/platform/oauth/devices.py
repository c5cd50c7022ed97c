"""Devices: programs without a browser, whose person decides elsewhere by a short code (RFC 8628)."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from eyeot.platform.oauth.clients import digest
from eyeot.runtime.engine import Engine
from eyeot.storage.pool import taken

LASTS = timedelta(minutes=10)
WAIT = 5
"""Seconds between two questions; five more each time that one comes too early (RFC 8628 §3.5)."""
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so no words, and nothing that looks like something else (RFC 8628 §6.1)."""
SIGNS = 8
_PUT = """
INSERT INTO eyeot_oauth_device (device_hash, user_code_hash, client_id, scope, status, wait, ip, expires_at)
VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7) ON CONFLICT DO NOTHING
"""
_LOOK = """
SELECT device_hash, client_id, scope, ip FROM eyeot_oauth_device
WHERE user_code_hash = $1 AND status = 'pending' AND expires_at > $2
"""
_DECIDE = """
UPDATE eyeot_oauth_device SET status = $3, org_id = $4, grant_id = $5
WHERE user_code_hash = $1 AND status = 'pending' AND expires_at > $2
"""
_POLL = """
UPDATE eyeot_oauth_device d SET polled_at = $3,
  wait = d.wait + CASE WHEN before.early THEN 5 ELSE 0 END,
  status = CASE WHEN d.status = 'approved' AND d.expires_at > $3 THEN 'done' ELSE d.status END
FROM (SELECT device_hash, status, status = 'pending' AND polled_at > $3::timestamptz
        - make_interval(secs => wait) AS early
      FROM eyeot_oauth_device WHERE device_hash = $1 AND client_id = $2 FOR UPDATE) before
WHERE d.device_hash = before.device_hash
RETURNING before.status AS status, coalesce(before.early, false) AS early, d.expires_at <= $3 AS late,
  d.org_id, d.grant_id
"""
Answer = Literal["unknown", "late", "pending", "early", "refused", "approved"]


@dataclass(frozen=True, slots=True)
class Device:
    """A program that waits for a decision."""

    device_hash: bytes
    client_id: str
    scope: str
    ip: str | None


@dataclass(frozen=True, slots=True)
class Polled:
    """What a program that asks is told."""

    answer: Answer
    org_id: UUID | None = None
    grant_id: UUID | None = None


def code_of(written: str) -> str:
    """A code as it was typed, without what does not belong to it."""
    return "".join(sign for sign in written.upper() if sign in ALPHABET)


def shown(code: str) -> str:
    """A code as people read it."""
    return f"{code[: SIGNS // 2]}-{code[SIGNS // 2 :]}"


async def begin(engine: Engine, client_id: str, scope: str, ip: str | None) -> tuple[str, str]:
    """A secret for the program, and a code for its person."""
    until = engine.clock() + LASTS
    while True:
        device = f"eyd_{secrets.token_urlsafe(32)}"
        code = "".join(secrets.choice(ALPHABET) for _ in range(SIGNS))
        async with taken(engine.database.relay) as connection:
            done = await connection.execute(
                _PUT, digest(device), digest(code), client_id, scope, WAIT, ip, until
            )
        if done == "INSERT 0 1":
            return device, shown(code)


async def look(engine: Engine, code: str) -> Device | None:
    """The program that a code is of, while it waits."""
    async with taken(engine.database.relay) as connection:
        row = await connection.fetchrow(_LOOK, digest(code), engine.clock())
    return Device(**row) if row else None


async def decide(engine: Engine, code: str, grant: tuple[UUID, UUID] | None) -> bool:
    """Note a person's decision; False when it came too late, or another's came first."""
    status = "approved" if grant else "refused"
    org_id, grant_id = grant or (None, None)
    async with taken(engine.database.relay) as connection:
        done: str = await connection.execute(
            _DECIDE, digest(code), engine.clock(), status, org_id, grant_id
        )
    return done == "UPDATE 1"


async def poll(engine: Engine, device: str, client_id: str) -> Polled:
    """What the program is told that asks; an approval is told once."""
    async with taken(engine.database.relay) as connection:
        row = await connection.fetchrow(_POLL, digest(device), client_id, engine.clock())
    if row is None or row["status"] == "done":
        return Polled("unknown")
    if row["late"]:
        return Polled("late")
    if row["status"] == "approved":
        return Polled("approved", row["org_id"], row["grant_id"])
    if row["status"] == "refused":
        return Polled("refused")
    return Polled("early" if row["early"] else "pending")
