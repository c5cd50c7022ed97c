"""Happenings: the events of one unit of work, from being told to being kept for the outbox."""

from collections import deque
from typing import Any
from uuid import UUID

from eyeot.declare.event import Event, RecordEvent
from eyeot.declare.record import Record

# A reaction that answers its own event would never end; no honest chain is this deep.
DEEPEST_CHAIN = 30
Told = tuple[str, dict[str, Any]]


class Happenings:
    """Events in the order they happened; several writes to one record are kept as one event."""

    def __init__(self) -> None:
        self._queue: deque[tuple[int, str, Event]] = deque()
        self._depth = 0
        self._kept: dict[object, Told] = {}

    @property
    def kept(self) -> list[Told]:
        """Names and payloads, for the outbox."""
        return list(self._kept.values())

    @property
    def names(self) -> list[str]:
        """Each name once, in order."""
        return list(dict.fromkeys(name for name, _ in self._kept.values()))

    def put(self, event: Event) -> None:
        """Tell that something happened."""
        name = event.full_name if isinstance(event, RecordEvent) else event.name
        self._queue.append((self._depth + 1, name, event))

    def announce(self, record: Record, what: Any, fields: tuple[str, ...]) -> None:
        """Tell what was written of a record."""
        self.put(RecordEvent(kind=record.meta.name, id=record.id, what=what, fields=fields))

    def next(self) -> tuple[str, Event] | None:
        """The next event to react to, now kept; what reactions to it tell is one link further on."""
        if not self._queue:
            return None
        self._depth, name, event = self._queue.popleft()
        if self._depth > DEEPEST_CHAIN:
            raise RuntimeError(f"reactions do not come to an end; the last event was {name}")
        self._keep(name, event)
        return name, event

    def rest(self) -> None:
        """Nothing is being reacted to any more."""
        self._depth = 0

    def _keep(self, name: str, event: Event) -> None:
        if not isinstance(event, RecordEvent):
            self._kept[object()] = (name, event.model_dump(mode="json"))
            return
        about = (event.kind, event.id)
        told = (about, event.what) in self._kept
        if told or (event.what == "updated" and (about, "created") in self._kept):
            return
        self._kept[about, event.what] = (name, event.model_dump(mode="json"))

    def forget(self, record: Record) -> None:
        """Drop what happened to a record before it was deleted: of no interest to anyone any more."""
        about = (record.meta.name, record.id)
        self._queue = deque(one for one in self._queue if _about(one[2]) != about)
        for what in ("created", "updated"):
            self._kept.pop((about, what), None)

    def absorb(self, other: "Happenings") -> None:
        """Take over what happened in a part of the work that is settled."""
        self._kept.update(other._kept)  # noqa: SLF001 - another of its own kind


def _about(event: Event) -> tuple[str, UUID] | None:
    return (event.kind, event.id) if isinstance(event, RecordEvent) else None
