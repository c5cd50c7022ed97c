"""Stage: the demo company as the contract works on it: every write is taken back afterwards."""

import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

from eyeot import app
from eyeot.declare.access import Access, Reach
from eyeot.declare.action import Action
from eyeot.declare.ids import decode, encode, uuid7
from eyeot.declare.problem import Problem
from eyeot.deploy import demo, demo_house, roles
from eyeot.deploy.operator import Operator, register
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.engine import Engine
from eyeot.runtime.outside import MailServer
from eyeot.runtime.policy import Compiler, covers
from eyeot.runtime.request import Answer, Caller, Provenance, Request
from eyeot.runtime.sealing.notes import Signer
from eyeot.surface.mcp.finder import Finder
from eyeot.surface.mcp.shelf import Shelf
from eyeot.testing.contract.digest import Digests
from eyeot.testing.contract.evidence import Evidence
from eyeot.testing.contract.examples import calls
from eyeot.testing.contract.plant import abroad, plant
from eyeot.testing.contract.undo import Undoing, Watched
from eyeot.testing.licence import signed_for, trusting

_MOST_TRIED = 400


class Unrunnable(AssertionError):
    """No example of an action runs on the demo company."""


_MAIL_SERVER = MailServer(host="mail.example", port=587, tls="starttls", sender="erp@mail.example")
"""What sends mail is tried as far as the mail that waits: nobody takes it from there."""


