"""Engine: the one path. Every surface builds a `Request` and calls `execute`; nothing else may run an action."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from eyeot.declare.access import Reach
from eyeot.declare.action import Action
from eyeot.declare.ids import uuid7
from eyeot.declare.model import Key
from eyeot.declare.problem import Internal, Problem, Unavailable, invalid
from eyeot.declare.record import Record
from eyeot.runtime import audit
from eyeot.runtime.audit import Journal, Outcome
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.changes import effects
from eyeot.runtime.credentials import GOVERNING, Credentials
from eyeot.runtime.faults import RETRIED, problem
from eyeot.runtime.guards.permission import permit
from eyeot.runtime.guards.resolve import resolve
from eyeot.runtime.guards.validate import split, validate
from eyeot.runtime.request import Answer, Caller, Request
from eyeot.runtime.scope import LeanScope, Scope
from eyeot.runtime.transaction import Transaction
from eyeot.storage.pool import Database

log = logging.getLogger(__name__)
_ATTEMPTS = 3
Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """The time now; the only place that reads it."""
    return datetime.now(UTC)


class Engine:
    """What is installed, bound to a database.

    Order of the path (design §4): 1 authenticate · 2 rate limit (later) · 3 resolve · 4 permission and reach ·
    5 validate · then in one transaction 6 idempotency (later) · 7 licence (later) · 8 provenance (later) ·
    9 approval (later) · 10 handler, `within` reactions, changes, then roll back or commit with audit and outbox ·
    11 answer. A step that comes later has its place in `guards/` and its number in `_write` and `_read`.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        database: Database,
        credentials: Credentials,
        *,
        public_url: str,
        clock: Clock = wall_clock,
    ) -> None:
        self.catalogue = catalogue
        self.database = database
        self.credentials = credentials
        self.public_url = public_url
        self.clock = clock
        self.journal = Journal(database.relay)

    async def authenticate(self, token: str | None, ip: str | None) -> Caller:
        """The caller behind a credential, or `Unauthenticated`."""
        return await self.credentials.caller(token, ip)

    async def execute(self, request: Request) -> Answer:
        """Run one action through every guard, or raise a `Problem`. Cancelling the task rolls back."""
        started = time.perf_counter()
        action: Action | None = None
        try:
            action = resolve(self.catalogue, request, f"{self.public_url}/console")
            reach = permit(action, request.caller)
            own, reserved = split(request.arguments)
            self._apply(request, action, reserved)
            data = validate(action, own, request.caller.access.permissions)
            if action.reads:
                return await self._read(request, action, reach, data, started)
            return await self._write(request, action, reach, data, reserved, started)
        except Problem as refused:
            await self._refused(request, action, refused, started)
            raise
        except Exception as error:
            refused = problem(error) or self._fault(request, error)
            await self._refused(request, action, refused, started)
            raise refused from error

    def _apply(self, request: Request, action: Action, reserved: dict[str, Any]) -> None:
        """Honour the reserved arguments, and refuse the ones that mean nothing here."""
        for name in ("idempotency_key", "plan_token"):
            if reserved.get(name) is not None:
                raise invalid(
                    name,
                    "not offered by this version; leave it out and read back before repeating a write",
                )
        dry_run = reserved.get("dry_run", False)
        if not isinstance(dry_run, bool):
            raise invalid("dry_run", "must be true or false")
        request.dry_run = (request.dry_run or dry_run) and not action.reads
        expected = reserved.get("expected_version")
        if expected is not None and (
            not isinstance(expected, int) or isinstance(expected, bool) or expected < 1
        ):
            raise invalid("expected_version", "must be a version that was read, such as 3")

    async def _read(
        self, request: Request, action: Action, reach: Reach, data: BaseModel, started: float
    ) -> Answer:
        now = self.clock()
        scope: Scope
        if action.single:
            scope = LeanScope(self.database.reads, request.caller, reach, now)
            result = await self._run(action, scope, data)
        else:
            async with Transaction(self.database.reads, request, reach, now, reads=True) as unit:
                result = await self._run(action, unit, data)
        event_id = uuid7()
        outcome = Outcome("ok", duration_ms=_since(started))
        await self.journal.append(audit.event(event_id, now, request, action, outcome))
        return Answer(result=result, event_id=event_id)

    async def _write(  # noqa: PLR0913 - the path's own state
        self,
        request: Request,
        action: Action,
        reach: Reach,
        data: BaseModel,
        reserved: dict[str, Any],
        started: float,
    ) -> Answer:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._attempt(request, action, reach, data, reserved, started)
            except RETRIED:
                if attempt == _ATTEMPTS:
                    raise
                await asyncio.sleep(0.01 * attempt * (1 + secrets.randbelow(10)))
        raise AssertionError  # the loop always returns or raises

    async def _attempt(  # noqa: PLR0913 - the path's own state
        self,
        request: Request,
        action: Action,
        reach: Reach,
        data: BaseModel,
        reserved: dict[str, Any],
        started: float,
    ) -> Answer:
        now = self.clock()
        async with Transaction(self.database.writes, request, reach, now) as unit:
            # 6 idempotency, 7 licence, 8 provenance and 9 approval stand here, in this order.
            unit.main = action.record
            unit.expected_version = reserved.get("expected_version")
            output = await self._call(action, unit, data)
            if unit.expected_version is not None:
                raise invalid("expected_version", "means nothing here: no record that was read changes")
            await unit.settle(self.catalogue.reactions)
            result = await _result(unit, output)
            report = None
            if request.dry_run:
                report = effects(
                    unit.changes, _names(unit.events), request.caller.access.permissions
                )
                await unit.roll_back()
            # Read while the locks are held: ids then order a record's events as its changes were made.
            done = self.clock()
            event_id = uuid7(done)
            if not request.dry_run:
                outcome = Outcome(
                    "ok", None, unit.changes.journal(), _names(unit.events), _since(started)
                )
                await unit.commit(audit.event(event_id, now, request, action, outcome), done)
                # Other processes hear of it on the channel; the next call of this one must not come before that.
                if any(change.record.meta.name in GOVERNING for change in unit.changes):
                    self.credentials.forget(request.caller.org_id)
        if request.dry_run:
            outcome = Outcome("dry_run", None, None, _names(unit.events), _since(started))
            await self.journal.append(audit.event(event_id, now, request, action, outcome))
        return Answer(result=result, effects=report, event_id=event_id)

    async def _run(self, action: Action, scope: Scope, data: BaseModel) -> dict[str, Any]:
        return await _result(scope, await self._call(action, scope, data))

    async def _call(self, action: Action, scope: Scope, data: BaseModel) -> Any:
        await _resolve_keys(action, scope, data)
        return await action.handler(scope, data)

    async def _refused(
        self, request: Request, action: Action | None, refused: Problem, started: float
    ) -> None:
        """Audit a refusal; when even that cannot be done, 503 takes its place."""
        if isinstance(refused, Unavailable):
            return
        what = "failed" if isinstance(refused, Internal) else "refused"
        outcome = Outcome(what, refused.code, duration_ms=_since(started))
        await self.journal.append(audit.event(uuid7(), self.clock(), request, action, outcome))

    def _fault(self, request: Request, error: Exception) -> Internal:
        trace = request.trace_id or secrets.token_hex(16)
        log.error("fault in %s, trace %s", request.action, trace, exc_info=error)
        return Internal(trace_id=trace)


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def _names(events: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return list(dict.fromkeys(name for name, _ in events))


async def _resolve_keys(action: Action, scope: Scope, data: BaseModel) -> None:
    """Replace natural keys by ids, within the caller's organisation and reach."""
    for name, kind in action.refs:
        value = getattr(data, name)
        if isinstance(value, Key):
            data.__dict__[name] = await scope.resolve(kind, value)
        elif isinstance(value, list):
            data.__dict__[name] = [
                await scope.resolve(kind, one) if isinstance(one, Key) else one for one in value
            ]


async def _result(scope: Any, output: Any) -> dict[str, Any]:
    """A handler's answer as JSON-ready data."""
    if isinstance(output, dict):
        return output
    if isinstance(output, Record):
        found: dict[str, Any] = await scope.view(output)
        return found
    if isinstance(output, BaseModel):
        return output.model_dump(mode="json", exclude_none=True)
    raise TypeError(
        f"an action answered {type(output).__name__}; answer a record, a model or a dictionary"
    )
