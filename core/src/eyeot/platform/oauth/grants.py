"""Grants: what people let apps do in their name; each is one consent of one person to one app."""

from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.field import field, ref
from eyeot.declare.governing import Governs, earlier, fewer, to
from eyeot.declare.lifecycle import Lifecycle, by_hand
from eyeot.declare.model import Input, Ref
from eyeot.declare.problem import Conflict, invalid
from eyeot.declare.reach import Owned
from eyeot.declare.record import Record
from eyeot.declare.resource import Resource
from eyeot.declare.types import Network
from eyeot.platform.api_keys import Used, used_by
from eyeot.platform.granting import refuse_malformed
from eyeot.platform.oauth.agent import agent_for
from eyeot.platform.users import Reason, UserId

CONNECT = "core.oauth_grant:connect"
GrantId = Annotated[UUID, Ref("core.oauth_grant")]
Kind = Literal["registered", "document", "dynamic"]
_MOST_SCOPES = 200


class OAuthGrant(
    Record,
    name="core.oauth_grant",
    prefix="ogr",
    label="client_name",
    hint=("client_host",),
    search=("client_name",),
    reach=Owned(),
    state="status",
    archivable=False,
    governs=Governs(
        neutral=frozenset({"note", "last_used_at", "revoked_at", "revoked_reason"}),
        cuts={"status": to("revoked"), "scopes": fewer, "expires_at": earlier},
    ),
):
    """An app that somebody connected, and what it may do in their name."""

    client_id: str = field("The id it calls itself by.", access="read", max_length=2_000)
    client_name: str = field(
        "The name it gives itself; nothing proves it.", access="read", max_length=100
    )
    client_kind: Literal["registered", "document", "dynamic"] = field(
        "How it is known: the operator registered it, a document at its id describes it, or it registered"
        " itself.",
        access="read",
        default="dynamic",
    )
    client_host: str | None = field(
        "The host of its id, when that is an address; proven.",
        access="read",
        max_length=255,
        default=None,
    )
    redirect_host: str | None = field(
        "Where its answer was sent: a host, localhost for a program on the person's own machine, none for"
        " one that asked by a code.",
        access="read",
        max_length=255,
        default=None,
    )
    owner_id: UUID = ref("core.user", "In whose name it works.", access="create")
    agent_id: UUID = ref(
        "core.agent_client", "The agent it counts as, for good.", access="read", soft=False
    )
    note: str | None = field(
        "What tells it from its like, e.g. the computer it runs on.", max_length=100, default=None
    )
    scopes: list[str] = field("What it may do of what the person may, e.g. crm:read.")
    ip_allowlist: list[Network] = field("Networks it may call from; all when empty.", default=list)
    expires_at: datetime | None = field("When it ends, used or not.", default=None)
    last_used_at: datetime | None = field(
        "When it last fetched a token, which it does each hour that it works.",
        access="read",
        default=None,
    )
    status: Literal["active", "revoked"] = field(
        "Whether it works.", access="read", default="active"
    )
    revoked_at: datetime | None = field("When it was revoked.", access="read", default=None)
    revoked_reason: str | None = field("Why.", access="read", max_length=300, default=None)


LONGEST = timedelta(days=365)
"""After which an app asks its person again, however often it renewed its tokens (ASVS 5, 10.4.8)."""


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Let others than its person only take from a grant."""
    if row.status != "active":
        raise Conflict(
            reason="This app is not connected any more.", remedy="Connect it anew from the app."
        )
    others = not row.is_new and row.owner_id != ctx.user_id
    ends = values.get("expires_at", ctx.now)
    if ends is None or ends > ctx.now + LONGEST:
        raise invalid("expires_at", "lies within a year: an app then asks its person again")
    if others and "ip_allowlist" in values:
        _check_networks(row.stored("ip_allowlist") or [], values["ip_allowlist"] or [])
    if others and "expires_at" in values and not _ends_by(row.stored("expires_at"), values):
        raise invalid("expires_at", "only its person lets it work for longer")
    if "scopes" in values:
        more = [one for one in values["scopes"] or () if one not in (row.stored("scopes") or ())]
        if more and others:
            raise invalid("scopes", f"only its person lets it do more: {', '.join(more)}")
        _check_scopes(ctx, values["scopes"], more)


def _check_networks(before: list[str], after: list[str]) -> None:
    """Refuse networks beyond those that were set; none at all are all."""
    held = [ip_network(one) for one in before]
    wider = [one for one in after if held and not any(_within(ip_network(one), of) for of in held)]
    if wider or (held and not after):
        told = ", ".join(wider) or "everywhere"
        raise invalid("ip_allowlist", f"only its person lets it call from elsewhere: {told}")


def _within(one: Any, other: Any) -> bool:
    return bool(one.version == other.version and one.subnet_of(other))


def _ends_by(before: datetime | None, values: dict[str, Any]) -> bool:
    after = values["expires_at"]
    return before == after or earlier(before, after)


def _check_scopes(ctx: Context, scopes: list[str] | None, more: list[str]) -> None:
    if not scopes:
        raise invalid("scopes", "choose at least one: an app without any could do nothing")
    for scope in more:
        refuse_malformed("scopes", scope)
        if scope.endswith("*"):
            raise invalid("scopes", f"name each permission, so that it can be read: not '{scope}'")
        if not ctx.holds(scope):
            raise invalid("scopes", f"nobody gives what they do not hold: '{scope}'")


lifecycle = Lifecycle("status", "active", (by_hand("revoke", "active", to="revoked"),))
grants = Resource(
    OAuthGrant,
    adding="list get update history",
    en="connected app; connected apps; OAuth grant; app access; authorised application",
    fr="application connectée; applications connectées; autorisation OAuth; accès d'une application",
    gender="f",
    lifecycle=lifecycle,
    prepare=prepare,
    surfaces={"update": "human"},
    fresh=("update",),
    permissions=dict.fromkeys(("list", "get", "update", "history"), CONNECT),
)


class Connected(Event, name="core.oauth_grant.connected"):
    """Somebody let an app work in their name."""

    grant_id: GrantId


class Revoked(Event, name="core.oauth_grant.revoked"):
    """An app that was connected may do nothing any more."""

    grant_id: GrantId


class Consent(Input):
    """An app, and what it may do; `owner_id` is for the deployment's command line, where nobody signs in."""

    client_id: Annotated[str, Limits(min_length=1, max_length=2_000)]
    client_name: Annotated[str, Limits(min_length=1, max_length=100)]
    client_kind: Kind = "dynamic"
    client_host: Annotated[str | None, Limits(max_length=255)] = None
    redirect_host: Annotated[str | None, Limits(max_length=255)] = None
    scopes: Annotated[list[str], Limits(min_length=1, max_length=_MOST_SCOPES)]
    expires_at: datetime | None = None
    owner_id: UserId | None = None


