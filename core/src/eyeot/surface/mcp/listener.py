"""Listener: one stream of notifications, and what its client may hear."""

import asyncio
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from eyeot.declare import ids
from eyeot.declare.access import Reach
from eyeot.declare.problem import Problem
from eyeot.declare.record import records
from eyeot.runtime.request import Caller
from eyeot.surface.mcp import wire
from eyeot.surface.mcp.desk import Desk
from eyeot.surface.mcp.envelope import Message
from eyeot.surface.mcp.http import Http
from eyeot.surface.mcp.resources import kind_of, record_at
from eyeot.surface.mcp.stream import event
from eyeot.surface.mcp.wire import Fault
from eyeot.surface.wire import dumps

LISTS = MappingProxyType(
    {
        "toolsListChanged": "notifications/tools/list_changed",
        "promptsListChanged": "notifications/prompts/list_changed",
        "resourcesListChanged": "notifications/resources/list_changed",
    }
)
_UPDATED = "notifications/resources/updated"


class Wanted(NamedTuple):
    """What a client asked to hear of."""

    lists: frozenset[str]
    uris: tuple[str, ...]


class Listener:
    """One client that listens: what it wants, what it is still to be told, and its way back.

    A client that reads slowly costs no more memory: whatever happened twice is told once.
    """

    def __init__(self, desk: Desk, http: Http, message: Message, server: bytes) -> None:
        self._desk = desk
        self._http = http
        self._server = server
        self.message = message
        self.due = 0.0
        """When it is to have its next sign of life, on the loop's clock."""
        self.done = asyncio.Event()
        self._lists: frozenset[str] = frozenset()
        self._followed: dict[str, set[str]] = {}
        self._frames: dict[str, bytes] = {}
        self._changed_uris: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._last: bytes | None = None
        self._gone = False
        self._seen: dict[str, Any] = {}
        self._catalogue: Any = None

    @property
    def caller(self) -> Caller:
        """Whose stream it is."""
        return self.message.caller

    @property
    def principal(self) -> tuple[UUID, Any]:
        """Its organisation and credential."""
        return self.caller.org_id, self.caller.credential_id or self.caller.actor

    async def run(self, wanted: Wanted) -> None:
        """Acknowledge, then tell, until the client leaves or the stream is ended."""
        honoured: dict[str, Any] = {name: True for name in LISTS if name in wanted.lists}
        followed = [uri for uri in wanted.uris if await self._follow(uri)]
        if followed:
            honoured["resourceSubscriptions"] = followed
        self._lists, self._catalogue = wanted.lists, self._desk.engine.catalogue
        self._seen = self._shown()
        await self._http.stream()
        acknowledged = "notifications/subscriptions/acknowledged"
        await self._http.event(self._frame(acknowledged, {"notifications": honoured}))
        leaving = asyncio.create_task(self._leave())
        try:
            while not self._gone:
                await self._wake.wait()
                self._wake.clear()
                await self._flush()
                if self._last is not None:
                    await self._http.event(self._last, last=True)
                    return
        finally:
            leaving.cancel()

    def send(self, key: str, frame: bytes) -> None:
        """Send a frame; one that waits under the same key is replaced."""
        self._frames[key] = frame
        self._wake.set()

    def end(self, fault: Fault | None = None) -> None:
        """End the stream: with its result, or with the reason why."""
        id = self.message.id
        if fault is None:
            meta = b'"%b":%b,%b' % (wire.SUBSCRIPTION_KEY.encode(), id, self._server)
            body = b'{"jsonrpc":"2.0","id":%b,"result":{"resultType":"complete","_meta":{%b}}}'
            self._last = event(body % (id, meta))
        else:
            self._last = event(wire.error(fault, id))
        self._wake.set()

    def forget(self) -> None:
        """Let go of what it follows."""
        for record in self._followed:
            self._desk.engine.feed.unwatch(self.caller.org_id, record, self._changed)
        self._followed.clear()

    def renew(self, caller: Caller) -> None:
        """Take over what the credential may do now, and tell what that changed."""
        catalogue = self._desk.engine.catalogue
        if caller is self.caller and catalogue is self._catalogue:
            return
        self.message.caller, self._catalogue = caller, catalogue
        before, self._seen = self._seen, self._shown()
        for name, shown in self._seen.items():
            if shown != before[name] and name in self._lists:
                self.send(name, self._frame(LISTS[name], {}))

    def _shown(self) -> dict[str, Any]:
        """What the caller sees in each list that can change."""
        catalogue, access = self._desk.engine.catalogue, self.caller.access
        prompts = [one.name for one in catalogue.prompts_for(access)]
        kinds = [
            name
            for name, one in catalogue.mcp_resources.items()
            if (action := catalogue.actions.get(f"{one.record}.get"))
            and catalogue.shows(action, access)
        ]
        return {
            "toolsListChanged": self._desk.shelf.listing(access),
            "promptsListChanged": (self.caller.locale, prompts),
            "resourcesListChanged": kinds,
        }

    async def _follow(self, uri: str) -> bool:
        """Watch the record at an address and what it shows of another, if the caller may read it."""
        try:
            kind, told = await record_at(self._desk, self.message, uri)
        except Fault:
            return False
        except Problem as problem:
            if problem.status in (401, 503):
                raise
            return False
        keys = [_key(kind.record, told.get("id"))]
        record = records.get(kind.record)
        if record and (inline := record.meta.inline) and told.get(inline.field):
            keys.append(_key(inline.record.meta.name, told[inline.field]))
        for key in keys:
            self._followed.setdefault(key, set()).add(uri)
            self._desk.engine.feed.watch(self.caller.org_id, key, self._changed)
        return True

    def _changed(self, record: str) -> None:
        for uri in self._followed.get(record, ()):
            self._changed_uris[uri] = None
        self._wake.set()

    async def _flush(self) -> None:
        changed, self._changed_uris = self._changed_uris, {}
        for uri in changed:
            if await self._may_hear_of(uri):
                self._frames[uri] = self._frame(_UPDATED, {"uri": uri})
        frames, self._frames = self._frames, {}
        for frame in frames.values():
            await self._http.event(frame)

    async def _may_hear_of(self, uri: str) -> bool:
        """Whether the caller may still read it: asked of the database where that depends on the record."""
        kind = kind_of(self._desk, uri)
        reach = kind and self.caller.access.actions.get(f"{kind.record}.get")
        if reach is None:
            return False
        if reach == Reach.ORGANISATION:
            return True
        try:
            await record_at(self._desk, self.message, uri)
        except (Fault, Problem):
            return False
        return True

    async def _leave(self) -> None:
        while (await self._http.receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        self._wake.set()

    def _frame(self, method: str, params: dict[str, Any]) -> bytes:
        """A notification that carries the id of the request whose stream this is, written as it was sent."""
        told = dumps(params)[1:-1]
        body = b'{"jsonrpc":"2.0","method":%b,"params":{%b"_meta":{"%b":%b}}}' % (
            dumps(method),
            told + b"," if told else b"",
            wire.SUBSCRIPTION_KEY.encode(),
            self.message.id,
        )
        return event(body)


def _key(kind: str, id: Any) -> str:
    found = ids.decode(str(id))
    return f"{kind}/{found[1] if found else id}"
