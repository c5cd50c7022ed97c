"""Doubles: rows of an import whose identifier another row or a record has already."""

from typing import Any

from pydantic import BaseModel

from eyeot.declare.context import Context
from eyeot.declare.record import Record

_AT_ONCE = 1000


class Doubles:
    """The unique identifiers that rows bring, as they would be stored: each may be there once."""

    def __init__(self, record: type[Record]) -> None:
        inline = record.meta.inline
        self._record = inline.record if inline else record
        names = [one[0] for one in self._record.meta.unique if len(one) == 1]
        self._seen: dict[str, dict[str, int]] = {name: {} for name in names}
        self.rows: dict[int, list[dict[str, Any]]] = {}
        """Why each doubled row would be refused, by its number."""

    def note(self, row: int, data: BaseModel) -> None:
        """Note the identifiers of a row that would otherwise be taken."""
        for name, seen in self._seen.items():
            value = getattr(data, name, None)
            if not isinstance(value, str):
                continue
            first = seen.setdefault(value, row)
            if first != row:
                self._tell(row, name, f"row {first} has the same")

    async def look_up(self, ctx: Context) -> None:
        """Note the rows whose identifier a record has already."""
        kind = self._record.meta.name
        for name, seen in self._seen.items():
            values = sorted(seen)
            for at in range(0, len(values), _AT_ONCE):
                some = self._record.c[name].in_(values[at : at + _AT_ONCE])
                for one in await ctx.find(self._record, some, limit=_AT_ONCE):
                    self._tell(seen[getattr(one, name)], name, f"a {kind} has it already")

    def _tell(self, row: int, path: str, reason: str) -> None:
        self.rows.setdefault(row, []).append({"path": path, "reason": reason})
