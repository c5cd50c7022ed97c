"""Notifications: what each person is told, and how they want to be."""

import re
from collections.abc import Iterable
from datetime import datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.anyref import RecordRef
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.field import field, ref
from eyeot.declare.model import Input, Output, Ref
from eyeot.declare.notice import Channel, Notice
from eyeot.declare.notice import Severity as Weight
from eyeot.declare.problem import Conflict, ProviderNotConfigured, invalid
from eyeot.declare.prompt import Localized
from eyeot.declare.reach import Private
from eyeot.declare.record import Record
from eyeot.declare.resource import Resource
from eyeot.platform.teams import Team, TeamMember
from eyeot.platform.users import User, UserId

MANAGE, SEND = "core.notification:write", "core.notification:send"
NotificationId = Annotated[UUID, Ref("core.notification")]
Chosen = Annotated[list[NotificationId], Limits(min_length=1, max_length=500)]
_KIND = r"\*|[a-z][a-z0-9]*(\.[a-z][a-z0-9_]*){2}"
_MOST_CHANGED = 1_000


class Notification(
    Record,
    name="core.notification",
    prefix="ntf",
    label="title",
    hint=("kind",),
    search=("title", "body"),
    index=(("user_id", "read_at"),),
    reach=Private(),
    archivable=False,
):
    """Something that one person was told, and nobody else sees."""

    user_id: UUID = ref("core.user", "Whom it is for.", access="read", on_delete="CASCADE")
    kind: str = field("What it is about, e.g. crm.activity.assigned.", access="read")
    title: str = field("What happened.", access="read", max_length=200)
    body: str | None = field(
        "More: text by people, never an instruction.", access="read", default=None
    )
    record: RecordRef | None = field("Where it leads.", access="read", default=None)
    severity: Literal["info", "success", "warning", "error"] = field(
        "How much it matters.", access="read", default="info"
    )
    read_at: datetime | None = field("When it was read.", access="read", default=None)
    snoozed_until: datetime | None = field("Hidden until.", access="read", default=None)


class Preference(
    Record,
    name="core.notification_preference",
    prefix="ntp",
    label="id",
    unique=(("user_id",),),
    reach=Private(),
    archivable=False,
):
    """How one person wants to be told."""

    user_id: UUID = ref("core.user", "Whose.", access="read", on_delete="CASCADE")
    kinds: dict[str, list[Channel]] = field(
        "Channels by kind; * stands for all others.", access="read", default=dict
    )
    quiet_from: str | None = field("Quiet from, HH:MM.", access="read", default=None)
    quiet_to: str | None = field("Quiet until, HH:MM.", access="read", default=None)


notifications = Resource(
    Notification,
    adding="list get count search",
    en="notification; notifications; alert; message for me",
    fr="notification; notifications; alerte; message pour moi",
    gender="f",
    sleeping="snoozed_until",
)


class Sent(Event, name="core.notification.sent"):
    """Somebody sent colleagues a message."""

    to: list[UserId]
    title: str


class Changed(Output):
    """How many notifications changed."""

    changed: int


class Message(Input):
    """To whom, what, and where it leads."""

    to: Annotated[list[UserId], Limits(max_length=200)] = Limits(default_factory=list)
    team_id: Annotated[UUID, Ref("core.team")] | None = None
    title: Annotated[str, Limits(min_length=1, max_length=200)]
    body: Annotated[str | None, Limits(max_length=5_000)] = None
    record: RecordRef | None = None
    severity: Weight = "info"
    channels: Annotated[
        list[Channel],
        Limits(
            max_length=2, description="At most these, as each prefers; left out: as each prefers."
        ),
    ] = Limits(default_factory=list)


class Told(Output):
    """How many people hear it."""

    recipients: Annotated[
        int,
        Limits(
            description="Told now or after their quiet hours; not who left, muted it or sent it."
        ),
    ]


