"""Governing records: what decides who may do what, and which of its changes only cut power."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Cut = Callable[[Any, Any], bool]
"""Whether a field's new value, beside its former one, gives nobody more than they had."""
_SYSTEM = frozenset({"id", "version", "created_at", "updated_at"})
_WIDTHS = ("own", "team", "organisation")


def to(*values: Any) -> Cut:
    """It became one of these, whatever it was."""
    return lambda _before, after: after in values


def fewer(before: Any, after: Any) -> bool:
    """Nothing was added to a list."""
    return set(after) <= set(before)


def earlier(before: Any, after: Any) -> bool:
    """A time of ending was set, or brought forward."""
    return after is not None and (before is None or after <= before)


def later(before: Any, after: Any) -> bool:
    """A time before which nothing counts any more was set, or put off."""
    return after is not None and (before is None or after >= before)


def lesser(before: Any, after: Any) -> bool:
    """No grant `{permission, reach}` is new, and none reaches further."""
    held = {_of(one, "permission"): _WIDTHS.index(_of(one, "reach")) for one in before or ()}
    return all(
        held.get(_of(one, "permission"), -1) >= _WIDTHS.index(_of(one, "reach")) for one in after
    )


def _of(one: Any, name: str) -> str:
    told: str = one[name] if isinstance(one, dict) else getattr(one, name)
    return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Governs:
    """What a key may change in a record that decides over power; all else takes a person.

    To create one is to widen, and so is to change a field that nothing is said of here.
    """

    neutral: frozenset[str] = frozenset()
    """Fields that give and take nothing."""
    only: frozenset[str] = frozenset()
    """The fields that decide, when all others are neutral."""
    cuts: Mapping[str, Cut] = field(default_factory=dict)
    """Fields some of whose changes only take away."""
    archiving: bool = False
    """Whether putting it away only takes away; bringing it back never does."""
    deleting: bool = False
    """Whether deleting it only takes away."""

    def widened(
        self, operation: str, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> list[str]:
        """The fields by whose change somebody may do more; empty when power is only cut, or untouched."""
        if operation == "created":
            return ["id"]
        if operation == "deleted":
            return [] if self.deleting else ["id"]
        return [
            name
            for name in after
            if name not in _SYSTEM
            and before.get(name) != after[name]
            and self.decides(name)
            and not self._cut(name, before.get(name), after[name])
        ]

    def decides(self, name: str) -> bool:
        """Whether a field bears on what somebody may do."""
        return name in self.only if self.only else name not in self.neutral

    def _cut(self, name: str, before: Any, after: Any) -> bool:
        if name == "archived_at":
            return self.archiving and after is not None
        cut = self.cuts.get(name)
        return cut is not None and cut(before, after)
