"""Widening: whatever the action, only a person gives power; keys, jobs and reactions may cut it."""

from collections.abc import Iterable
from dataclasses import dataclass

from eyeot.declare.problem import Problem
from eyeot.runtime.changes import Change


@dataclass(eq=False, kw_only=True)
class WideningRefused(Problem, code="human_required"):
    """A change by which somebody could do more, not made by a person."""

    status = 403
    message = (
        "This would widen what a {kind} gives, which is reserved for a person; no key or token may."
    )
    hint = (
        "There is no console yet: ask the operator of this deployment to do it with 'eyeot call'."
    )
    kind: str
    fields: list[str]


def refuse_widening(changes: Iterable[Change]) -> None:
    """Refuse a change of a governing record by which somebody could do more than before."""
    for one in changes:
        governs = one.record.meta.governs
        if governs and (fields := governs.widened(one.operation, one.before, one.after)):
            raise WideningRefused(kind=one.record.meta.name, fields=sorted(fields))
