"""Public pages: what a person outside, who holds a link, sees of a record, without an account."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from eyeot.declare.context import Context

Opening = Literal["opened", "downloaded"]
"""What somebody did at a page: pressed its button, or took its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicFile:
    """A file that is taken from a page: a content that was kept (`ctx.keep`), by its digest."""

    filename: str
    mime: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicView:
    """What a page shows, in its reader's language."""

    language: Literal["fr", "en"]
    sender: str
    """Who shows it: the only thing beside the title that is seen before the button is pressed."""
    title: str
    facts: tuple[tuple[str, str], ...] = ()
    """Labels and values, in their order."""
    note: str = ""
    file: PublicFile | None = None


Show = Callable[[Context, UUID], Awaitable[PublicView | None]]
Notice = Callable[[Context, UUID, Opening], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class PublicPage:
    """A page about records of one kind, behind addresses that `ctx.public_link` makes.

    Every address is sealed: nobody can make or change one. It is good for as long as `show` answers, which
    is asked anew each time; so the record's state and dates end it. What is opened and downloaded is kept
    as rows of `core.page_visit`, with the moment and the network (/24 or /48) alone.
    """

    name: str
    """The kind of record it is about, e.g. sales.quote."""
    show: Show
    """What it shows of a record now; None when the address is not good any more."""
    opened: Notice | None = None
    """What follows from its being opened, in the same transaction."""

    @property
    def module(self) -> str:
        """The plugin it belongs to."""
        return self.name.partition(".")[0]
