"""Access: who may do what, when they last did anything, and what to look at."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Limits

from eyeot.declare.context import Context
from eyeot.declare.model import Ref
from eyeot.declare.report import Filters, ReportRow, Told, drill, report, typeid
from eyeot.platform.api_keys import ApiKey
from eyeot.platform.audit import AuditEvent
from eyeot.platform.role_record import Role, UserRole
from eyeot.platform.users import User, UserId

_UNUSED = timedelta(days=90)
_EVERYTHING = "*"
Finding = Literal["holds_everything", "no_second_factor", "unused", "never_expires", "no_role"]


class Reviewed(Filters):
    """Of what, and whether only what deserves a look."""

    kind: Literal["user", "key"] | None = None
    only_findings: bool = False


class AccessRow(ReportRow):
    """A person or a key, and what it may."""

    kind: Literal["user", "key"]
    user_id: UserId | None = None
    key_id: Annotated[UUID | None, Ref("core.api_key")] = None
    name: str
    status: str
    roles: list[str]
    scopes: list[str]
    last_used_at: Annotated[
        datetime | None,
        Limits(description="A person's last sign-in; a key's last call in 90 days."),
    ] = None
    expires_at: datetime | None = None
    findings: Annotated[
        list[Finding],
        Limits(description="unused: for 90 days; never_expires: a key without an end."),
    ]


@report(
    "core.report.access_review",
    row=AccessRow,
    en=(
        "Access review report; who has access to what; unused accounts and keys; users and their "
        "roles; excessive rights"
    ),
    fr=(
        "Rapport de revue des accès; qui a accès à quoi; comptes et clés inutilisés; utilisateurs et "
        "leurs rôles; droits excessifs"
    ),
    example={"only_findings": True},
    permission="core:admin",
    next=("core.user.revoke_role", "core.api_key.revoke"),
)
async def access_review(ctx: Context, data: Reviewed) -> Told:
    """List people and keys with roles, last use and what deserves a look: unused, unlimited, too much."""
    rows = [
        *(await _people(ctx) if data.kind in (None, "user") else ()),
        *(await _keys(ctx) if data.kind in (None, "key") else ()),
    ]
    shown = [one for one in rows if one.findings or not data.only_findings]
    totals = {
        "people": sum(one.kind == "user" for one in rows),
        "keys": sum(one.kind == "key" for one in rows),
        "with_findings": sum(bool(one.findings) for one in rows),
    }
    return Told(shown, totals)


async def _people(ctx: Context) -> list[AccessRow]:
    held: dict[UUID, list[Role]] = {}
    roles = {one.id: one for one in await ctx.find(Role)}
    for one in await ctx.find(UserRole):
        if one.expires_at is None or one.expires_at > ctx.now:
            held.setdefault(one.user_id, []).append(roles[one.role_id])
    users = await ctx.find(User, User.c.status != "deactivated", order=User.c.display_name)
    return [_person(ctx, one, held.get(one.id, [])) for one in users]


def _person(ctx: Context, user: User, roles: list[Role]) -> AccessRow:
    findings: dict[Finding, bool] = {
        "holds_everything": any(_holds_all(one) for one in roles),
        "no_second_factor": user.status == "active" and not user.mfa_enabled,
        "unused": user.status == "active" and _is_old(ctx, user.last_login_at or user.created_at),
        "no_role": user.status == "active" and not roles,
    }
    return AccessRow(
        kind="user",
        user_id=user.id,
        name=user.display_name,
        status=user.status,
        roles=sorted(one.name for one in roles),
        scopes=[],
        last_used_at=user.last_login_at,
        findings=[name for name, found in findings.items() if found],
        drill=drill("core.user.get", id=typeid("core.user", user.id)),
    )


def _holds_all(role: Role) -> bool:
    return any(_permission(one) == _EVERYTHING for one in role.permissions)


def _permission(granted: Any) -> str:
    name = granted["permission"] if isinstance(granted, dict) else granted.permission
    return str(name)


def _is_old(ctx: Context, at: datetime) -> bool:
    return ctx.now - at > _UNUSED


async def _keys(ctx: Context) -> list[AccessRow]:
    event, names = AuditEvent.c, {one.id: one.name for one in await ctx.find(Role)}
    latest = await ctx.rows(
        sa.select(event.credential_id, sa.func.max(event.at).label("at"))
        .where(
            ctx.within(AuditEvent), event.at >= ctx.now - _UNUSED, event.credential_id.is_not(None)
        )
        .group_by(event.credential_id)
    )
    used = {one["credential_id"]: one["at"] for one in latest}
    keys = await ctx.find(ApiKey, ApiKey.c.status == "active", order=ApiKey.c.name)
    return [
        _key(ctx, one, names.get(one.role_id) if one.role_id else None, used.get(one.id))
        for one in keys
    ]


def _key(ctx: Context, key: ApiKey, role: str | None, used: datetime | None) -> AccessRow:
    findings: dict[Finding, bool] = {
        "holds_everything": _EVERYTHING in key.scopes,
        "unused": used is None and _is_old(ctx, key.created_at),
        "never_expires": key.expires_at is None,
    }
    return AccessRow(
        kind="key",
        key_id=key.id,
        name=key.name,
        status=key.status,
        roles=[role] if role else [],
        scopes=list(key.scopes),
        last_used_at=used,
        expires_at=key.expires_at,
        findings=[name for name, found in findings.items() if found],
        drill=drill("core.api_key.get", id=typeid("core.api_key", key.id)),
    )
