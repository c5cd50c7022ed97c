"""Engine: the one path. Every surface builds a `Request` and calls `execute`; nothing else runs an action."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

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
from eyeot.runtime.faults import RETRIED, problem
from eyeot.runtime.feed import Feed, outbox
from eyeot.runtime.guards.authenticate import GOVERNING, Credentials, KnownKeyRefused
from eyeot.runtime.guards.permission import permit
from eyeot.runtime.guards.reserved import take_reserved
from eyeot.runtime.guards.resolve import resolve
from eyeot.runtime.guards.validate import in_zone, validate
from eyeot.runtime.request import Answer, Caller, Request, Surface
from eyeot.runtime.scope import LeanScope, Scope
from eyeot.runtime.transaction import Transaction
from eyeot.storage.pool import Database

log = logging.getLogger(__name__)
_ATTEMPTS = 3
Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """The time now, to the millisecond as it is answered; the only place that reads it."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


@dataclass(slots=True)
class Call:
    """One call on its way through the path, as far as the guards have come."""

    request: Request
    started: float
    action: Action | None = None
    reach: Reach = Reach.OWN
    data: BaseModel | None = None
    expected_version: int | None = None
    committing: bool = False

    def told(self, id: UUID, at: datetime, outcome: Outcome) -> dict[str, Any]:
        """Its audit event."""
        outcome.duration_ms = (time.perf_counter() - self.started) * 1000
        return audit.event(id, at, self.request, self.action, outcome)


