"""Operator: what only the command line does: open organisations, register people, make first keys."""

import getpass
import os
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from argon2 import PasswordHasher

from eyeot.declare.access import Access, Reach
from eyeot.declare.ids import uuid7
from eyeot.declare.problem import Conflict, NotFound
from eyeot.platform import ROLES
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.engine import Engine
from eyeot.runtime.request import Answer, Caller, Request
from eyeot.storage.pool import taken


def everything(catalogue: Catalogue) -> Access:
    """Every action and permission, at organisation reach."""
    actions = dict.fromkeys(catalogue.actions, Reach.ORGANISATION)
    names = {one.needs for one in catalogue.actions.values()}
    names |= {
        f.sensitive
        for r in catalogue.resources.values()
        for f in r.record.meta.fields.values()
        if f.sensitive
    }
    return Access(actions, dict.fromkeys({*names, "*"}, Reach.ORGANISATION), "operator")


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

    @classmethod
    async def of(cls, engine: Engine, slug: str) -> "Operator":
        """The operator of an organisation known by its slug."""
        async with taken(engine.database.relay) as connection:
            found = await connection.fetchval(
                "SELECT id FROM eyeot_organisation WHERE slug = $1", slug
            )
        if found is None:
            raise NotFound(kind="organisation", id=slug, lookup="eyeot org list")
        return cls(engine, found, slug, slug)

    def caller(self) -> Caller:
        """The command line as a caller."""
        return Caller(
            org_id=self.org_id,
            org_slug=self.slug,
            org_name=self.name or self.slug,
            actor_type="system",
            actor=system_user(),
            access=everything(self.engine.catalogue),
            user_id=self.user_id,
            via="cli",
        )

    async def call(self, action: str, *, dry_run: bool = False, **arguments: Any) -> Answer:
        """Run one action."""
        request = Request(
            action=action, arguments=arguments, caller=self.caller(), surface="cli", dry_run=dry_run,
            trace_id=secrets.token_hex(16),
        )  # fmt: skip
        return await self.engine.execute(request)


async def open_organisation(engine: Engine, slug: str, **settings: Any) -> Operator:
    """Open an organisation and the roles it starts with."""
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
    await seed_roles(operator)
    return operator


async def seed_roles(operator: Operator) -> dict[str, str]:
    """Make the roles that the installed plugins propose; name → id."""
    grants: dict[str, dict[str, str]] = {}
    for plugin in operator.engine.catalogue.plugins:
        for name, given in plugin.roles.items():
            grants.setdefault(name, {}).update(given)
    made = {}
    for name, given in grants.items():
        answer = await operator.call(
            "core.role.create",
            name=name,
            description=ROLES.get(name, ("",))[0] or None,
            permissions=[
                {"permission": permission, "reach": reach}
                for permission, reach in sorted(given.items())
            ],
        )
        made[name] = answer.result["id"]
    return made


async def account(engine: Engine, email: str, password: str | None) -> UUID:
    """The account of an e-mail address, made when there is none."""
    hashed = PasswordHasher().hash(password) if password else None
    async with taken(engine.database.relay) as connection:
        found = await connection.fetchval("SELECT id FROM eyeot_account WHERE email = $1", email)
        if found is None:
            found = uuid7()
            await connection.execute(
                "INSERT INTO eyeot_account (id, email, password_hash) VALUES ($1, $2, $3)",
                found,
                email,
                hashed,
            )
    return UUID(str(found))


async def register(
    operator: Operator, email: str, name: str, roles: list[str], password: str | None
) -> str:
    """Register a person with roles; their id."""
    account_id = await account(operator.engine, email, password)
    made = await operator.call(
        "core.user.register", email=email, display_name=name, account_id=str(account_id)
    )
    user_id: str = made.result["id"]
    for role in roles:
        found = await operator.call("core.role.list", name=role)
        if not found.result["items"]:
            raise NotFound(kind="role", id=role, lookup="core.role.list")
        await operator.call("core.role.assign", id=found.result["items"][0]["id"], user_id=user_id)
    return user_id
