"""Engine: the one path. Every surface builds a `Request` and calls `execute`; nothing else runs an action."""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from eyeot.declare.access import Reach
from eyeot.declare.action import Action
from eyeot.declare.ids import uuid7
from eyeot.declare.problem import Internal, Problem, RateLimited, Unavailable, invalid
from eyeot.runtime.audit import Outcome
from eyeot.runtime.batch import MOST_CALLS, Batch, CallRefused
from eyeot.runtime.bounds import BOUNDLESS, Bounds
from eyeot.runtime.call import Call
from eyeot.runtime.calling import checked, handled, result_of
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.changes import Changes, effects
from eyeot.runtime.errands import Needed, answered
from eyeot.runtime.faults import Stopped, problem
from eyeot.runtime.feed import Feed, outbox
from eyeot.runtime.flooding import Floods
from eyeot.runtime.following import followed
from eyeot.runtime.guards import plan as plans
from eyeot.runtime.guards.authenticate import GOVERNING, Credentials
from eyeot.runtime.guards.idempotency import Turns, once_of
from eyeot.runtime.guards.licence import check_licence
from eyeot.runtime.guards.permission import permit
from eyeot.runtime.guards.provenance import Provenance, warn
from eyeot.runtime.guards.refusing import KnownKeyRefused
from eyeot.runtime.guards.reserved import take_reserved
from eyeot.runtime.guards.resolve import by_hand, resolve
from eyeot.runtime.hooks.fanout import foreseen
from eyeot.runtime.journal import Journal
from eyeot.runtime.keeping import Keeping
from eyeot.runtime.ledger import Ledger
from eyeot.runtime.outside import NOWHERE
from eyeot.runtime.request import (
    NO_KEYS,
    Answer,
    BatchAnswer,
    Caller,
    Keys,
    Request,
    Surface,
)
from eyeot.runtime.scope import LeanScope
from eyeot.runtime.sealing.notes import Signer
from eyeot.runtime.single import Single
from eyeot.runtime.transaction import Transaction
from eyeot.runtime.typesetting.presses import Presses
from eyeot.runtime.unit import Unit
from eyeot.runtime.vault import Vault
from eyeot.storage.pool import Database, taken

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """The time now, to the millisecond as it is answered; the only place that reads it."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class Engine:
    """What is installed, bound to a database.

    Order of the path (design §4): 1 authenticate · 2 rate limit · 3 resolve · 4 permission and reach ·
    5 validate · then in one transaction 6 idempotency · 7 licence · 8 provenance · 9 approval ·
    10 handler, `within` reactions, changes, then roll back or commit with audit and outbox · 11 answer.
    Step 9 is not built yet; `guard` says where it stands.
    """

    def __init__(  # noqa: PLR0913 - each is one fact about the deployment
        self,
        catalogue: Catalogue,
        database: Database,
        credentials: Credentials,
        *,
        public_url: str,
        clock: Clock = wall_clock,
        bounds: Bounds = BOUNDLESS,
    ) -> None:
        self.installed = self.catalogue = catalogue
        """`catalogue`: what is installed and not switched off for the whole deployment."""
        self.database = database
        self.credentials = credentials
        self.public_url = public_url
        self.audit_keys: tuple[str, ...] = ()
        self.signer: Callable[[], Signer] | None = None
        """Where the key is that signs for this deployment; read when it is needed."""
        self.vault = Vault()
        self.outside, self.presses = NOWHERE, Presses(catalogue.layouts.values())
        self.clock = clock
        self.journal = Journal(database.relay)
        self.turns: Turns[Any] = Turns()
        self.ledger = Ledger()
        self.provenance = Provenance(self.ledger)
        self.limiter, self.crowd = bounds.limiter(database.relay), bounds.crowd()
        self.floods = Floods(self._throttled)
        self.feed = Feed(outbox(database.relay), self._now)
        credentials.told += [self.feed.access_changed, self._unheard]

    def _unheard(self, org_id: UUID | None) -> None:
        """The database was away, and may have been started anew without what it does not keep."""
        if org_id is None:
            self.ledger.forget()

    def _throttled(self, call: Call) -> None:
        """Audit the one event that stands for many refusals."""
        told = call.told(uuid7(), self.clock(), Outcome("refused", RateLimited.code))
        self.journal.note(told)

    def _now(self) -> datetime:
        """The clock may be changed later."""
        return self.clock()

    async def authenticate(
        self, token: str | None, ip: str | None, surface: Surface = "mcp"
    ) -> Caller:
        """The caller behind a credential, or `Unauthenticated` (step 1); a known key's refusal is audited."""
        return await self._admitted(self.credentials.caller(token, ip), ip, surface)

    async def readmit(self, org_id: UUID, credential: UUID, ip: str | None) -> Caller:
        """The caller of a credential that asked before, if it may still be used."""
        return await self._admitted(self.credentials.again(org_id, credential, ip), ip, "rest")

    async def _admitted(self, found: Awaitable[Caller], ip: str | None, surface: Surface) -> Caller:
        try:
            return await found
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
        except Exception as error:
            if meant := problem(error):
                raise meant from error
            raise

    async def execute(self, request: Request) -> Answer:
        """Run one action through every guard, or raise a `Problem`. Cancelling the task rolls back."""
        call, org_id = Call(request, time.perf_counter()), request.caller.org_id
        self.crowd.enter(org_id)
        try:
            if not self.limiter.passes(request):
                await self.limiter.admit(request)
            action = self.admit(call)
            if request.keys is not NO_KEYS or "plan_token" in request.arguments:
                await self._planned(call, action)
            self.check(call, action)
            if action.reads:
                read = partial(self._read, call, action)
                return await answered([request], self.outside, read, reads=True)
            return await self._followed(request, await Single(self, call, action).run())
        except Problem as refused:
            await self.refused(call, refused)
            raise
        except (asyncio.CancelledError, Stopped):
            # The client left, or a job was cancelled. A commit that had begun tells its own story.
            if not call.committing:
                self.journal.note(call.told(uuid7(), self.clock(), Outcome("failed", "cancelled")))
            raise
        except Exception as error:
            meant = problem(error) or self.fault(request, error)
            await self.refused(call, meant)
            raise meant from error
        finally:
            self.crowd.leave(org_id)

    async def execute_all(
        self, requests: Sequence[Request], *, dry_run: bool, keys: Keys = NO_KEYS
    ) -> BatchAnswer:
        """Run several calls of one caller in one transaction, all or nothing (design §6.1)."""
        batch = Batch(self, requests, dry_run=dry_run, keys=keys)
        org_id = batch.org_id
        self.crowd.enter(org_id)
        try:
            await self.limiter.admit(requests[0], len(requests))
            return await batch.run()
        except CallRefused:
            raise
        except asyncio.CancelledError:
            batch.left()
            raise
        except Problem as refused:
            # What is wrong with them all: their number, or what only the commit found.
            await self._refuse_all(requests, refused)
            raise
        except Exception as error:
            meant = problem(error) or self.fault(requests[0], error)
            await self._refuse_all(requests, meant)
            raise meant from error
        finally:
            self.crowd.leave(org_id)

    async def _refuse_all(self, requests: Sequence[Request], refused: Problem) -> None:
        for one in requests[:MOST_CALLS]:
            await self.refused(self._call(one), refused)

    def _call(self, request: Request) -> Call:
        """A call that came no further than its name."""
        return Call(request, time.perf_counter(), self.catalogue.actions.get(request.action))

    def seen(self, caller: Caller) -> Catalogue:
        """What is installed and enabled for this caller's organisation."""
        disabled = caller.access.disabled
        return self.catalogue.without(disabled) if disabled else self.catalogue

    async def disabled(self, org_id: UUID) -> frozenset[str]:
        """The modules that are switched off for an organisation, for who calls without a credential."""
        async with taken(self.database.reads) as connection:
            told = await connection.fetchval("SELECT eyeot_gate_disabled($1)", org_id)
        return frozenset(told)

    def admit(self, call: Call) -> Action:
        """Steps 3 and 4: what is called, and whether this caller may call it."""
        call.action = resolve(self.catalogue, call.request, self.public_url)
        call.reach = permit(call.action, call.request.caller)
        if call.request.caller.access.disabled:
            # The same action, without what a disabled module wraps around it.
            call.action = self.seen(call.request.caller).actions[call.action.name]
        return call.action

    def check(self, call: Call, action: Action) -> None:
        """Step 5: the arguments."""
        request = call.request
        own, call.expected_version = take_reserved(request, action)
        call.data = checked(action, own, request.caller)
        once = once_of(request, own, reads=action.reads)
        if call.plan and (once or request.dry_run):
            raise plans.alone(dry_run=request.dry_run)
        call.once = call.plan.once(request.caller) if call.plan else once

    async def _planned(self, call: Call, action: Action) -> None:
        """Take the arguments from the plan that the call commits, if it does."""
        token = plans.token_of(call.request.keys, call.request.arguments.get("plan_token"))
        if token is not None and not action.reads:
            call.plan = await plans.opened(self.database.reads, [call], token)

    async def _followed(self, request: Request, answer: Answer) -> Answer:
        """With progress asked for, a job that the call began is part of what the caller waits for."""
        if answer.jobs and request.progress and request.surface != "job":
            relay, org_id = self.database.relay, request.caller.org_id
            job = await followed(relay, org_id, answer.jobs[0], request.progress)
            answer.result = {**answer.result, "job": job}
        return answer

    async def _read(self, call: Call, action: Action) -> Answer:
        now, request = self.clock(), call.request
        if action.single:
            scope = LeanScope(self.database.reads, request.caller, call.reach, now)
            scope.module, scope.inputs = action.module, request.inputs
            scope.outside, scope.errands = self.outside, request.errands
            result = await result_of(scope, await handled(action, call.data, scope))
            blocks = scope.blocks
        else:
            reads = Transaction(self.database.reads, request.caller.org_id, reads=True)
            async with reads as transaction:
                unit = self.unit(call, action, transaction, now)
                result = await self.read(call, action, unit)
                blocks = unit.blocks
        event_id = await self.note(call, now, Outcome("ok"), result)
        return Answer(result=result, event_id=event_id, blocks=blocks)

    async def note(
        self, call: Call, now: datetime, outcome: Outcome, result: dict[str, Any]
    ) -> UUID:
        """Audit what is answered and changed nothing now, with what it shows; the event's id."""
        event_id, shown = uuid7(), self.ledger.entry(call, result, now)
        await self.journal.append(call.told(event_id, now, outcome), shown)
        self.ledger.keep(shown)
        return event_id

    async def guard(self, transaction: Transaction, calls: Sequence[Call]) -> None:
        """Steps 7 to 9, for all calls of a transaction before the first of them runs."""
        check_licence(calls, self.clock(), self.public_url)
        await self.provenance.check(transaction.connection, calls, self.catalogue, self.clock())
        # Step 9, approval, stands here.

    def unit(self, call: Call, action: Action, transaction: Transaction, now: datetime) -> Unit:
        """The context of a call in a transaction."""
        request = call.request
        unit = self.bare_unit(transaction, request.caller, now)
        unit.reach, unit.module, unit.main = call.reach, action.module, action.record
        unit.tell, unit.inputs = request.progress, request.inputs
        unit.errands = request.errands
        unit.in_background, unit.by_hand = request.surface == "job", by_hand(request)
        unit.names, unit.expected_version = call.names, call.expected_version
        unit.held_to = call.held_to
        unit.ahead = transaction.ahead if request.dry_run else None
        return unit

    def bare_unit(self, transaction: Transaction, caller: Caller, now: datetime) -> Unit:
        """The context of work that no call asks for, with all that this deployment gives to any."""
        seen = self.seen(caller)
        unit = Unit(transaction.connection, caller, Reach.ORGANISATION, now, seen)
        unit.keeping = Keeping(self.database.store, transaction.closing)
        unit.licensing, unit.public_url = self.credentials.licensing, self.public_url
        unit.audit_keys, unit.vault, unit.outside = self.audit_keys, self.vault, self.outside
        unit.provenance, unit.presses = self.provenance, self.presses
        unit.signer = self.signer
        return unit

    async def work(self, call: Call, action: Action, unit: Unit) -> dict[str, Any]:
        """Run a write's handler and what follows from it within the transaction; its answer."""
        try:
            output = await handled(action, call.data, unit)
        except Needed as needed:
            if not needed.errand.changes:
                raise
            # What is done so far must hold before anything outside is changed.
            output = unit.stop(needed)
        warn(call, unit.unread_paths)
        if unit.expected_version is not None and not unit.stopped:
            raise invalid("expected_version", "means nothing here: no record that was read changes")
        await unit.settle()
        result = await result_of(unit, output)
        if call.request.dry_run:
            unit.hooked = await foreseen(unit)
            # What a rolled back call minted opens nothing, and must not look as if it did.
            result = {name: one for name, one in result.items() if name not in action.secrets}
        return result

    async def read(self, call: Call, action: Action, unit: Unit) -> dict[str, Any]:
        """Run a read's handler in a transaction that others share; its answer."""
        output = await handled(action, call.data, unit)
        warn(call, unit.unread_paths)
        return await result_of(unit, output)

    def heed(self, units: Sequence[Unit]) -> None:
        """After a commit: what governs callers is forgotten here at once.

        Other processes hear of it on the channel; this one's next call must not come before that.
        """
        changed = (change.record.meta.name for unit in units for change in unit.changes)
        if not GOVERNING.isdisjoint(changed):
            self.credentials.forget(units[0].org_id)

    def effects(self, units: Sequence[Unit], caller: Caller) -> dict[str, Any]:
        """What settled units did, as a dry run reports it."""
        changes, events = Changes(), list[str]()
        for unit in units:
            changes.absorb(unit.changes)
            events += unit.happenings.names
        told = list(dict.fromkeys(events))
        report = effects(changes, told, caller.access.permissions)
        report["notifications"] = [one for unit in units for one in unit.notified]
        report["numbers"] = [one for unit in units for one in unit.numbers]
        report["external"] = [one for unit in units for one in unit.external]
        report["webhooks"] = [one for unit in units for one in unit.hooked]
        report["follow_ups"] = _follow_ups(self.seen(caller), told)
        return report

    async def refuse(self, request: Request, refused: Problem) -> None:
        """Audit what a surface refused at its own door, to a caller it knows; it counts as a call."""
        call = self._call(request)
        try:
            await self.limiter.admit(request)
        except RateLimited as limited:
            await self.refused(call, limited)
            raise
        await self.refused(call, refused)

    async def refused(self, call: Call, refused: Problem) -> None:
        """Audit a refusal; when even that cannot be done, 503 takes its place."""
        if isinstance(refused, Unavailable):
            return
        if isinstance(refused, RateLimited) and not self.floods.first(call):
            return
        what = "failed" if isinstance(refused, Internal) else "refused"
        await self.journal.append(call.told(uuid7(), self.clock(), Outcome(what, refused.code)))

    def fault(self, request: Request, error: Exception) -> Internal:
        trace = request.trace_id or secrets.token_hex(16)
        log.error("fault in %s, trace %s", request.action, trace, exc_info=error)
        return Internal(trace_id=trace)


def _follow_ups(catalogue: Catalogue, events: list[str]) -> list[dict[str, str]]:
    """What would be done after the commit, and by which reaction."""
    found = [(name, one) for name in events for one in catalogue.reactions.get(name, ())]
    return [
        {"event": name, "reaction": one.name, "does": one.doc}
        for name, one in found
        if one.when == "after"
    ]
