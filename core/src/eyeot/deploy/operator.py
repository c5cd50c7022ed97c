"""Operator: what only the command line does: open organisations, register people, make first keys."""

import getpass
import os
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from argon2 import PasswordHasher

from eyeot.declare.ids import uuid7
from eyeot.declare.licence import Licence
from eyeot.declare.problem import Conflict, NotFound, invalid
from eyeot.platform import ROLES
from eyeot.platform.identity import accounts, factors, noting, resetting
from eyeot.platform.identity.accounts import address
from eyeot.runtime.audit import Outcome
from eyeot.runtime.call import Call
from eyeot.runtime.engine import Engine
from eyeot.runtime.request import Answer, Caller, Request
from eyeot.storage.pool import taken

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def system_user() -> str:
    """The person at the machine, as the audit names them."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return f"uid {os.geteuid()} (command line)"


@dataclass
class Operator:
    """Runs actions for one organisation as the deployment's command line."""

    engine: Engine
    org_id: UUID
    slug: str
    name: str = ""
    user_id: UUID | None = None
    disabled: frozenset[str] = frozenset()
    """Modules that are switched off for it."""
    licence: Licence | None = None
    """What holds a command as it holds everybody; none for the deployment's own work."""

    @classmethod
    async def of(cls, engine: Engine, slug: str) -> "Operator":
        """The operator of an organisation known by its slug."""
        async with taken(engine.database.relay) as connection:
            found = await connection.fetchval(
                "SELECT id FROM eyeot_organisation WHERE slug = $1", slug
            )
        if found is None:
            raise NotFound(kind="organisation", id=slug, lookup="eyeot org list")
        licence = await engine.credentials.licence(found)
        disabled = await engine.disabled(found)
        return cls(engine, found, slug, slug, disabled=disabled, licence=licence)

    def caller(self) -> Caller:
        """The command line as a caller."""
        return Caller(
            org_id=self.org_id,
            org_slug=self.slug,
            org_name=self.name or self.slug,
            actor_type="system",
            actor=system_user(),
            access=self.engine.catalogue.without(self.disabled).everything,
            user_id=self.user_id,
            via="cli",
            licence=self.licence,
        )

    async def call(self, action: str, /, **arguments: Any) -> Answer:
        """Run one action; `dry_run` is among its arguments, as everywhere."""
        request = Request(
            action=action,
            arguments=arguments,
            caller=self.caller(),
            surface="cli",
            trace_id=secrets.token_hex(16),
        )
        return await self.engine.execute(request)


async def open_organisation(engine: Engine, slug: str, **settings: Any) -> Operator:
    """Open an organisation and the roles it starts with."""
    if not _SLUG.fullmatch(slug):
        raise invalid("slug", "small letters, digits and hyphens, e.g. acme or acme-lyon")
    org_id = uuid7(engine.clock())
    async with taken(engine.database.relay) as connection:
        try:
            await connection.execute(
                "INSERT INTO eyeot_organisation (id, slug) VALUES ($1, $2)", org_id, slug
            )
        except asyncpg.UniqueViolationError:
            raise Conflict(
                reason=f"The slug '{slug}' is taken.", remedy="Choose another.", field="slug"
            ) from None
    operator = Operator(engine, org_id, slug, settings.get("legal_name", slug))
    try:
        await operator.call("core.organization.create", **settings)
    except BaseException:
        async with taken(engine.database.relay) as connection:
            await connection.execute("DELETE FROM eyeot_organisation WHERE id = $1", org_id)
        raise
    await note_modules(operator)
    await seed_roles(operator)
    await start_modules(operator)
    return operator


async def note_modules(operator: Operator) -> list[str]:
    """Tell an organisation which modules this deployment has; those that are new to it."""
    told = [
        {"name": one.name, "release": one.version, "depends_on": list(one.requires)}
        for one in operator.engine.installed.plugins
    ]
    added: list[str] = (await operator.call("core.module.install", modules=told)).result["added"]
    return added


async def start_modules(operator: Operator) -> None:
    """Give an organisation the starting rows that it was never given."""
    for plugin in operator.engine.installed.plugins:
        if plugin.starting():
            await operator.call("core.module.start", name=plugin.name)


