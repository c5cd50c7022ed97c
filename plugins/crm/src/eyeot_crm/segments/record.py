"""Segment: a group of customers, contacts or leads."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from eyeot import Attached, Conflict, Context, Record, RecordRef, Resource, Shared, field, ref
from eyeot_crm.contacts import Contact
from eyeot_crm.customers import Customer
from eyeot_crm.leads import Lead

Grouped = Literal["customer", "contact", "lead"]
KINDS: dict[str, type[Record]] = {"customer": Customer, "contact": Contact, "lead": Lead}


class Segment(
    Record,
    name="crm.segment",
    prefix="seg",
    hint=("kind",),
    search=("name",),
    unique=(("name",),),
    reach=Shared(),
):
    """A group of customers, contacts or leads that are addressed together."""

    name: str = field("Its name.", max_length=120)
    resource: Grouped = field("What is in it.", access="create", default="contact")
    kind: Literal["dynamic", "static"] = field(
        "dynamic: whoever meets the filter; static: whom people put in.",
        access="create",
        default="static",
    )
    query: dict[str, Any] = field(
        "Of a dynamic one: the filter, as the arguments of that resource's list.", default=dict
    )
    size: int = field("How many were in it when it was refreshed.", access="read", default=0)
    refreshed_at: datetime | None = field("When that was.", access="read", default=None)


class SegmentMember(
    Record,
    name="crm.segment_member",
    prefix="sgm",
    label="id",
    unique=(("segment_id", "member"),),
    index=(("member",),),
    reach=Attached("member"),
    archivable=False,
):
    """That a record is in a segment."""

    segment_id: UUID = ref("crm.segment", "The segment.", on_delete="CASCADE")
    member: RecordRef = field("Who is in it.", on_delete="CASCADE", personal=True)


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Hold a filter to the fields there are; a static segment has none."""
    if row.kind == "static" and row.query:
        raise Conflict(
            reason="A static segment has members, not a filter.",
            remedy="Leave query out and use crm.segment.add_members, or make a dynamic segment.",
            field="query",
        )
    if row.is_new or "query" in values:
        ctx.filters(KINDS[row.resource], row.query)


segments = Resource(
    Segment,
    profile="config",
    adding="duplicate search export",
    en="segment; segments; target group; mailing list; audience",
    fr="segment; segments; cible; liste de diffusion; groupe de clients",
    prepare=prepare,
    parts=("crm.segment_member",),
    afresh=("size", "refreshed_at"),
    example={
        "name": "Contacts décideurs",
        "resource": "contact",
        "kind": "dynamic",
        "query": {"role_in_purchase": "decider"},
    },
)
