"""Sealing: the chain of hashes over what is posted, so that nothing in it changes unseen.

The fields that a seal covers are listed by version: a field that comes later goes into a later version, and
what was sealed before still verifies. Source: CGI, art. 286, I-3° bis (CIBS since 1 September 2026).
"""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, NamedTuple

import sqlalchemy as sa

from eyeot import Context, Money, Record

GENESIS = "0" * 64
"""What the first piece of a chain is sealed over."""


def canonical(value: Any) -> Any:
    """A value in the one form that is hashed: sorted keys, decimals without trailing zeros, ISO dates."""
    if isinstance(value, Money):
        return {"amount": canonical(value.amount), "currency": value.currency}
    if isinstance(value, Decimal):
        return format(value.normalize() + 0, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): canonical(one) for key, one in sorted(value.items()) if one is not None}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [canonical(one) for one in value]
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def covered(record: Any, names: Sequence[str]) -> dict[str, Any]:
    """The covered fields of a record, or of a row with its attributes."""
    return {name: getattr(record, name) for name in names}


def sealed(previous: str, version: int, content: Mapping[str, Any]) -> str:
    """The seal of a content over the seal before it: SHA-256 of both, in hexadecimal."""
    text = json.dumps(
        {"previous": previous, "version": version, "content": canonical(content)},
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(text.encode()).hexdigest()


class Break(NamedTuple):
    """The first place where a chain does not hold."""

    record: str
    number: str
    reason: str


Piece = tuple[Any, list[Any]]
"""A sealed row with its lines: rows, not records, since there may be more than a call should hold."""


@dataclass(frozen=True, eq=False)
class Chain:
    """How one kind of piece is sealed: what each version covers of it and of its lines.

    A piece has `number`, `rank`, `prev_hash` and `hash`; `within` is the field that parts it into chains, and
    `moment` the one that says when it was recorded.
    """

    record: type[Record]
    line: type[Record] | None
    parent: str
    """The line's field that names the piece."""
    versions: Mapping[int, tuple[Sequence[str], Sequence[str]]]
    within: str = "series"
    moment: str = "posted_at"
    sells: bool = True
    """Whether its total is of what was sold, by VAT rate."""
    sign: int = 1
    """-1 where it takes back what others ask for."""

    def __post_init__(self) -> None:
        """Let it be found by its kind."""
        chains[self.record.meta.name] = self

    def content(self, row: Any, lines: Sequence[Any], version: int) -> dict[str, Any]:
        """What the seal of a version covers."""
        own, of_lines = self.versions[version]
        return {**covered(row, own), "lines": [covered(one, of_lines) for one in lines]}

    async def pages(self, ctx: Context, part: Any, size: int = 1_000) -> AsyncIterator[list[Piece]]:
        """The sealed pieces of one chain in order, with their lines, page by page."""
        c, at = self.record.c, 0
        mine = sa.select(*c).where(ctx.within(self.record), c[self.within] == part)
        while found := await ctx.rows(mine.where(c.rank > at).order_by(c.rank).limit(size)):
            lines = await self._lines(ctx, [one["id"] for one in found])
            yield [(rowed(self.record, one), lines.get(one["id"], [])) for one in found]
            at = found[-1]["rank"]

    async def _lines(self, ctx: Context, ids: Sequence[Any]) -> dict[Any, list[Any]]:
        found: dict[Any, list[Any]] = {}
        if self.line is None:
            return found
        c = self.line.c
        told = sa.select(*c).where(ctx.within(self.line), c[self.parent].in_(ids))
        for one in await ctx.rows(told.order_by(c.position, c.id)):
            found.setdefault(one[self.parent], []).append(rowed(self.line, one))
        return found

    async def parts(self, ctx: Context) -> list[Any]:
        """The chains that there are of it."""
        c = self.record.c[self.within]
        mine = sa.select(c.label("part")).where(ctx.within(self.record), c.is_not(None)).distinct()
        return [one["part"] for one in await ctx.rows(mine.order_by(c))]

    async def first_break(self, ctx: Context, part: Any) -> tuple[int, str, Break | None]:
        """How many pieces of a chain hold, the last good seal, and the first break if there is one."""
        count, last = 0, GENESIS
        async for page in self.pages(ctx, part):
            for row, lines in page:
                if reason := self.reason(row, lines, count + 1, last):
                    name = f"{self.record.meta.name}/{row.id}"
                    return count, last, Break(name, row.number or "", reason)
                count, last = count + 1, row.hash
        return count, last, None

    def reason(self, row: Any, lines: Sequence[Any], rank: int, last: str) -> str | None:
        """Why a piece does not hold at this place of its chain; None when it does."""
        if row.rank != rank:
            return f"place {rank} of the chain is missing"
        if row.prev_hash != last:
            return "it does not follow the piece before it"
        if not self.holds(row, lines):
            return "what it says is not what was sealed"
        return None

    def holds(self, row: Any, lines: Sequence[Any]) -> bool:
        """Whether its seal is that of what it says, by its own version or by any that is known."""
        own: int | None = getattr(row, "seal_version", None)
        tried = [own] if own is not None and own in self.versions else list(self.versions)
        return any(row.hash == sealed(row.prev_hash, v, self.content(row, lines, v)) for v in tried)


chains: dict[str, Chain] = {}
"""By the kind of piece: filled when a chain is declared."""


def rowed(record: type[Record], row: Mapping[str, Any]) -> Any:
    """A row of a query with the record's fields as attributes, money put together."""
    values = {}
    for name, one in record.meta.fields.items():
        value = row[one.columns[0]]
        if value is not None and one.kind == "money":
            value = Money(amount=value, currency=row[one.columns[1]])
        values[name] = value
    return SimpleNamespace(**values)
