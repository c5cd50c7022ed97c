"""Work: one client that writes and reads until it is told to stop, and insists on every write."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from tests.soak.books import Books, Done
from tests.soak.firm import Key
from tests.soak.wire import Call, Lost, Reply, Wire

TRANSIENT = frozenset({"unavailable", "busy", "rate_limited", "idempotency_in_progress"})
"""What a client sends again, as it was, a little later."""
CREATE, UPDATE = "crm.party.create", "crm.party.update"
INSIST = 120.0
"""Seconds that a write is repeated for."""
_ROWS = 5
Step = Callable[[], Awaitable[None]]


class Unresolved(Exception):
    """A write that never was answered."""


class Client:
    """One caller with a key of its own; it owns what it creates."""

    def __init__(
        self, number: int, key: Key, port: int, books: Books, chance: random.Random
    ) -> None:
        self.number, self.key, self.books, self.chance = number, key, books, chance
        self.wire = Wire(port, key.text, mcp=key.agent)
        self.own: list[str] = []
        self.shared: list[str] = []
        self.count = 0
        self._before: tuple[Call, dict[str, Any]] | None = None

    @property
    def org_id(self) -> UUID:
        """Where it works."""
        return self.key.org_id

    async def run(self, until: float) -> None:
        """One piece of work after the other."""
        kinds: list[tuple[Step, int]] = [
            (self.create, 24),
            (self.update, 24),
            (self.contend, 8),
            (self.bulk, 4),
            (self.batch, 8),
            (self.planned, 6),
            (self.again, 6),
            (self.read, 14),
            (self.find, 6),
        ]
        steps, weights = zip(*kinds, strict=True)
        try:
            while time.monotonic() < until:
                (step,) = self.chance.choices(steps, weights)
                self.books.kinds[step.__name__] += 1
                await step()
        except Unresolved as left:
            self.books.wrong.append(f"client {self.number}: {left}")
        finally:
            self.wire.close()

    def name(self, kind: str) -> str:
        """A name that stands once in the whole soak."""
        self.count += 1
        return f"{kind} {self.number}-{self.count}"

    def site(self) -> str:
        """A web address that stands once in the whole soak."""
        self.count += 1
        return f"https://s{self.number}-{self.count}.example/"

    def uuid(self) -> str:
        """A new key."""
        return str(UUID(int=self.chance.getrandbits(128), version=4))

    async def create(self) -> None:
        """One record."""
        name = self.name("Single")
        made = await self.write(Call(CREATE, {"name": name}, key=self.uuid()))
        self._mine(made["id"], name)

    def _mine(self, id: str, name: str, website: str | None = None) -> None:
        self.own.append(id)
        self.books.add(self.org_id, id, name, website)

    async def update(self) -> None:
        """A change of one's own record, at the version that one knows."""
        if not self.own:
            return await self.create()
        id, website = self.chance.choice(self.own), self.site()
        known = self.books.parties[id]
        given = {"id": id, "website": website, "expected_version": known.version}
        made = await self.write(Call(UPDATE, given, key=self.uuid()))
        known.version, known.website = known.version + 1, website
        if (made.get("version"), made.get("website")) != (known.version, website):
            self.books.wrong.append(f"{id} was answered as {made}, not as {known}")
        return None

    async def contend(self) -> None:
        """A change of what others change too: a conflict is read again, and sent with a new key."""
        id, website = self.chance.choice(self.shared), self.site()
        while True:
            seen = await self.look(id)
            given = {"id": id, "website": website, "expected_version": seen["version"]}
            made = await self.write(Call(UPDATE, given, key=self.uuid()), "version_conflict")
            if made:
                self.books.shared[id] += 1
                self.books.websites.setdefault(id, set()).add(website)
                return

    async def bulk(self) -> None:
        """Several records in one call."""
        names = [self.name("Bulk") for _ in range(_ROWS)]
        given = {"items": [{"name": one} for one in names]}
        made = await self.write(Call("crm.party.bulk_create", given, key=self.uuid()))
        for name, row in zip(names, made["results"], strict=True):
            self._mine(row["id"], name)

    async def batch(self) -> None:
        """A record and a change of it, in one transaction."""
        name, website = self.name("Batch"), self.site()
        calls = [
            {"action": CREATE, "arguments": {"name": name}},
            {"action": UPDATE, "arguments": {"id": {"$ref": "1.id"}, "website": website}},
        ]
        made = await self.write(Call("calls", calls=calls, key=self.uuid()), calls=2)
        first = made["results"][0]
        self._mine(first.get("result", first)["id"], name, website)

    async def planned(self) -> None:
        """A dry run, then what it told."""
        name = self.name("Plan")
        told = await self.insist(Call(CREATE, {"name": name}, dry_run=True), "dry_run")
        token = told.result["plan_token"]
        made = await self.write(Call(CREATE, plan_token=token))
        self._mine(made["id"], name)

    async def again(self) -> None:
        """A write that was acknowledged, under its key once more."""
        if self._before is None:
            return
        call, before = self._before
        reply = await self.insist(call, "replayed")
        self.books.replayed += 1
        if reply.result != before:
            self.books.wrong.append(f"the repetition of {call.key} answered {reply.result}")

    async def read(self) -> None:
        """A record of one's own, as it must be by now."""
        if not self.own:
            return
        id = self.chance.choice(self.own)
        seen, known = await self.look(id), self.books.parties[id]
        if (seen["version"], seen.get("website")) != (known.version, known.website):
            self.books.wrong.append(f"{id} was read as {seen}, and is {known}")

    async def find(self) -> None:
        """A page of everybody's."""
        await self.insist(Call("crm.party.list", {"limit": 10}, reads=True), "read")

    async def look(self, id: str) -> dict[str, Any]:
        """A record; what was read may be cited."""
        return (await self.insist(Call("crm.party.get", {"id": id}, reads=True), "read")).result

    async def write(self, call: Call, *may: str, calls: int = 1) -> dict[str, Any]:
        """A write until it is acknowledged, or refused as it may be: then nothing."""
        traces: list[str] = []
        name = call.key or call.plan_token or ""
        self.books.open[name] = call.action
        reply = await self.insist(call, "write", *may, traces=traces, calls=calls)
        del self.books.open[name]
        if reply.code:
            return {}
        self.books.done.append(Done(self.org_id, call.action, traces, call.key, calls))
        if call.key:
            self._before = call, reply.result
        return reply.result

    async def insist(
        self, call: Call, kind: str, *may: str, traces: list[str] | None = None, calls: int = 1
    ) -> Reply:
        """A call, as often as it takes; what is refused for good must not be."""
        until, pause = time.monotonic() + INSIST, 0.05
        while time.monotonic() < until:
            try:
                reply = await self.wire.send(call)
            except Lost as lost:
                self.books.lost += 1
                if traces is not None:
                    traces.append(str(lost))
            else:
                if traces is not None:
                    traces.append(reply.trace)
                if reply.code is None:
                    several = len(call.calls) if call.calls else calls
                    self.books.answered.append((self.org_id, reply.trace, kind, several))
                    return reply
                self.books.codes[reply.code] += 1
                if reply.code in may:
                    return reply
                await self._refused(call, reply)
            await asyncio.sleep(pause * self.chance.uniform(0.5, 1.5))
            pause = min(pause * 1.6, 2.0)
        raise Unresolved(f"{call.action} was not answered for {INSIST:.0f} s")

    async def _refused(self, call: Call, reply: Reply) -> None:
        """What to do before a call is sent again."""
        if reply.code in TRANSIENT:
            return
        if reply.code == "unread_identifier" and "id" in call.arguments:
            # What was read is forgotten when PostgreSQL crashes.
            await self.look(call.arguments["id"])
            return
        self.books.wrong.append(f"{call.action} {call.arguments} was refused: {reply.result}")
        raise Unresolved(f"{call.action} was refused: {reply.code}")


async def import_rows(client: Client, rows: int) -> None:
    """A file that a job loads."""
    names = [client.name("Import") for _ in range(rows)]
    text = "Raison sociale;Adresse;Ville\n" + "".join(f"{n};1 rue Neuve;Lyon\n" for n in names)
    given = {"text": text, "filename": "soak.csv"}
    begun = await client.write(Call("crm.party.import", given, key=client.uuid()))
    run = {"job_id": begun["import_job_id"], "mode": "best_effort"}
    await client.write(Call("core.import_job.run", run, key=client.uuid()))
    client.books.imported.setdefault(client.org_id, []).extend(names)
