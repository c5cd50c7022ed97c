"""Notifying: the notices of a unit of work, delivered as each reader prefers."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from eyeot.declare import ids
from eyeot.declare.notice import Notice
from eyeot.declare.record import Record, records
from eyeot.runtime.scope import Scope
from eyeot.storage.statement import ORG_MARK, Statement

IN_APP = "in_app"
_READERS = Statement.of(
    f"""
    SELECT u.id, u.locale, p.kinds, p.quiet_from, p.quiet_to FROM core_user u
    LEFT JOIN core_notification_preference p ON p.org_id = u.org_id AND p.user_id = u.id
    WHERE u.org_id = {ORG_MARK} AND u.id = ANY($1::uuid[]) AND u.status IN ('active', 'invited')
    """,
    ("ids",),
)


async def written(unit: Scope, notices: Iterable[Notice]) -> list[Record]:
    """The notifications that become of notices: none of one's own act, each told once."""
    wanted = {
        (one.to, one.kind, one.record, one.title): one for one in notices if one.to != unit.user_id
    }
    if not wanted:
        return []
    whom = sorted({one.to for one in wanted.values()})
    readers = {row["id"]: row for row in await unit.fetch(_READERS, {"ids": whom})}
    return [
        _notification(unit, one, readers[one.to])
        for one in wanted.values()
        if one.to in readers and IN_APP in _channels(readers[one.to]["kinds"], one.kind)
    ]


def _channels(kinds: dict[str, list[str]] | None, kind: str) -> list[str]:
    kinds = kinds or {}
    return kinds.get(kind, kinds.get("*", [IN_APP]))


def _notification(unit: Scope, notice: Notice, reader: Any) -> Record:
    locale = reader["locale"]
    return records["core.notification"](
        user_id=notice.to,
        kind=notice.kind,
        title=notice.title.said(locale),
        body=notice.body.said(locale) if notice.body else None,
        record=notice.record,
        severity=notice.severity,
        snoozed_until=quiet_until(
            unit.now, unit.timezone, reader["quiet_from"], reader["quiet_to"]
        ),
    )


def quiet_until(now: datetime, zone: str, begins: str | None, ends: str | None) -> datetime | None:
    """When the quiet hours end that it is in; None outside them. They may run over midnight."""
    if not begins or not ends:
        return None
    local = now.astimezone(ZoneInfo(zone))
    start, end, at = time.fromisoformat(begins), time.fromisoformat(ends), local.time()
    over = start > end
    if not (at >= start or at < end if over else start <= at < end):
        return None
    day = local.date() + timedelta(days=1 if over and at >= start else 0)
    return datetime.combine(day, end, ZoneInfo(zone)).astimezone(UTC)


def told(notification: Any) -> dict[str, Any]:
    """A notification as effects tell it: who, how, what."""
    return {
        "user_id": ids.encode(records["core.user"].meta.prefix, notification.user_id),
        "channels": [IN_APP],
        "kind": notification.kind,
        "title": notification.title,
    }
