"""Visiting: what a public page shows to who holds its link, and what is kept of their visit."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from eyeot.declare.anyref import RecordRef
from eyeot.declare.ids import uuid7
from eyeot.declare.problem import NotFound
from eyeot.declare.public import Opening, PublicPage, PublicView
from eyeot.declare.record import records
from eyeot.runtime import audit
from eyeot.runtime.engine import Engine
from eyeot.runtime.performing import asking
from eyeot.runtime.public import Told
from eyeot.runtime.request import Caller, Request
from eyeot.runtime.transaction import Done, Transaction, committed, retried
from eyeot.runtime.unit import Unit

_REPEATED = timedelta(minutes=1)
_SHORTENED = {4: 24, 6: 48}


def shortened(ip: str | None) -> str:
    """The network an address is in, wide enough to name nobody; empty when there is none."""
    try:
        address = ipaddress.ip_address((ip or "").partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None) or address
    return str(ipaddress.ip_network((mapped, _SHORTENED[mapped.version]), strict=False))


@dataclass(frozen=True, slots=True)
class Visited:
    """What somebody sees who opened a page, and the bytes of the file if they took it."""

    view: PublicView
    content: bytes = b""


class Public:
    """The public pages of one deployment."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def shown(self, told: Told) -> PublicView | None:
        """What a page shows now, without any trace; None when its address is not good any more."""
        caller, page = await self._found(told)
        if page is None:
            return None
        reads = self._engine.database.reads
        async with Transaction(reads, told.org_id, reads=True) as transaction:
            unit = self._engine.bare_unit(transaction, caller, self._engine.clock())
            unit.module = page.module
            return await _view(unit, page, told)

    async def visited(self, told: Told, what: Opening, ip: str | None) -> Visited | None:
        """What a page shows, or its file's bytes; that it was looked at is kept with it."""
        caller, page = await self._found(told)
        if page is None:
            return None
        return await retried(lambda: self._visit(caller, page, told, (what, shortened(ip))))

    async def _found(self, told: Told) -> tuple[Caller, PublicPage | None]:
        asker = {"actor_type": "system", "actor": "link", "via": "link"}
        caller = await asking(self._engine, told.org_id, asker)
        known = self._engine.seen(caller).public_pages.get(told.page) if caller.org_slug else None
        return caller, known

    async def _visit(
        self, caller: Caller, page: PublicPage, told: Told, seen: tuple[Opening, str]
    ) -> Visited | None:
        now, (what, network) = self._engine.clock(), seen
        async with Transaction(self._engine.database.writes, told.org_id) as transaction:
            unit = self._engine.bare_unit(transaction, caller, now)
            unit.module = page.module
            view = await _view(unit, page, told)
            if view is None or (what == "downloaded" and view.file is None):
                return None
            content = b""
            if what == "downloaded" and view.file:
                content = b"".join([piece async for piece in unit.content(view.file.sha256)])
            if await _noted(unit, told, what, (now, network)) and page.opened:
                await page.opened(unit, told.id, what)
            await unit.settle()
            # Whose address it was is not kept, in the audit neither.
            request = Request(
                action=f"core.page_visit.{what}",
                arguments={"record": RecordRef.to(told.page, told.id)},
                caller=caller,
                surface="rest",
            )
            event = audit.event(uuid7(now), now, request, None, committed(unit))
            await transaction.write([Done(unit, event)], now)
            await transaction.commit()
        self._engine.heed([unit])
        return Visited(view, content)


async def _view(unit: Unit, page: PublicPage, told: Told) -> PublicView | None:
    try:
        return await page.show(unit, told.id)
    except NotFound:
        return None


async def _noted(unit: Unit, told: Told, what: Opening, where: tuple[datetime, str]) -> bool:
    """Keep a visit, unless the same was done from the same network a moment ago; whether it was kept."""
    (at, network), visit = where, records["core.page_visit"]
    record = RecordRef.to(told.page, told.id)
    c: Any = visit.c
    same = (c.record == record, c.what == what, c.network == network, c.at > at - _REPEATED)
    if await unit.first(visit, *same):
        return False
    await unit.add(visit(record=record, what=what, at=at, network=network))
    return True
