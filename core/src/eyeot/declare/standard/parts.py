"""Parts: the lines of a document as its create takes them and its get shows them."""

from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, create_model
from pydantic import Field as Limits

from eyeot.declare.field import Field
from eyeot.declare.lines import Lines
from eyeot.declare.model import annotation, record_shape
from eyeot.declare.query import LARGEST_LIMIT, Condition, Page, Query
from eyeot.declare.record import SYSTEM, Record, shown


class Line(BaseModel):
    """One line, as it is given."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def line_model(lines: Lines) -> tuple[Any, Any]:
    """The argument that takes a document's lines."""
    fields: dict[str, Any] = {}
    for one in lines.record.meta.fields.values():
        if one.access in ("write", "create") and one.name not in (*SYSTEM, lines.parent):
            fields[one.name] = _argument(one)
    title = "".join(part.title() for part in lines.record.meta.noun.split("_"))
    model = create_model(title, __base__=Line, **fields)
    told = f"Its {lines.name}, in order; more with {lines.record.meta.name}.create."
    kind = Annotated[list[model], Limits(max_length=lines.most)]  # type: ignore[valid-type]
    return (kind, Limits(default_factory=list, description=told))


def _argument(one: Field) -> tuple[Any, Any]:
    kind = annotation(one)
    if one.required:
        return (kind, Limits(description=one.doc))
    return (kind | None if one.nullable else kind, Limits(default=None, description=one.doc))


def lines_given(lines: Lines, data: BaseModel, parent: Record) -> Iterator[Record]:
    """The new lines of a new document, numbered in the order they were given."""
    fields = lines.record.meta.fields
    for at, line in enumerate(getattr(data, lines.name), start=1):
        values = {
            name: _stored(fields[name], value)
            for name in line.model_fields_set
            if (value := getattr(line, name)) is not None
        }
        if lines.sort in fields:
            values.setdefault(lines.sort, at)
        yield lines.record(**{**values, lines.parent: parent.id})


def _stored(one: Field, value: Any) -> Any:
    if one.kind == "json":
        return _plain(value)
    return sorted(value) if isinstance(value, set) else value


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    return [_plain(one) for one in value] if isinstance(value, list) else value


def line_fields(lines: Lines) -> tuple[Field, ...]:
    """The fields of a line that its document shows."""
    every = [one for one in shown(lines.record.meta) if one.name != lines.parent]
    if not lines.shown:
        return tuple(one for one in every if one.name not in SYSTEM[2:])
    return tuple(one for one in every if one.name in ("id", *lines.shown))


def lines_shape(lines: Lines) -> dict[str, Any]:
    """The JSON Schema of a document's lines in an answer."""
    return {"type": "array", "items": record_shape(line_fields(lines)), "description": "In order."}


def line_paths(lines: Lines) -> tuple[str, ...]:
    """Where a document's lines show identifiers."""
    named = [one.name for one in line_fields(lines) if one.target or one.kind == "record"]
    return tuple(f"{lines.name}.{name}" for name in dict.fromkeys(["id", *named]))


async def lines_of(ctx: Any, lines: Lines, parent_id: UUID) -> list[dict[str, Any]]:
    """A document's lines, in order, as this caller may see them."""
    names = [one.name for one in line_fields(lines)]
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        query = Query(
            conditions=[Condition(lines.parent, "is", parent_id)],
            archived="all",
            sort=lines.sort,
            limit=LARGEST_LIMIT,
            cursor=cursor,
        )
        page: Page = await ctx.page(lines.record, query)
        found += [{name: one[name] for name in names if name in one} for one in page["items"]]
        if not page["has_more"]:
            return found
        cursor = page["next_cursor"]
