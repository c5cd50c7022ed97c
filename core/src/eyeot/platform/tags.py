"""Tags: words that people put on records of any kind, to find them again together."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.anyref import RecordRef
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.field import field, ref
from eyeot.declare.identifiers import Shows
from eyeot.declare.model import Input, Output, Ref
from eyeot.declare.problem import Conflict, invalid
from eyeot.declare.reach import Shared
from eyeot.declare.record import Record, records
from eyeot.declare.resource import Resource

APPLY = "core.tag:apply"
TagId = Annotated[UUID, Ref("core.tag")]
_MOST = 200
_MOST_MOVED = 2_000


class Tag(
    Record,
    name="core.tag",
    prefix="tag",
    search=("name",),
    exact=("name",),
    unique=(("name",),),
    reach=Shared(),
    sort="name",
):
    """A word to put on records."""

    name: str = field("The word itself.", max_length=60)
    color: str | None = field("Its colour as #rrggbb.", max_length=7, default=None)
    resources: list[str] = field(
        "Kinds of record it is for, e.g. crm.customer; all when empty.", default=list
    )


class RecordTag(
    Record,
    name="core.record_tag",
    prefix="rtg",
    label="id",
    unique=(("tag_id", "kind", "record_id"),),
    index=(("record",),),
    reach=Shared(),
    archivable=False,
):
    """That a record carries a tag."""

    tag_id: UUID = ref("core.tag", "The tag.")
    record: RecordRef = field("The record.", on_delete="CASCADE")
    kind: str = field("What kind of record it is.", access="read", default="")
    record_id: UUID = field("Its id.", access="read", default=None)

    def complete(self) -> None:
        """Note kind and id apart, by which lists join."""
        self.kind, self.record_id = self.record.kind, self.record.id


async def prepare(_ctx: Context, _row: Any, values: dict[str, Any]) -> None:
    """Refuse a colour that is none, and kinds that are not installed."""
    color = values.get("color")
    if color and not (len(color) == len("#rrggbb") and color[0] == "#" and _is_hex(color[1:])):
        raise invalid("color", "write it as #rrggbb, e.g. #d9480f")
    if unknown := [one for one in values.get("resources") or () if one not in records]:
        raise invalid("resources", f"unknown: {', '.join(unknown)}; e.g. crm.customer")


def _is_hex(text: str) -> bool:
    return all(sign in "0123456789abcdefABCDEF" for sign in text)


tags = Resource(
    Tag,
    profile="config",
    adding="delete search",
    en="tag; tags; label; keyword",
    fr="étiquette; étiquettes; mot-clé; tag",
    gender="f",
    prepare=prepare,
    example={"name": "Salon Sirha 2027", "color": "#d9480f", "resources": ["crm.customer"]},
)


class RecordTagged(Event, name="core.record.tagged"):
    """Tags were put on a record, or taken off."""

    kind: str
    id: UUID
    added: list[TagId]
    removed: list[TagId]


class Apply(Input):
    """Records of any kind, tags to put on them and tags to take off."""

    records: Annotated[list[RecordRef], Limits(min_length=1, max_length=_MOST)]
    add: Annotated[list[TagId], Limits(max_length=20)] = Limits(default_factory=list)
    remove: Annotated[list[TagId], Limits(max_length=20)] = Limits(default_factory=list)


class Tagged(Output):
    """The names of the tags that each record carries now, and how many records changed."""

    items: Annotated[list[dict[str, Any]], Shows("record")]
    changed: int


@action(
    "core.tag.apply",
    risk="w",
    en="Tag records; put tags on records; remove tags; label customers",
    fr="Étiqueter des fiches; poser des étiquettes; retirer une étiquette; marquer des clients",
    example={"records": ["$core.team"], "add": ["$core.tag"]},
    events=("core.record.tagged",),
    permission=APPLY,
    next=("core.tag.list",),
)
async def apply(ctx: Context, data: Apply) -> Tagged:
    """Put tags on up to 200 records that you may change, of any kind, and take others off."""
    if not data.add and not data.remove:
        raise invalid("add", "name a tag to add, or one to remove")
    if both := set(data.add) & set(data.remove):
        raise invalid("remove", f"{len(both)} of them would be added too; choose")
    added = [await ctx.get(Tag, one) for one in dict.fromkeys(data.add)]
    for one in data.remove:
        await ctx.get(Tag, one)
    refs = list(dict.fromkeys(data.records))
    for record in refs:
        await ctx.open(record, write=True)
        for tag in added:
            _refuse(tag, record)
    carried = await _carried(ctx, refs)
    changed = [await _change(ctx, one, data, carried.get(one, {})) for one in refs]
    return Tagged(items=await _told(ctx, refs), changed=sum(changed))


def _refuse(tag: Tag, record: RecordRef) -> None:
    if tag.archived_at is not None:
        raise Conflict(
            reason=f"The tag '{tag.name}' was put away.",
            remedy="core.tag.restore brings it back.",
            field="add",
        )
    if tag.resources and record.kind not in tag.resources:
        raise Conflict(
            reason=f"The tag '{tag.name}' is for {', '.join(tag.resources)}, not for a {record.kind}.",
            remedy="Choose another tag, or have its kinds changed (core.tag.update).",
            field="add",
        )


async def _carried(ctx: Context, refs: list[RecordRef]) -> dict[RecordRef, dict[UUID, RecordTag]]:
    found: dict[RecordRef, dict[UUID, RecordTag]] = {}
    for one in await ctx.find(RecordTag, RecordTag.c.record.in_(refs)):
        found.setdefault(one.record, {})[one.tag_id] = one
    return found


async def _change(
    ctx: Context, record: RecordRef, data: Apply, carried: dict[UUID, RecordTag]
) -> bool:
    added = [one for one in dict.fromkeys(data.add) if one not in carried]
    removed = [one for one in dict.fromkeys(data.remove) if one in carried]
    for tag_id in added:
        await ctx.add(RecordTag(tag_id=tag_id, record=record))
    for tag_id in removed:
        await ctx.delete(carried[tag_id])
    if added or removed:
        ctx.emit(RecordTagged(kind=record.kind, id=record.id, added=added, removed=removed))
    return bool(added or removed)


async def _told(ctx: Context, refs: list[RecordRef]) -> list[dict[str, Any]]:
    carried = await _carried(ctx, refs)
    ids = {tag for one in carried.values() for tag in one}
    names = {one.id: one.name for one in await ctx.find(Tag, Tag.c.id.in_(ids))} if ids else {}
    return [
        {"record": one.typeid, "tags": sorted(names[tag] for tag in carried.get(one, {}))}
        for one in refs
    ]


class Merge(Input):
    """The tag that goes, and the one that takes its place."""

    source_id: TagId
    target_id: TagId


class Merged(Output):
    """What was tagged anew, what is left to do, and whether the source is gone."""

    target_id: TagId
    moved: int
    remaining: Annotated[int, Limits(description="Call again to move these.")]
    deleted: bool


@action(
    "core.tag.merge",
    risk="x",
    en="Merge two tags; replace a tag by another everywhere",
    fr="Fusionner deux étiquettes; remplacer une étiquette par une autre partout",
    example={"source_id": "$core.tag", "target_id": "$core.tag"},
    events=("core.tag.deleted",),
)
async def merge(ctx: Context, data: Merge) -> Merged:
    """Put one tag in the place of another on every record, then delete that other; there is no undoing."""
    source, target = await _two(ctx, data)
    found = await ctx.find(RecordTag, RecordTag.c.tag_id == source.id, limit=_MOST_MOVED + 1)
    moving = found[:_MOST_MOVED]
    refs = [one.record for one in moving]
    there = {
        one.record
        for one in await ctx.find(
            RecordTag, RecordTag.c.tag_id == target.id, RecordTag.c.record.in_(refs)
        )
    }
    for one in moving:
        if one.record in there:
            await ctx.delete(one)
        else:
            one.tag_id = target.id
            await ctx.save(one)
    left = len(found) - len(moving)
    if left:
        # Nothing more may be given a tag that is on its way out.
        source.archived_at = source.archived_at or ctx.now
    else:
        await ctx.delete(source)
    return Merged(target_id=target.id, moved=len(moving), remaining=left, deleted=not left)


async def _two(ctx: Context, data: Merge) -> tuple[Tag, Tag]:
    if data.source_id == data.target_id:
        raise invalid("target_id", "is the same tag; name another")
    # In one order, so that two merges in opposite directions wait for each other.
    first, second = sorted((data.source_id, data.target_id))
    locked = {one: await ctx.get(Tag, one, lock=True) for one in (first, second)}
    target = locked[data.target_id]
    if target.archived_at is not None:
        raise Conflict(
            reason=f"The tag '{target.name}' was put away.",
            remedy="core.tag.restore brings it back.",
            field="target_id",
        )
    return locked[data.source_id], target
