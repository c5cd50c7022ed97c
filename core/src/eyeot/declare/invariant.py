"""Invariants: what always holds in a module's tables, looked for in what is stored."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from eyeot.declare.context import Context

Look = Callable[[Context], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A sentence that is true of every organisation, and the look that finds where it is not.

    The look only reads, in one organisation, and tells each breach in words that name the record; no more
    than are worth telling.
    """

    name: str
    sentence: str
    look: Look

    @property
    def module(self) -> str:
        """The plugin it belongs to."""
        return self.name.partition(".")[0]


def invariant(name: str, sentence: str) -> Callable[[Look], Invariant]:
    """Declare `module.what`, and what is always true."""

    def made(look: Look) -> Invariant:
        return Invariant(name, sentence, look)

    return made
