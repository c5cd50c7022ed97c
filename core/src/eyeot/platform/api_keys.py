"""API keys: service keys (`eyk_…`) of agents and integrations."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Limits

from eyeot.declare.access import Reach
from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.field import field, ref
from eyeot.declare.governing import Governs, earlier, to
from eyeot.declare.lifecycle import Lifecycle, by_hand
from eyeot.declare.model import Input, Output, Ref, Secret
from eyeot.declare.problem import Conflict, invalid
from eyeot.declare.reach import Owned
from eyeot.declare.record import Record
from eyeot.declare.resource import Resource
from eyeot.declare.types import Network
from eyeot.platform.audit import AuditEvent
from eyeot.platform.granting import Granted, part_of, refuse_beyond, refuse_malformed
from eyeot.platform.role_record import Role, RoleId
from eyeot.platform.users import Reason, UserId
from eyeot.runtime.guards.authenticate import new_secret

KeyId = Annotated[UUID, Ref("core.api_key")]
AgentId = Annotated[UUID, Ref("core.agent_client")]
_LONGEST_OVERLAP = 168


class ApiKey(
    Record,
    name="core.api_key",
    prefix="key",
    hint=("shown_prefix",),
    search=("name",),
    reach=Owned(),
    state="status",
    archivable=False,
    governs=Governs(
        neutral=frozenset({"revoked_at", "revoked_reason"}),
        cuts={"status": to("revoked"), "expires_at": earlier, "former_until": earlier},
    ),
):
    """A secret by which an agent or an integration works for this organisation."""

    name: str = field("What it is for.", max_length=100)
    made_for: Literal["agent", "integration"] = field(
        "Who uses it.", access="create", default="agent"
    )
    shown_prefix: str = field(
        "Its first characters, to recognise it by.", access="read", default=""
    )
    secret_hash: str = field("SHA-256 of the secret.", access="secret", default="")
    former_hash: str | None = field(
        "SHA-256 of the secret before rotation.", access="secret", default=None
    )
    former_until: datetime | None = field(
        "Until when the former secret works.", access="read", default=None
    )
    owner_id: UUID | None = ref(
        "core.user", "On whose behalf it acts.", access="create", default=None
    )
    agent_id: UUID | None = ref(
        "core.agent_client", "The agent that uses it, for good.", default=None
    )
    role_id: UUID | None = ref("core.role", "The role it works under.", default=None)
    granted: list[Granted] | None = field(
        "What the role permitted when a person gave it to the key: it permits the key no more since.",
        access="read",
        default=None,
    )
    scopes: list[str] = field("Permissions it is narrowed to, e.g. crm:read.", default=list)
    expires_at: datetime | None = field("When it stops working.", default=None)
    ip_allowlist: list[Network] = field(
        "Networks it may be used from; all when empty.", default=list
    )
    provenance: Literal["enforce", "warn", "off"] | None = field(
        "Whether a write may name only what was read before: an agent's is held to it and an integration's"
        " warned, unless said otherwise.",
        default=None,
    )
    status: Literal["active", "revoked"] = field(
        "Whether it works.", access="read", default="active"
    )
    revoked_at: datetime | None = field("When it was revoked.", access="read", default=None)
    revoked_reason: str | None = field("Why.", access="read", max_length=300, default=None)


# The gate knows a secret and not yet its organisation, so these two do not begin with it.
sa.Index("ix_core_api_key_secret_hash", ApiKey.c.secret_hash)
sa.Index("ix_core_api_key_former_hash", ApiKey.c.former_hash)


_POWER = frozenset({"scopes", "role_id", "agent_id", "expires_at", "ip_allowlist", "provenance"})
"""The fields by which a key may do more, or for longer: who sets one gives the key anew."""


async def _check(ctx: Context, row: ApiKey) -> None:
    """A key does something, and nothing that whoever gives it may not."""
    if not row.scopes and row.role_id is None:
        raise invalid(
            "scopes",
            "give scopes such as crm:read, or a role_id: a key without either could do nothing",
        )
    for scope in row.scopes:
        refuse_malformed("scopes", scope)
        # Scopes alone reach the whole organisation; those of a role only narrow it.
        if row.role_id is None and not ctx.allows(scope, Reach.ORGANISATION):
            raise invalid("scopes", f"nobody gives what they do not hold: '{scope}'")
    if row.agent_id is not None and row.made_for != "agent":
        raise invalid("agent_id", "is for a key that is made for an agent")
    if row.granted:
        refuse_beyond(ctx, _as_theirs(ctx, row))


def _as_theirs(ctx: Context, row: ApiKey) -> list[dict[str, str]]:
    """What a key's role gives, to whoever gives it: what is another's own is not theirs."""
    told = [
        {"permission": part_of(one, "permission"), "reach": part_of(one, "reach")}
        for one in row.granted or ()
    ]
    if row.owner_id == ctx.user_id:
        return told
    return [{**one, "reach": "organisation"} for one in told]


async def _give(ctx: Context, row: ApiKey) -> None:
    """Hold a key to what its role permits today."""
    role = await ctx.get(Role, row.role_id) if row.role_id else None
    row.granted = list(role.permissions) if role else None


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Check what a changed key may do."""
    former = row.stored("agent_id")
    if "agent_id" in values and former not in (None, values["agent_id"]):
        raise Conflict(
            reason="A key stays with its agent, so that what it did stays the agent's.",
            remedy="Make the other agent a key of its own.",
            field="agent_id",
        )
    if "role_id" in values:
        await _give(ctx, row)
    if values.keys() & _POWER:
        await _check(ctx, row)


