"""Unit of work: what a handler may do in one transaction, and the record of what it did."""

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from pydantic import BaseModel

from eyeot.declare.access import Reach
from eyeot.declare.action import Action
from eyeot.declare.anyref import RecordRef
from eyeot.declare.citing import Held
from eyeot.declare.context import Context
from eyeot.declare.event import Event, EventType, Reaction
from eyeot.declare.job import Job
from eyeot.declare.layout import EmbeddedFile, Language, Layout, Party, Standard
from eyeot.declare.notice import Letter, Notice
from eyeot.declare.privacy import Gathered
from eyeot.declare.problem import (
    Conflict,
    ModuleDisabled,
    ModuleNotInstalled,
    OutOfReach,
    UnreadIdentifier,
    invalid,
)
from eyeot.declare.query import Exported, Form, Query
from eyeot.declare.record import Record
from eyeot.declare.signature import Signature
from eyeot.runtime import exporting, gathering, notifying, numbering, queue
from eyeot.runtime.calling import check_later, checked, handled
from eyeot.runtime.errands import Needed
from eyeot.runtime.faults import PASSED_ON, problem
from eyeot.runtime.guards.licence import check_part
from eyeot.runtime.guards.permission import permit
from eyeot.runtime.guards.provenance import MOST_TOLD, Provenance
from eyeot.runtime.guards.reserved import version_of
from eyeot.runtime.guards.resolve import check_surface, switched_off
from eyeot.runtime.guards.widening import refuse_widening
from eyeot.runtime.numbering import Ahead
from eyeot.runtime.sealing.notes import BadKey, Signer, Verifier
from eyeot.runtime.services import Services
from eyeot.runtime.typesetting import setting
from eyeot.runtime.typesetting.composing import Paper, as_data, compose, dated
from eyeot.runtime.typesetting.presses import Presses
from eyeot.storage.view import view


