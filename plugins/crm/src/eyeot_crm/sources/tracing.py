"""Tracing: the source of a lead or deal, by its id or by its name."""

from typing import Any

import sqlalchemy as sa

from eyeot import Context, invalid
from eyeot_crm.sources.lead_source import LeadSource


async def trace(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Name the source that was given by id; find the one whose name was given."""
    if row.source_id is not None and (row.is_new or "source_id" in values):
        source = await ctx.get(LeadSource, row.source_id)
        if source.archived_at is not None:
            raise invalid("source_id", f"the source '{source.name}' is archived; choose another")
        if not row.source or "source" not in values:
            row.source = source.name
    elif row.source:
        same = sa.func.lower(LeadSource.c.name) == row.source.lower()
        found = await ctx.first(LeadSource, same, LeadSource.c.archived_at.is_(None))
        row.source_id = found.id if found else None
    else:
        row.source_id = None
