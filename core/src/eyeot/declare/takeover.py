"""Takeovers: how a module reads what other software wrote, as rows to import and work that follows."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from eyeot.declare.context import Context
from eyeot.declare.contribution import Contribution, Words


@dataclass(frozen=True, slots=True)
class Source:
    """A file of other software: its bytes, and its rows by column where it is a table."""

    software: str
    filename: str
    content: bytes
    rows: Sequence[Mapping[str, Any]] = ()
    document_id: UUID | None = None
    """Where it is kept; none before it is."""

    @property
    def columns(self) -> list[str]:
        """The names of its columns, in order."""
        return list(dict.fromkeys(name for row in self.rows for name in row))


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that become records of a kind, each value under the field it fills (`addresses.city`)."""

    resource: str
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is not taken over, and why."""

    label: str
    why: Words


@dataclass(frozen=True, slots=True)
class Taking:
    """What would be taken over of a file."""

    parts: Sequence[Part] = ()
    known: int = 0
    """Rows that are here already."""
    left_out: Sequence[LeftOut] = ()
    then: Words | None = None
    """What is done once the rows are in; None: nothing."""
    figures: Mapping[str, str] = field(default_factory=dict)
    """What that work will come to."""


Finish = Callable[[Context, Source], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Takeover(Contribution):
    """What of some software's files a module takes over; it answers None for a file that is not its own."""

    software: tuple[str, ...] = ()
    finish: Finish | None = None
    """Done once all rows of all files are in, when `Taking.then` says so."""


def takeover(
    name: str, *software: str, finish: Finish | None = None, needs: str = ""
) -> Callable[[Any], Takeover]:
    """Declare what is taken over: `async (ctx, source) -> Taking | None`."""
    return lambda look: Takeover(name, look, needs, software, finish)