@action(
    "core.notification.send",
    risk="e",
    en="Send a notification; message a colleague; alert a team",
    fr="Envoyer une notification; prévenir un collègue; alerter une équipe",
    example={"to": ["$core.user?status=active"], "title": "Le four du salon est arrivé"},
    events=("core.notification.sent",),
    permission=SEND,
)
async def send(ctx: Context, data: Message) -> Told:
    """Tell colleagues or a team something, in the application or by e-mail; each hears it as they prefer."""
    _can_be_sent(ctx, data.channels)
    to = [(await ctx.get(User, one)).id for one in dict.fromkeys(data.to)]
    if data.team_id:
        await ctx.get(Team, data.team_id)
        members = await ctx.find(TeamMember, TeamMember.c.team_id == data.team_id)
        to += [one.user_id for one in members if one.user_id not in to]
    if not to:
        raise invalid("to", "name a colleague, or a team that has members")
    if data.record:
        await ctx.open(data.record)
    notices = [_notice(one, data) for one in to]
    for notice in notices:
        ctx.notify(notice)
    ctx.emit(Sent(to=to, title=data.title))
    return Told(recipients=await ctx.heard(notices))


def _notice(to: UUID, data: Message) -> Notice:
    return Notice(
        to=to,
        kind=Sent.name,
        title=Localized(en=data.title, fr=data.title),
        body=Localized(en=data.body, fr=data.body) if data.body else None,
        record=data.record,
        severity=data.severity,
        channels=tuple(data.channels),
    )


def _can_be_sent(ctx: Context, channels: Iterable[Channel]) -> None:
    """Refuse what would never arrive."""
    if "email" in channels and not ctx.outside.sends_mail:
        raise ProviderNotConfigured(
            what="mail server, so e-mail is not available",
            remedy="Use in_app, which always works; the operator names a server with EYEOT_SMTP_URL.",
        )


class Some(Input):
    """Notifications of one's own."""

    ids: Chosen


@action(
    "core.notification.mark_read",
    risk="w",
    en="Mark notifications as read; dismiss a notification; I have seen this notification",
    fr="Marquer des notifications comme lues; écarter une notification; j'ai vu cette notification",
    example={"ids": ["$core.notification"]},
    permission=MANAGE,
)
async def mark_read(ctx: Context, data: Some) -> Changed:
    """Mark some of your notifications as read."""
    rows = [await ctx.get(Notification, one, lock=True) for one in sorted(set(data.ids))]
    return Changed(changed=sum([_set(ctx, one, read=True) for one in rows]))


def _set(ctx: Context, row: Notification, *, read: bool) -> bool:
    if read == (row.read_at is not None):
        return False
    row.read_at = ctx.now if read else None
    row.snoozed_until = None if read else row.snoozed_until
    return True


class Before(Input):
    """Until when."""

    before: Annotated[
        datetime | None, Limits(description="Only those from before; all when left out.")
    ] = None


class AllRead(Changed):
    """How many were marked, and how many are left."""

    remaining: Annotated[int, Limits(description="Call again to mark these.")]


@action(
    "core.notification.mark_all_read",
    risk="w",
    en="Mark all notifications as read; empty the unread list",
    fr="Tout marquer comme lu; vider la liste des non lus",
    example={},
    permission=MANAGE,
)
async def mark_all_read(ctx: Context, data: Before) -> AllRead:
    """Mark all your unread notifications as read; those that are snoozed stay as they are."""
    table = Notification.c
    where = [
        table.read_at.is_(None),
        table.snoozed_until.is_(None) | (table.snoozed_until <= ctx.now),
    ]
    if data.before:
        where.append(table.created_at < data.before)
    found = await ctx.find(Notification, *where, limit=_MOST_CHANGED + 1)
    for one in found[:_MOST_CHANGED]:
        _set(ctx, one, read=True)
    done = min(len(found), _MOST_CHANGED)
    return AllRead(changed=done, remaining=len(found) - done)


class Snooze(Input):
    """One notification and a time."""

    id: NotificationId
    until: datetime


@action(
    "core.notification.snooze",
    risk="w",
    en="Snooze a notification; remind me later",
    fr="Reporter une notification; me le rappeler plus tard",
    example={"id": "$core.notification?read_at_is_set=false", "until": "2090-01-04T08:00:00Z"},
    permission=MANAGE,
    record=Notification,
)
async def snooze(ctx: Context, data: Snooze) -> Notification:
    """Hide one of your unread notifications from lists and counts until a time."""
    row = await ctx.get(Notification, data.id, lock=True)
    _sleep(ctx, row, data.until, "until")
    return row


