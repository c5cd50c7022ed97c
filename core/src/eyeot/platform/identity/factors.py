"""Factors: one-time codes of an app (TOTP, RFC 6238), and what stands in for an app that was lost."""

import asyncio
import base64
import contextlib
import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from eyeot.declare.ids import uuid7
from eyeot.platform.identity import attempts
from eyeot.platform.identity.sessions import Browser
from eyeot.runtime.engine import Engine
from eyeot.storage.pool import taken

ISSUER = "Eyeot"
_STEP, _DIGITS, _KEY = 30, 6, 20
_RECOVERY = 10
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are taken for one another."""
_LENGTH = 10

_FACTOR = "SELECT email, totp_secret, totp_since FROM eyeot_account WHERE id = $1"
_USE = """
UPDATE eyeot_account SET totp_step = $2
WHERE id = $1 AND totp_secret IS NOT NULL AND (totp_step IS NULL OR totp_step < $2) RETURNING id
"""
_PROPOSE = """
UPDATE eyeot_account SET totp_secret = $2, totp_step = NULL WHERE id = $1 AND totp_since IS NULL
"""
_ENABLE = (
    "UPDATE eyeot_account SET totp_since = $2 WHERE id = $1 AND totp_since IS NULL RETURNING id"
)
_DISABLE = """
UPDATE eyeot_account SET totp_secret = NULL, totp_since = NULL, totp_step = NULL WHERE id = $1
"""
_SPEND = "DELETE FROM eyeot_recovery_code WHERE account_id = $1 AND code_hash = $2 RETURNING id"
_CODE = "INSERT INTO eyeot_recovery_code (id, account_id, code_hash) VALUES ($1, $2, $3)"


async def proves(engine: Engine, account_id: UUID, code: str, browser: Browser) -> bool:
    """Whether a code is the app's, or one for recovery; each counts once, and guesses are held up."""
    held = attempts.bounds("second factor", str(account_id), browser.ip)
    if not await attempts.counted(engine, held):
        return False
    told = "".join(code.split()).replace("-", "").lower()
    good = await _current(engine, account_id, told) or await _spent(engine, account_id, told)
    if good:
        await attempts.cleared(engine, held)
    return good


async def _current(engine: Engine, account_id: UUID, code: str) -> bool:
    """Whether it is the app's code of now, or of a step before or after, whose clock may differ."""
    secret = await _secret(engine, account_id)
    if secret is None or len(code) != _DIGITS or not (code.isascii() and code.isdecimal()):
        return False
    now = int(engine.clock().timestamp()) // _STEP
    app = _app(secret)
    for step in (now, now - 1, now + 1):
        with contextlib.suppress(InvalidToken):
            app.verify(code.encode(), step * _STEP)
            return await _used(engine, account_id, step)
    return False


async def _used(engine: Engine, account_id: UUID, step: int) -> bool:
    """Use up a step; False when it, or a later one, was used before (RFC 6238 §5.2)."""
    async with taken(engine.database.relay) as connection:
        return await connection.fetchval(_USE, account_id, step) is not None


async def _spent(engine: Engine, account_id: UUID, code: str) -> bool:
    if len(code) != _LENGTH:
        return False
    [hashed] = await _hashed(account_id, [code])
    async with taken(engine.database.relay) as connection:
        return await connection.fetchval(_SPEND, account_id, hashed) is not None


async def _hashed(account_id: UUID, codes: Sequence[str]) -> list[bytes]:
    """What is stored of codes: 49 bits are few, so each guess at a stolen table is made dear (RFC 7914)."""

    def hashes() -> list[bytes]:
        salt = account_id.bytes
        return [hashlib.scrypt(one.encode(), salt=salt, n=2**14, r=8, p=1) for one in codes]

    return await asyncio.get_running_loop().run_in_executor(None, hashes)


def _app(secret: bytes) -> TOTP:
    return TOTP(secret, _DIGITS, SHA1(), _STEP)  # noqa: S303 - the one that authenticator apps know


async def _secret(engine: Engine, account_id: UUID) -> bytes | None:
    async with taken(engine.database.relay) as connection:
        row = await connection.fetchrow(_FACTOR, account_id)
    if row is None or row["totp_secret"] is None:
        return None
    told = engine.outside.unseal(row["totp_secret"].decode(), _about(account_id))
    return None if told is None else base64.b32decode(told)


def _about(account_id: UUID) -> str:
    return f"second factor {account_id}"


async def propose(engine: Engine, account_id: UUID) -> None:
    """Keep a fresh secret that counts once a code of it was given; nothing while there is a factor."""
    told = base64.b32encode(secrets.token_bytes(_KEY)).decode()
    sealed = engine.outside.seal(told, _about(account_id)).encode()
    async with taken(engine.database.relay) as connection:
        await connection.execute(_PROPOSE, account_id, sealed)


async def proposed(engine: Engine, account_id: UUID) -> tuple[str, str] | None:
    """The secret that waits for its first code, as text and as an address for apps; None without one."""
    async with taken(engine.database.relay) as connection:
        row = await connection.fetchrow(_FACTOR, account_id)
    secret = await _secret(engine, account_id) if row and row["totp_since"] is None else None
    if secret is None:
        return None
    return base64.b32encode(secret).decode(), _app(secret).get_provisioning_uri(
        row["email"], ISSUER
    )


def code(secret: str, at: datetime) -> str:
    """What an app with that secret shows at a time."""
    told: bytes = _app(base64.b32decode(secret)).generate(int(at.timestamp()))
    return told.decode()


async def enable(engine: Engine, account_id: UUID, code: str) -> list[str] | None:
    """Count the proposed secret from now on, on its first code; the codes for recovery, or None."""
    if not await _current(engine, account_id, code.strip()):
        return None
    async with taken(engine.database.relay) as connection:
        if await connection.fetchval(_ENABLE, account_id, engine.clock()) is None:
            return None
    return await renew_recovery(engine, account_id)


async def renew_recovery(engine: Engine, account_id: UUID) -> list[str]:
    """Ten fresh codes for recovery, shown this once; those before are void."""
    codes = ["".join(secrets.choice(_SIGNS) for _ in range(_LENGTH)) for _ in range(_RECOVERY)]
    hashes = await _hashed(account_id, codes)
    rows = [(uuid7(), account_id, one) for one in hashes]
    async with taken(engine.database.relay) as connection, connection.transaction():
        await connection.execute(
            "DELETE FROM eyeot_recovery_code WHERE account_id = $1", account_id
        )
        await connection.executemany(_CODE, rows)
    return [f"{one[:5]}-{one[5:]}" for one in codes]


async def recovery_left(engine: Engine, account_id: UUID) -> int:
    """How many codes for recovery are left."""
    async with taken(engine.database.relay) as connection:
        found = await connection.fetchval(
            "SELECT count(*) FROM eyeot_recovery_code WHERE account_id = $1", account_id
        )
    return int(found)


async def disable(engine: Engine, account_id: UUID) -> None:
    """Ask for no second factor any more."""
    async with taken(engine.database.relay) as connection, connection.transaction():
        await connection.execute(_DISABLE, account_id)
        await connection.execute(
            "DELETE FROM eyeot_recovery_code WHERE account_id = $1", account_id
        )
