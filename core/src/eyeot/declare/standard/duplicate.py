"""Duplicate: a new record like another, with what belongs to it."""

from copy import deepcopy
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel
from pydantic import Field as Limits

from eyeot.declare.field import LONGEST_TEXT, Field
from eyeot.declare.model import Ref
from eyeot.declare.problem import invalid
from eyeot.declare.record import SYSTEM, Meta, Record, cascading, records
from eyeot.declare.standard.write import Create

_MOST_COPIES = 1_000
_COPY = {"fr": "copie"}


def copied(ctx: Any, row: Record, without: frozenset[str]) -> dict[str, Any]:
    """The values that a copy takes over: written ones that nobody else must share and the caller may see."""
    meta = row.meta
    shared = {n for names in meta.unique for n in names if meta.fields[n].nullable}
    # A label is told apart from the one it was made of, so it may be an identifier.
    left = {*SYSTEM, *shared, *without, *(n for n in meta.exact if n != meta.label)}
    return {
        name: deepcopy(row.__dict__[name])
        for name, one in meta.fields.items()
        if one.access in ("write", "create") and name not in left and _known(ctx, one)
    }


def _known(ctx: Any, one: Field) -> bool:
    return one.sensitive is None or ctx.allows(one.sensitive)


class Duplicate(Create):
    """A copy to change."""

    name = "duplicate"
    like = ("create",)
    summary = (
        "Copy one {en} as a new draft: numbers, identifiers and computed fields start anew;"
        " give fields to change on the copy."
    )
    en = "Duplicate {a}; copy {a}; clone {a}"
    fr = "Dupliquer {un}; copier {un}; cloner {un}"
    follow = ("get", "update")

    def model(self) -> type[BaseModel]:
        """The id, and whatever create takes."""
        made: dict[str, Any] = {"id": (Annotated[UUID, Ref(self.meta.name)], ...)}
        for name, info in super().model().model_fields.items():
            kind: Any = (
                Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
            )
            made[name] = (kind | None, Limits(default=None, description=info.description))
        return self.made(**made)

    async def run(self, ctx: Any, data: Any) -> Any:
        """Copy it, change the copy, and copy what belongs to it."""
        row = await ctx.get(self.record, data.id)
        afresh = frozenset(self.resource.afresh)
        own, other = copied(ctx, row, afresh), {}
        if self.inline:
            own.pop(self.inline.field, None)
            extended = await ctx.get(
                self.inline.record, getattr(row, self.inline.field), beyond=True
            )
            every = copied(ctx, extended, afresh)
            other = {n: v for n, v in every.items() if n in self.other}
        changed, changed_other = self.given(data)
        await self._relabel(ctx, {**other, **own}, {**changed_other, **changed}, own, other)
        own.update(self._cleared(changed))
        other.update(self._cleared(changed_other))
        if self.inline and own.get(self.inline.field):
            other = changed_other
        made = await self.made_of(ctx, own, other)
        await self._with_parts(ctx, row, made)
        return made

    def _cleared(self, changed: dict[str, Any]) -> dict[str, Any]:
        for name, value in changed.items():
            one = self.meta.fields.get(name) or self.other[name]
            if value is None and not one.nullable:
                raise invalid(name, "cannot be cleared: it always has a value")
        return changed

    async def _relabel(
        self,
        ctx: Any,
        values: dict[str, Any],
        changed: dict[str, Any],
        own: dict[str, Any],
        other: dict[str, Any],
    ) -> None:
        """Let the copy be told from what it was made of, unless the caller names it."""
        label = self.meta.label
        if label in changed or not isinstance(values.get(label), str):
            return
        one = self.meta.fields.get(label) or self.other[label]
        holder, record = (own, self.record) if label in own else (other, self.inline.record)  # type: ignore[union-attr]
        holder[label] = await _free(ctx, record, one, values[label])

    async def _with_parts(self, ctx: Any, row: Record, made: Record) -> None:
        """Copy the records that belong to it, and theirs."""
        for child, name in _parts(self.meta, self.resource.parts):
            await _copy_children(ctx, (child, name), row, made)

    def example(self) -> dict[str, Any] | None:
        """Just that."""
        return {"id": f"${self.meta.name}"}


async def _free(ctx: Any, record: type[Record], one: Field, text: str) -> str:
    """The label with a mark that no other record has, if labels are unique."""
    word = _COPY.get(ctx.locale[:2], "copy")
    alone = any(one.name in names for names in record.meta.unique)
    for number in range(1, _MOST_COPIES):
        mark = f" ({word})" if number == 1 else f" ({word} {number})"
        found = text[: (one.max_length or LONGEST_TEXT) - len(mark)] + mark
        if not alone or await ctx.first(record, record.c[one.name] == found) is None:
            return found
    raise invalid(one.name, "there are too many copies; say what to call this one")


def _parts(meta: Meta, chosen: tuple[str, ...] | None) -> list[tuple[type[Record], str]]:
    if chosen is None:
        return cascading.get(meta.name, [])
    pointing = [
        (records[kind], one) for kind in chosen for one in records[kind].meta.fields.values()
    ]
    return [(child, one.name) for child, one in pointing if one.target == meta.name]


async def _copy_children(
    ctx: Any, part: tuple[type[Record], str], row: Record, made: Record
) -> None:
    child, name = part
    for one in await ctx.find(child, child.c[name] == row.id):
        copy = await ctx.add(child(**{**copied(ctx, one, frozenset()), name: made.id}))
        for deeper in cascading.get(child.meta.name, ()):
            await _copy_children(ctx, deeper, one, copy)
