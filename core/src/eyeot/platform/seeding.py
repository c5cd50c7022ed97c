"""Seeding: the roles an organisation starts with, and what a module that comes later adds to them."""

from typing import Annotated

from pydantic import Field

from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.model import Input, Output
from eyeot.platform.granting import Granted
from eyeot.platform.role_record import Role


class Seed(Input):
    """A role, what it is for, and what the installed modules give it."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    description: Annotated[str | None, Field(max_length=300)] = None
    permissions: Annotated[list[Granted], Field(max_length=500)]


class Seeded(Output):
    """What the role was newly given."""

    name: str
    added: list[str]


@action(
    "core.role.seed",
    risk="w",
    en="Seed a role with what modules propose; fill a role from the modules",
    fr="Préparer un rôle avec ce que proposent les modules; remplir un rôle par les modules",
    surface="operator",
    permission="core:admin",
    record=Role,
)
async def seed(ctx: Context, data: Seed) -> Seeded:
    """Make a role the modules propose, or add what a new module brings; never what somebody took away."""
    role = await ctx.first(Role, Role.c.name == data.name)
    proposed = {one.permission: one.model_dump() for one in data.permissions}
    if role is None:
        role = await ctx.add(Role(name=data.name, description=data.description, is_system=True))
    added = sorted(proposed.keys() - set(role.seeded))
    held = {one["permission"] for one in role.permissions}  # type: ignore[index]
    news = [proposed[name] for name in added if name not in held]
    if added:
        role.permissions = [*role.permissions, *news]  # type: ignore[list-item]
        role.seeded = sorted({*role.seeded, *added})
    return Seeded(name=role.name, added=added)