class Unit(Services):
    """The context of a handler inside one transaction whose tenant is set."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._began = time.perf_counter()
        self.jobs: list[UUID] = []
        self.notices: list[Notice] = []
        self.numbers: list[dict[str, Any]] = []
        """The numbers that were given, as effects tell it."""
        self.by_hand = self.caller.via == "cli"
        """Whether a person calls: only a person widens what somebody may do."""
        self.hooked: list[dict[str, Any]] = []
        """The endpoints that a dry run would tell, as effects tell it."""
        self.external: list[dict[str, str]] = []
        """What a dry run would have done outside, as effects tell it."""
        self.stopped: Needed | None = None
        """Where a dry run ended, since what follows depends on an answer from outside."""
        self.ahead: Ahead | None = None
        """Where a dry run reads numbers ahead; none when it is no dry run."""
        self.provenance: Provenance | None = None
        self.presses: Presses | None = None
        self.signer: Callable[[], Signer] | None = None
        self.unread_paths: list[str] = []
        """What rows name that was not shown, where that is only noted."""
        self._reached: set[UUID] = set()
        """New records that are within the reach of the call that made them."""

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since it began."""
        return (time.perf_counter() - self._began) * 1000

    @property
    def modules(self) -> frozenset[str]:
        """The modules that are installed and in use here."""
        return self.catalogue.modules

    async def export(self, record: type[Record], query: Query, form: Form) -> Exported | None:
        """The records that meet typed conditions as a file; None when they are too many for one call."""
        return await exporting.exported(self, record, query, form)

    async def gather(self, subject: RecordRef) -> list[Gathered]:
        """Every row, of all modules in use here, that tells something of a person."""
        with self._as_system():
            return await gathering.gathered(self, subject)

    async def restrict(self, rows: Sequence[Gathered]) -> list[Record]:
        """Put rows of a person away; those that were."""
        with self._as_system():
            return await gathering.restricted(self, rows)

    async def attached(self, rows: Sequence[Record]) -> list[Record]:
        """The documents that hang on records, whoever may read them."""
        with self._as_system():
            return await gathering.attached(self, rows)

    @property
    def layouts(self) -> Mapping[str, Layout]:
        """How the papers of the modules in use here look, by name."""
        return self.catalogue.layouts

    async def sender(self, language: Language) -> Party:
        """The organisation as its papers name it."""
        with self._as_system():
            return await setting.sender(self, language)

    async def typeset(  # noqa: PLR0913 - each is one fact about the paper
        self,
        layout: Layout,
        data: BaseModel | dict[str, Any],
        *,
        language: Language,
        on: date | None = None,
        attach: Sequence[EmbeddedFile] = (),
        standard: Standard = "a-3b",
        template: UUID | None = None,
    ) -> bytes:
        """A paper as PDF, as the organisation wants it to look."""
        assert self.presses
        with self._as_system():
            house = await setting.house(self, layout, language, template)
        given = as_data(data)
        paper = Paper(
            layout=layout,
            data=given,
            language=language,
            on=dated(given, on),
            attach=attach,
            standard=standard,
            house=house,
        )
        return await compose(self.presses, paper)

    def event_types(self) -> list[EventType]:
        """What can happen in the modules in use here and may be told to others, by name."""
        return list(self.catalogue.event_types.values())

    def emit(self, event: Event) -> None:
        """Tell that something happened."""
        self.happenings.put(event)

    async def settle(self) -> None:
        """Write what is pending and run the `within` reactions, until nothing more happens."""
        await self._total()
        while told := self.happenings.next():
            name, event = told
            for reaction in self.catalogue.reactions.get(name, ()):
                if reaction.when == "within":
                    await self._react(reaction, event)
            await self._total()
            await self._deliver()
        self.happenings.rest()
        await self._deliver()
        # Once more: a reaction may have handed on what a call made.
        await self._check_reach(set())
        if not self.by_hand:
            refuse_widening(self.changes, self.public_url)

    def stop(self, needed: Needed) -> dict[str, Any]:
        """End where something outside is changed: so far a dry run tells, and a plan is held to that."""
        self.stopped = needed
        self.external.append(needed.errand.told)
        return {}

    async def _total(self) -> None:
        """Write what is pending, and total the documents whose lines changed."""
        await self.flush()
        while key := self.totals.next():
            with self._as_system():
                await self.totals.run(cast("Context", self), key)
                await self.flush()
            self.totals.done(key)

    def sign(self, text: str) -> Signature:
        """Sign a text with the key of this deployment's audit."""
        if self.signer is None:
            raise Conflict(
                reason="This deployment has no key to sign with.",
                remedy="Give it one: EYEOT_AUDIT_KEY, or a data directory that it may write.",
            )
        key = self.signer()
        return Signature(str(key.verifier), key.signature(text))

    def verify(self, text: str, signature: Signature) -> bool:
        """Whether the key that a signature names did sign the text."""
        try:
            return Verifier.parse(signature.key).signature_of(text, signature.value)
        except BadKey:
            return False

    def notify(self, notice: Notice) -> None:
        """Have somebody told, with this change."""
        self.notices.append(notice)

    async def post(self, letter: Letter) -> None:
        """Send somebody an e-mail with a one-time link."""
        with self._as_system():
            self.notified.append(await notifying.posted(self, letter))

    async def heard(self, notices: Sequence[Notice]) -> int:
        """How many people notices reach."""
        with self._as_system():
            return await notifying.heard(self, notices)

    async def number(self, code: str, *, on: date, record: RecordRef | None = None) -> str:
        """The next number of a sequence; in a dry run the one that would be taken."""
        if self.ahead is None:
            found = await numbering.taken(self, code, on, record)
        else:
            found = await numbering.foreseen(self, self.ahead, code, on)
        told = {"sequence": code, "number": found, "provisional": self.ahead is not None}
        self.numbers.append(told)
        return found

    async def _deliver(self) -> None:
        """Write what the notices come to, whatever the caller may write."""
        notices, self.notices = self.notices, []
        if notices:
            with self._as_system():
                self.notified += await notifying.deliver(self, notices)

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator["Unit"]:
        """A part of the work that is wholly done or, when it is refused, wholly undone."""
        await self.flush()
        part = Unit(self.connection, self.caller, self.reach, self.now, self.catalogue)
        part.tell, part.keeping = self.tell, self.keeping.part()
        part.inputs, part.job_id, part.names = self.inputs, self.job_id, self.names
        part.errands, part.presses, part.signer = self.errands, self.presses, self.signer
        part.held_to, part.provenance = self.held_to, self.provenance
        part.vault, part.audit_keys = self.vault, self.audit_keys
        part.module, part.main = self.module, self.main
        part.ahead, part.by_hand = self.ahead and self.ahead.copy(), self.by_hand
        part.public_url, part.in_background = self.public_url, self.in_background
        part.outside, part.after_gap = self.outside, self.after_gap
        part.licensing = self.licensing
        await self.connection.execute("SAVEPOINT part")
        try:
            yield part
            await part.settle()
        except PASSED_ON:
            raise
        except Exception as error:
            await self.connection.execute("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")
            if meant := problem(error):
                raise meant from error
            raise
        await self.connection.execute("RELEASE SAVEPOINT part")
        self._absorb(part)

    async def call(self, action: str, arguments: dict[str, Any]) -> Any:
        """What another action answers, run as a part of this one under its own permission."""
        one = self._installed(action)
        check_surface(one, self.caller, by_hand=self.by_hand, public_url=self.public_url)
        check_part(one, self.caller, self.now, self.public_url)
        kept = self.reach, self.module, self.main, self.expected_version
        watched = dict(self._rows.watched)
        self.reach, self.module, self.main = permit(one, self.caller), one.module, one.record
        self.expected_version = version_of(arguments)
        given = {n: v for n, v in arguments.items() if n != "expected_version"}
        try:
            found = await handled(one, checked(one, given, self.caller), self)
            await self._total()
            if self.expected_version is not None:
                raise invalid(
                    "expected_version", "means nothing here: nothing that was read changes"
                )
            await self.flush()
            await self._check_reach(self._reached)
        finally:
            self.reach, self.module, self.main, self.expected_version = kept
        self._rows.back_to(watched)
        return found

    def _installed(self, name: str) -> Action:
        """An action of a module that is in use here."""
        module = name.partition(".")[0]
        if module in self.caller.access.disabled:
            raise ModuleDisabled(module=module)
        if module in self.catalogue.disabled:
            raise switched_off(module)
        if name not in self.catalogue.actions:
            raise ModuleNotInstalled(module=module)
        return self.catalogue.actions[name]

    async def enqueue(
        self,
        job: Job | str,
        data: BaseModel,
        *,
        total: int | None = None,
        at: datetime | None = None,
    ) -> Record:
        """Have a job, or an action by its name, done once this is committed, for whoever calls."""
        kind = f"{queue.CALL} {job}" if isinstance(job, str) else job.name
        told = data.model_dump(mode="json", exclude_unset=isinstance(job, str))
        made = await self.add(queue.queued(self, kind, told, total, at or self.now))
        self.jobs.append(made.id)
        return made

    def check(self, action: str, arguments: dict[str, Any]) -> BaseModel:
        """An action's input; refused when the caller could not run it later, or it would not take that."""
        return check_later(self.catalogue, action, arguments, self.caller)

    async def unread(
        self, held: Held, action: str, rows: Mapping[int, BaseModel]
    ) -> dict[int, UnreadIdentifier]:
        """The rows that must not become that action's calls: they name what was not shown."""
        assert self.provenance
        found = await self.provenance.rows(self, held, self._installed(action), rows)
        if held.enforced:
            return found
        self.unread_paths += (
            f"row {number}: {one['path']}" for number, p in found.items() for one in p.identifiers
        )
        del self.unread_paths[MOST_TOLD:]
        return {}

    def _absorb(self, part: "Unit") -> None:
        """Take over what a part of the work did, and its view of the records it held."""
        self.changes.absorb(part.changes)
        self.happenings.absorb(part.happenings)
        self.jobs += part.jobs
        self.blocks += part.blocks
        self.notified += part.notified
        if self.ahead and part.ahead:
            self.ahead.counters.update(part.ahead.counters)
        self.numbers += part.numbers
        self.keeping.absorb(part.keeping)
        self._rows.absorb(part._rows)  # noqa: SLF001 - another of its own kind

    async def _react(self, reaction: Reaction, event: Event) -> None:
        """A reaction is the organisation's own rule: it reaches what it must, whoever called."""
        watched = dict(self._rows.watched)
        with self._as_system():
            try:
                await reaction.handler(self, event)
            except Needed as needed:
                if needed.errand.changes:
                    told = f"{reaction.name} changes something outside: make it an `after` reaction"
                    raise RuntimeError(told) from None
                raise
            await self.flush()
        self._rows.back_to(watched)

    async def _check_reach(self, reached: set[UUID]) -> None:
        """A record that the caller creates must be one that the caller may see; `reached` were looked at."""
        if self.main is None or self.level(self.main) == Reach.ORGANISATION:
            return
        for change in self.changes:
            if change.operation == "created" and change.record is self.main:
                if change.id in reached:
                    continue
                reached.add(change.id)
                statement = view(change.record, self.permissions).among(self.level(change.record))
                if not await self.select(statement, self.bind({"ids": [change.id]})):
                    raise OutOfReach(
                        reason="The new record would be outside your own reach.",
                        remedy="Own it (owner_id), give it to your team, or ask who reaches further.",
                    )
