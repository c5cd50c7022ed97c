"""Roles: named sets of permissions, and who holds them."""

from datetime import datetime
from typing import Any

from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.governing import lesser
from eyeot.declare.model import Input, Output
from eyeot.declare.problem import Conflict
from eyeot.declare.resource import Resource
from eyeot.platform.granting import Granted, Reaches, part_of, refuse_beyond
from eyeot.platform.keepers import administers, keep_administrator, keep_owner
from eyeot.platform.role_record import OWNER, Role, RoleId, UserRole
from eyeot.platform.users import User, UserId


def _refuse_owner(name: str | None) -> None:
    if name == OWNER:
        raise Conflict(
            reason="The owner's role cannot be changed.",
            remedy="Make another role and assign that.",
        )


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Keep the owner's role as it is, and roles within what their maker holds."""
    _refuse_owner(row.stored("name"))
    before = row.stored("permissions") or ()
    # What the role gives already is nobody's gift: who holds less may still cut it, or name it otherwise.
    given = values.get("permissions") or ()
    refuse_beyond(ctx, [one for one in given if not lesser(before, [one])])
    if administers(before) and not administers(values.get("permissions", before)):
        await keep_administrator(ctx, role_id=row.id)


roles = Resource(
    Role,
    profile="config",
    adding="delete duplicate",
    en="role; roles; permission set",
    fr="rôle; rôles; profil de droits",
    example={"name": "Stagiaire", "permissions": [{"permission": "crm:read", "reach": "own"}]},
    prepare=prepare,
    surfaces={"create": "human", "update": "human", "duplicate": "human"},
    fresh=("create", "update", "duplicate"),
    permissions={"create": "core:admin", "update": "core:admin", "duplicate": "core:admin"},
    unlicensed=("archive", "delete"),
)


class RoleChosen(Input):
    """One role."""

    id: RoleId


@action(
    "core.role.archive",
    risk="w",
    en="Archive a role; put a role away",
    fr="Archiver un rôle; mettre un rôle de côté",
    permission="core:admin",
    cuts=True,
    record=Role,
    example={"id": "$core.role?name=viewer"},
    next=("core.role.restore",),
    unlicensed=True,
)
async def archive(ctx: Context, data: RoleChosen) -> Role:
    """Put a role away: whoever holds it, and every key under it, loses what it permits at once."""
    role = await ctx.get(Role, data.id, lock=True)
    _refuse_owner(role.name)
    if administers(role.permissions):
        await keep_administrator(ctx, role_id=role.id)
    role.archived_at = role.archived_at or ctx.now
    return role


@action(
    "core.role.restore",
    risk="w",
    en="Restore an archived role; bring a role back",
    fr="Restaurer un rôle archivé; désarchiver un rôle; réactiver un rôle",
    example={"id": "$core.role?name=viewer"},
    surface="human",
    fresh=True,
    permission="core:admin",
    record=Role,
)
async def restore(ctx: Context, data: RoleChosen) -> Role:
    """Bring an archived role back to whoever holds it."""
    role = await ctx.get(Role, data.id, lock=True)
    refuse_beyond(ctx, role.permissions)
    role.archived_at = None
    return role


class RoleAssigned(Event, name="core.role.assigned"):
    """A user was given a role."""

    role_id: RoleId
    user_id: UserId


class RoleUnassigned(Event, name="core.role.unassigned"):
    """A role was taken back from a user."""

    role_id: RoleId
    user_id: UserId


class Permission(Input):
    """A role and a permission."""

    id: RoleId
    permission: str
    reach: Reaches = "organisation"


@action(
    "core.role.grant_permission",
    risk="w",
    en="Grant a permission to a role; allow a role to do more; let a role do something",
    fr=(
        "Accorder une permission à un rôle; donner un droit à un rôle; autoriser un rôle à faire "
        "quelque chose"
    ),
    example={"id": "$core.role?name=sales", "permission": "core:write"},
    surface="human",
    fresh=True,
    permission="core:admin",
    record=Role,
)
async def grant_permission(ctx: Context, data: Permission) -> Role:
    """Add a permission to a role, or widen its reach."""
    role = await ctx.get(Role, data.id, lock=True)
    _refuse_owner(role.name)
    refuse_beyond(ctx, [data])
    kept = [one for one in role.permissions if part_of(one, "permission") != data.permission]
    given = {"permission": data.permission, "reach": data.reach}
    if administers(role.permissions) and not administers([*kept, given]):
        await keep_administrator(ctx, role_id=role.id)
    role.permissions = [*kept, given]  # type: ignore[list-item]
    return role


class Withdrawn(Input):
    """A role and a permission."""

    id: RoleId
    permission: str


