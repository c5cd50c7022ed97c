"""Courier: brings deliveries to their endpoints, at least once and in order of each record."""

import asyncio
import contextlib
import logging
from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson

from eyeot.runtime.engine import Engine
from eyeot.runtime.hooks import claims, signing
from eyeot.runtime.hooks.giving_up import given_up
from eyeot.runtime.network import Refused
from eyeot.runtime.outgoing import Answered, Failed
from eyeot.runtime.repeating import ATTEMPTS, Loop, pause
from eyeot.storage.pool import Connection, taken

log = logging.getLogger(__name__)
SLOTS = 32
"""Deliveries that one worker has under way."""
_LONGEST_ANSWER = 1_000
_MOST_KEPT = 20
_GONE = 410
_TAKEN = range(200, 300)


class Courier(Loop):
    """Delivers what is due; a slow endpoint holds up nobody but itself."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine
        self._under_way: dict[asyncio.Task[None], dict[str, Any]] = {}
        self._ended = asyncio.Event()
        """Whether something under way has ended since the last look."""

    async def stop(self) -> None:
        """Stop; what is under way is sent again by another once its lease has run out."""
        await super().stop()
        tasks = list(self._under_way)
        for one in tasks:
            one.cancel()
        for one in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await one

    async def work(self) -> int:
        """Begin what is due; how many deliveries that was."""
        self._ended.clear()
        free = SLOTS - len(self._under_way)
        if free <= 0:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            return 1
        rows = await self._claim(free)
        for row in rows:
            task = asyncio.create_task(self._one(row))
            self._under_way[task] = row
            task.add_done_callback(self._end)
        return len(rows)

    async def rest(self) -> None:
        """Look again once something has arrived, since its endpoint may have more in its line."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.every):
                await self._ended.wait()

    def _end(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        self._ended.set()

    async def drain(self) -> int:
        """Deliver everything that is due; how many attempts were made."""
        count = 0
        while begun := await self.work():
            count += begun
            await asyncio.gather(*self._under_way)
        return count

    async def _claim(self, free: int) -> list[dict[str, Any]]:
        now = self.engine.clock()
        rows = self._under_way.values()
        busy = list({row["endpoint_id"] for row in rows})
        each = Counter(row["org_id"] for row in rows)
        full = [org for org, number in each.items() if number >= claims.OF_ONE]
        async with taken(self.engine.database.relay) as connection:
            found = await connection.fetch(
                claims.CLAIM, now, now + claims.LEASE, uuid4(), busy, full, free
            )
        return [dict(row) for row in found]

    async def _one(self, row: dict[str, Any]) -> None:
        try:
            answered, wrong = await self._sent(row)
            await self._settle(row, answered, wrong)
        except Exception:
            # Its lease runs out, and it is taken again.
            log.exception("the delivery %s could not be settled", row["id"])

    async def _sent(self, row: dict[str, Any]) -> tuple[Answered | None, str | None]:
        """What was answered, and why that is no success."""
        now, outside = self.engine.clock(), self.engine.outside
        secrets = self._secrets(row, now)
        if not secrets:
            return None, "its secret cannot be opened here: rotate_secret makes a new one"
        content = signing.body(row)
        lines = {**self._headers(row), **signing.headers(row["event_id"], now, content, secrets)}
        try:
            answered = await outside.http.post(row["url"], lines, content)
        except Refused as refused:
            return None, f"not called: {refused}"
        except Failed as failed:
            return None, str(failed).replace("\0", "\ufffd")
        if answered.status in _TAKEN:
            return answered, None
        return answered, f"answered {answered.status}"

    def _secrets(self, row: dict[str, Any], now: datetime) -> list[str]:
        former = row["former_sealed"] if row["former_until"] and row["former_until"] > now else None
        sealed = [one for one in (row["sealed"], former) if one]
        found = (self.engine.outside.unseal(one, f"{row['endpoint_id']} secret") for one in sealed)
        return [one for one in found if one]

    def _headers(self, row: dict[str, Any]) -> dict[str, str]:
        about = f"{row['endpoint_id']} headers"
        text = self.engine.outside.unseal(row["headers"], about) if row["headers"] else None
        found: dict[str, str] = orjson.loads(text) if text else {}
        return {name.lower(): value for name, value in found.items()}

    async def _settle(
        self, row: dict[str, Any], answered: Answered | None, wrong: str | None
    ) -> None:
        now = self.engine.clock()
        gone = answered is not None and answered.status == _GONE
        dead = bool(wrong) and (gone or row["test"] or row["attempt"] >= ATTEMPTS)
        status = _status(row["attempt"], failed=bool(wrong), dead=dead)
        due = now + pause(row["attempt"]) if wrong and not dead else None
        tried = _attempt(row, answered, wrong, now)
        text = answered.body[:_LONGEST_ANSWER].decode("utf-8", "replace") if answered else None
        async with taken(self.engine.database.relay) as connection, connection.transaction():
            done = await connection.execute(
                claims.SETTLED, row["org_id"], row["id"], row["claim"], status,
                tried["http_status"], tried["duration_ms"], wrong, text and text.replace("\0", "\ufffd"),
                [*row["attempts"], tried][-_MOST_KEPT:], due, now,
            )  # fmt: skip
            if done != "UPDATE 1":
                return
            await self._tell_endpoint(connection, row, due, now, failed=bool(wrong))
        if dead and not row["test"]:
            await given_up(self.engine, row, now, gone=gone)

    async def _tell_endpoint(
        self,
        connection: Connection,
        row: dict[str, Any],
        due: datetime | None,
        now: datetime,
        *,
        failed: bool,
    ) -> None:
        endpoint: tuple[UUID, UUID] = row["org_id"], row["endpoint_id"]
        if due and row["record"]:
            await connection.execute(claims.PUSHED, *endpoint, row["record"], row["place"], due)
        if failed:
            await connection.execute(claims.FAILED, *endpoint)
        else:
            await connection.execute(claims.TOOK, *endpoint, now)


def _status(attempt: int, *, failed: bool, dead: bool) -> str:
    if not failed:
        return "delivered"
    if dead:
        return "dead"
    return "failed" if attempt == 1 else "retrying"


def _attempt(
    row: dict[str, Any], answered: Answered | None, wrong: str | None, now: datetime
) -> dict[str, Any]:
    """An attempt as it is told."""
    return {
        "attempt": row["attempt"],
        "at": signing.moment(now),
        "http_status": answered.status if answered else None,
        "duration_ms": round(answered.seconds * 1000) if answered else None,
        "error": wrong,
    }
