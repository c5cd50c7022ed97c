"""Membership: who is in a segment now."""

from uuid import UUID

import sqlalchemy as sa

from eyeot import Context, Record, RecordRef
from eyeot_crm.segments.record import KINDS, Segment, SegmentMember

LARGEST = 10_000
"""Of a segment, as far as it is read at once."""


async def members(ctx: Context, segment: Segment) -> list[UUID]:
    """The ids of what is in a segment, within the caller's reach; archived records are in none."""
    record = kind_of(segment)
    if segment.kind == "dynamic":
        return await ctx.matching(record, ctx.filters(record, segment.query), limit=LARGEST)
    held = sa.select(SegmentMember.c.member).where(SegmentMember.c.segment_id == segment.id)
    named = sa.func.concat(f"{record.meta.name}/", sa.cast(record.c.id, sa.Text))
    where = [ctx.within(record), named.in_(held)]
    if record.meta.archivable:
        where.append(record.c.archived_at.is_(None))
    select = sa.select(record.c.id).where(*where).order_by(record.c.id).limit(LARGEST)
    return [row["id"] for row in await ctx.rows(select)]


def kind_of(segment: Segment) -> type[Record]:
    """The record that a segment groups."""
    return KINDS[segment.resource]


def named(segment: Segment, ids: list[UUID]) -> list[RecordRef]:
    """What members are named by."""
    kind = kind_of(segment).meta.name
    return [RecordRef.to(kind, one) for one in ids]
