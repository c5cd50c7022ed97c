"""Widening: whatever the action, only a person gives power; keys, jobs and reactions may cut it."""

from collections.abc import Iterable

from eyeot.declare.problem import WideningRefused
from eyeot.runtime.changes import Change


def refuse_widening(changes: Iterable[Change]) -> None:
    """Refuse a change of a governing record by which somebody could do more than before."""
    for one in changes:
        governs = one.record.meta.governs
        if governs and (fields := governs.widened(one.operation, one.before, one.after)):
            raise WideningRefused(kind=one.record.meta.name, fields=sorted(fields))
