"""Batches: several calls in one transaction, all or nothing."""

import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from eyeot.declare.ids import uuid7
from eyeot.declare.problem import (
    Conflict,
    LicenseRequired,
    Problem,
    Unavailable,
    UnreadIdentifier,
    invalid,
)
from eyeot.runtime import references
from eyeot.runtime.audit import Outcome
from eyeot.runtime.call import Call
from eyeot.runtime.errands import answered
from eyeot.runtime.faults import PASSED_ON, problem
from eyeot.runtime.guards import plan as plans
from eyeot.runtime.guards import replay
from eyeot.runtime.guards.idempotency import Kept, Once, key_of
from eyeot.runtime.guards.provenance import shown_by
from eyeot.runtime.journal import PlanRow
from eyeot.runtime.request import NO_KEYS, BatchAnswer, Keys, Request
from eyeot.runtime.transaction import Done, Transaction, committed, retried
from eyeot.runtime.unit import Unit

if TYPE_CHECKING:
    from eyeot.runtime.engine import Engine

MOST_CALLS = 50


@dataclass(eq=False, kw_only=True)
class CallRefused(Problem):
    """One call of a batch was refused, so nothing of the batch was kept."""

    call: int
    action: str
    refused: Problem

    def __post_init__(self) -> None:
        self.status = self.refused.status  # type: ignore[misc]
        self.code = self.refused.code  # type: ignore[misc]

    def body(self) -> dict[str, Any]:
        """The call's own refusal, and which call it was."""
        told = self.refused.body()
        return {
            **told,
            "message": f"Call {self.call} ({self.action}): {told['message']}",
            "hint": f"{told['hint']} Nothing of the batch was kept: mend call {self.call}, send all again.",
            "call": self.call,
            "action": self.action,
        }