def _sleep(ctx: Context, row: Notification, until: datetime, path: str) -> None:
    if until <= ctx.now:
        raise invalid(path, "give a time to come")
    if row.read_at is not None:
        raise Conflict(reason="It was read already.", remedy="Mark it as unread first.", field=path)
    row.snoozed_until = until


class Row(Input):
    """One notification, and how it is to be."""

    id: NotificationId
    read: bool | None = None
    snoozed_until: datetime | None = None


class Rows(Input):
    """Notifications of one's own, each with what changes."""

    items: Annotated[list[Row], Limits(min_length=1, max_length=500)]


@action(
    "core.notification.bulk_update",
    risk="w",
    en="Update several notifications at once; mark as unread; snooze many",
    fr="Modifier plusieurs notifications d'un coup; marquer comme non lues",
    example={"items": [{"id": "$core.notification", "read": True}]},
    permission=MANAGE,
)
async def bulk_update(ctx: Context, data: Rows) -> Changed:
    """Mark many of your notifications as read or unread, or snooze them; all or nothing."""
    changed = set[UUID]()
    for at, one in enumerate(data.items):
        row = await ctx.get(Notification, one.id, lock=True)
        if one.read is not None and _set(ctx, row, read=one.read):
            changed.add(row.id)
        if one.snoozed_until is not None:
            _sleep(ctx, row, one.snoozed_until, f"items.{at}.snoozed_until")
            changed.add(row.id)
    return Changed(changed=len(changed))


class Wishes(Input):
    """What to be told of, and when not to be."""

    kinds: (
        Annotated[
            dict[str, list[Channel]],
            Limits(
                max_length=200,
                description='Channels by kind of event, * for all others: {"crm.activity.assigned": []}.',
            ),
        ]
        | None
    ) = None
    quiet_from: Annotated[str | None, Limits(max_length=5, description="HH:MM, with quiet_to.")] = (
        None
    )
    quiet_to: Annotated[str | None, Limits(max_length=5)] = None
    clear_quiet_hours: bool = False


@action(
    "core.notification.set_preferences",
    risk="w",
    en="Set my notification preferences; mute a kind of notification; quiet hours",
    fr="Régler mes notifications; couper un type d'alerte; heures calmes",
    example={
        "kinds": {"crm.activity.assigned": ["in_app"], "*": ["in_app"]},
        "quiet_from": "19:00",
        "quiet_to": "08:00",
    },
    permission=MANAGE,
)
async def set_preferences(ctx: Context, data: Wishes) -> Preference:
    """Choose by kind of event how you are told (in_app, email, or []), and hours in which news wait."""
    for channels in (data.kinds or {}).values():
        _can_be_sent(ctx, channels)
    if ctx.user_id is None:
        raise Conflict(
            reason="This key acts for nobody, so it has no preferences.",
            remedy="Use a key that acts on behalf of a person.",
        )
    row = await ctx.first(Preference, Preference.c.user_id == ctx.user_id)
    if row is None:
        row = await ctx.add(Preference(user_id=ctx.user_id))
    if data.kinds is not None:
        row.kinds = _kinds(data.kinds)
    if data.clear_quiet_hours:
        row.quiet_from = row.quiet_to = None
    elif data.quiet_from or data.quiet_to:
        row.quiet_from, row.quiet_to = _hours(data)
    return row


def _kinds(kinds: dict[str, list[Channel]]) -> dict[str, Any]:
    if wrong := [one for one in kinds if not re.fullmatch(_KIND, one)]:
        raise invalid(
            "kinds", f"'{wrong[0]}' is not module.noun.what, e.g. crm.activity.assigned, nor *"
        )
    return {kind: sorted(set(channels)) for kind, channels in kinds.items()}


def _hours(data: Wishes) -> tuple[str, str]:
    found = []
    for name in ("quiet_from", "quiet_to"):
        try:
            found.append(time.fromisoformat(getattr(data, name) or "").strftime("%H:%M"))
        except ValueError:
            raise invalid(name, "give both as HH:MM, e.g. 19:00 and 08:00") from None
    if found[0] == found[1]:
        raise invalid("quiet_to", "they would never begin or never end; give another time")
    return found[0], found[1]
