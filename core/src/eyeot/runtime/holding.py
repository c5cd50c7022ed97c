"""Holding: the records that a unit of work has in hand."""

from dataclasses import dataclass, field
from uuid import UUID

from eyeot.declare.record import Record

Row = tuple[type[Record], UUID]


@dataclass(slots=True)
class Holding:
    """The records a unit has in hand, one object each, and what it knows of them."""

    known: dict[Row, Record] = field(default_factory=dict)
    gone: set[Row] = field(default_factory=set)
    locked: set[Row] = field(default_factory=set)
    unreached: set[Row] = field(default_factory=set)
    """Those that were looked at beyond the caller's reach."""

    def absorb(self, other: "Holding") -> None:
        """Take over another's view of what it held."""
        for key in other.gone:
            self.known.pop(key, None)
        self.known.update(other.known)
        self.gone |= other.gone
        self.locked |= other.locked
        self.unreached |= other.unreached