@dataclass(eq=False)
class Stage:
    """One engine on the demo company, callers with any permissions, and a second organisation."""

    engine: Engine
    writes: Undoing
    reads: Watched
    org_id: UUID
    owner: UUID
    """A person with everything; the examples run on their behalf."""
    key: UUID
    """The key that the calls are made with."""
    nobody: UUID
    """A person who owns nothing."""
    evidence: Evidence
    foreign: dict[str, str]
    """The id of a record of each kind that the other organisation has."""
    planted: frozenset[str]
    """The texts of the sensitive values that were put into the demo company."""
    _given: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        catalogue = self.engine.catalogue
        self.digests = Digests(self.writes, self.org_id)
        others = app.other_permissions(catalogue)
        self.permissions = {one.needs for one in catalogue.actions.values()} | others
        self._compiler = Compiler(catalogue.actions.values(), self.permissions | {"*"})

    @classmethod
    @asynccontextmanager
    async def open(cls, database: Any, catalogue: Catalogue) -> AsyncIterator["Stage"]:
        """The stage on a migrated database; the demo company is loaded into it."""
        engine = await app.start(catalogue, database.app, database.relay, licensing=trusting())
        key = Signer.make("test/audit")
        engine.signer = lambda: key
        pools, writes = engine.database, Undoing(database.admin, roles.APP)
        try:
            with tempfile.TemporaryDirectory() as folder:
                where = Path(folder)
                await demo.ensure(engine, where, "http://localhost", _unheard, database.admin)
            ours, theirs = [await Operator.of(engine, one) for one in (demo.SLUG, demo.EXPIRED)]
            owner, nobody = await _person(ours, "contract", "owner"), await _person(ours, "nobody")
            await demo_house.greet(ours, encode("usr", owner))
            foreign = await abroad(database.admin, catalogue, ours.org_id, theirs.org_id)
            planted = await plant(database.admin, catalogue, ours.org_id)
            await writes.open()
            reads = Watched(pools.reads)
            engine.outside = replace(engine.outside, mail=_MAIL_SERVER)
            instead: dict[str, Any] = {"reads": reads, "writes": writes}
            engine.database = replace(pools, **instead)
            yield cls(
                engine=engine,
                writes=writes,
                reads=reads,
                org_id=ours.org_id,
                owner=owner,
                key=await _key(ours),
                nobody=nobody,
                evidence=Evidence.here(),
                foreign=foreign,
                planted=planted,
            )
            await writes.close()
        finally:
            engine.database = pools
            await app.stop(engine)

    def access(self, *, without: Iterable[str] = (), reach: Reach = Reach.ORGANISATION) -> Access:
        """Every permission but those that cover the named ones, as far as `reach`."""
        lacking = tuple(without)
        held = {
            one: reach
            for one in self.permissions
            if not any(covers(asked, one) for asked in lacking)
        }
        return self._compiler.access(held if lacking else {**held, "*": reach})

    def caller(
        self,
        access: Access | None = None,
        *,
        user: UUID | None = None,
        via: str = "key",
        provenance: Provenance = "off",
    ) -> Caller:
        """A caller of the demo company; with everything, on behalf of its owner, unless told otherwise."""
        return Caller(
            org_id=self.org_id,
            org_slug=demo.SLUG,
            org_name="Démo",
            actor_type="agent",
            actor="contract",
            access=access or self.access(),
            user_id=user or self.owner,
            credential_id=self.key,
            via=via,
            provenance=provenance,
        )

    async def run(
        self,
        action: str,
        arguments: dict[str, Any],
        caller: Caller | None = None,
        *,
        surface: Any = "console",
        dry: bool = False,
    ) -> Answer:
        """Run an action."""
        known = self.engine.catalogue.actions[action]
        who = caller or self.caller(via="cli" if known.surface == "operator" else "key")
        return await self.engine.execute(
            Request(action=action, arguments=arguments, caller=who, surface=surface, dry_run=dry)
        )

    @cached_property
    def finder(self) -> Finder:
        """The search for actions."""
        return Finder(self.engine.catalogue)

    @cached_property
    def shelf(self) -> Shelf:
        """The readable tools."""
        return Shelf(self.engine.catalogue)

    async def look(self, action: str, /, **arguments: Any) -> dict[str, Any]:
        """The result of a read by the owner."""
        if action == "licence.list":
            # What only a vendor makes: `$licence` in an example.
            return {"items": [{"id": signed_for(self.org_id, issued_at=self.engine.clock())}]}
        return (await self.run(action, arguments)).result

    async def given(self, action: Action) -> dict[str, Any]:
        """The first of the example's calls that is not refused; found once."""
        if action.name not in self._given:
            self._given[action.name] = await self._first(action)
        return dict(self._given[action.name])

    async def _first(self, action: Action) -> dict[str, Any]:
        refused: dict[str, str] = {}
        tried = 0
        for example in action.examples:
            async for arguments in calls(self.look, example):
                try:
                    await self.run(action.name, arguments, dry=True)
                except Problem as problem:
                    tried += 1
                    refused[problem.code] = str(problem)
                    if tried >= _MOST_TRIED:
                        break
                else:
                    return arguments
        told = "; ".join(refused.values()) or "nothing meets its placeholders"
        raise Unrunnable(f"no example of {action.name} runs on the demo company: {told}")

    async def stored(self, table: str, id: str) -> dict[str, Any] | None:
        """A row as it now stands, what is not committed included."""
        found = decode(id)
        assert found
        rows = await self.writes.look(
            f"SELECT * FROM {table} WHERE org_id = $1 AND id = $2",  # noqa: S608 - our own table
            self.org_id,
            found[1],
        )
        return dict(rows[0]) if rows else None

    async def event(self, id: UUID | None) -> dict[str, Any]:
        """The audit event of a call."""
        text = "SELECT * FROM core_audit_event WHERE org_id = $1 AND id = $2"
        return dict((await self.writes.look(text, self.org_id, id))[0])


async def _key(operator: Operator) -> UUID:
    keys = await operator.call("core.api_key.list", made_for="agent", limit=1)
    found = decode(keys.result["items"][0]["id"])
    assert found
    return found[1]


async def _person(operator: Operator, name: str, *held: str) -> UUID:
    email = f"{name}-{uuid7().hex[-6:]}@contract.example"
    found = decode((await register(operator, email, name.title(), list(held), None)).id)
    assert found
    return found[1]


def _unheard(_: str) -> None:
    """What the loader says is of no interest here."""