@action(
    "core.role.revoke_permission",
    risk="w",
    en="Revoke a permission from a role; take a right away; stop a role from doing something",
    fr="Retirer une permission à un rôle; enlever un droit; interdire quelque chose à un rôle",
    permission="core:admin",
    cuts=True,
    record=Role,
    example={"id": "$core.role", "permission": "crm:write"},
    unlicensed=True,
)
async def revoke_permission(ctx: Context, data: Withdrawn) -> Role:
    """Take a permission away from a role."""
    role = await ctx.get(Role, data.id, lock=True)
    _refuse_owner(role.name)
    kept = [one for one in role.permissions if part_of(one, "permission") != data.permission]
    if len(kept) == len(role.permissions):
        raise Conflict(
            reason=f"The role '{role.name}' does not hold '{data.permission}'.", field="permission"
        )
    if administers(role.permissions) and not administers(kept):
        await keep_administrator(ctx, role_id=role.id)
    role.permissions = kept
    return role


class Pair(Input):
    """Two roles."""

    role_a: RoleId
    role_b: RoleId


class Difference(Output):
    """What two roles permit apart from each other."""

    only_a: list[Granted]
    only_b: list[Granted]
    both: list[Granted]


@action(
    "core.role.compare",
    risk="r",
    en="Compare two roles; difference between roles; what may one role do that another may not",
    fr="Comparer deux rôles; différence entre deux rôles; que peut un rôle de plus qu'un autre",
    example={"role_a": "$core.role", "role_b": "$core.role"},
)
async def compare(ctx: Context, data: Pair) -> Difference:
    """Show what one role permits and the other does not."""
    first = {
        (part_of(g, "permission"), part_of(g, "reach"))
        for g in (await ctx.get(Role, data.role_a)).permissions
    }
    other = {
        (part_of(g, "permission"), part_of(g, "reach"))
        for g in (await ctx.get(Role, data.role_b)).permissions
    }
    return Difference(
        only_a=_told(first - other), only_b=_told(other - first), both=_told(first & other)
    )


def _told(pairs: set[tuple[str, Any]]) -> list[Granted]:
    return [Granted(permission=permission, reach=reach) for permission, reach in sorted(pairs)]


class Assign(Input):
    """A role for a user."""

    id: RoleId
    user_id: UserId
    expires_at: datetime | None = None


@action(
    "core.role.assign",
    risk="w",
    en="Assign a role; give someone a role; make somebody a manager; give a colleague a role",
    fr=(
        "Attribuer un rôle; donner un rôle à quelqu'un; donner le rôle à un collègue; nommer "
        "quelqu'un"
    ),
    example={"id": "$core.role?name=sales", "user_id": "$core.user"},
    surface="human",
    fresh=True,
    permission="core:admin",
    events=("core.role.assigned",),
    record=Role,
)
async def assign(ctx: Context, data: Assign) -> Role:
    """Give a role to a user, perhaps until a date."""
    role = await ctx.get(Role, data.id, lock=True)
    await ctx.get(User, data.user_id)
    refuse_beyond(ctx, role.permissions)
    if role.name == OWNER and data.expires_at:
        await keep_owner(ctx, role, data.user_id)
    elif data.expires_at and administers(role.permissions):
        await keep_administrator(ctx, user_id=data.user_id, role_id=role.id)
    held = await ctx.first(
        UserRole, UserRole.c.user_id == data.user_id, UserRole.c.role_id == role.id
    )
    if held:
        held.expires_at = data.expires_at
    else:
        await ctx.add(UserRole(user_id=data.user_id, role_id=role.id, expires_at=data.expires_at))
    ctx.emit(RoleAssigned(role_id=role.id, user_id=data.user_id))
    return role


class Unassign(Input):
    """A role to take back from a user."""

    id: RoleId
    user_id: UserId


@action(
    "core.role.unassign",
    risk="w",
    en="Unassign a role; take a role back; take a role away from somebody; remove someone's role",
    fr=(
        "Retirer un rôle à quelqu'un; reprendre un rôle; enlever son rôle à quelqu'un; retirer le "
        "rôle d'un collègue"
    ),
    example={"id": "$core.role", "user_id": "$core.user"},
    permission="core:admin",
    events=("core.role.unassigned",),
    cuts=True,
    record=Role,
    unlicensed=True,
)
async def unassign(ctx: Context, data: Unassign) -> Role:
    """Take a role back from a user; the last owner and the last administrator keep theirs."""
    # The lock on the role makes two withdrawals of the last two owners wait for each other.
    role = await ctx.get(Role, data.id, lock=True)
    holders = await ctx.find(UserRole, UserRole.c.role_id == role.id)
    held = next((one for one in holders if one.user_id == data.user_id), None)
    if held is None:
        raise Conflict(reason="This user does not hold that role.", field="user_id")
    if role.name == OWNER:
        await keep_owner(ctx, role, data.user_id)
    if administers(role.permissions):
        await keep_administrator(ctx, user_id=data.user_id, role_id=role.id)
    await ctx.delete(held)
    ctx.emit(RoleUnassigned(role_id=role.id, user_id=data.user_id))
    return role
