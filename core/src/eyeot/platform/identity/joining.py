"""Joining: an invited person comes in, by their link and with an account of theirs."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from eyeot.declare.ids import encode
from eyeot.platform.identity.noting import caller_of_house
from eyeot.platform.identity.sessions import Browser, digest
from eyeot.runtime.engine import Engine
from eyeot.runtime.request import Request
from eyeot.storage.pool import taken


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom a link invites, and where."""

    house: dict[str, Any]
    """As the gate tells of it."""

    @property
    def email(self) -> str:
        """Their address."""
        return str(self.house["email"])

    @property
    def name(self) -> str:
        """Their name, as whoever invited them wrote it."""
        return str(self.house["name"])

    @property
    def org_name(self) -> str:
        """The organisation."""
        return str(self.house["org_name"])

    @property
    def inviter(self) -> str | None:
        """Who invited them."""
        told: str | None = self.house["inviter"]
        return told


async def invited(engine: Engine, secret: str) -> Invited | None:
    """Whom a link invites; None when it is void."""
    async with taken(engine.database.writes) as connection:
        found = await connection.fetchval("SELECT eyeot_gate_invitation($1)", digest(secret))
    return None if found is None else Invited(found)


async def join(
    engine: Engine, found: Invited, account_id: UUID, secret: str, browser: Browser
) -> None:
    """Let them in with an account that proved to be theirs, by the one path; or `Problem`."""
    house = found.house
    told = {"slug": house["org_slug"], "name": house["org_name"], "display_name": house["name"]}
    disabled = frozenset(house["disabled"])
    org_id = UUID(house["org_id"])
    caller = replace(
        caller_of_house({**house, **told}),
        access=engine.catalogue.without(disabled).everything,
        via="signing",
        timezone=house["timezone"],
        licence=engine.credentials.licensing.standing(org_id, house["licence"]),
    )
    user_id = encode("usr", UUID(house["user_id"]))
    given = {"id": user_id, "link_secret": secret, "account_id": str(account_id)}
    request = Request(
        action="core.user.accept_invitation",
        arguments=given,
        caller=caller,
        surface="console",
        client=browser.agent,
        ip=browser.ip,
    )
    await engine.execute(request)
