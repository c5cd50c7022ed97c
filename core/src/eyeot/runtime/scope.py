"""Scopes: how a handler reads, bounded by the organisation, the reach and the caller's permissions."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from eyeot.declare import ids
from eyeot.declare.access import Level, Reach, Readable
from eyeot.declare.blocks import Block
from eyeot.declare.citing import Held
from eyeot.declare.inputs import NO_INPUTS, Inputs
from eyeot.declare.licence import Licence, Pack
from eyeot.declare.model import Input
from eyeot.declare.problem import NotFound, invalid
from eyeot.declare.provider import Fetched, Provider
from eyeot.declare.query import Figures, Form, Page, Query
from eyeot.declare.reach import Shared
from eyeot.declare.record import Record, records, through
from eyeot.runtime.errands import NONE, address_of, errand
from eyeot.runtime.guards.licence import check_seats
from eyeot.runtime.licensing import Licensing, NotALicence
from eyeot.runtime.outside import NOWHERE, Outside
from eyeot.runtime.queue import asker
from eyeot.runtime.request import Caller, Progress
from eyeot.runtime.sheets import written
from eyeot.runtime.vault import Vault
from eyeot.storage import search
from eyeot.storage.aggregate import Aggregate
from eyeot.storage.listing import Listing
from eyeot.storage.pool import Connection, taken
from eyeot.storage.reach import hangs, private
from eyeot.storage.rows import HISTORY, KEPT_AS
from eyeot.storage.statement import Statement
from eyeot.storage.view import View, view

if TYPE_CHECKING:
    from eyeot.runtime.guards.provenance import Names

Rows = Sequence[Any]
F = TypeVar("F", bound=Input)
_EMPTY = Vault()


def not_found(record: type[Record], id: Any) -> NotFound:
    """No such record for this caller, whether it exists elsewhere or not."""
    meta = record.meta
    text = ids.encode(meta.prefix, id) if isinstance(id, UUID) else str(id)
    verb = "search" if meta.search else "list"
    return NotFound(kind=meta.name, id=text, lookup=f"{meta.name}.{verb}")


class Scope:
    """The reading half of a handler's context; subclasses say where statements run."""

    def __init__(self, caller: Caller, reach: Reach, now: datetime) -> None:
        self.caller = caller
        self.org_id = caller.org_id
        self.user_id = caller.user_id
        self.credential_id = caller.credential_id
        self.actor = caller.actor
        self.locale = caller.locale
        self.team_ids = caller.team_ids
        self.permissions = caller.access.permissions
        self.now = now
        self.public_url = ""
        self.in_background = self.by_hand = False
        self.held_to: Held | None = None
        self.outside: Outside = NOWHERE
        self.after_gap = False
        self.job_id: UUID | None = None
        self.reach = reach
        self.audit_keys: tuple[str, ...] = ()
        self.vault = _EMPTY
        self.module = ""
        """The module of the action; none for the system's own work, which reaches everything."""
        self.inputs: Inputs = NO_INPUTS
        self.errands = NONE
        self.blocks: tuple[Block, ...] = ()
        self.names: Names | None = None
        self.licensing: Licensing | None = None
        self.tell: Progress | None = None
        """Where progress is told."""

    @property
    def licence(self) -> Licence:
        """The organisation's licence as it stands."""
        return self.caller.licence or Licence()

    def check_seats(self, people: int) -> None:
        """Refuse more active people than the licence has seats for."""
        check_seats(people, self.caller, self.now, self.public_url)

    def signed_licence(self, text: str) -> Pack:
        """The pack of a licence that a trusted key signed, or `Invalid`."""
        try:
            return (self.licensing or Licensing()).pack(text)
        except NotALicence as wrong:
            raise invalid("key", f"is no licence: {wrong}") from None

    async def select(self, statement: Statement, values: dict[str, Any]) -> Rows:
        """The rows of a compiled statement."""
        raise NotImplementedError

    async def view(self, record: Record) -> dict[str, Any]:
        """The record as this caller may see it; only a transaction holds records."""
        raise NotImplementedError

    @property
    def today(self) -> date:
        """The date in the organisation's time zone."""
        return self.now.astimezone(ZoneInfo(self.caller.timezone)).date()

    def level(self, record: type[Record]) -> Level:
        """How far the caller reaches among these records; None: not at all.

        The action's grant covers the records of its own module. Those of another are covered by the caller's
        grant to read that one, so that no action opens a door which the caller was not given.
        """
        meta = record.meta
        if not self.module:
            return self.reach
        if hangs(record):
            return self.readable
        if private(record):
            return Reach.OWN
        if meta.module == self.module:
            return self.reach
        if isinstance(meta.reach, Shared):
            return Reach.ORGANISATION
        return self.permissions.get(meta.reading)

    @property
    def readable(self) -> Readable:
        """How far the caller may `get` each kind of record."""
        granted = self.caller.access.actions
        found = {
            name: Reach.OWN if private(one) else granted[f"{name}.get"]
            for name, one in records.items()
            if f"{name}.get" in granted
        }
        # What hangs on something else cannot be reached through a thing that does so too.
        plain = {n: r for n, r in found.items() if not hangs(records[n])}
        return Readable(
            wide=tuple(sorted(n for n, reach in plain.items() if reach == Reach.ORGANISATION)),
            narrow=tuple(sorted((n, r) for n, r in plain.items() if r < Reach.ORGANISATION)),
        )

    def sight(self, record: type[Record], verb: str = "get") -> Level:
        """How far the caller's own grant of that verb reaches among these records, whatever the action."""
        if not self.module:
            return self.reach
        granted = self.caller.access.actions.get(f"{record.meta.name}.{verb}")
        if granted is None:
            return None
        if hangs(record):
            return self.readable
        return Reach.OWN if private(record) else granted

    def allows(self, permission: str, reach: Reach = Reach.OWN) -> bool:
        """Whether the caller holds a permission, at least this far."""
        return any(self.permissions.get(name, 0) >= reach for name in (permission, "*"))

    def holds(self, permission: str) -> bool:
        """Whether the caller holds one by its very name, which something here needs; no wildcard."""
        return permission in self.permissions and not permission.endswith("*")

    def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Tell how far a long action is."""
        if self.tell:
            self.tell(done, total, message)

    @property
    def timezone(self) -> str:
        """The organisation's time zone."""
        return self.caller.timezone

    @property
    def asker(self) -> dict[str, Any]:
        """Who calls, as far as work in their name needs to know it later."""
        return asker(self.caller)

    def ask(self, key: str, message: str, form: type[F]) -> F:
        """What a person answered to a form; `InputRequired` until then."""
        return self.inputs.answer(key, message, form)

    def fetch(self, provider: Provider, method: str, path: str, **given: Any) -> Fetched:
        """What a provider answers; the handler ends here until that is known."""
        asked = errand(self.outside, provider, (method, path), **given)
        return self.errands.answer(asked)

    def require(self, provider: Provider) -> None:
        """Refuse a provider that the operator did not switch on."""
        address_of(self.outside, provider)

    def sheet(self, form: Form, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
        """Rows as a CSV or XLSX file, in the way of who reads it."""
        return written(form, heads, rows, self._reader())

    def _reader(self) -> dict[str, Any]:
        return {"locale": self.locale, "zone": self.timezone, "day": self.today}

    def add_block(self, block: Block) -> None:
        """Show something beside the result."""
        self.blocks = (*self.blocks, block)

    def bind(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values of a statement, with those of the reach."""
        return {
            **values,
            "me": self.user_id,
            "teams": list(self.team_ids),
            "credential": self.credential_id,
            "held": self.permissions.keys(),
        }

    async def show(
        self, record: type[Record], id: UUID, fields: Sequence[str] = ()
    ) -> dict[str, Any]:
        """One record as this caller may see it."""
        seen = view(record, self.permissions)
        if wrong := [name for name in fields if name not in seen.names]:
            raise invalid(
                "fields", f"unknown: {', '.join(wrong)}; known: {', '.join(sorted(seen.names))}"
            )
        rows = await self.select(seen.one(self.level(record)), self.bind({"id": id}))
        if not rows:
            if kept := await self.followed(record, id):
                return await self.show(record, kept, fields)
            raise not_found(record, id)
        return seen.answer(self.told(seen, rows)[0], fields)

    async def followed(self, record: type[Record], id: UUID) -> UUID | None:
        """The record that one which is gone was merged into."""
        found = await self.select(KEPT_AS, {"kind": record.meta.name, "id": id})
        return found[0]["kept_id"] if found else None

    async def resolve(self, kind: str, key: str) -> UUID:
        """The id behind a natural key such as a SIREN."""
        record = records[kind]
        seen = view(record, self.permissions)
        rows: Rows = []
        if (found := ids.decode(key)) and (other := through(kind, found[0])):
            told = await self.show(other.record, found[1], [other.field])
            named = ids.decode(told[other.field])
            assert named
            return named[1]
        for form in dict.fromkeys([key, *seen.forms(key)]):
            # As it was written first: nine digits are a SIREN before they are a telephone.
            if rows := await self.select(seen.by_key(self.level(record)), self.bind({"key": form})):
                break
        if not rows:
            raise not_found(record, key)
        if len(rows) > 1:
            raise invalid("id", f"several {kind} have '{key}'; give the id of one")
        one: UUID = rows[0]["id"]
        return one

    async def page(self, record: type[Record], query: Query) -> Page:
        """A page of records that meet typed conditions."""
        seen = view(record, self.permissions)
        listing = Listing(seen, query, self.level(record))
        rows = await self.select(listing.page(), self.bind(listing.arguments()))
        return _page(listing, self.told(seen, rows), query)

    def opened(self, changes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Changes that the audit keeps, as this caller may see them."""
        return self.vault.opened(self.org_id, changes, self.permissions)

    def told(self, seen: View, rows: Rows) -> Rows:
        """Rows of a view, with the changes that a log keeps as this caller may see them."""
        name = seen.meta.journal
        if name is None or name not in seen.names:
            return rows
        return [{**row, name: row[name] and self.opened(row[name])} for row in rows]

    async def count(self, record: type[Record], query: Query) -> int:
        """How many records meet the conditions."""
        listing = Listing(view(record, self.permissions), query, self.level(record))
        rows = await self.select(listing.count(), self.bind(listing.values))
        total: int = rows[0]["total"]
        return total

    async def aggregate(
        self, record: type[Record], query: Query, figures: Figures
    ) -> dict[str, Any]:
        """Figures over the records that meet typed conditions, by up to three dimensions."""
        asked = Aggregate(view(record, self.permissions), query, figures, self.level(record))
        statement = asked.statement(
            lambda other: (view(other, self.permissions), self.sight(other))
        )
        values = self.bind(asked.values(self.caller.timezone))
        return asked.answer(await self.select(statement, values))

    async def lookup(self, words: str, kinds: Sequence[str], limit: int) -> list[dict[str, Any]]:
        """Records found by words, each kind as far as the caller may search it."""
        granted = self.caller.access.actions
        levels = [
            (k, self.sight(records[k], "search"))
            for k in sorted(set(kinds))
            if f"{k}.search" in granted
        ]
        statement = search.find(tuple(levels))
        rows = await self.select(statement, self.bind(search.question(words)))
        return search.ranked(words, rows, limit)

    async def history(
        self, record: type[Record], id: UUID, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """The changes of one record and of what it shows inline, newest first."""
        meta, seen = record.meta, view(record, self.permissions)
        inline = [meta.inline.field] if meta.inline else []
        told = await self.show(record, id, ["id", *inline])
        parts = {f"{meta.name}/{id}": seen.names & meta.fields.keys()}
        if meta.inline and (other := ids.decode(told[meta.inline.field])):
            names = seen.names & frozenset(meta.inline.names)
            parts[f"{meta.inline.record.meta.name}/{other[1]}"] = names
        last = _instant_id(cursor)
        rows = await self.select(HISTORY, {"record": [*parts], "before": last, "limit": limit + 1})
        items = [self._change(row, parts, f"{meta.name}/{id}") for row in rows[:limit]]
        page: dict[str, Any] = {
            "items": [one for one in items if one["changes"] or one["operation"] != "updated"],
            "has_more": len(rows) > limit,
        }
        if page["has_more"]:
            page["next_cursor"] = str(rows[limit - 1]["id"])
        return page

    def _change(self, row: Any, parts: dict[str, frozenset[str]], main: str) -> dict[str, Any]:
        """What an event did to the parts of a record; another part's creation only changes the whole."""
        changes = (
            row["changes"]
            if isinstance(row["changes"], list)
            else orjson.loads(row["changes"] or "[]")
        )
        by_part = {f"{one['type']}/{one['id']}": one for one in self.opened(changes)}
        fields = {
            name: value
            for part, names in parts.items()
            for name, value in by_part.get(part, {"fields": {}})["fields"].items()
            if name in names
        }
        return {
            "at": row["at"].isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "actor": row["actor"],
            "actor_type": row["actor_type"],
            "action": row["action"],
            "operation": by_part[main]["operation"] if main in by_part else "updated",
            "changes": fields,
        }


def _instant_id(cursor: str | None) -> UUID:
    if cursor is None:
        return UUID(int=2**128 - 1)
    try:
        return UUID(cursor)
    except ValueError:
        raise invalid("cursor", "not a cursor of this list; leave it out to start again") from None


def _page(listing: Listing, rows: Rows, query: Query) -> Page:
    kept = rows[: query.limit]
    page: Page = {"items": [listing.view.answer(row, query.fields) for row in kept]}
    if rows or query.cursor is None:
        total = rows[0]["total__"] if rows else 0
        page["total"] = min(total, query.counted)
        page["total_is_exact"] = total <= query.counted
    page["has_more"] = len(rows) > query.limit
    if page["has_more"]:
        page["next_cursor"] = listing.cursor(kept[-1])
    return page


class LeanScope(Scope):
    """A read of one statement at a time, each a read-only transaction that sets its own tenant."""

    def __init__(self, pool: Any, caller: Caller, reach: Reach, now: datetime) -> None:
        super().__init__(caller, reach, now)
        self._pool = pool
        self._org = str(caller.org_id)

    async def select(self, statement: Statement, values: dict[str, Any]) -> Rows:
        """The rows, in one round trip."""
        connection: Connection
        async with taken(self._pool) as connection:
            rows: Rows = await connection.fetch(
                statement.lean, *statement.arguments(values), self._org
            )
            return rows
