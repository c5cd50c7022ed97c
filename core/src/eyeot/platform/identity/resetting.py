"""Resetting: a new password by a link that is mailed, works once and is good for half an hour."""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from eyeot.declare.ids import uuid7
from eyeot.declare.notice import Letter
from eyeot.declare.prompt import Localized
from eyeot.platform.identity import accounts, sessions
from eyeot.platform.identity.noting import caller_of_house
from eyeot.platform.identity.sessions import digest
from eyeot.runtime.engine import Engine
from eyeot.runtime.transaction import Transaction
from eyeot.storage.pool import taken

PATH = "/console/reset"
LASTS = timedelta(minutes=30)
_MOST = 3
"""Links that one person is sent within the time that one is good."""
_COUNT = "SELECT count(*) FROM eyeot_link WHERE account_id = $1 AND expires_at > $2"
_KEEP = """
INSERT INTO eyeot_link (id, secret_hash, account_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)
"""
_FOUND = """
SELECT a.id, a.email, a.totp_since IS NOT NULL AS has_second_factor
FROM eyeot_link l JOIN eyeot_account a ON a.id = l.account_id
WHERE l.secret_hash = $1 AND l.expires_at > $2
"""
_SPEND = "DELETE FROM eyeot_link WHERE secret_hash = $1 AND expires_at > $2 RETURNING account_id"


async def send(engine: Engine, email: str) -> None:
    """Mail a link to whom the address belongs, if to anybody; nobody learns whether it does."""
    found = await accounts.known(engine, email)
    house = await _house(engine, found) if found and engine.outside.sends_mail else None
    if found is None or house is None:
        return
    now, secret = engine.clock(), secrets.token_urlsafe(32)
    async with taken(engine.database.relay) as connection:
        if await connection.fetchval(_COUNT, found["id"], now) >= _MOST:
            return
        row = uuid7(now), digest(secret), found["id"], now, now + LASTS
        await connection.execute(_KEEP, *row)
    caller = caller_of_house(house)
    async with Transaction(engine.database.writes, caller.org_id) as transaction:
        unit = engine.bare_unit(transaction, caller, now)
        link = f"{engine.public_url}{PATH}?code={secret}"
        await unit.post(_letter(UUID(house["user_id"]), link))
        await transaction.commit()


async def _house(engine: Engine, account: dict[str, Any]) -> dict[str, Any] | None:
    """An organisation that can write to the person: one that knows them by the address of their account."""
    for house in await engine.credentials.houses(account["id"]):
        async with Transaction(engine.database.reads, UUID(house["org_id"]), reads=True) as reads:
            at = await reads.connection.fetchval(
                "SELECT email FROM core_user WHERE org_id = $1 AND id = $2",
                UUID(house["org_id"]),
                UUID(house["user_id"]),
            )
        if accounts.address(at) == account["email"]:
            return house
    return None


def _letter(to: UUID, link: str) -> Letter:
    return Letter(
        to=to,
        kind="core.session.reset_password",
        title=Localized(en="Set a new password", fr="Choisir un nouveau mot de passe"),
        body=Localized(
            en="Open this link within thirty minutes to set a new password:",
            fr="Ouvrez ce lien dans les trente minutes pour choisir un nouveau mot de passe :",
        ),
        link=link,
    )


async def whose(engine: Engine, secret: str) -> dict[str, Any] | None:
    """The account that a link is for, while it is good."""
    async with taken(engine.database.relay) as connection:
        row = await connection.fetchrow(_FOUND, digest(secret), engine.clock())
    return dict(row) if row else None


async def redeem(engine: Engine, secret: str, password: str) -> bool:
    """Set the password of whom a link is for, and sign them out everywhere; False when it is spent."""
    async with taken(engine.database.relay) as connection:
        account_id = await connection.fetchval(_SPEND, digest(secret), engine.clock())
        if account_id is None:
            return False
        await connection.execute("DELETE FROM eyeot_link WHERE account_id = $1", account_id)
    await accounts.set_password(engine, account_id, password)
    await sessions.end_all(engine, account_id)
    return True
