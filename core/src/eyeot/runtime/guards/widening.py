"""Widening: whatever the action, only a person gives power; keys, jobs and reactions may cut it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from eyeot.declare.problem import Problem
from eyeot.runtime.changes import Change
from eyeot.runtime.guards.pages import page_of, way_of


@dataclass(eq=False, kw_only=True)
class WideningRefused(Problem, code="human_required"):
    """A change by which somebody could do more, not made by a person."""

    status = 403
    message = (
        "This would widen what a {kind} gives, which is reserved for a person; no key or token may."
    )
    hint = "{way}: {page}"
    kind: str
    fields: list[str]
    page: str
    """Where in the console."""
    way: str = "Ask a person to do it in the console"

    def data(self) -> dict[str, Any]:
        """What would have been widened, and where a person does it."""
        return {"kind": self.kind, "fields": self.fields, "page": self.page}


def refuse_widening(changes: Iterable[Change], public_url: str) -> None:
    """Refuse a change of a governing record by which somebody could do more than before."""
    for one in changes:
        governs = one.record.meta.governs
        if governs and (fields := governs.widened(one.operation, one.before, one.after)):
            kind = one.record.meta.name
            page, way = page_of(kind, public_url), way_of(kind)
            raise WideningRefused(kind=kind, fields=sorted(fields), page=page, way=way)