lifecycle = Lifecycle("status", "active", (by_hand("revoke", "active", to="revoked"),))
api_keys = Resource(
    ApiKey,
    adding="list get update history",
    en="API key; API keys; service key; token; agent key",
    fr="clé d'API; clés d'API; clé de service; jeton",
    gender="f",
    lifecycle=lifecycle,
    prepare=prepare,
    surfaces={"update": "human"},
    fresh=("update",),
    permissions={
        "list": "core:admin",
        "get": "core:admin",
        "update": "core:admin",
        "history": "core:admin",
    },
)


class NewKey(Input):
    """A key to make."""

    name: Annotated[str, Limits(min_length=1, max_length=100)]
    made_for: Literal["agent", "integration"] = "agent"
    scopes: list[str] = Limits(default_factory=list)
    role_id: RoleId | None = None
    agent_id: AgentId | None = None
    owner_id: UserId | None = None
    expires_at: datetime | None = None
    ip_allowlist: list[Network] = Limits(default_factory=list)
    provenance: Literal["enforce", "warn", "off"] | None = None


class MadeKey(Output):
    """A key, with its secret shown this once."""

    id: KeyId
    name: str
    key: Annotated[str, Secret]
    scopes: list[str]
    expires_at: datetime | None = None


class KeyRevoked(Event, name="core.api_key.revoked"):
    """A key was revoked."""

    key_id: KeyId


class KeyRotated(Event, name="core.api_key.rotated"):
    """A key has a new secret."""

    key_id: KeyId


@action(
    "core.api_key.create",
    risk="w",
    en=(
        "Create an API key; new service key; connect an agent; give an agent access; generate a "
        "token"
    ),
    fr=(
        "Créer une clé d'API; nouvelle clé de service; connecter un agent; générer une clé; donner "
        "accès à un agent"
    ),
    example={"name": "Agent commercial", "scopes": ["crm:read"]},
    surface="human",
    fresh=True,
    permission="core:admin",
    record=ApiKey,
)
async def create(ctx: Context, data: NewKey) -> MadeKey:
    """Make a key for an agent or an integration; its secret is shown this once."""
    if data.expires_at and data.expires_at <= ctx.now:
        raise invalid("expires_at", "lies in the past")
    secret, prefix, hashed = new_secret()
    row = ApiKey(
        **data.model_dump(exclude={"owner_id"}),
        shown_prefix=prefix,
        secret_hash=hashed.hex(),
        owner_id=data.owner_id or ctx.user_id,
    )
    await _give(ctx, row)
    await _check(ctx, row)
    await ctx.add(row)
    return MadeKey(
        id=row.id, name=row.name, key=secret, scopes=row.scopes, expires_at=row.expires_at
    )


class Revoke(Input):
    """Which key, and why."""

    id: KeyId
    reason: Reason


