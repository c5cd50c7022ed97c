"""Performing: one job from the step where it stands to its end."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from eyeot.declare.access import Access
from eyeot.declare.ids import uuid7
from eyeot.declare.job import Job, Step
from eyeot.declare.problem import (
    Conflict,
    Internal,
    ModuleDisabled,
    ModuleNotInstalled,
    Problem,
    Unauthenticated,
)
from eyeot.runtime import audit, queue
from eyeot.runtime.audit import Outcome
from eyeot.runtime.engine import Engine
from eyeot.runtime.errands import NONE, answered
from eyeot.runtime.faults import Stopped, problem
from eyeot.runtime.guards.licence import check_job
from eyeot.runtime.guards.provenance import TAG
from eyeot.runtime.guards.refusing import AgentPaused
from eyeot.runtime.request import Caller, Request
from eyeot.runtime.transaction import Done, Transaction, committed, retried
from eyeot.runtime.unit import Unit
from eyeot.storage.pool import taken

log = logging.getLogger(__name__)
T = TypeVar("T")
_AGAIN = frozenset({"busy", "unavailable", "rate_limited", "internal"})
"""Refusals that time may mend."""

_BARE = frozenset({"id", "count", "total", "rows", "done", "refused", "size", "filename", "status"})


class Performance:
    """A claimed job, and how far it is."""

    def __init__(self, engine: Engine, row: dict[str, Any]) -> None:
        self.engine = engine
        self.row = row
        self.told: tuple[float, ...] = ()
        self._message: str | None = None
        self._stopped = bool(row["cancel_asked"])
        self._trace = row["id"].hex

    @property
    def _key(self) -> tuple[UUID, UUID, UUID]:
        return self.row["org_id"], self.row["id"], self.row["claim"]

    async def run(self) -> None:
        """Do it, and say in the queue how it ended."""
        try:
            self._still_wanted()
            await self._done(self._request(await self._asked()))
        except Stopped:
            await self._end("cancelled", None)
        except AgentPaused:
            async with taken(self.engine.database.relay) as connection:
                await connection.execute(queue.WAIT, *self._key)
        except Exception as error:  # noqa: BLE001 - whatever it is, the queue must say so
            await self._failed(error)

    async def _asked(self) -> Caller:
        """Who asked for it, with the rights they have now: they may change from step to step."""
        return await asking(self.engine, self.row["org_id"], self.row["asker"])

    async def _done(self, request: Request) -> None:
        kind, _, action = self.row["kind"].partition(" ")
        if kind == queue.CALL:
            await self._call(request, action)
            return
        job, module = self.engine.seen(request.caller).jobs.get(kind), kind.partition(".")[0]
        if job is None:
            gone = ModuleDisabled if module in self.engine.installed.modules else ModuleNotInstalled
            raise gone(module=module)
        data = job.model.model_validate(self.row["arguments"])
        if job.together(data):
            await self._answered(request, lambda: self._together(request, job, data))
            return
        cursor, going = self.row["cursor"], True
        while going:
            at = partial(self._step, request, job, data, cursor)
            step = await self._answered(request, at)
            cursor, going = step.cursor, step.cursor is not None
            if going:
                self._still_wanted()
                request.caller, request.errands = await self._asked(), NONE

    async def _answered(self, request: Request, attempt: Callable[[], Awaitable[T]]) -> T:
        """Run a transaction, again with each answer from outside that it needs."""
        return await answered([request], self.engine.outside, lambda: retried(attempt))

    async def _step(self, request: Request, job: Job, data: Any, cursor: Any) -> Step:
        """One step in its own transaction, kept with where the next begins."""
        now = self.engine.clock()
        async with Transaction(self.engine.database.writes, request.caller.org_id) as transaction:
            unit = self._unit(transaction, request, job, now)
            step = await job.handler(unit, data, cursor)
            if step.cursor is None:
                self._tell_end(unit, "done")
            await unit.settle()
            await self._keep(transaction, step, now)
            await transaction.write([self._event(request, unit, now)], now)
            await transaction.commit()
        self.engine.heed([unit])
        return step

    async def _together(self, request: Request, job: Job, data: Any) -> None:
        """Every step in one transaction; each writes what it leaves behind, so that none piles up."""
        now, cursor = self.engine.clock(), None
        units: list[Unit] = []
        async with Transaction(self.engine.database.writes, request.caller.org_id) as transaction:
            while True:
                self._still_wanted()
                unit = self._unit(transaction, request, job, now)
                step = await job.handler(unit, data, cursor)
                if step.cursor is None:
                    self._tell_end(unit, "done")
                await unit.settle()
                await transaction.write([self._event(request, unit, now)], now)
                units = [unit]
                cursor = step.cursor
                if cursor is None:
                    break
                self._tell(step.done, step.total, step.message)
                request.caller = await self._asked()
            await self._keep(transaction, step, self.engine.clock())
            await transaction.commit()
        self.engine.heed(units)

    async def _call(self, request: Request, action: str) -> None:
        """Run one action; that the job is done is kept with the action's own effects."""
        ended, request.action, request.arguments = replace(request), action, self.row["arguments"]
        one = self.engine.catalogue.actions.get(action)

        async def also(transaction: Transaction, result: dict[str, Any]) -> None:
            now, secret = self.engine.clock(), one.secrets if one else frozenset[str]()
            kept = {n: v for n, v in result.items() if n not in secret and _is_bare(n, v)}
            unit = self.engine.bare_unit(transaction, ended.caller, now)
            self._tell_end(unit, "done")
            await unit.settle()
            await self._keep(transaction, Step(done=1, total=1, result=kept), now)
            await transaction.write([self._event(ended, unit, now)], now)

        request.also = also
        answer = await self.engine.execute(request)
        if one and one.reads:
            async with Transaction(self.engine.database.writes, self.row["org_id"]) as transaction:
                await also(transaction, answer.result)
                await transaction.commit()

    async def _keep(self, transaction: Transaction, step: Step, now: datetime) -> None:
        kept = await transaction.connection.execute(
            queue.STEP,
            *self._key,
            step.cursor,
            step.done,
            step.total,
            step.message,
            step.result,
            now,
            step.cursor is None,
        )
        if kept != "UPDATE 1":
            raise Stopped

    def _unit(self, transaction: Transaction, request: Request, job: Job, now: datetime) -> Unit:
        unit = self.engine.bare_unit(transaction, request.caller, now)
        unit.module, unit.tell = job.module, self._tell
        unit.in_background, unit.job_id = True, self.row["id"]
        unit.errands = request.errands
        check_job(job.module, request.caller, now, self.engine.public_url)
        return unit

    def _event(self, request: Request, unit: Unit, now: datetime) -> Done:
        told = audit.event(uuid7(now), now, request, None, committed(unit))
        told["tags"] += (TAG,) if unit.unread_paths else ()
        return Done(unit, told)

    def _request(self, caller: Caller) -> Request:
        return Request(
            action=self.row["kind"],
            arguments={},
            caller=caller,
            surface="job",
            trace_id=self._trace,
            progress=self._tell,
        )

    def _tell(self, done: float, total: float | None = None, message: str | None = None) -> None:
        self.told = (done, total or 0.0)
        self._message = message or self._message

    def _still_wanted(self) -> None:
        if self._stopped:
            raise Stopped
        if self.row["attempts"] > queue.MOST_BEGUN:
            raise Conflict(
                reason=f"It was begun {queue.MOST_BEGUN} times, and its worker was lost each time.",
                remedy="The operator's log tells why workers ended; then core.job.retry.",
            )

    async def beat(self) -> None:
        """Hold on to the job, tell how far it is, and hear whether it is still wanted."""
        done, total = self.told or (0.0, 0.0)
        async with taken(self.engine.database.relay) as connection:
            asked = await connection.fetchval(
                queue.BEAT, *self._key, int(done), int(total) or None, self._message
            )
        self._stopped = asked is not False

    async def _failed(self, error: Exception) -> None:
        meant = error if isinstance(error, Problem) else problem(error)
        if meant is None:
            log.error("fault in the job %s", self.row["id"], exc_info=error)
            meant = Internal(trace_id=self._trace)
        if meant.code not in _AGAIN or self.row["attempts"] >= queue.ATTEMPTS:
            await self._end("failed", meant)
            return
        async with taken(self.engine.database.relay) as connection:
            await connection.execute(queue.LATER, *self._key, meant.body())

    async def _end(self, status: str, meant: Problem | None) -> None:
        """Say that it came to nothing more; what its steps kept stays."""
        org_id, now = self.row["org_id"], self.engine.clock()
        caller = await asking(self.engine, org_id, self.row["asker"], refusing=False)
        async with Transaction(self.engine.database.writes, org_id) as transaction:
            unit = self.engine.bare_unit(transaction, caller, now)
            error = meant.body() if meant else None
            ended = await transaction.connection.execute(queue.END, *self._key, status, error)
            if ended != "UPDATE 1":
                return
            self._tell_end(unit, status)
            await unit.settle()
            code = meant.code if meant else status
            outcome = Outcome("failed", code, duration_ms=unit.elapsed_ms)
            told = audit.event(uuid7(now), now, self._request(caller), None, outcome)
            await transaction.write([Done(unit, told)], now)
            await transaction.commit()

    def _tell_end(self, unit: Unit, status: str) -> None:
        told = {
            "job_id": self.row["id"],
            "kind": self.row["kind"],
            "status": status,
            "created_by": _uuid(self.row["asker"].get("user_id")),
        }
        unit.emit(self.engine.catalogue.events["core.job.ended"].model_validate(told))


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _is_bare(name: str, value: Any) -> bool:
    """Whether every reader of jobs may see it: which records, and how many, but not what is in them.

    Secrets are told once, and the fields of records only to who may read those.
    """
    return isinstance(value, str | int) and (name in _BARE or name.endswith("_id"))


