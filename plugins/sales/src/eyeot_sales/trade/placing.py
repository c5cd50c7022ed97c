"""Placing: the order in which the lines of a document stand."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from eyeot import Context, Record, Ref, invalid


async def place_last(ctx: Context, line: Any, parent: str) -> None:
    """Put a line whose place was left out after the others."""
    if line.position:
        return
    record = type(line)
    last = sa.select(sa.func.max(record.c.position).label("last")).where(
        record.c.org_id == ctx.org_id, record.c[parent] == getattr(line, parent)
    )
    line.position = ((await ctx.rows(last))[0]["last"] or 0) + 1


async def reordered(
    ctx: Context, line: type[Record], parent: tuple[str, UUID], ids: Sequence[UUID]
) -> list[Any]:
    """The lines of a document in a new order, of which each was named once."""
    name, id = parent
    present: dict[UUID, Any] = {one.id: one for one in await ctx.find(line, line.c[name] == id)}
    if set(ids) != set(present) or len(ids) != len(present):
        known = ", ".join(Ref(line.meta.name).write(one) for one in present)
        raise invalid("line_ids", f"give each line once: {known}")
    for position, one in enumerate(ids, start=1):
        present[one].position = position
    return [present[one] for one in ids]
