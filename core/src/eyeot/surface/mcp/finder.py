"""Finder: actions by what people say they want, in French and English."""

from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz, process

from eyeot.declare.access import Access
from eyeot.declare.action import Action
from eyeot.declare.problem import Problem, UnknownAction
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.guards.resolve import without_module
from eyeot.surface.mcp import metatools
from eyeot.surface.mcp.index import Index
from eyeot.surface.mcp.words import tokens

_ALIKE = 60
LONGEST_NAME = 200
"""Characters of a name that is worth comparing with others."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An action that fits, and how well (0 to 1)."""

    action: Action
    score: float


@dataclass(eq=False, kw_only=True)
class NoSuchAction(UnknownAction, code="not_found"):
    """No action that this caller may know has that name; told with what an MCP client can call."""

    hint = "Find the right name with eyeot_help(query=…)."


class Finder:
    """Everything that looks actions up by something other than their exact name."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @cached_property
    def _index(self) -> Index:
        return Index(self._catalogue)

    def warm(self) -> None:
        """Build the index now rather than at the first search."""
        next(self._index.search("warm"), None)

    def search(self, query: str, access: Access, limit: int, within: str = "") -> list[Hit]:
        """The best actions that the caller may use; none when nothing fits."""
        hits: list[Hit] = []
        for score, action in self._index.search(query):
            if action.surface == "operator" or not self._catalogue.shows(action, access):
                continue
            if within and not action.name.startswith(f"{within}."):
                continue
            hits.append(Hit(action, score))
            if len(hits) == limit:
                break
        return hits

    @cached_property
    def _spellings(self) -> dict[str, str]:
        spelt = {name.replace(".", "_"): name for name in self._catalogue.actions}
        return {**spelt, **{tool.name: tool.action for tool in self._catalogue.tools.values()}}

    def canonical(self, name: str) -> str | None:
        """The action that a name means: as it is, spelt with other separators, or a tool's."""
        if len(name) > LONGEST_NAME:
            return None
        if name in self._catalogue.actions:
            return name
        plain = "_".join(tokens(name))
        return self._spellings.get(plain)

    def nearest(self, name: str, access: Access) -> list[str]:
        """Allowed actions whose names look alike."""
        name = name[:LONGEST_NAME]
        allowed = [one.name for one in self._catalogue.callable_by(access)]
        found = process.extract(name, allowed, scorer=fuzz.WRatio, limit=3, score_cutoff=_ALIKE)
        meant = [hit.action.name for hit in self.search(name.replace("_", " "), access, 2)]
        return list(dict.fromkeys([*(one[0] for one in found), *meant]))[:4]

    def nearest_tools(self, name: str) -> list[str]:
        """Tools whose names look alike."""
        names = [*self._catalogue.tools, *metatools.NAMES]
        name = name[:LONGEST_NAME]
        found = process.extract(name, names, scorer=fuzz.WRatio, limit=3, score_cutoff=_ALIKE)
        return [one[0] for one in found]

    def unknown(self, name: str, access: Access) -> Problem:
        """The refusal of an action that is not installed, with what is nearest."""
        if lacking := without_module(self._catalogue, name):
            return lacking
        nearest = self.nearest(name, access)
        suggestion = f"Did you mean {' or '.join(nearest)}?" if nearest else ""
        return NoSuchAction(action=name[:120], suggestion=suggestion, nearest=nearest or None)
