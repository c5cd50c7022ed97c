"""Held: what roles and people may do, in words, and what the reader may hand on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eyeot.declare.access import Reach
from eyeot.surface.pages import Visit, rights
from eyeot.surface.pages.rights import Kind

REACHES = {
    "own": ("their own", "les siens"),
    "team": ("their team's", "ceux de son équipe"),
    "organisation": ("everybody's", "toute l'organisation"),
}
"""Reach: English, French."""
_WIDTH = {"own": Reach.OWN, "team": Reach.TEAM, "organisation": Reach.ORGANISATION}
GRAVE = frozenset({"core:admin", "core:audit"})
"""Rights over people and proof, to be handled with as much care as those that each module sets apart."""


@dataclass(frozen=True, slots=True)
class Line:
    """One permission: what it means, how far it goes, and where it comes from."""

    permission: str
    says: str
    reach: str
    grave: bool
    roles: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    """The reaches that the reader may set it to."""


@dataclass(frozen=True, slots=True)
class Group:
    """The permissions of one module."""

    label: str
    lines: tuple[Line, ...]

    @property
    def plain(self) -> tuple[Line, ...]:
        """Those of everyday work."""
        return tuple(one for one in self.lines if not one.grave)

    @property
    def grave(self) -> tuple[Line, ...]:
        """Those to be given with care."""
        return tuple(one for one in self.lines if one.grave)


def groups(visit: Visit, held: Mapping[str, Mapping[str, Any]]) -> list[Group]:
    """Permissions in words, by module; what no installed action needs comes last, as it is written."""
    found, told = [], set[str]()
    for module in rights.every(visit.engine.seen(visit.person), visit.language):
        lines = []
        for one in module.rights:
            if one.permission in held:
                told.add(one.permission)
                lines.append(_line(one.permission, one.says, one.kind, held[one.permission]))
        if lines:
            found.append(Group(module.label, tuple(lines)))
    rest = tuple(
        _line(
            name, rights.said(visit.engine.installed, name, visit.language), "special", held[name]
        )
        for name in held
        if name not in told
    )
    return [*found, Group(visit.say("Beside the modules", "Hors modules"), rest)] if rest else found


def _line(permission: str, says: str, kind: Kind, held: Mapping[str, Any]) -> Line:
    return Line(
        permission,
        says[:1].upper() + says[1:],
        held.get("reach") or "",
        kind == "special" or permission in GRAVE,
        tuple(held.get("roles") or ()),
        tuple(held.get("offered") or ()),
    )


def allows(visit: Visit, permission: str, reach: str) -> bool:
    """Whether the reader holds it so far, and so may hand it on."""
    held = visit.person.access.permissions
    return max(held.get(permission, 0), held.get("*", 0)) >= _WIDTH[reach]


def givable(visit: Visit, role: Mapping[str, Any]) -> bool:
    """Whether the reader may give a role: nobody gives what they do not hold."""
    return all(allows(visit, one["permission"], one["reach"]) for one in role["permissions"])


def editable(visit: Visit, granted: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Every permission that a role has or the reader could give it, with the reaches to choose from."""
    present = {one["permission"]: one["reach"] for one in granted}
    every = rights.every(visit.engine.seen(visit.person), visit.language)
    names = [one.permission for module in every for one in module.rights]
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        now = present.get(name, "")
        offered = [
            one
            for one in REACHES
            if allows(visit, name, one) or (now and _WIDTH[one] <= _WIDTH[now])
        ]
        if offered:
            found[name] = {"reach": now, "offered": offered}
    return found
