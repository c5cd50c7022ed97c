"""Watch: a client that leaves takes its call with it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

T = TypeVar("T")
_PATIENCE = 0.05
"""Seconds before a call is watched; most are answered earlier, and need no second task."""


async def unless_gone(work: Coroutine[Any, Any, T], receive: Receive) -> T:
    """What the work answers; or, its client gone, `ClientDisconnect` once it is cancelled."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=_PATIENCE)
        if not task.done():
            await _watched(task, receive)
    finally:
        # Also when this request itself is cancelled: nothing runs on for nobody.
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
    if task.cancelled():
        raise ClientDisconnect
    return task.result()


async def _watched(task: asyncio.Task[Any], receive: Receive) -> None:
    gone = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
