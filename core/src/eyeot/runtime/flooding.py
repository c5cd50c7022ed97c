"""Flooding: refusals for the rate in the audit: the first at once, the rest of a minute as one event."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from eyeot.runtime.call import Call

ACTION = "core.session.throttled"
_WINDOW = 60.0


@dataclass(slots=True)
class _Flood:
    call: Call
    more: int = 0
    timer: asyncio.TimerHandle | None = None


class Floods:
    """Counts what is refused for the rate, so that a flood of calls is no flood of events."""

    def __init__(self, note: Callable[[Call], Any], window: float = _WINDOW) -> None:
        """`note`: audits the event that stands for many; `window`: seconds that it stands for."""
        self._note = note
        self._window = window
        self._floods: dict[UUID, _Flood] = {}

    def first(self, call: Call) -> bool:
        """Whether this refusal has an event of its own; the others of its window are counted."""
        caller = call.request.caller
        key = caller.credential_id or caller.org_id
        flood = self._floods.get(key)
        if flood is not None:
            flood.more += 1
            return False
        flood = self._floods[key] = _Flood(call)
        loop = asyncio.get_running_loop()
        flood.timer = loop.call_later(self._window, self._end, key)
        return True

    def _end(self, key: UUID) -> None:
        flood = self._floods.pop(key)
        if flood.more:
            told = {"last": flood.call.request.action, "refused": flood.more}
            request = replace(flood.call.request, action=ACTION, arguments=told)
            self._note(Call(request, flood.call.started))

    def close(self) -> None:
        """Tell what was counted by now."""
        for key, flood in list(self._floods.items()):
            if flood.timer:
                flood.timer.cancel()
            self._end(key)