async def asking(
    engine: Engine, org_id: UUID, asker: dict[str, Any], *, refusing: bool = True
) -> Caller:
    """The caller that a job works for, with the rights they have today; or why they may not work now."""
    if asker.get("credential_id"):
        credential = UUID(asker["credential_id"])
        if asker.get("via") == "console":
            user_id = UUID(asker["user_id"])
            return await engine.credentials.member(org_id, user_id, credential, refusing=refusing)
        return await engine.credentials.behind(org_id, credential, refusing=refusing)
    system = asker.get("actor_type") == "system" or asker.get("via") == "cli"
    if not system and refusing:
        raise Unauthenticated(reason="Who asked for this called without a key.", sent=True)
    held = engine.catalogue.without(await engine.disabled(org_id)).everything
    async with taken(engine.database.relay) as connection:
        slug = await connection.fetchval(
            "SELECT slug FROM eyeot_organisation WHERE id = $1", org_id
        )
    by_hand = asker.get("via") == "cli"
    return Caller(
        org_id=org_id,
        org_slug=slug,
        org_name=slug,
        actor_type="system",
        actor=asker.get("actor", "worker"),
        access=held if system else Access(),
        user_id=UUID(asker["user_id"]) if asker.get("user_id") else None,
        via=asker.get("via", "job"),
        locale=asker.get("locale", "fr"),
        timezone=asker.get("timezone", "Europe/Paris"),
        licence=await engine.credentials.licence(org_id) if by_hand else None,
    )
