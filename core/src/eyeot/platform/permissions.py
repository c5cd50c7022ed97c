"""Permissions: what a user may do here, by which role, and who holds it."""

from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.model import Input, Output
from eyeot.platform.role_record import Role, RoleId, UserRole
from eyeot.platform.users import User, UserId
from eyeot.runtime.policy import REACHES, covers

_MOST = 2_000


class Question(Input):
    """A user, and perhaps one kind of record."""

    id: UserId
    resource: Annotated[
        str | None,
        Limits(pattern=r"^[a-z][a-z0-9]*(\.[a-z][a-z0-9_]*)?$", max_length=80),
        Limits(description="Only what bears on this kind, e.g. crm.lead."),
    ] = None


class Permissions(Output):
    """What a user may do, the widest reach of each permission, and the roles that give it."""

    user_id: UserId
    status: str
    may_work: bool
    permissions: list[dict[str, Any]]


@action(
    "core.user.effective_permissions",
    risk="r",
    en=(
        "Effective permissions of a user; what may this colleague do; why was it refused; why may "
        "I not do this; why was somebody refused; what rights does somebody have"
    ),
    fr=(
        "Droits effectifs d'un utilisateur; que peut faire ce collègue; pourquoi ce refus; "
        "pourquoi n'ai-je pas le droit; pourquoi ai-je été refusé; quels droits a quelqu'un"
    ),
    example={"id": "$core.user", "resource": "crm.lead"},
    record=User,
    next=("core.role.assign", "core.role.grant_permission"),
)
async def effective_permissions(ctx: Context, data: Question) -> Permissions:
    """Show what a user may do through the roles they hold now, how far, and by which role."""
    user = await ctx.get(User, data.id)
    found: dict[str, dict[str, Any]] = {}
    for role, until in await _roles(ctx, data):
        for one in role.permissions:
            permission, reach = one["permission"], one["reach"]  # type: ignore[index]
            if data.resource is None or _bears(permission, data.resource):
                _note(found, permission, reach, role.name, until)
    return Permissions(
        user_id=user.id,
        status=user.status,
        may_work=user.status == "active",
        permissions=[found[name] for name in sorted(found)],
    )


async def _roles(ctx: Context, data: Question) -> list[tuple[Role, datetime | None]]:
    held = await ctx.find(UserRole, UserRole.c.user_id == data.id)
    now = [one for one in held if one.expires_at is None or one.expires_at > ctx.now]
    roles = [(await ctx.get(Role, one.role_id), one.expires_at) for one in now]
    return [(role, until) for role, until in roles if role.archived_at is None]


def _bears(permission: str, resource: str) -> bool:
    module = resource.partition(".")[0]
    general = (f"{module}:read", f"{module}:write")
    return permission.startswith(f"{resource}:") or any(covers(one, permission) for one in general)


def _note(
    found: dict[str, dict[str, Any]], permission: str, reach: str, role: str, until: datetime | None
) -> None:
    one = found.setdefault(permission, {"permission": permission, "reach": reach, "roles": []})
    if REACHES[reach] > REACHES[one["reach"]]:
        one["reach"] = reach
    told: dict[str, Any] = {"role": role, "reach": reach}
    if until:
        told["until"] = until.isoformat(timespec="seconds").replace("+00:00", "Z")
    one["roles"].append(told)


class Whose(Input):
    """A role, a user, both or neither."""

    role_id: RoleId | None = None
    user_id: UserId | None = None


class Holding(Output):
    """That somebody holds a role."""

    role_id: RoleId
    user_id: UserId
    role: str
    user: str
    expires_at: datetime | None = None


class Holders(Output):
    """Who holds which role now."""

    items: list[Holding]


@action(
    "core.role.list_holders",
    risk="r",
    en="List who holds which role; who has a role; roles of a user; who are the administrators",
    fr=(
        "Lister qui détient quel rôle; qui a un rôle; rôles d'un utilisateur; qui sont les "
        "administrateurs"
    ),
    example={"role_id": "$core.role?name=owner"},
    record=Role,
    next=("core.role.assign", "core.role.unassign"),
)
async def list_holders(ctx: Context, data: Whose) -> Holders:
    """Show who holds which role now, of one role, one user or all."""
    asked = {UserRole.c.role_id: data.role_id, UserRole.c.user_id: data.user_id}
    where = [column == id for column, id in asked.items() if id is not None]
    held = (
        sa.select(
            UserRole.c.role_id,
            UserRole.c.user_id,
            UserRole.c.expires_at,
            Role.c.name.label("role"),
            User.c.display_name.label("user"),
        )
        .join(
            Role.meta.table,
            sa.and_(Role.c.org_id == UserRole.c.org_id, Role.c.id == UserRole.c.role_id),
        )
        .join(
            User.meta.table,
            sa.and_(User.c.org_id == UserRole.c.org_id, User.c.id == UserRole.c.user_id),
        )
    )
    now = UserRole.c.expires_at.is_(None) | (UserRole.c.expires_at > ctx.now)
    rows = await ctx.rows(
        held.where(ctx.within(UserRole), now, *where)
        .order_by(Role.c.name, User.c.display_name)
        .limit(_MOST)
    )
    return Holders(items=[Holding(**one) for one in rows])
