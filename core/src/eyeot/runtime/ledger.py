"""Ledger: the identifiers that a holder of a credential has been shown, for a day.

A holder is a credential, or one conversation of it. Rows are written with the audit event of the answer that
shows them, so they are there before the answer leaves; what is surely there is remembered in the process.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from eyeot.declare.identifiers import borne, is_name
from eyeot.storage.pool import Connection, Pool, taken

if TYPE_CHECKING:
    from eyeot.runtime.call import Call

LIFETIME = timedelta(hours=24)
_AGAIN = timedelta(minutes=10)
"""What was noted longer ago is noted anew when it is shown again, so that it lasts a day from then."""
_MOST = 100_000
"""Identifiers remembered in one process, some 20 MB; the rest is asked of the table."""

_KNOWN = """
SELECT ident, record, read_at FROM core_read
WHERE org_id = $1 AND holder = $2 AND ident = ANY($3::text[]) AND read_at > $4
"""
_SWEEP = "DELETE FROM core_read WHERE read_at <= $1"


class Entry(NamedTuple):
    """What an answer shows its holder and the table may not tell yet."""

    org_id: UUID
    holder: UUID
    idents: list[str]
    at: datetime


Packed = tuple[list[UUID], list[UUID], list[str], list[str], list[datetime]]


def packed(entries: Iterable[Entry]) -> Packed:
    """Entries as the columns of the statements in `runtime.audit`."""
    rows = [
        (one.org_id, one.holder, *_stored(one.holder, ident), one.at)
        for one in entries
        for ident in one.idents
    ]
    columns: Any = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    orgs, holders, idents, records, times = (list(one) for one in columns)
    return orgs, holders, idents, records, times


def _stored(holder: UUID, ident: str) -> tuple[str, str]:
    """An id as it is; a name as its hash, which keeps no personal data, with the id it was shown with."""
    if not is_name(ident):
        return ident, ""
    name, id = borne(ident)
    return _hashed(holder, name), id


def _hashed(holder: UUID, name: str) -> str:
    return "#" + hashlib.blake2b(name.encode(), digest_size=16, key=holder.bytes).hexdigest()


def holder_of(credential: UUID, conversation: str | None) -> UUID:
    """Who is shown something: one conversation of a credential, or the credential alone."""
    if conversation is None:
        return credential
    told = conversation.encode("utf-8", "surrogatepass")
    return UUID(bytes=hashlib.blake2b(told, digest_size=16, key=credential.bytes).digest())


class Ledger:
    """What holders were shown, as far as this process remembers, and the table behind it."""

    def __init__(self) -> None:
        self._held: OrderedDict[UUID, dict[str, datetime]] = OrderedDict()
        self._count = 0

    def entry(self, call: "Call", result: dict[str, Any], now: datetime) -> list[Entry]:
        """What an answer shows anew; nothing where nobody's citations are checked."""
        holder, action = call.holder, call.action
        if holder is None or action is None or action.reveal is None or call.request.dry_run:
            return []
        shown = set[str]()
        action.reveal(result, shown)
        held = self._held.get(holder)
        if held:
            fresh = now - _AGAIN
            shown = {one for one in shown if (at := held.get(one)) is None or at < fresh}
        return [Entry(call.request.caller.org_id, holder, list(shown), now)] if shown else []

    def keep(self, entries: Iterable[Entry]) -> None:
        """Remember what is in the table now."""
        for one in entries:
            self._remember(one.holder, dict.fromkeys(one.idents, one.at))

    def _remember(self, holder: UUID, idents: dict[str, datetime]) -> None:
        held = self._held.setdefault(holder, {})
        self._held.move_to_end(holder)
        before = len(held)
        held.update(idents)
        self._count += len(held) - before
        while self._count > _MOST:
            _, gone = self._held.popitem(last=False)
            self._count -= len(gone)

    def forget(self) -> None:
        """Forget everything: a server that was started anew may have lost the table."""
        self._held.clear()
        self._count = 0

    async def known(
        self, connection: Connection, of: tuple[UUID, UUID], asked: Collection[str], now: datetime
    ) -> dict[str, set[str]]:
        """Those of some ids and names that a holder (`of`: organisation, holder) was shown in time.

        Each name comes with the ids that it was shown with.
        """
        held, since = self._held.get(of[1], {}), now - LIFETIME
        found: dict[str, set[str]] = {
            one: set() for one in asked if (at := held.get(one)) is not None and at > since
        }
        # What this process never noted, another may have: only what is there is remembered.
        if lacking := {_looked_up(of[1], one): one for one in asked if one not in found}:
            rows = await connection.fetch(_KNOWN, *of, list(lacking), since)
            for row in rows:
                ids = found.setdefault(lacking[row["ident"]], set())
                if row["record"]:
                    ids.add(row["record"])
            self._remember(of[1], {r["ident"]: r["read_at"] for r in rows if not r["record"]})
        return found


def _looked_up(holder: UUID, ident: str) -> str:
    return _hashed(holder, ident) if is_name(ident) else ident


async def sweep(pool: Pool, now: datetime) -> None:
    """Take away what was shown longer than a day ago."""
    async with taken(pool) as connection:
        await connection.execute(_SWEEP, now - LIFETIME)
