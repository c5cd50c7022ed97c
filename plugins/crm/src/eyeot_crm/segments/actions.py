"""Actions: segments looked at, refreshed, filled by hand and compared."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Event,
    Input,
    Output,
    RecordRef,
    Shows,
    action,
    invalid,
)
from eyeot_crm.contacts import Contact
from eyeot_crm.ids import ContactId, SegmentId
from eyeot_crm.segments.membership import kind_of, members, named
from eyeot_crm.segments.record import KINDS, Grouped, Segment, SegmentMember
from eyeot_crm.segments.sentences import understood

_SAMPLE = 10
_Many = Annotated[list[RecordRef], Field(min_length=1, max_length=500)]


class SegmentChanged(Event, name="crm.segment.changed"):
    """Who is in a segment changed."""

    segment_id: SegmentId
    size: int
    former_size: int


class Look(Input):
    """A filter, as the arguments of the resource's list; or a sentence that means one."""

    resource: Annotated[
        Grouped | None, Field(description="What the sentence says, else contact.")
    ] = None
    query: dict[str, Any] = Field(default_factory=dict)
    text: Annotated[
        str | None,
        Field(
            min_length=3,
            max_length=200,
            description='Instead of query, in French or English: "clients à Lyon, niveau A".',
        ),
    ] = None


class Sample(Output):
    """How many meet the filter, exactly as it is understood, and some of them."""

    resource: Grouped
    query: Annotated[dict[str, Any], Field(description="The filter, as it is stored.")]
    size: int
    sample: list[Annotated[dict[str, Any], Shows("id")]]


@action(
    "crm.segment.preview",
    risk="r",
    en=(
        "Preview a segment; how many contacts meet a filter; try a target group; who would be in a "
        "segment; turn a sentence into a filter"
    ),
    fr=(
        "Prévisualiser un segment; combien de contacts répondent à un filtre; tester une cible; qui "
        "serait dans un segment; faire un filtre d'une phrase"
    ),
    example={"text": "clients à Lyon, au moins 10 salariés"},
)
async def preview(ctx: Context, data: Look) -> Sample:
    """Show how many records meet a filter or a sentence, and a sample, before a segment is made of it.

    The answer holds the exact filter; a sentence that is not understood whole is refused.
    """
    resource, given = _asked(ctx, data)
    record = KINDS[resource]
    query = ctx.filters(record, given)
    size = await ctx.count(record, query)
    query.limit = _SAMPLE
    found = (await ctx.page(record, query))["items"]
    label = record.meta.label
    told = [{"id": one["id"], "name": one.get(label)} for one in found]
    return Sample(resource=resource, query=given, size=size, sample=told)


def _asked(ctx: Context, data: Look) -> tuple[Grouped, dict[str, Any]]:
    if data.text is None:
        return data.resource or "contact", data.query
    if data.query:
        raise invalid("text", "give a sentence or a query, not both")
    return understood(ctx, data.text, data.resource)


class SegmentChosen(Input):
    """One segment."""

    id: SegmentId


class Refreshed(Output):
    """How many are in it, and how many were."""

    id: SegmentId
    size: int
    former_size: int
    change: int


@action(
    "crm.segment.refresh",
    risk="w",
    en="Refresh a segment; recount a segment; update a target group; recompute who is in a segment",
    fr=(
        "Actualiser un segment; recompter un segment; mettre une cible à jour; recalculer qui est dans "
        "un segment"
    ),
    example={"id": "$crm.segment?kind=dynamic"},
    events=("crm.segment.changed",),
    record=Segment,
)
async def refresh(ctx: Context, data: SegmentChosen) -> Refreshed:
    """Count anew who meets a dynamic segment's filter."""
    segment = await ctx.get(Segment, data.id, lock=True)
    if segment.kind == "static":
        raise Conflict(
            reason="A static segment is what people put in it.",
            remedy="Use crm.segment.add_members or remove_members.",
            field="id",
        )
    former = segment.size
    await _resize(ctx, segment, len(await members(ctx, segment)))
    return Refreshed(
        id=segment.id, size=segment.size, former_size=former, change=segment.size - former
    )


async def _resize(ctx: Context, segment: Segment, size: int) -> None:
    former, segment.size, segment.refreshed_at = segment.size, size, ctx.now
    ctx.emit(SegmentChanged(segment_id=segment.id, size=size, former_size=former))


class Members(Input):
    """A static segment, and records of its kind."""

    id: SegmentId
    members: _Many


class Changed(Output):
    """How many were added or removed; how many there are now."""

    id: SegmentId
    changed: int
    size: int


@action(
    "crm.segment.add_members",
    risk="w",
    en=(
        "Add members to a segment; put contacts into a mailing list; add customers to a target group; "
        "fill a static segment"
    ),
    fr=(
        "Ajouter des membres à un segment; mettre des contacts dans une liste de diffusion; ajouter des "
        "clients à une cible; remplir un segment statique"
    ),
    example={"id": "$crm.segment?kind=static", "members": ["$crm.contact"]},
    events=("crm.segment.changed",),
    record=Segment,
)
async def add_members(ctx: Context, data: Members) -> Changed:
    """Put records into a static segment; who is in it already is not put in twice."""
    segment = await _static(ctx, data.id)
    return await put_in(ctx, segment, data.members)


