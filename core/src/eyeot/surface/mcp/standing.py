"""Standing: what is meant by changing or taking back a record that may not be changed any more."""

import re
from collections.abc import Collection

from eyeot.declare.action import Action
from eyeot.runtime.catalogue import Catalogue
from eyeot.surface.mcp.lexicon import VERB, finals, meanings

_CHANGING = frozenset({"update", "delete", "bulk_update"})
_UNDOING = frozenset({*(VERB + verb for verb in _CHANGING), "~cancel"})
_ACTION = re.compile(r"\b[a-z]\w*\.[a-z]\w*\.[a-z]\w*\b")
_REFUSED, _INSTEAD = 0.5, 1.3
"""What remains of a verb that would be refused, and how much better stands what is done instead."""


class Standing:
    """Which resources stand from some state on, and what their refusals name instead of a change."""

    def __init__(self, catalogue: Catalogue) -> None:
        standing = {name: one for name, one in catalogue.resources.items() if one.editable}
        self._resources = standing.keys()
        self._instead = {
            action for one in standing.values() for action in _ACTION.findall(one.instead)
        }

    def concerns(self, resources: Collection[str]) -> bool:
        """Whether one of them stands from some state on."""
        return not self._resources.isdisjoint(resources)

    def share(self, action: Action) -> float:
        """How an action fares where the record stands."""
        if action.name in self._instead:
            return _INSTEAD
        refused = action.kind == "generic" and action.verb in _CHANGING
        return _REFUSED if refused and action.resource in self._resources else 1.0


def standing_words(said: list[str]) -> set[str]:
    """The words by which a query says that what it wants changed or undone stands; none otherwise."""
    if not any(_undoes(word) for word in said):
        return set()
    return {word for at, word in enumerate(said) if at and word in finals()}


def _undoes(word: str) -> bool:
    return not _UNDOING.isdisjoint(meanings(word))
