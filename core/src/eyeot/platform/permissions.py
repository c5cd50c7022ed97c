"""Permissions: what a user may do here, and by which role."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.model import Input, Output
from eyeot.platform.role_record import Role, UserRole
from eyeot.platform.users import User, UserId
from eyeot.runtime.policy import REACHES, covers


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
