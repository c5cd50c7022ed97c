"""Jobs: work that is too long for one call, done in steps that each commit what they did."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

from pydantic import BaseModel

from eyeot.declare.context import Context

Cursor = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step of a job came to.

    `cursor`: where the next step begins; None when the job is done. `done` of `total` in whatever unit the
    job counts. `result` is answered by `core.job.get` when the job is done.
    """

    cursor: Cursor | None = None
    done: int = 0
    total: int | None = None
    message: str | None = None
    result: dict[str, Any] | None = None


Work = Callable[[Context, Any, Cursor | None], Awaitable[Step]]


def _never(_: Any) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Job:
    """Work in steps: each is one transaction that keeps its effects and where the next begins.

    A worker that dies is followed by another, which goes on after the last step that was committed, so
    that every step's effects are there exactly once. It runs as whoever asked for it, with the rights they
    then have.
    """

    name: str
    handler: Work
    model: type[BaseModel]
    doc: str
    together: Callable[[Any], bool] = _never
    """Whether, for this input, all steps are kept or none: one transaction for all of them."""

    @property
    def module(self) -> str:
        """The plugin it belongs to."""
        return self.name.partition(".")[0]


def job(name: str, *, together: Callable[[Any], bool] = _never) -> Callable[[Work], Job]:
    """Declare a job `module.resource.verb`; the annotation of `data` is its input."""

    def made(handler: Work) -> Job:
        hints = get_type_hints(handler)
        doc = " ".join((handler.__doc__ or "").split())
        return Job(name, handler, hints["data"], doc, together)

    return made
