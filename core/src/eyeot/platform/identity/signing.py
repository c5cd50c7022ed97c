"""Signing in: by e-mail address and password, then by a second factor where there is one."""

from dataclasses import dataclass
from uuid import UUID

from eyeot.platform.identity import accounts, attempts, factors, passwords, sessions
from eyeot.platform.identity.sessions import Browser, Session
from eyeot.runtime.engine import Engine
from eyeot.storage.pool import taken

_REHASH = "UPDATE eyeot_account SET password_hash = $2 WHERE id = $1 AND password_hash = $3"


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody signs in with, and from where."""

    email: str
    password: str
    browser: Browser
    device: str = ""
    """What tells a browser that this person signed in with before; empty for others."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whose address it is, if anybody's, and whether they are in."""

    account_id: UUID | None
    good: bool
    has_second_factor: bool = False
    counted: bool = True
    """False when there were too many attempts before, and this one did not count whatever it was."""


async def attempt(engine: Engine, given: Given) -> Verdict:
    """Whether that is the password of that address, as far as attempts are left."""
    held = attempts.bounds(
        "password", accounts.address(given.email), given.browser.ip, given.device
    )
    counted = await attempts.counted(engine, held)
    found = await accounts.known(engine, given.email)
    stored: str | None = found["password_hash"] if found else None
    matched = await passwords.matches(stored, given.password)
    account_id = UUID(str(found["id"])) if found else None
    if not (found and account_id and matched and counted):
        return Verdict(account_id, good=False, counted=counted)
    await attempts.cleared(engine, held)
    if stored and passwords.outdated(stored):
        fresh = await passwords.hashed(given.password)
        async with taken(engine.database.relay) as connection:
            await connection.execute(_REHASH, account_id, fresh, stored)
    return Verdict(account_id, good=True, has_second_factor=found["has_second_factor"])


async def confirms(engine: Engine, session: Session, given: str, browser: Browser) -> bool:
    """Whether somebody proves again to be who signed in: by a code if they use any, else their password."""
    if session.has_second_factor:
        return await factors.proves(engine, session.account_id, given, browser)
    return await knows_password(engine, session, given, browser)


async def knows_password(engine: Engine, session: Session, given: str, browser: Browser) -> bool:
    """Whether somebody who is signed in knows their password; guesses are held up."""
    held = attempts.bounds("confirm", str(session.account_id), browser.ip)
    if not await attempts.counted(engine, held):
        return False
    found = await accounts.known(engine, session.email)
    good = await passwords.matches(found["password_hash"] if found else None, given)
    if good:
        await attempts.cleared(engine, held)
    return good


async def change_password(engine: Engine, session: Session, password: str) -> None:
    """Set another password, and end every other session."""
    await accounts.set_password(engine, session.account_id, password)
    await sessions.end_others(engine, session)
