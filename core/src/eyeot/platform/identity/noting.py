"""Noting: what becomes of somebody's attempts to sign in, told to each organisation they may work in."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from eyeot.declare.access import Access
from eyeot.declare.ids import uuid7
from eyeot.platform.identity.sessions import Browser
from eyeot.runtime.audit import Outcome
from eyeot.runtime.call import Call
from eyeot.runtime.engine import Engine
from eyeot.runtime.request import Caller, Request
from eyeot.runtime.transaction import Transaction

_SIGNED_IN = "UPDATE core_user SET last_login_at = $3 WHERE org_id = $1 AND id = $2"
_FACTOR = "UPDATE core_user SET mfa_enabled = $3 WHERE org_id = $1 AND id = $2"


@dataclass(frozen=True, slots=True)
class Happened:
    """What somebody did at the door: `core.session.<what>`; never with a secret."""

    what: str
    code: str | None = None
    """Why it was refused, if it was."""
    about: Mapping[str, Any] = field(default_factory=dict)


async def note(engine: Engine, account_id: UUID, browser: Browser, told: Happened) -> None:
    """Audit it in every organisation that the person may work in."""
    for house in await engine.credentials.houses(account_id):
        request = Request(
            action=f"core.session.{told.what}",
            arguments=dict(told.about),
            caller=caller_of_house(house),
            surface="console",
            client=browser.agent,
            ip=browser.ip,
        )
        call = Call(request, time.perf_counter())
        outcome = Outcome("refused", told.code) if told.code else Outcome("ok")
        await engine.journal.append(call.told(uuid7(), engine.clock(), outcome))


def caller_of_house(house: Mapping[str, Any]) -> Caller:
    """Somebody as a caller where they may work, for what they do at the door; it permits them nothing."""
    return Caller(
        org_id=UUID(house["org_id"]),
        org_slug=house["slug"],
        org_name=house["name"],
        actor_type="user",
        actor=house["display_name"],
        access=Access(),
        user_id=UUID(house["user_id"]),
        via="console",
        locale=house["locale"],
    )


async def signed_in(engine: Engine, account_id: UUID, browser: Browser, **about: Any) -> None:
    """Note that somebody signed in."""
    await note(engine, account_id, browser, Happened("sign_in", about=about))
    await _set(engine, account_id, _SIGNED_IN, engine.clock().astimezone(UTC))


async def factor(engine: Engine, account_id: UUID, browser: Browser, *, on: bool) -> None:
    """Note that somebody has a second factor from now on, or none any more."""
    what = "enable_second_factor" if on else "disable_second_factor"
    await note(engine, account_id, browser, Happened(what))
    await _set(engine, account_id, _FACTOR, on)


async def _set(engine: Engine, account_id: UUID, text: str, value: bool | datetime) -> None:  # noqa: FBT001 - what a column holds
    for house in await engine.credentials.houses(account_id):
        org_id, user_id = UUID(house["org_id"]), UUID(house["user_id"])
        async with Transaction(engine.database.writes, org_id) as transaction:
            await transaction.connection.execute(text, org_id, user_id, value)
            await transaction.commit()