@action(
    "core.oauth_grant.create",
    risk="w",
    en="Connect an app; let an app work in my name; authorise an application; consent to an app",
    fr=(
        "Connecter une application; laisser une application agir en mon nom; autoriser une "
        "application; donner accès à une application"
    ),
    example={
        "client_id": "https://claude.ai/oauth/claude-code-client-metadata",
        "client_name": "Claude Code",
        "client_kind": "document",
        "client_host": "claude.ai",
        "redirect_host": "localhost",
        "scopes": ["crm:read"],
    },
    events=("core.oauth_grant.connected",),
    surface="human",
    permission=CONNECT,
    record=OAuthGrant,
    next=("core.oauth_grant.revoke",),
)
async def create(ctx: Context, data: Consent) -> OAuthGrant:
    """Let an app work in one's own name, within these permissions and no further than one's own."""
    if ctx.user_id and data.owner_id not in (None, ctx.user_id):
        raise invalid("owner_id", "everybody connects apps in their own name only")
    owner = ctx.user_id or data.owner_id
    if owner is None:
        raise invalid("owner_id", "say in whose name it works")
    if data.expires_at and data.expires_at <= ctx.now:
        raise invalid("expires_at", "lies in the past")
    scopes = list(dict.fromkeys(data.scopes))
    agent_id = await agent_for(ctx, owner, data.client_id, data.client_name)
    given = {**data.model_dump(exclude={"owner_id"}), "scopes": scopes}
    given["expires_at"] = min(data.expires_at or ctx.now + LONGEST, ctx.now + LONGEST)
    row = await ctx.add(OAuthGrant(**given, owner_id=owner, agent_id=agent_id))
    ctx.emit(Connected(grant_id=row.id))
    return row


class Revoke(Input):
    """Which connected app, and why."""

    id: GrantId
    reason: Reason


@action(
    "core.oauth_grant.revoke",
    risk="x",
    en=(
        "Disconnect an app; revoke an app's access; cut a connected app; remove an authorised "
        "application"
    ),
    fr=(
        "Déconnecter une application; révoquer l'accès d'une application; couper une application "
        "connectée; retirer une autorisation"
    ),
    example={"id": "$core.oauth_grant?status=active", "reason": "Ordinateur perdu"},
    events=("core.oauth_grant.revoked",),
    cuts=True,
    unlicensed=True,
    permission=CONNECT,
    record=OAuthGrant,
)
async def revoke(ctx: Context, data: Revoke) -> OAuthGrant:
    """Cut an app off for good, at once; its person can connect it anew."""
    row = await ctx.get(OAuthGrant, data.id, lock=True)
    lifecycle.take(row, "revoke")
    row.revoked_at, row.revoked_reason = ctx.now, data.reason
    ctx.emit(Revoked(grant_id=row.id))
    return row


class Period(Input):
    """A connected app and a period."""

    id: GrantId
    days: Annotated[int, Limits(ge=1, le=3650)] = 30


@action(
    "core.oauth_grant.usage",
    risk="r",
    en="Usage of a connected app; what did this app do; calls of an app; when was an app last used",
    fr=(
        "Utilisation d'une application connectée; que fait cette application; appels d'une "
        "application; dernière utilisation d'une application"
    ),
    example={"id": "$core.oauth_grant", "days": 30},
    permission=CONNECT,
)
async def usage(ctx: Context, data: Period) -> Used:
    """Show an app's calls per action, its refusals and its last addresses."""
    await ctx.get(OAuthGrant, data.id)
    return await used_by(ctx, data.id, data.days)
