"""Office: runs the demo company's actions as its founder, and finds what is there."""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any, Protocol

_BY = "founder"


class Demo(Protocol):
    """What the core gives a loader."""

    ids: dict[str, str]
    now: datetime

    async def call(self, action: str, /, *, by: str, at: Any, **arguments: Any) -> dict[str, Any]:
        """Run one action as a member of staff."""

    async def until(self, at: datetime) -> None:
        """Wait until the other stories have come to a moment."""

    async def together(self, *stories: Awaitable[None]) -> None:
        """Tell several stories at once."""

    def knows(self, action: str) -> bool:
        """Whether an action is there."""


class Office:
    """Calls actions at a moment of the past; `ago` is how many days before today."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.at = demo.now

    def ago(self, days: int) -> "Office":
        """From now on, so many days before today."""
        self.at = self.demo.now - timedelta(days=days)
        return self

    @property
    def day(self) -> str:
        """The day it is now."""
        return self.at.date().isoformat()

    async def call(self, action: str, /, **arguments: Any) -> dict[str, Any]:
        """Run an action now."""
        return await self.demo.call(action, by=_BY, at=self.at, **arguments)

    async def first(self, kind: str, **where: Any) -> dict[str, Any]:
        """The first record that a list shows."""
        found = await self.call(f"{kind}.list", **where)
        return dict(found["items"][0])