class Engine:
    """What is installed, bound to a database.

    Order of the path (design §4): 1 authenticate · 2 rate limit · 3 resolve · 4 permission and reach ·
    5 validate · then in one transaction 6 idempotency · 7 licence · 8 provenance · 9 approval ·
    10 handler, `within` reactions, changes, then roll back or commit with audit and outbox · 11 answer.
    Steps 2 and 6 to 9 are not built yet; `execute` and `_attempt` say where they stand.
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
        self.feed = Feed(outbox(database.relay), self._now)
        credentials.told.append(self.feed.access_changed)

    def _now(self) -> datetime:
        """The clock may be changed later."""
        return self.clock()

    async def authenticate(
        self, token: str | None, ip: str | None, surface: Surface = "mcp"
    ) -> Caller:
        """The caller behind a credential, or `Unauthenticated` (step 1); a known key's refusal is audited."""
        try:
            return await self.credentials.caller(token, ip)
        except KnownKeyRefused as refused:
            tried = Request(
                action="core.session.authenticate",
                arguments={},
                caller=refused.caller,
                surface=surface,
                ip=ip,
            )
            await self.refuse(tried, refused)
            raise

    async def execute(self, request: Request) -> Answer:
        """Run one action through every guard, or raise a `Problem`. Cancelling the task rolls back."""
        call = Call(request, time.perf_counter())
        try:
            # Step 2, rate limits, stands here.
            call.action = resolve(self.catalogue, request)
            call.reach = permit(call.action, request.caller)
            own, call.expected_version = take_reserved(request, call.action)
            call.data = validate(call.action, own, request.caller.access.permissions)
            in_zone(call.data, request.caller.timezone)
            if call.action.reads:
                return await self._read(call, call.action)
            return await self._write(call, call.action)
        except Problem as refused:
            await self._refused(call, refused)
            raise
        except asyncio.CancelledError:
            # The client left. A commit that had begun tells its own story.
            if not call.committing:
                self.journal.note(call.told(uuid7(), self.clock(), Outcome("failed", "cancelled")))
            raise
        except Exception as error:
            meant = problem(error) or self._fault(request, error)
            await self._refused(call, meant)
            raise meant from error

    async def _read(self, call: Call, action: Action) -> Answer:
        now, request = self.clock(), call.request
        if action.single:
            scope = LeanScope(self.database.reads, request.caller, call.reach, now)
            scope.module, scope.inputs = action.module, request.inputs
            result = await _result(scope, await _handled(call, action, scope))
            content = scope.content
        else:
            async with Transaction(
                self.database.reads, request, call.reach, now, reads=True
            ) as unit:
                unit.module, unit.inputs = action.module, request.inputs
                result = await _result(unit, await _handled(call, action, unit))
                content = unit.content
        event_id = uuid7()
        await self.journal.append(call.told(event_id, now, Outcome("ok")))
        return Answer(result=result, event_id=event_id, content=content)

    async def _write(self, call: Call, action: Action) -> Answer:
        for attempt in range(1, _ATTEMPTS):
            try:
                return await self._attempt(call, action)
            except RETRIED:
                # Whoever held the lock needs a moment; different ones, or both meet again.
                await asyncio.sleep(0.01 * attempt * (1 + secrets.randbelow(10)))
        return await self._attempt(call, action)

    async def _attempt(self, call: Call, action: Action) -> Answer:
        now, request = self.clock(), call.request
        report = None
        async with Transaction(self.database.writes, request, call.reach, now) as unit:
            # Steps 6 idempotency, 7 licence, 8 provenance and 9 approval stand here, in this order.
            unit.module, unit.main = action.module, action.record
            unit.expected_version, unit.preparers = call.expected_version, self.catalogue.preparers
            unit.inputs = request.inputs
            output = await _handled(call, action, unit)
            if unit.expected_version is not None:
                raise invalid(
                    "expected_version", "means nothing here: no record that was read changes"
                )
            await unit.settle(self.catalogue.reactions)
            result = await _result(unit, output)
            events = list(dict.fromkeys(name for name, _ in unit.events))
            if request.dry_run:
                report = effects(unit.changes, events, request.caller.access.permissions)
                report["follow_ups"] = self._follow_ups(events)
                await unit.roll_back()
            # Read while the locks are held: ids then order a record's events as its changes were made.
            done = self.clock()
            event_id = uuid7(done)
            if not request.dry_run:
                outcome = Outcome("ok", changes=unit.changes.journal(), events=events)
                told = call.told(event_id, now, outcome)
                call.committing = True
                await unit.commit(told, done, self.catalogue.reactions)
                # Other processes hear of it on the channel; this one's next call must not come before that.
                if any(change.record.meta.name in GOVERNING for change in unit.changes):
                    self.credentials.forget(request.caller.org_id)
        if request.dry_run:
            await self.journal.append(call.told(event_id, now, Outcome("dry_run", events=events)))
        return Answer(result=result, effects=report, event_id=event_id, content=unit.content)

    def _follow_ups(self, events: list[str]) -> list[dict[str, str]]:
        """What would be done after the commit, and by which reaction."""
        found = [(name, one) for name in events for one in self.catalogue.reactions.get(name, ())]
        return [
            {"event": name, "reaction": one.name, "does": one.doc}
            for name, one in found
            if one.when == "after"
        ]

    async def refuse(self, request: Request, refused: Problem) -> None:
        """Audit what a surface refused at its own door, to a caller it knows."""
        call = Call(request, time.perf_counter(), self.catalogue.actions.get(request.action))
        await self._refused(call, refused)

    async def _refused(self, call: Call, refused: Problem) -> None:
        """Audit a refusal; when even that cannot be done, 503 takes its place."""
        if isinstance(refused, Unavailable):
            return
        what = "failed" if isinstance(refused, Internal) else "refused"
        await self.journal.append(call.told(uuid7(), self.clock(), Outcome(what, refused.code)))

    def _fault(self, request: Request, error: Exception) -> Internal:
        trace = request.trace_id or secrets.token_hex(16)
        log.error("fault in %s, trace %s", request.action, trace, exc_info=error)
        return Internal(trace_id=trace)


async def _handled(call: Call, action: Action, scope: Scope) -> Any:
    """What the handler answers, natural keys replaced by ids first."""
    data: Any = call.data
    for name, kind in action.refs:
        value = getattr(data, name)
        if isinstance(value, Key):
            data.__dict__[name] = await scope.resolve(kind, value)
        elif isinstance(value, list):
            data.__dict__[name] = [
                await scope.resolve(kind, one) if isinstance(one, Key) else one for one in value
            ]
    return await action.handler(scope, data)


async def _result(scope: Scope, output: Any) -> dict[str, Any]:
    """A handler's answer as JSON-ready data."""
    if isinstance(output, dict):
        return output
    if isinstance(output, Record):
        return await scope.view(output)
    if isinstance(output, BaseModel):
        return output.model_dump(mode="json", exclude_none=True)
    raise TypeError(
        f"an action answered {type(output).__name__}; answer a record, a model or a dictionary"
    )
