"""Lines: the parts that a document is made of, written with it and totalled when they change."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eyeot.declare.context import Context
from eyeot.declare.problem import StateRefused
from eyeot.declare.record import Record

if TYPE_CHECKING:
    from eyeot.declare.resource import Resource

Total = Callable[[Context, Any], Awaitable[None]]


@dataclass(frozen=True, eq=False)
class Lines:
    """The records that belong to another, as `lines` of it.

    `create` takes them, `get` shows them in order, a duplicate takes them along. `total` is run once for a
    document whose lines, or whose fields named in `watch`, changed: at the end of the call, or when the
    handler asks for it. `shown`: the fields of a line that `get` shows; all when left out.
    """

    record: type[Record]
    parent: str
    """The line's field that names the document."""
    total: Total | None = None
    watch: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    name: str = "lines"
    sort: str = "position"
    most: int = 500


@dataclass(frozen=True, slots=True)
class Belonging:
    """Where a kind of line belongs."""

    resource: "Resource"
    lines: Lines


belonging: dict[str, Belonging] = {}
"""By the line's name: filled when a resource is declared, as `records` is."""

documents: dict[str, Lines] = {}
"""The lines of a document, by its name."""


def refuse_frozen(resource: "Resource", row: Record, step: str) -> None:
    """Refuse to change a document by hand in a state where it stands."""
    state = row.__dict__.get(row.meta.state or "")
    if not resource.editable or state in resource.editable:
        return
    refused = StateRefused(
        kind=row.meta.name,
        state=str(state),
        step=step,
        allowed=list(resource.editable),
        possible=resource.lifecycle.possible(str(state)) if resource.lifecycle else [],
    )
    refused.remedy = resource.instead or refused.remedy
    raise refused


async def refuse_standing(ctx: Context, line: Record) -> None:
    """Refuse to change by hand a line of a document that stands; the document is locked meanwhile."""
    found = belonging.get(line.meta.name)
    if found is None:
        return
    parent = await ctx.get(found.resource.record, getattr(line, found.lines.parent), lock=True)
    refuse_frozen(found.resource, parent, f"change its {found.lines.name}")
