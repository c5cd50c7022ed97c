"""Holding: the records that a unit of work has in hand."""

from dataclasses import dataclass, field
from uuid import UUID

from eyeot.declare.record import LET_GO, Record

Row = tuple[type[Record], UUID]


@dataclass(slots=True)
class Holding:
    """The records a unit has in hand, one object each, and what it knows of them."""

    known: dict[Row, Record] = field(default_factory=dict)
    gone: set[Row] = field(default_factory=set)
    locked: set[Row] = field(default_factory=set)
    unreached: set[Row] = field(default_factory=set)
    """Those that were looked at beyond the caller's reach."""
    watched: dict[Row, Record] = field(default_factory=dict)
    """Those in a handler's hands, where they may change; the others are as they were last written."""
    settled: bool = False
    """Nothing changes any more: what is looked at now need not be watched."""

    def hold(self, row: Record) -> None:
        """Take a record in hand."""
        key = (type(row), row.id)
        self.known[key] = row
        self.watch(row)

    def watch(self, row: Record) -> None:
        """Note that a handler has a record, which it may change."""
        if not self.settled:
            row.__dict__.pop(LET_GO, None)
            self.watched[type(row), row.id] = row

    def let_go(self, row: Record) -> None:
        """Let go of one record, which is written."""
        if self.watched.pop((type(row), row.id), None) is not None:
            row.__dict__[LET_GO] = True

    def back_to(self, watched: dict[Row, Record]) -> None:
        """Let go of what was taken in hand since: it is written, and a thousand calls later still is."""
        for key in self.watched.keys() - watched.keys():
            self.watched[key].__dict__[LET_GO] = True
        self.watched = watched

    def drop(self, key: Row) -> None:
        """Forget a record that was deleted."""
        self.known.pop(key, None)
        self.watched.pop(key, None)
        self.gone.add(key)

    def absorb(self, other: "Holding") -> None:
        """Take over what another wrote, in the objects that are in hand here, so that they stay true."""
        for key in other.gone:
            self.drop(key)
        for key, row in other.known.items():
            mine = self.known.setdefault(key, row)
            if mine is not row and mine.__dict__["loaded"] != row.__dict__["loaded"]:
                mine.__dict__.update({n: v for n, v in row.__dict__.items() if n != LET_GO})
            # Whoever changed that object now would change nothing.
            row.__dict__[LET_GO] = True
        self.locked |= other.locked
        self.unreached |= other.unreached
