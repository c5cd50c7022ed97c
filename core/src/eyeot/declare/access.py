"""Access: what a credential may do, compiled to look-ups."""

from dataclasses import dataclass, field
from enum import IntEnum


class Reach(IntEnum):
    """How far a grant goes; a wider one includes the narrower."""

    OWN = 1
    TEAM = 2
    ORGANISATION = 3


def module_of(name: str) -> str:
    """The module of an action or a permission: `crm` of `crm.lead:delete`."""
    return name.partition(":")[0].partition(".")[0]


@dataclass(frozen=True, slots=True)
class Readable:
    """How far a caller may read each kind of record: what decides over rows that hang on any of them."""

    wide: tuple[str, ...]
    """The kinds read in the whole organisation."""
    narrow: tuple[tuple[str, Reach], ...]
    """The kinds read in part, and how far."""


Level = Reach | Readable | None
"""How far a caller reaches among the records of one kind; None: not at all."""


@dataclass(frozen=True, slots=True)
class Access:
    """Compiled grants of one credential. Equal grants share one instance."""

    actions: dict[str, Reach] = field(default_factory=dict)
    """Allowed action names and how far each reaches."""
    permissions: dict[str, Reach] = field(default_factory=dict)
    """Held permission names (`crm:read`, `hr.employee:salary`), implied ones included."""
    fingerprint: str = ""
    """Equal for equal grants: the key of every cache of what a caller may see."""
    disabled: frozenset[str] = frozenset()
    """The modules that are switched off for this organisation or deployment."""
