"""Citations: rows of an import name records that whoever brought or runs it was shown."""

from pydantic import BaseModel

from eyeot.declare.citing import Held
from eyeot.declare.context import Context
from eyeot.declare.problem import Problem
from eyeot.platform.imports.record import ImportJob


def held_of(ctx: Context, job: ImportJob) -> Held | None:
    """What the rows are held to when this caller checks or runs the import.

    The stricter of the caller and of who had it before: nobody is asked to run what an agent made up, and no
    agent runs anything as somebody else.
    """
    own, kept = ctx.held_to, job.held_to
    if own is None or kept is None:
        return own or kept
    if own.enforced != kept.enforced:
        return own if own.enforced else kept
    # A job knows no conversation, and so not what was shown in it.
    return kept if ctx.in_background else own


async def unread(
    ctx: Context, held: Held | None, resource: str, rows: dict[int, BaseModel]
) -> dict[int, Problem]:
    """The rows, by number, that name what was not shown."""
    if held is None or not rows:
        return {}
    return {**await ctx.unread(held, f"{resource}.create", rows)}