async def seed_roles(operator: Operator) -> list[str]:
    """Give the roles that the installed plugins propose what they do not have yet; `role: permission`."""
    grants: dict[str, dict[str, str]] = {}
    for plugin in operator.engine.catalogue.plugins:
        for name, given in plugin.roles.items():
            grants.setdefault(name, {}).update(given)
    added: list[str] = []
    for name, given in grants.items():
        proposed = [{"permission": one, "reach": reach} for one, reach in sorted(given.items())]
        about = ROLES.get(name, ("",))[0] or None
        answer = await operator.call(
            "core.role.seed", name=name, description=about, permissions=proposed
        )
        added += [f"{name}: {one}" for one in answer.result["added"]]
    return added


async def seed_everywhere(engine: Engine) -> None:
    """Give every organisation's roles what newly installed modules bring."""
    async with taken(engine.database.relay) as connection:
        found = await connection.fetch("SELECT id, slug FROM eyeot_organisation ORDER BY slug")
    for row in found:
        operator = Operator(engine, row["id"], row["slug"])
        await note_modules(operator)
        await seed_roles(operator)
        await start_modules(operator)


async def note_everywhere(
    engine: Engine, what: str, about: dict[str, Any], each: Mapping[str, dict[str, Any]]
) -> None:
    """Tell every organisation's audit what was done to the deployment as a whole, and by whom.

    `each`: what concerns one of them alone, by slug.
    """
    async with taken(engine.database.relay) as connection:
        found = await connection.fetch("SELECT id, slug FROM eyeot_organisation ORDER BY slug")
    for row in found:
        caller = Operator(engine, row["id"], row["slug"]).caller()
        told = {**about, **each.get(row["slug"], {})}
        request = Request(action=what, arguments=told, caller=caller, surface="cli")
        call = Call(request, time.perf_counter())
        await engine.journal.append(call.told(uuid7(), engine.clock(), Outcome("ok")))


async def account(engine: Engine, email: str, password: str | None) -> tuple[UUID, bool]:
    """The account of an e-mail address, made when there is none; whether it was made."""
    hashed = PasswordHasher().hash(password) if password else None
    email = address(email)
    async with taken(engine.database.relay) as connection:
        found = await connection.fetchval("SELECT id FROM eyeot_account WHERE email = $1", email)
        if found is not None:
            return UUID(str(found)), False
        made = uuid7()
        await connection.execute(_ACCOUNT, made, email, hashed)
    return made, True


_ACCOUNT = "INSERT INTO eyeot_account (id, email, password_hash) VALUES ($1, $2, $3)"


@dataclass(frozen=True, slots=True)
class Registered:
    """A person's id here, and whether their account is new, so that its password counts."""

    id: str
    is_new: bool


async def register(
    operator: Operator, email: str, name: str, roles: list[str], password: str | None
) -> Registered:
    """Register a person with roles."""
    held = [await _role(operator, role) for role in roles]
    account_id, is_new = await account(operator.engine, email, password)
    told = {"email": email, "display_name": name, "account_id": str(account_id)}
    user_id: str = (await operator.call("core.user.register", **told)).result["id"]
    for role_id in held:
        await operator.call("core.role.assign", id=role_id, user_id=user_id)
    return Registered(user_id, is_new)


async def _role(operator: Operator, name: str) -> str:
    found = (await operator.call("core.role.list", name=name)).result["items"]
    if not found:
        raise NotFound(kind="role", id=name, lookup="core.role.list")
    role_id: str = found[0]["id"]
    return role_id


async def let_in_again(engine: Engine, email: str, *, factor: bool) -> dict[str, Any]:
    """A link by which somebody sets a new password; `factor`: their second factor is taken away too.

    Each organisation that they may work in is told that the operator did it.
    """
    found = await accounts.known(engine, email)
    if found is None:
        raise NotFound(kind="account", id=email, lookup="core.user.list")
    link = await resetting.hand_over(engine, found["id"])
    if link is None:
        raise Conflict(reason="Three links wait already.", remedy="Try again in half an hour.")
    if factor:
        await factors.disable(engine, found["id"])
    for house in await engine.credentials.houses(found["id"]):
        operator = await Operator.of(engine, house["slug"])
        told = {"user_id": house["user_id"], "factor": factor}
        request = Request(
            action="core.session.let_in_again",
            arguments=told,
            caller=operator.caller(),
            surface="cli",
        )
        call = Call(request, time.perf_counter())
        await engine.journal.append(call.told(uuid7(), engine.clock(), Outcome("ok")))
    if factor:
        await noting.show_factor(engine, found["id"], on=False)
    return {"email": found["email"], "link": link, "factor_cleared": factor}
