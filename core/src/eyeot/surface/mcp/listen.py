"""Listen: `subscriptions/listen`, a request whose answer is a stream of what changes (digest §1.4)."""

import asyncio
import contextlib
import logging
import random
from typing import Any
from uuid import UUID

from eyeot.declare.problem import RateLimited, Unauthenticated
from eyeot.surface.mcp import door
from eyeot.surface.mcp.desk import Desk
from eyeot.surface.mcp.envelope import Message
from eyeot.surface.mcp.http import Http
from eyeot.surface.mcp.listener import LISTS, Listener, Wanted
from eyeot.surface.mcp.refusals import fault_of
from eyeot.surface.mcp.stream import PING
from eyeot.surface.mcp.wire import INVALID_PARAMS, Fault

log = logging.getLogger("eyeot.mcp")

METHOD = "subscriptions/listen"
_SLICE = 50
"""Listeners looked after before others get a turn."""
_STEP = 0.5
_PATIENCE = 2.0
_MOST_ADDRESSES = 100


class Listening:
    """Everybody who listens on this worker.

    One timer gives all of them signs of life and looks whether their credentials still hold.
    """

    def __init__(self, desk: Desk, server: bytes) -> None:
        self._desk = desk
        self._server = server
        self._listeners: set[Listener] = set()
        self._stale: set[Listener] = set()
        self._looking: asyncio.Task[None] | None = None
        self._timer: asyncio.Task[None] | None = None
        self._catalogue = desk.engine.catalogue
        desk.engine.feed.on_access(self._access_changed)

    async def serve(self, http: Http, message: Message) -> None:
        """Answer one request to listen, for as long as its client does."""
        wanted = _wanted(message.params)
        self._check_room(message)
        listener = Listener(self._desk, http, message, self._server)
        period = self._desk.settings.ping_every
        listener.due = asyncio.get_running_loop().time() + period * (0.5 + random.random() / 2)  # noqa: S311 - spreads them
        # Its place is taken before anything is awaited, so that a crowd cannot pass the limit together.
        self._listeners.add(listener)
        try:
            if self._timer is None:
                self._timer = asyncio.create_task(self._look_after())
            await listener.run(wanted)
        finally:
            self._listeners.discard(listener)
            self._stale.discard(listener)
            listener.forget()
            listener.done.set()
            if not self._listeners and self._timer:
                self._timer.cancel()
                self._timer = None

    async def close(self) -> None:
        """End every stream, each with its result."""
        ended = tuple(self._listeners)
        for one in ended:
            one.end()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await asyncio.gather(*(one.done.wait() for one in ended))

    def _check_room(self, message: Message) -> None:
        settings, caller = self._desk.settings, message.caller
        principal = (caller.org_id, caller.credential_id or caller.actor)
        mine = sum(one.principal == principal for one in self._listeners)
        if mine >= settings.most_streams_each or len(self._listeners) >= settings.most_streams:
            fault = fault_of(RateLimited(retry_after=30).body())
            fault.message = "Too many streams are open; close some, or listen again later."
            raise fault

    def _access_changed(self, org_id: UUID | None) -> None:
        """Note whose rights may have changed; they are looked at together, a moment later."""
        self._stale |= {one for one in self._listeners if org_id in (None, one.caller.org_id)}
        if self._stale and (self._looking is None or self._looking.done()):
            self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        while self._stale:
            batch, self._stale = self._stale, set()
            for at, one in enumerate(batch):
                await self._look_at(one)
                if at % _SLICE == _SLICE - 1:
                    await asyncio.sleep(0)

    async def _look_at(self, listener: Listener) -> None:
        message = listener.message
        token = door.token_of(message.head)
        try:
            caller = await self._desk.engine.authenticate(token, message.head.ip)
        except Unauthenticated as refused:
            listener.end(self._desk.challenges.refused(refused, message.head))
        except Exception as error:  # noqa: BLE001 - the others must be looked at too; the next round tries again
            log.warning("a listener's credential could not be looked at: %s", error)
        else:
            listener.renew(caller)

    async def _look_after(self) -> None:
        """Signs of life, and a look at each credential in passing; listeners are spread over the period."""
        clock, period = asyncio.get_running_loop().time, self._desk.settings.ping_every
        while True:
            await asyncio.sleep(min(_STEP, period / 2))
            self._notice_catalogue()
            now = clock()
            for at, one in enumerate([one for one in self._listeners if one.due <= now]):
                one.due = now + period
                one.send("ping", PING)
                await self._look_at(one)
                if at % _SLICE == _SLICE - 1:
                    await asyncio.sleep(0)

    def _notice_catalogue(self) -> None:
        if self._catalogue is not self._desk.engine.catalogue:
            self._catalogue = self._desk.engine.catalogue
            self._access_changed(None)


def _wanted(params: dict[str, Any]) -> Wanted:
    """What a client wants to hear of; kinds of notification that nobody knows are left out."""
    told = params.get("notifications")
    if not isinstance(told, dict):
        raise Fault(INVALID_PARAMS, "params.notifications must say what to listen to.", status=400)
    flags = {name: told[name] for name in LISTS if told.get(name) is not None}
    if not all(isinstance(one, bool) for one in flags.values()):
        raise Fault(INVALID_PARAMS, "params.notifications.*ListChanged are booleans.", status=400)
    uris = told.get("resourceSubscriptions")
    uris = [] if uris is None else uris
    if not isinstance(uris, list) or not all(isinstance(one, str) for one in uris):
        raise Fault(
            INVALID_PARAMS, "resourceSubscriptions must be a list of addresses.", status=400
        )
    if len(uris) > _MOST_ADDRESSES:
        why = f"At most {_MOST_ADDRESSES} addresses can be listened to on one stream."
        raise Fault(INVALID_PARAMS, why, status=400)
    lists = frozenset(name for name, wanted in flags.items() if wanted)
    return Wanted(lists, tuple(dict.fromkeys(uris)))