class Batch:
    """Calls that are admitted together, run in order and committed as one."""

    def __init__(
        self, engine: "Engine", requests: Sequence[Request], *, dry_run: bool, keys: Keys = NO_KEYS
    ) -> None:
        trace = next((one.trace_id for one in requests if one.trace_id), secrets.token_hex(16))
        for one in requests:
            # What they have in common in the audit.
            one.trace_id = trace
            one.dry_run = dry_run
        self.engine = engine
        self.dry_run = dry_run
        self.keys = keys
        self.calls = [Call(one, time.perf_counter()) for one in requests]
        self.plan: plans.Plan | None = None
        self.once: Once | None = None
        self.committing = False

    @property
    def org_id(self) -> UUID:
        """Whose calls they are."""
        if not self.calls:
            raise invalid("calls", f"give 1 to {MOST_CALLS} calls")
        return self.calls[0].request.caller.org_id

    async def run(self) -> BatchAnswer:
        """Run them all, or raise the first refusal and keep nothing."""
        if not 1 <= len(self.calls) <= MOST_CALLS:
            raise invalid("calls", f"give 1 to {MOST_CALLS} calls")
        token = plans.token_of(self.keys)
        if token is not None:
            reads = self.engine.database.reads
            self.plan = await plans.opened(reads, self.calls, token, batch=True)
        for number, call in enumerate(self.calls, 1):
            async with self._refusing(number, call):
                self.engine.admit(call)
                references.check(call.request.arguments, number)
                if not references.refers(call.request.arguments):
                    self._check(call)
        self.once = self._once()
        if self.once is None:
            return await self._attempts()
        found: BatchAnswer | Kept = await self.engine.turns.first(self.once, self._attempts)
        return found if isinstance(found, BatchAnswer) else await self._replayed(self.once, found)

    async def _attempts(self) -> BatchAnswer:
        requests = [one.request for one in self.calls]
        return await answered(requests, self.engine.outside, lambda: retried(self._attempt))

    def _once(self) -> Once | None:
        """All calls under their one key."""
        caller = self.calls[0].request.caller
        reads = all(one.action and one.action.reads for one in self.calls)
        key = key_of(self.keys, reads=reads)
        if self.plan:
            if key or self.dry_run:
                raise plans.alone(dry_run=self.dry_run)
            return self.plan.once(caller)
        if key is None or self.dry_run:
            return None
        told = [[plans.bare(one.given), one.request.inputs.responses] for one in self.calls]
        return Once.of(caller, key.bytes, plans.what_of(self.calls, batch=True), told)

    async def _replayed(self, once: Once, kept: Kept) -> BatchAnswer:
        answer = replay.replayed_all(once.opened(kept), self.calls[0].request.caller.access)
        now = self.engine.clock()
        for call, result in zip(self.calls, answer.results, strict=True):
            await self.engine.note(call, now, Outcome("replayed"), result)
        return answer

    async def _attempt(self) -> BatchAnswer:
        now, caller = self.engine.clock(), self.calls[0].request.caller
        results: list[dict[str, Any]] = []
        units: list[Unit] = []
        async with Transaction(
            self.engine.database.writes, caller.org_id, dry=self.dry_run
        ) as transaction:
            if self.once:
                await plans.begin(transaction.connection, self.once, self.plan, now)
            await self._guard(transaction)
            for number, call in enumerate(self.calls, 1):
                async with self._refusing(number, call):
                    unit, result = await self._one(call, transaction, now, results)
                    units.append(unit)
                    results.append(result)
            if not self.dry_run:
                await self._commit(transaction, units, results, now)
                return BatchAnswer(results=results)
            report = self.engine.effects(units, caller)
            await transaction.roll_back()
        token, plan = plans.made(self.calls, report, now, batch=True)
        *others, last = self.calls
        for call in others:
            await self._note(call, now, Outcome("dry_run"))
        await self._note(last, now, Outcome("dry_run"), plan)
        return BatchAnswer(results=results, effects=report, plan_token=token)

    async def _commit(
        self,
        transaction: Transaction,
        units: list[Unit],
        results: list[dict[str, Any]],
        now: datetime,
    ) -> None:
        caller, at = self.calls[0].request.caller, self.engine.clock()
        if self.plan:
            self.plan.check_same(self.engine.effects(units, caller), caller.access)
        done = [
            Done(unit, call.told(uuid7(at), now, committed(unit)))
            for unit, call in zip(units, self.calls, strict=True)
        ]
        once = self.once.keep({"results": results}, now) if self.once else None
        ledger = self.engine.ledger
        for call, result in zip(self.calls, results, strict=True):
            transaction.shown += ledger.entry(call, result, now)
        await transaction.write(done, at, once)
        self.committing = True
        await transaction.commit()
        self.engine.heed(units)
        ledger.keep(transaction.shown)

    async def _guard(self, transaction: Transaction) -> None:
        """The guards, for all calls before the first runs; references are followed later."""
        for call in self.calls:
            if references.refers(call.given):
                call.request.arguments, call.data = call.given, None
        try:
            await self.engine.guard(transaction, self.calls)
        except (LicenseRequired, UnreadIdentifier) as refused:
            async with self._refusing(refused.number, self.calls[refused.number - 1]):
                raise

    async def _one(
        self, call: Call, transaction: Transaction, now: datetime, results: list[dict[str, Any]]
    ) -> tuple[Unit, dict[str, Any]]:
        action, given = call.action, call.given
        assert action
        if references.refers(given):
            call.request.arguments = references.resolved(given, results)
            references.bound(call.request.arguments)
            self._check(call)
            # A reference may stand for a text, in which anybody could have written an identifier.
            await self.engine.provenance.check(
                transaction.connection,
                [call],
                self.engine.catalogue,
                now,
                shown_by(self.calls, results),
            )
        unit = self.engine.unit(call, action, transaction, now)
        if not action.reads:
            result = await self.engine.work(call, action, unit)
            if unit.stopped and not (self.dry_run or self.plan):
                raise unit.stopped
            if unit.stopped:
                raise Conflict(
                    reason="It changes something outside, and what follows depends on the answer.",
                    remedy="Preview it, or commit its plan, in a call of its own.",
                )
            return unit, result
        # The server holds a read to reading, for as long as this part of the transaction lasts.
        await transaction.connection.execute(
            "SAVEPOINT reading; SET LOCAL transaction_read_only = on"
        )
        result = await self.engine.read(call, action, unit)
        await transaction.connection.execute("RELEASE SAVEPOINT reading")
        return unit, result

    def _check(self, call: Call) -> None:
        assert call.action
        for name in ("idempotency_key", "plan_token"):
            if call.request.arguments.get(name) is not None:
                raise invalid(name, "belongs to the batch as a whole, not to one call")
        self.engine.check(call, call.action)
        if call.request.dry_run != self.dry_run and not call.action.reads:
            raise invalid("dry_run", "belongs to the batch as a whole, not to one call")

    @asynccontextmanager
    async def _refusing(self, number: int, call: Call) -> AsyncIterator[None]:
        """Tell which call was refused, and audit that none of them counts."""
        try:
            yield
        except PASSED_ON:
            raise
        except Exception as error:
            refused = error if isinstance(error, Problem) else problem(error)
            refused = refused or self.engine.fault(call.request, error)
            if not isinstance(refused, Unavailable):
                for at, other in enumerate(self.calls, 1):
                    code = refused.code if at == number else "batch_refused"
                    await self._note(other, self.engine.clock(), Outcome("refused", code))
            raise CallRefused(call=number, action=call.request.action, refused=refused) from error

    def left(self) -> None:
        """Audit that the caller went away; a commit that had begun tells its own story."""
        if self.committing:
            return
        for call in self.calls:
            at = self.engine.clock()
            self.engine.journal.note(call.told(uuid7(at), at, Outcome("failed", "cancelled")))

    async def _note(
        self, call: Call, at: datetime, outcome: Outcome, plan: PlanRow | None = None
    ) -> None:
        await self.engine.journal.append(call.told(uuid7(at), at, outcome), plan=plan)