@action(
    "core.api_key.revoke",
    risk="x",
    en=(
        "Revoke an API key; cut a key; kill a token; a key was stolen or leaked; withdraw a key; "
        "block a key; pause a key"
    ),
    fr=(
        "Révoquer une clé d'API; couper une clé; désactiver un jeton; clé volée ou perdue; annuler "
        "une clé; bloquer une clé; suspendre une clé"
    ),
    example={"id": "$core.api_key", "reason": "Poste volé"},
    events=("core.api_key.revoked",),
    cuts=True,
    permission="core:admin",
    record=ApiKey,
    unlicensed=True,
)
async def revoke(ctx: Context, data: Revoke) -> ApiKey:
    """Stop a key for good, at once."""
    row = await ctx.get(ApiKey, data.id, lock=True)
    lifecycle.take(row, "revoke")
    row.revoked_at, row.revoked_reason = ctx.now, data.reason
    ctx.emit(KeyRevoked(key_id=row.id))
    return row


class Rotate(Input):
    """Which key, and how long its former secret still works."""

    id: KeyId
    overlap_hours: int = 24


@action(
    "core.api_key.rotate",
    risk="w",
    en="Rotate an API key; renew a key's secret; replace a key; change a key's secret",
    fr=(
        "Renouveler une clé d'API; changer le secret d'une clé; remplacer une clé; nouveau secret "
        "pour une clé"
    ),
    example={"id": "$core.api_key"},
    events=("core.api_key.rotated",),
    surface="human",
    fresh=True,
    permission="core:admin",
    record=ApiKey,
)
async def rotate(ctx: Context, data: Rotate) -> MadeKey:
    """Give a key a new secret; the former one works for the overlap."""
    if not 0 <= data.overlap_hours <= _LONGEST_OVERLAP:
        raise invalid("overlap_hours", f"between 0 and {_LONGEST_OVERLAP}")
    row = await ctx.get(ApiKey, data.id, lock=True)
    if row.status != "active":
        lifecycle.take(row, "revoke")
    # Whoever is shown a secret can use it.
    await _check(ctx, row)
    secret, prefix, hashed = new_secret()
    row.former_hash, row.former_until = (
        row.secret_hash,
        ctx.now + timedelta(hours=data.overlap_hours),
    )
    row.secret_hash, row.shown_prefix = hashed.hex(), prefix
    ctx.emit(KeyRotated(key_id=row.id))
    return MadeKey(
        id=row.id, name=row.name, key=secret, scopes=row.scopes, expires_at=row.expires_at
    )


class Period(Input):
    """A key and a period."""

    id: KeyId
    days: Annotated[int, Limits(ge=1, le=3650)] = 30


class Used(Output):
    """What a key did."""

    calls: int
    refused: int
    actions: list[dict[str, Any]]
    addresses: list[str]
    last_at: datetime | None = None


@action(
    "core.api_key.usage",
    risk="r",
    en=(
        "Usage of an API key; what did this key do; calls per action; what a key was used for; "
        "when was a key last used"
    ),
    fr=(
        "Utilisation d'une clé d'API; que fait cette clé; appels par action; à quoi sert une clé; "
        "dernière utilisation d'une clé"
    ),
    example={"id": "$core.api_key", "days": 30},
    permission="core:admin",
)
async def usage(ctx: Context, data: Period) -> Used:
    """Show a key's calls per action, its refusals and its last addresses."""
    await ctx.get(ApiKey, data.id)
    return await used_by(ctx, data.id, data.days)


async def used_by(ctx: Context, credential_id: UUID, days: int) -> Used:
    """What a credential did in the last days."""
    events = AuditEvent.c
    mine = sa.and_(
        ctx.within(AuditEvent),
        events.credential_id == credential_id,
        events.at >= ctx.now - timedelta(days=days),
    )
    refused = sa.func.count().filter(events.outcome == "refused").label("refused")
    grouped = sa.select(
        events.action, sa.func.count().label("calls"), refused, sa.func.max(events.at).label("last")
    )
    rows = await ctx.rows(
        grouped.where(mine).group_by(events.action).order_by(sa.desc("calls")).limit(100)
    )
    seen = await ctx.rows(
        sa.select(events.ip).where(mine, events.ip.is_not(None)).distinct().limit(20)
    )
    return Used(
        calls=sum(row["calls"] for row in rows),
        refused=sum(row["refused"] for row in rows),
        actions=[
            {"action": row["action"], "calls": row["calls"], "refused": row["refused"]}
            for row in rows
        ],
        addresses=[row["ip"] for row in seen],
        last_at=max((row["last"] for row in rows), default=None),
    )
