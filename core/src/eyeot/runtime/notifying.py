"""Notifying: the notices of a unit of work, delivered as each reader prefers."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from eyeot.declare import ids
from eyeot.declare.ids import uuid7
from eyeot.declare.notice import Letter, Notice
from eyeot.declare.record import Record, records
from eyeot.storage.statement import ORG_MARK, Statement

if TYPE_CHECKING:
    from eyeot.runtime.unit import Unit

IN_APP, EMAIL = "in_app", "email"
_READERS = Statement.of(
    f"""
    SELECT u.id, u.locale, p.kinds, p.quiet_from, p.quiet_to FROM core_user u
    LEFT JOIN core_notification_preference p ON p.org_id = u.org_id AND p.user_id = u.id
    WHERE u.org_id = {ORG_MARK} AND u.id = ANY($1::uuid[]) AND u.status IN ('active', 'invited')
    """,
    ("ids",),
)
_MAIL = """
INSERT INTO core_mail (org_id, id, user_id, kind, title, body, record, at, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


_LETTER = """
INSERT INTO core_mail (org_id, id, user_id, kind, title, body, link, at, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
"""


async def posted(unit: "Unit", letter: Letter) -> dict[str, Any]:
    """Write an e-mail with a sealed link, at once and whatever its reader prefers; as effects tell it."""
    [reader] = await unit.select(_READERS, {"ids": [letter.to]})
    locale, id = reader["locale"], uuid7(unit.now)
    words = (letter.kind, letter.title.said(locale), letter.body.said(locale))
    link = unit.outside.seal(letter.link, link_about(id))
    row = (unit.org_id, id, letter.to, *words, link, unit.now)
    await unit.connection.execute(_LETTER, *row)
    told = Notice(to=letter.to, kind=letter.kind, title=letter.title)
    return _told(told, locale, [EMAIL])


def link_about(mail_id: UUID) -> str:
    """What the link of a mail is sealed for."""
    return f"core.mail {mail_id}"


async def deliver(unit: "Unit", notices: Iterable[Notice]) -> list[dict[str, Any]]:
    """Write what notices come to, as effects tell it: none of one's own act, each told once."""
    told = []
    for notice, reader, ways in await _due(unit, notices):
        await _written(unit, notice, reader, ways)
        told.append(_told(notice, reader["locale"], ways))
    return told


async def heard(unit: "Unit", notices: Iterable[Notice]) -> int:
    """How many people these notices reach, at once or after their quiet hours."""
    return len({notice.to for notice, _, _ in await _due(unit, notices)})


async def _due(unit: "Unit", notices: Iterable[Notice]) -> list[tuple[Notice, Any, list[str]]]:
    """What is to be told, with its reader and how."""
    caller = unit.caller
    # A key acts in its own right: whom it acts for has not seen what it does.
    in_person = caller.credential_id is None or caller.actor_type == "user"
    oneself = caller.user_id if in_person else None
    wanted = {
        (one.to, one.kind, one.record, one.title): one for one in notices if one.to != oneself
    }
    if not wanted:
        return []
    whom = sorted({one.to for one in wanted.values()})
    readers = {row["id"]: row for row in await unit.select(_READERS, {"ids": whom})}
    found = []
    for notice in wanted.values():
        if reader := readers.get(notice.to):
            ways = channels(notice, reader["kinds"], mail=unit.outside.sends_mail)
            found += [(notice, reader, ways)] if ways else []
    return found


async def _written(unit: "Unit", notice: Notice, reader: Any, ways: Sequence[str]) -> None:
    quiet = quiet_until(unit.now, unit.timezone, reader["quiet_from"], reader["quiet_to"])
    if IN_APP in ways:
        await unit.add(_notification(notice, reader["locale"], quiet))
    if EMAIL in ways:
        text = notice.body.said(reader["locale"]) if notice.body else None
        title = notice.title.said(reader["locale"])
        about = (notice.to, notice.kind, title, text, notice.record)
        await unit.connection.execute(
            _MAIL, unit.org_id, uuid7(unit.now), *about, unit.now, quiet or unit.now
        )


def channels(notice: Notice, kinds: dict[str, list[str]] | None, *, mail: bool) -> list[str]:
    """How somebody is told: as they chose for the kind, else as the notice says, else in the application.

    Where no mail can be sent, what they wanted by mail is told in the application instead.
    """
    kinds = kinds or {}
    chosen = kinds.get(notice.kind, kinds.get("*"))
    if chosen is None:
        chosen = list(notice.channels) or [IN_APP]
    elif notice.channels:
        chosen = [one for one in chosen if one in notice.channels]
    if mail or EMAIL not in chosen:
        return chosen
    return [IN_APP]


def _notification(notice: Notice, locale: str, quiet: datetime | None) -> Record:
    return records["core.notification"](
        user_id=notice.to,
        kind=notice.kind,
        title=notice.title.said(locale),
        body=notice.body.said(locale) if notice.body else None,
        record=notice.record,
        severity=notice.severity,
        snoozed_until=quiet,
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


def _told(notice: Notice, locale: str, ways: Sequence[str]) -> dict[str, Any]:
    """A notification as effects tell it: who, how, what."""
    return {
        "user_id": ids.encode(records["core.user"].meta.prefix, notice.to),
        "channels": list(ways),
        "kind": notice.kind,
        "title": notice.title.said(locale),
    }
