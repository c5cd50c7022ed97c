"""Single: one write on its own, in one transaction; `batch` runs several in one."""

from typing import TYPE_CHECKING

from eyeot.declare.action import Action
from eyeot.declare.ids import uuid7
from eyeot.runtime.audit import Outcome
from eyeot.runtime.call import Call
from eyeot.runtime.errands import answered
from eyeot.runtime.guards import plan as plans
from eyeot.runtime.guards import replay
from eyeot.runtime.guards.idempotency import Kept, Once
from eyeot.runtime.request import Answer
from eyeot.runtime.transaction import Done, Transaction, committed, retried
from eyeot.runtime.unit import Unit

if TYPE_CHECKING:
    from eyeot.runtime.engine import Engine


class Single:
    """A write that was admitted and whose arguments were checked."""

    def __init__(self, engine: "Engine", call: Call, action: Action) -> None:
        self.engine = engine
        self.call = call
        self.action = action

    async def run(self) -> Answer:
        """Do it, or preview it; under a key that was used for it, what it answered then."""
        once = self.call.once
        if once is None:
            return await self._attempts()
        found: Answer | Kept = await self.engine.turns.first(once, self._attempts)
        return await self._replayed(once, found) if isinstance(found, Kept) else found

    async def _attempts(self) -> Answer:
        engine = self.engine
        return await answered([self.call.request], engine.outside, lambda: retried(self._attempt))

    async def _replayed(self, once: Once, kept: Kept) -> Answer:
        request = self.call.request
        answer = replay.replayed(once.opened(kept), request.caller.access, request.notes)
        told = Outcome("replayed")
        answer.event_id = await self.engine.note(
            self.call, self.engine.clock(), told, answer.result
        )
        return answer

    async def _attempt(self) -> Answer:
        engine, call, now = self.engine, self.call, self.engine.clock()
        request, report = call.request, None
        org_id, dry = request.caller.org_id, request.dry_run
        async with Transaction(engine.database.writes, org_id, dry=dry) as transaction:
            if call.once:
                await plans.begin(transaction.connection, call.once, call.plan, now)
            await engine.guard(transaction, [call])
            unit = engine.unit(call, self.action, transaction, now)
            answer = Answer(result=await engine.work(call, self.action, unit), blocks=unit.blocks)
            events = unit.happenings.names
            if dry or call.is_foretold:
                report = engine.effects([unit], request.caller)
            if not dry:
                if call.plan and report:
                    call.plan.check_same(report, request.caller.access)
                if unit.stopped:
                    raise unit.stopped
                await self._commit(transaction, unit, answer)
                return answer
            await transaction.roll_back()
        assert report
        answer.effects, answer.event_id = report, uuid7(engine.clock())
        answer.plan_token, plan = plans.made([call], report, now)
        told = call.told(answer.event_id, now, Outcome("dry_run", events=events))
        await engine.journal.append(told, plan=plan)
        return answer

    async def _commit(self, transaction: Transaction, unit: Unit, answer: Answer) -> None:
        engine, call = self.engine, self.call
        # Read while the locks are held: ids then order a record's events as its changes were made.
        done = engine.clock()
        answer.event_id, answer.jobs = uuid7(done), tuple(unit.jobs)
        told = call.told(answer.event_id, unit.now, committed(unit))
        if call.request.also:
            await call.request.also(transaction, answer.result)
        once = call.once.keep(replay.kept(answer), unit.now) if call.once else None
        transaction.shown = engine.ledger.entry(call, answer.result, unit.now)
        await transaction.write([Done(unit, told)], done, once)
        call.committing = True
        await transaction.commit()
        engine.heed([unit])
        engine.ledger.keep(transaction.shown)
