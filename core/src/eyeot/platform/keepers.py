"""Keepers: somebody who can act for an organisation stays, whatever is taken from whom."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from eyeot.declare.context import Context
from eyeot.declare.event import within
from eyeot.declare.problem import Conflict
from eyeot.platform.granting import part_of
from eyeot.platform.role_record import OWNER, Role, UserRole
from eyeot.platform.users import User, UserDeactivated, UserSuspended

ADMIN = "core:admin"
_LARGEST = 2**63 - 1


def administers(permissions: Iterable[Any]) -> bool:
    """Whether these permissions let somebody manage people, roles and keys of the whole organisation."""
    return any(
        part_of(one, "permission") in (ADMIN, "*") and part_of(one, "reach") == "organisation"
        for one in permissions
    )


async def keep_administrator(
    ctx: Context, *, user_id: UUID | None = None, role_id: UUID | None = None, ending: bool = False
) -> None:
    """Refuse to take the role from the user, the role from all, or all from the user, when nobody is left.

    `ending`: the user is not active any more already. An organisation that has no administrator loses none.
    """
    if ending and not await ctx.first(UserRole, UserRole.c.user_id == user_id):
        return
    # Two that take the last two from each other wait here, and the second sees what the first did.
    await ctx.rows(sa.select(sa.func.pg_advisory_xact_lock(ctx.org_id.int & _LARGEST)))
    roles = {one.id for one in await ctx.find(Role) if administers(one.permissions)}
    held = [
        one for one in await _holdings(ctx, user_id if ending else None) if one["role_id"] in roles
    ]
    lost = [
        one
        for one in held
        if user_id in (None, one["user_id"]) and role_id in (None, one["role_id"])
    ]
    if lost and len(lost) == len(held):
        raise Conflict(
            reason="The last person who can administer an organisation stays.",
            remedy="Give somebody else a role with core:admin first.",
            field="user_id" if user_id else "id",
        )


async def _holdings(ctx: Context, ending: UUID | None) -> list[dict[str, Any]]:
    """Who holds which role in force now."""
    held = (
        sa.select(UserRole.c.user_id, UserRole.c.role_id)
        .join(
            User.meta.table,
            sa.and_(User.c.org_id == UserRole.c.org_id, User.c.id == UserRole.c.user_id),
        )
        .join(
            Role.meta.table,
            sa.and_(Role.c.org_id == UserRole.c.org_id, Role.c.id == UserRole.c.role_id),
        )
    )
    able = (
        ctx.within(UserRole),
        UserRole.c.expires_at.is_(None) | (UserRole.c.expires_at > ctx.now),
        Role.c.archived_at.is_(None),
        (User.c.status == "active") | (User.c.id == ending if ending else sa.false()),
    )
    return await ctx.rows(held.where(*able))


async def keep_owner(ctx: Context, role: Role, user_id: UUID) -> None:
    """Refuse what would leave nobody but this user, or nobody at all, able to act as owner."""
    others = sa.select(UserRole.c.user_id).join(
        User.meta.table,
        sa.and_(User.c.org_id == UserRole.c.org_id, User.c.id == UserRole.c.user_id),
    )
    able = (
        ctx.within(UserRole),
        UserRole.c.role_id == role.id,
        UserRole.c.user_id != user_id,
        UserRole.c.expires_at.is_(None) | (UserRole.c.expires_at > ctx.now),
        User.c.status == "active",
    )
    if not await ctx.rows(others.where(*able).limit(1)):
        raise Conflict(
            reason="The last owner who can act for an organisation stays.",
            remedy="Assign the owner's role to somebody else first.",
            field="user_id",
        )


@within(UserSuspended)
async def keep_an_owner(ctx: Context, event: UserSuspended) -> None:
    """Refuse to suspend the last owner, or the last who can administer."""
    await _keep(ctx, event.user_id)


@within(UserDeactivated)
async def keep_an_owner_for_good(ctx: Context, event: UserDeactivated) -> None:
    """Refuse to deactivate the last owner, or the last who can administer."""
    await _keep(ctx, event.user_id)


async def _keep(ctx: Context, user_id: UUID) -> None:
    role = await ctx.first(Role, Role.c.name == OWNER)
    if role and await ctx.first(
        UserRole, UserRole.c.role_id == role.id, UserRole.c.user_id == user_id
    ):
        # As in `unassign`: two that cut the last two owners wait for each other.
        await ctx.get(Role, role.id, lock=True)
        await keep_owner(ctx, role, user_id)
    await keep_administrator(ctx, user_id=user_id, ending=True)
