"""Demo turns: stories of one company told side by side, what happens in them in the order of its time."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from heapq import heappop, heappush
from itertools import count


class Turns:
    """Lets one story at a time go on: of those that wait, the one whose moment is the earliest.

    So that numbers follow dates, whoever tells what. At the same moment, who asked first goes on first.
    """

    def __init__(self) -> None:
        # Who began is a story too.
        self._stories = 1
        self._waiting: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._asked = count()

    async def until(self, at: datetime) -> None:
        """Wait until everything before a moment has happened."""
        if self._stories == 1:
            return
        turn = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (at, next(self._asked), turn))
        self._pass_on()
        await turn

    async def together(self, *stories: Awaitable[None]) -> None:
        """Tell several stories side by side; this one goes on when all are told."""
        if not stories:
            return
        # This one waits for them outside the line.
        self._stories += len(stories) - 1
        left = len(stories)

        async def told(story: Awaitable[None]) -> None:
            nonlocal left
            await story
            left -= 1
            if left:
                self._stories -= 1
                self._pass_on()

        async with asyncio.TaskGroup() as group:
            for story in stories:
                group.create_task(told(story))

    def _pass_on(self) -> None:
        if self._waiting and len(self._waiting) == self._stories:
            heappop(self._waiting)[2].set_result(None)
