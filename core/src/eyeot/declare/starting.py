"""Starting rows: what an organisation begins with in a module, as data that ships with it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eyeot.declare.context import Context
from eyeot.declare.record import Record, records

Rows = Sequence[Mapping[str, Any]]
Look = Callable[[Context], Awaitable[Rows]]


@dataclass(frozen=True, eq=False)
class Starting:
    """The rows of a record that every organisation is given once, when it opens or when they are new.

    `key`: the field that tells them apart. A row whose key is there already, or that was given before, is
    left alone: what somebody changed, archived or deleted stays as they want it. `rows` may look up what
    they refer to, as a function of the context; other starting rows of modules named earlier are there.
    """

    record: type[Record] | str
    """The record, or its name where it belongs to the core: `core.sequence`."""
    key: str
    rows: Rows | Look

    @property
    def kind(self) -> type[Record]:
        """The record."""
        return records[self.record] if isinstance(self.record, str) else self.record

    async def wanted(self, ctx: Context) -> Rows:
        """The rows, with what they refer to."""
        return await self.rows(ctx) if callable(self.rows) else self.rows

    def mark(self, key: Any) -> str:
        """How a module remembers that it gave a row."""
        return f"{self.kind.meta.noun}:{key}"
