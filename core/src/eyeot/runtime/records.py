"""Records: what a handler reads, adds, changes and deletes in one transaction."""

from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

import sqlalchemy as sa

from eyeot.declare.access import Reach
from eyeot.declare.anyref import RecordRef
from eyeot.declare.context import Context
from eyeot.declare.ids import uuid7
from eyeot.declare.problem import Conflict, OutOfReach, VersionConflict
from eyeot.declare.reach import Shared
from eyeot.declare.record import SYSTEM, Record, cascading, clinging, records
from eyeot.runtime import reaching
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.changes import Changes
from eyeot.runtime.faults import Stale
from eyeot.runtime.happenings import Happenings
from eyeot.runtime.holding import Holding
from eyeot.runtime.keeping import Keeper, Keeping
from eyeot.runtime.request import Caller
from eyeot.runtime.scope import Rows, not_found
from eyeot.runtime.totals import Totals
from eyeot.storage import rows
from eyeot.storage.pool import Connection
from eyeot.storage.reach import predicate
from eyeot.storage.statement import ORG, Statement, bound
from eyeot.storage.view import view

R = TypeVar("R", bound=Record)
# Records that a handler may hold at once without having said how many it wants.
MOST_FOUND = 10_000


class Records(Keeper):
    """The rows of one unit of work: one object each, written with what changed."""

    def __init__(
        self,
        connection: Connection,
        caller: Caller,
        reach: Reach,
        now: datetime,
        catalogue: Catalogue,
    ) -> None:
        super().__init__(caller, reach, now)
        self.connection = connection
        self.catalogue = catalogue
        self.changes = Changes()
        self.happenings = Happenings()
        self.expected_version: int | None = None
        self.main: type[Record] | None = None
        self.keeping = Keeping()
        self._rows = Holding()
        self._drafts: set[UUID] = set()
        self._touched: set[UUID] = set()
        self.totals = Totals()

    async def select(self, statement: Statement, values: dict[str, Any]) -> Rows:
        """The rows of a statement; pending changes are written first, so that they are seen."""
        await self.flush()
        found: Rows = await self.connection.fetch(statement.tx, *statement.arguments(values))
        return found

    async def followed(self, record: type[Record], id: UUID) -> UUID | None:
        """The record that one which is gone was merged into."""
        # Not through `select`, which writes what is pending first: that may be what asks.
        given = {"kind": record.meta.name, "id": id}
        found = await self.connection.fetchrow(rows.KEPT_AS.tx, *rows.KEPT_AS.arguments(given))
        return found["kept_id"] if found else None

    async def get(
        self, record: type[R], id: UUID, *, lock: bool = False, beyond: bool = False
    ) -> R:
        """The record of that id within the caller's reach, or `NotFound`; `beyond`: whatever the reach."""
        expected = record is self.main and self.expected_version is not None
        lock = lock or expected
        known = self._rows.known.get((record, id))
        fresh = known is not None and (
            not lock or known.is_new or (record, id) in self._rows.locked
        )
        if fresh and (beyond or (record, id) not in self._rows.unreached):
            self._rows.watch(known)  # type: ignore[arg-type]
            return known  # type: ignore[return-value]
        level = Reach.ORGANISATION if beyond else self.level(record)
        statement = rows.select_one(record, level, lock=lock)
        found = await self.connection.fetchrow(
            statement.tx, *statement.arguments(self.bind({"id": id}))
        )
        if found is None or (record, id) in self._rows.gone:
            if kept := await self.followed(record, id):
                return await self.get(record, kept, lock=lock, beyond=beyond)
            raise not_found(record, id)
        row = self._keep(record, found, beyond=beyond)
        if lock:
            self._rows.locked.add((record, id))
            if "version" in record.meta.fields and row.version != found["version"]:
                _refresh(row, found)
        if expected:
            await self._check_version(row)
        return row

    async def _check_version(self, row: Record) -> None:
        expected, self.expected_version = self.expected_version, None
        current = row.version
        if row.meta.inline:
            link = getattr(row, row.meta.inline.field)
            other = await self.get(row.meta.inline.record, link, lock=True, beyond=True)
            current += other.version
        if expected is not None and current != expected:
            raise VersionConflict(kind=row.meta.name, expected=expected, current=current)

    def _keep(self, record: type[R], found: Any, *, beyond: bool = False) -> R:
        known = self._rows.known.get((record, found["id"]))
        if not beyond:
            self._rows.unreached.discard((record, found["id"]))
        if known is not None:
            self._rows.watch(known)
            return known  # type: ignore[return-value]
        if beyond:
            self._rows.unreached.add((record, found["id"]))
        row = record.load(rows.loaded(record, found))
        self._rows.hold(row)
        return row

    async def organization(self) -> Any:
        """The organisation's own record."""
        return await self.get(records["core.organization"], self.org_id, beyond=True)

    async def find(
        self, record: type[R], *where: Any, order: Any = None, limit: int | None = None
    ) -> list[R]:
        """The records within reach that meet the conditions, archived ones too."""
        await self.flush()
        select = rows.select_where(
            record, self.within(record), where, order, limit or MOST_FOUND + 1
        )
        text, values = bound(select, self.bind({}))
        found = await self.connection.fetch(text, *values)
        if limit is None and len(found) > MOST_FOUND:
            raise Conflict(
                reason=f"This would take in more than {MOST_FOUND:,} {record.meta.name} at once.",
                remedy="Narrow it, by owner or period, and do it in parts.",
            )
        return [self._keep(record, one) for one in found]

    def rest(self) -> None:
        """Nothing changes any more; what is read now is as it is stored."""
        self._rows.watched.clear()
        self._rows.settled = True

    def held(self, record: type[R]) -> list[R]:
        """The records of a kind that this call has in hand."""
        return [row for (kind, _), row in self._rows.known.items() if kind is record]  # type: ignore[misc]

    async def first(self, record: type[R], *where: Any, order: Any = None) -> R | None:
        """The first of `find`."""
        found = await self.find(record, *where, order=order, limit=1)
        return found[0] if found else None

    async def rows(self, statement: sa.Select[Any]) -> list[dict[str, Any]]:
        """Rows of a query of the handler's own."""
        await self.flush()
        text, values = bound(statement, self.bind({}))
        return [dict(found) for found in await self.connection.fetch(text, *values)]

    def within(self, record: type[Record]) -> sa.ColumnElement[bool]:
        """The condition that keeps a query to this caller's organisation and reach."""
        table = record.meta.table
        condition = predicate(record, table, self.level(record))
        return sa.and_(table.c.org_id == ORG, condition)

    async def view(self, record: Record) -> dict[str, Any]:
        """The record as this caller may see it, as it now stands."""
        seen = view(type(record), self.permissions)
        values = record.values()
        if record.meta.inline:
            await self.flush()
            link = getattr(record, record.meta.inline.field)
            # What a record shows inline is seen with it, also when the call has just handed it on.
            other = await self.get(record.meta.inline.record, link, beyond=True)
            version = record.version + other.version
            updated_at = max(record.updated_at, other.updated_at)
            values = {**other.values(), **values, "version": version, "updated_at": updated_at}
        ordered = {one.name: values.get(one.name) for one in seen.fields}
        return seen.of(ordered)

    def draft(self, record: R) -> R:
        """Give a new record its id, so that `get` finds it; `add` writes it once it is complete."""
        record.__dict__["id"] = uuid7(self.now)
        self._rows.hold(record)
        self._drafts.add(record.id)
        return record

    def let_go(self, record: Record) -> None:
        """Have a record written no more by this call."""
        self._rows.let_go(record)

    def touch(self, record: Record) -> None:
        """Count a record as changed, though only what it shows inline was."""
        self._touched.add(record.id)

    async def add(self, record: R) -> R:
        """Insert a record, and the drafts it refers to; what it refers to must be within reach."""
        self._may_write(record)
        self._drafts.discard(record.__dict__["id"])
        if prepare := self.catalogue.preparers.get(type(record)):
            await prepare(
                cast("Context", self),
                record,
                {n: v for n, v in record.values().items() if v is not None},
            )
        record.complete()
        for name, one in record.meta.fields.items():
            if one.target and record.__dict__[name] in self._drafts:
                await self.add(self._rows.known[records[one.target], record.__dict__[name]])
        record.refuse_excess(record.meta.fields)
        await reaching.check(self, record, record.meta.fields)
        stamp: dict[str, Any] = {
            "id": uuid7(self.now),
            "version": 1,
            "created_at": self.now,
            "updated_at": self.now,
        }
        for name, value in stamp.items():
            if name in record.meta.fields and record.__dict__[name] is None:
                record.__dict__[name] = value
        await self.connection.execute(
            rows.insert_text(type(record)), self.org_id, *rows.insert_values(record)
        )
        record.settle()
        self._rows.hold(record)
        self._rows.locked.add((type(record), record.id))
        self.changes.created(record)
        self.totals.note(record)
        self.happenings.announce(record, "created", ())
        return record

    async def save(self, record: Record) -> None:
        """Write what changed on a record."""
        record.complete()
        before = record.__dict__["loaded"]
        if before is None:
            return
        changed = [
            n for n in record.meta.fields if n not in SYSTEM[:4] and record.__dict__[n] != before[n]
        ]
        touched = record.id in self._touched
        self._touched.discard(record.id)
        if not changed:
            if touched:
                await self._stamp(record)
            return
        self._may_write(record)
        await reaching.may_change(self, record)
        record.refuse_excess(changed)
        await reaching.check(self, record, changed)
        fields = record.meta.fields
        columns = tuple(c for n in changed for c in fields[n].columns)
        values = [part for n in changed for part in rows.to_columns(fields[n], record.__dict__[n])]
        if "updated_at" in fields:
            columns, values = (*columns, "updated_at"), [*values, self.now]
            record.__dict__["updated_at"] = self.now
        done = await self.connection.execute(
            rows.update_text(type(record), columns), self.org_id, record.id, record.version, *values
        )
        if done != "UPDATE 1":
            raise Stale(record)
        self._rows.locked.add((type(record), record.id))
        record.__dict__["version"] += 1
        now = {n: record.__dict__[n] for n in changed}
        self.changes.updated(record, {n: before[n] for n in changed}, now)
        record.settle()
        self.totals.note(record, changed)
        self.happenings.announce(record, "updated", tuple(changed))

    async def _stamp(self, record: Record) -> None:
        """Note when what a record shows inline changed; its shown version has grown with that already."""
        await self.connection.execute(
            rows.stamp_text(type(record)), self.org_id, record.id, self.now
        )
        record.__dict__["updated_at"] = self.now
        record.settle()
        self.happenings.announce(record, "updated", ())

    async def delete(self, record: Record) -> None:
        """Delete a record that nothing refers to, and first what goes with it."""
        self._may_write(record)
        await reaching.may_change(self, record)
        await self.flush()
        for child, field in cascading.get(record.meta.name, ()):
            for one in await self.select(rows.pointing(child, field), {"id": record.id}):
                await self.delete(await self.get(child, one["id"], beyond=True))
        named = RecordRef.to(record.meta.name, record.id)
        for child, field in clinging:
            for one in await self.select(rows.pointing(child, field), {"id": named}):
                await self._delete_following(child, one["id"])
        await self.connection.execute(rows.delete_text(type(record)), self.org_id, record.id)
        self._rows.drop((type(record), record.id))
        self.totals.note(record)
        self.happenings.forget(record)
        if self.changes.deleted(record):
            self.happenings.announce(record, "deleted", ())

    async def _delete_following(self, child: type[Record], id: UUID) -> None:
        """Delete what follows from another deletion, whatever its own rules let the caller do."""
        module, self.module = self.module, ""
        try:
            await self.delete(await self.get(child, id, beyond=True))
        finally:
            self.module = module

    def _may_write(self, record: Record) -> None:
        """What everybody shares is changed only by who reaches everybody."""
        shared = type(record) is self.main and isinstance(record.meta.reach, Shared)
        if shared and self.reach < Reach.ORGANISATION:
            raise OutOfReach(
                reason=f"Every {record.meta.name} is shared by the whole organisation;"
                f" your permission reaches {self.reach.name.lower()} only.",
                remedy="Ask an administrator to change it.",
            )

    async def flush(self) -> None:
        """Write every changed record."""
        for row in list(self._rows.watched.values()):
            if row.__dict__["loaded"] is not None:
                await self.save(row)

    async def open(self, ref: RecordRef, *, lock: bool = False, write: bool = False) -> Record:
        """The record of any kind that the caller may `get` (and `update`, to `write`), or `NotFound`."""
        return await reaching.opened(self, ref, lock=lock, write=write)


def _refresh(row: Record, found: Any) -> None:
    """Take over what another transaction wrote between our first look at a row and our lock on it."""
    if any(value != row.stored(name) for name, value in row.values().items()):
        raise Stale(row)
    row.__dict__.update(row.load(rows.loaded(type(row), found)).__dict__)