async def _static(ctx: Context, id: UUID) -> Segment:
    segment = await ctx.get(Segment, id, lock=True)
    if segment.kind == "dynamic":
        raise Conflict(
            reason=f"'{segment.name}' is made of whoever meets its filter.",
            remedy="Change its query with crm.segment.update, or make a static segment.",
            field="id",
        )
    if segment.archived_at is not None:
        raise Conflict(
            reason=f"'{segment.name}' is archived.",
            remedy="Bring it back with crm.segment.restore.",
            field="id",
        )
    return segment


async def put_in(ctx: Context, segment: Segment, refs: list[RecordRef]) -> Changed:
    """Put in what is not there yet."""
    _refuse_other_kinds(segment, refs)
    inside = SegmentMember.c.segment_id == segment.id
    known = await ctx.find(SegmentMember, inside, SegmentMember.c.member.in_(refs))
    fresh = dict.fromkeys(ref for ref in refs if ref not in {one.member for one in known})
    for ref in fresh:
        await ctx.add(SegmentMember(segment_id=segment.id, member=ref))
    await _resize(ctx, segment, len(await members(ctx, segment)))
    return Changed(id=segment.id, changed=len(fresh), size=segment.size)


def _refuse_other_kinds(segment: Segment, refs: list[RecordRef]) -> None:
    kind = kind_of(segment).meta.name
    for at, ref in enumerate(refs):
        if ref.kind != kind:
            raise invalid(f"members.{at}", f"this segment holds {kind} only")


@action(
    "crm.segment.remove_members",
    risk="w",
    en=(
        "Remove members from a segment; take contacts off a mailing list; take customers out of a target "
        "group"
    ),
    fr=(
        "Retirer des membres d'un segment; enlever des contacts d'une liste de diffusion; sortir des "
        "clients d'une cible"
    ),
    example={"id": "$crm.segment?kind=static", "members": ["$crm.contact"]},
    events=("crm.segment.changed",),
    record=Segment,
)
async def remove_members(ctx: Context, data: Members) -> Changed:
    """Take records out of a static segment."""
    segment = await _static(ctx, data.id)
    _refuse_other_kinds(segment, data.members)
    for ref in data.members:
        await ctx.get(kind_of(segment), ref.id)
    inside = SegmentMember.c.segment_id == segment.id
    found = await ctx.find(SegmentMember, inside, SegmentMember.c.member.in_(data.members))
    for one in found:
        await ctx.delete(one)
    await _resize(ctx, segment, len(await members(ctx, segment)))
    return Changed(id=segment.id, changed=len(found), size=segment.size)


class Pair(Input):
    """Two segments of one kind."""

    a: SegmentId
    b: SegmentId


class Overlap(Output):
    """How many are in both, and in one only."""

    in_both: int
    only_a: int
    only_b: int
    sample: list[Annotated[dict[str, Any], Shows("id")]]


@action(
    "crm.segment.compare",
    risk="r",
    en="Compare two segments; overlap of two target groups; who is in both mailing lists",
    fr="Comparer deux segments; recoupement de deux cibles; qui est dans les deux listes",
    example={"a": "$crm.segment?resource=contact", "b": "$crm.segment?resource=contact"},
)
async def compare(ctx: Context, data: Pair) -> Overlap:
    """Tell how many records two segments share, and some of them."""
    a, b = await ctx.get(Segment, data.a), await ctx.get(Segment, data.b)
    if a.resource != b.resource:
        raise Conflict(
            reason=f"One holds {a.resource}s, the other {b.resource}s.",
            remedy="Compare two segments of one kind.",
            field="b",
        )
    in_a, in_b = set(await members(ctx, a)), set(await members(ctx, b))
    both = sorted(in_a & in_b)
    record = kind_of(a)
    shown = [await ctx.show(record, one, ["id", record.meta.label]) for one in both[:_SAMPLE]]
    told = [{"id": one["id"], "name": one.get(record.meta.label)} for one in shown]
    return Overlap(in_both=len(both), only_a=len(in_a - in_b), only_b=len(in_b - in_a), sample=told)


class PutIn(Input):
    """Contacts, and a static segment of contacts."""

    contact_ids: Annotated[list[ContactId], Field(min_length=1, max_length=500)]
    segment_id: SegmentId


@action(
    "crm.contact.add_to_segment",
    risk="w",
    en="Add contacts to a segment; put a contact on a mailing list; add somebody to a target group",
    fr=(
        "Ajouter des contacts à un segment; inscrire un contact sur une liste de diffusion; mettre "
        "quelqu'un dans une cible"
    ),
    example={"contact_ids": ["$crm.contact"], "segment_id": "$crm.segment?kind=static"},
    events=("crm.segment.changed",),
    record=Contact,
)
async def add_to_segment(ctx: Context, data: PutIn) -> Changed:
    """Put contacts into a static segment; whether they may be written to is asked when it is used."""
    segment = await _static(ctx, data.segment_id)
    if segment.resource != "contact":
        raise Conflict(
            reason=f"'{segment.name}' holds {segment.resource}s.",
            remedy="Choose a segment with resource=contact.",
            field="segment_id",
        )
    for one in data.contact_ids:
        await ctx.get(Contact, one)
    return await put_in(ctx, segment, named(segment, data.contact_ids))
