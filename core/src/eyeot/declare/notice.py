"""Notices: what somebody is to be told, handed to `ctx.notify`; letters, handed to `ctx.post`."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from eyeot.declare.anyref import RecordRef
from eyeot.declare.prompt import Localized

Severity = Literal["info", "success", "warning", "error"]
Channel = Literal["in_app", "email"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message to one person, written when the work is about to be committed.

    Nobody is told of what they did themselves (what their agent did they are), and everybody as they prefer
    (`core.notification.set_preferences`).
    """

    to: UUID
    """The `core.user` it is for."""
    kind: str
    """What it is about, by which people choose: the name of an event, `crm.activity.assigned`."""
    title: Localized
    body: Localized | None = None
    record: RecordRef | None = None
    """Where it leads; the reader opens it with their own rights."""
    severity: Severity = "info"
    channels: tuple[Channel, ...] = ()
    """How to tell who has not said for this kind, and at most those who have; () as each prefers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An e-mail with a link for its reader only, sent whatever they prefer; the link is kept sealed."""

    to: UUID
    """The `core.user` it is for."""
    kind: str
    title: Localized
    body: Localized
    link: str
    """An address that works once; nobody but the reader may see it."""
