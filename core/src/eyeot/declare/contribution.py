"""Contributions: what modules add to an answer that the core gives for all of them."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from eyeot.declare.anyref import RecordRef
from eyeot.declare.context import Context
from eyeot.declare.period import Days

_NUMBERED = re.compile(r"(?<![\w./-])(?=[\w./-]*\d)[A-Za-z0-9][\w./-]{3,39}")
_MOST_NUMBERS = 400
Words = tuple[str, str]
"""The same in English and French."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """A look by which a module adds to an answer, made with the rights of who asks.

    `needs`: the permission without which it is left out, told by name; `module:read` unless said otherwise.
    """

    name: str
    look: Callable[..., Awaitable[Any]]
    needs: str = ""

    @property
    def module(self) -> str:
        """The plugin it belongs to."""
        return self.name.partition(".")[0]

    @property
    def permission(self) -> str:
        """What its asker must hold."""
        return self.needs or f"{self.module}:read"


class Readiness(Contribution):
    """What must be there before a first invoice is legal."""

    look: Callable[[Context], Awaitable[Sequence["Point"]]]


class DueDates(Contribution):
    """Legal dates of a span of days, and those before it that are still open."""

    look: Callable[[Context, Days], Awaitable[Sequence["DueDate"]]]


class Quality(Contribution):
    """Records that say too little, the same twice, or what cannot be true."""

    look: Callable[[Context], Awaitable[Sequence["Flaw"]]]


class Candidates(Contribution):
    """What a document may be, and the records that it may belong to."""

    look: Callable[[Context, "Content"], Awaitable[Sequence["Candidate"]]]


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that must be there: whether it is, and the action that puts it there."""

    code: str
    said: Words
    done: bool
    fix: str
    article: str = ""
    blocks: bool = True
    """Whether no invoice is legal without; else one is, and something else lacks."""


@dataclass(frozen=True, slots=True)
class DueDate:
    """A day by which something must be done, and the action that does or shows it."""

    code: str
    on: date
    said: Words
    action: str
    article: str = ""
    record: RecordRef | None = None


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong with a record, and the action that mends it."""

    check: Literal["duplicate", "missing", "invalid"]
    record: RecordRef
    label: str
    said: Words
    fix: str
    field: str = ""
    other: RecordRef | None = None
    """Of a duplicate: which record it seems to be the same as."""


@dataclass(frozen=True, slots=True)
class Content:
    """What is known of a document: its name, its text where it has one, and its bytes."""

    filename: str
    mime: str
    text: str
    raw: bytes

    @property
    def numbers(self) -> list[str]:
        """What in its name and text could be the number of a piece, first come first."""
        stem = self.filename.rpartition(".")[0] or self.filename
        found = _NUMBERED.findall(f"{stem} {self.text}")
        return list(dict.fromkeys(one.rstrip(".-/") for one in found))[:_MOST_NUMBERS]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A kind that a document may be, a record it may belong to, or both; how sure, of 1, and why."""

    score: float
    why: Words
    kind: str = ""
    record: RecordRef | None = None
    label: str = ""
    action: str = ""
    """What could be done with it then."""
    known: dict[str, str] = field(default_factory=dict)
    """What was read in it: a number, a date, an amount."""


def readiness(name: str, *, needs: str = "") -> Callable[[Any], Readiness]:
    """Declare what must be there before a first invoice: `async (ctx) -> [Point, …]`."""
    return lambda look: Readiness(name, look, needs)


def due_dates(name: str, *, needs: str = "") -> Callable[[Any], DueDates]:
    """Declare legal dates: `async (ctx, span) -> [DueDate, …]`."""
    return lambda look: DueDates(name, look, needs)


def quality(name: str, *, needs: str = "") -> Callable[[Any], Quality]:
    """Declare a look for poor records: `async (ctx) -> [Flaw, …]`."""
    return lambda look: Quality(name, look, needs)


def candidates(name: str, *, needs: str = "") -> Callable[[Any], Candidates]:
    """Declare what documents may be: `async (ctx, content) -> [Candidate, …]`."""
    return lambda look: Candidates(name, look, needs)
