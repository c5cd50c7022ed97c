"""Totals: the documents whose lines changed, until each is totalled once."""

from collections.abc import Iterable
from uuid import UUID

from eyeot.declare.context import Context
from eyeot.declare.lines import Lines, belonging, documents
from eyeot.declare.problem import NotFound
from eyeot.declare.record import Record

Waiting = tuple[type[Record], UUID]


class Totals:
    """What is to be totalled in one unit of work."""

    def __init__(self) -> None:
        self._waiting: dict[Waiting, Lines] = {}

    def note(self, record: Record, changed: Iterable[str] = ()) -> None:
        """A record was written: its document waits when it is a line, or itself when it is one."""
        name = record.meta.name
        if (of := belonging.get(name)) and of.lines.total:
            key = of.resource.record, getattr(record, of.lines.parent)
            self._waiting[key] = of.lines
        own = documents.get(name)
        if own and own.total and not set(own.watch).isdisjoint(changed):
            self._waiting[type(record), record.id] = own

    def next(self) -> Waiting | None:
        """A document that waits."""
        return next(iter(self._waiting), None)

    def done(self, key: Waiting) -> None:
        """It is totalled; what that wrote on its own lines does not ask for it again."""
        self._waiting.pop(key, None)

    async def run(self, ctx: Context, key: Waiting) -> None:
        """Total it, unless it was deleted with its lines."""
        try:
            parent = await ctx.get(*key, lock=True, beyond=True)
        except NotFound:
            return
        total = self._waiting[key].total
        assert total
        await total(ctx, parent)
