"""Loading: the job that makes records of an import's rows, and the one that takes them back."""

import re
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from pydantic import BaseModel

from eyeot.declare.context import Context
from eyeot.declare.event import Event, within
from eyeot.declare.job import Cursor, Step, job
from eyeot.declare.model import Ref
from eyeot.declare.problem import Conflict, Invalid, Problem, UnreadIdentifier
from eyeot.declare.record import Record
from eyeot.platform.audit import AuditEvent
from eyeot.platform.imports import mapping as maps
from eyeot.platform.imports.citations import unread
from eyeot.platform.imports.reading import kept_rows
from eyeot.platform.imports.record import ImportId, ImportJob, RefusedRow, lifecycle, permit
from eyeot.platform.jobs import JobEnded
from eyeot.platform.organizations import Organization

CHUNK = 500
TAKEOVER = "core.import_job.take_over"
"""The job that loads several imports, one after the other."""
_MOST_ERRORS = 10_000
_MOST_TOLD = 50
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
"""As JSON writes it, unless the backslash is itself escaped."""


class Load(BaseModel):
    """Which import, all rows or none; `load_id`: the job whose records are taken back."""

    import_id: UUID
    atomic: bool = False
    load_id: UUID | None = None


class ImportDone(Event, name="core.import_job.done"):
    """An import's rows were loaded."""

    import_job_id: ImportId
    resource: str
    ok: int
    errors: int


async def currency_of(ctx: Context) -> str:
    """The currency of an amount that does not say: the organisation's."""
    found = await ctx.first(Organization)
    return found.currency if found else "EUR"


@job("core.import_job.load", together=lambda data: data.atomic)
async def load(ctx: Context, data: Load, cursor: Cursor | None) -> Step:
    """Make records of the next rows of an import."""
    at: int = cursor["at"] if cursor else 0
    row = await _turn(ctx, data.import_id)
    if row.status == "failed":
        # The job was tried again.
        lifecycle.take(row, "run")
    rows = [one async for one in kept_rows(ctx, row.sha256, at, CHUNK)]
    known, currency = maps.targets(maps.target(row.resource)), await currency_of(ctx)
    given = [maps.arguments(one, row.mapping, known, currency) for one in rows]
    refused = await _made(ctx, row, at, given)
    if refused and data.atomic:
        raise _together(at, refused)
    for number, problem in refused.items():
        if row.errors + len(refused) <= _MOST_ERRORS:
            await ctx.add(
                RefusedRow(
                    import_job_id=row.id,
                    row=at + number + 1,
                    held=storable(rows[number]),
                    errors=errors_of(problem),
                )
            )
    row.ok += len(rows) - len(refused)
    row.errors += len(refused)
    done = at + len(rows)
    if done < row.total and rows:
        return Step(cursor={"at": done}, done=done, total=row.total)
    lifecycle.take(row, "finish")
    ctx.emit(ImportDone(import_job_id=row.id, resource=row.resource, ok=row.ok, errors=row.errors))
    return Step(
        done=done,
        total=row.total,
        result={
            "ok": row.ok,
            "errors": row.errors,
            "import_job_id": Ref("core.import_job").write(row.id),
        },
    )


async def _turn(ctx: Context, id: UUID) -> ImportJob:
    """The import, while it is this job's and its asker may still import such records."""
    row = await ctx.get(ImportJob, id, lock=True)
    if row.job_id != ctx.job_id:
        raise Conflict(
            reason="The import was run again since, by another job.",
            remedy="Look at the job that core.import_job.get names.",
        )
    permit(ctx, row.resource)
    return row


async def _made(
    ctx: Context, row: ImportJob, at: int, given: list[dict[str, Any]]
) -> dict[int, Problem]:
    """Make a record of each row; the refused ones by their place.

    All at once first, since most files are mostly right; row by row only where one is refused.
    """
    action = f"{row.resource}.create"
    refused = await _held_back(ctx, row, at, given)
    rest = {place: one for place, one in enumerate(given) if place not in refused}
    try:
        async with ctx.attempt() as part:
            for one in rest.values():
                await part.call(action, one)
    except Problem:
        return refused | await _one_by_one(ctx, action, rest)
    return refused


async def _held_back(
    ctx: Context, row: ImportJob, at: int, given: list[dict[str, Any]]
) -> dict[int, Problem]:
    """The rows, by their place, that are not tried: whether what they name exists is not to be told."""
    if row.held_to is None:
        return {}
    refused, rows = dict[int, Problem](), dict[int, BaseModel]()
    for place, one in enumerate(given):
        try:
            rows[at + place + 1] = ctx.check(f"{row.resource}.create", one)
        except Problem as problem:
            refused[place] = problem
    unknown = await unread(ctx, row.held_to, row.resource, rows)
    return refused | {number - at - 1: problem for number, problem in unknown.items()}


async def _one_by_one(
    ctx: Context, action: str, given: dict[int, dict[str, Any]]
) -> dict[int, Problem]:
    refused: dict[int, Problem] = {}
    for at, one in given.items():
        try:
            async with ctx.attempt() as part:
                await part.call(action, one)
        except Problem as problem:
            refused[at] = problem
    return refused


def storable(row: dict[str, Any]) -> dict[str, Any]:
    """A row without NUL, which PostgreSQL cannot hold and a row may be refused for."""
    kept: dict[str, Any] = orjson.loads(_NUL.sub(rb"\1\\ufffd", orjson.dumps(row)))
    return kept


def errors_of(problem: Problem) -> list[dict[str, Any]]:
    """Why a row was refused, field by field."""
    if isinstance(problem, Invalid):
        return problem.errors
    if isinstance(problem, UnreadIdentifier):
        return [
            {
                "path": one["path"],
                "code": problem.code,
                "reason": f"was not read before; read it first ({', '.join(one['read'])})",
            }
            for one in problem.identifiers
        ]
    body = problem.body()
    told = {"path": body.get("field") or "", "reason": f"{body['message']} {body['hint']}".strip()}
    return [told]


def _together(at: int, refused: dict[int, Problem]) -> Invalid:
    errors = [
        {**one, "path": f"row {at + number + 1}: {one['path']}"}
        for number, problem in refused.items()
        for one in errors_of(problem)
    ]
    return Invalid(
        errors=errors[:_MOST_TOLD],
        remedy="No row was kept. core.import_job.check tells every wrong row;"
        " mend the file, or run it with mode=best_effort.",
    )


@within(JobEnded)
async def give_up(ctx: Context, event: JobEnded) -> None:
    """Say of an import that its job came to nothing, so that it can be run again."""
    if event.status != "done" and event.kind in (load.name, TAKEOVER):
        mine = (ImportJob.c.job_id == event.job_id, ImportJob.c.status == "running")
        for row in await ctx.find(ImportJob, *mine):
            lifecycle.take(row, "fail")


@job("core.import_job.unload")
async def unload(ctx: Context, data: Load, cursor: Cursor | None) -> Step:
    """Take back the next records that an import made, unless they were touched or are in use."""
    at: int = cursor["at"] if cursor else 0
    left: int = cursor["left"] if cursor else 0
    row = await _turn(ctx, data.import_id)
    made = await _made_by(ctx, data.load_id, row.resource, at)
    for id in made:
        left += not await _taken_back(ctx, maps.target(row.resource), id)
    done = at + len(made)
    if len(made) == CHUNK:
        return Step(cursor={"at": done, "left": left}, done=done, total=row.ok)
    return Step(done=done, total=row.ok, result={"removed": done - left, "left": left})


async def _made_by(ctx: Context, load_id: UUID | None, resource: str, at: int) -> list[UUID]:
    """The next records of that kind that a job made, as the audit has them."""
    event = AuditEvent.meta.table
    change = sa.func.jsonb_array_elements(event.c.changes).table_valued(sa.column("value", sa.JSON))
    one = sa.type_coerce(change.c.value, sa.dialects.postgresql.JSONB)
    query = (
        sa.select(one["id"].astext.label("id"))
        .select_from(event.join(change, sa.true()))
        .where(
            event.c.org_id == ctx.org_id,
            event.c.trace_id == (load_id.hex if load_id else ""),
            one["type"].astext == resource,
            one["operation"].astext == "created",
        )
        .order_by(one["id"].astext)
        .offset(at)
        .limit(CHUNK)
    )
    return [UUID(found["id"]) for found in await ctx.rows(query)]


async def _taken_back(ctx: Context, record: type[Record], id: UUID) -> bool:
    """Delete a record that is as it was made, with the one it shows inline; whether it is gone."""
    try:
        async with ctx.attempt() as part:
            made: Any = await part.get(record, id, lock=True)
            other = await _inline(part, made)
            if made.version > 1 or (other is not None and other.version > 1):
                return False
            await part.delete(made)
            if other is not None:
                await part.delete(other)
    except Problem:
        return False
    return True


async def _inline(ctx: Context, made: Any) -> Any:
    """The record shown inline, if it was made with this one; one that was there before is not ours."""
    inline = made.meta.inline
    if inline is None:
        return None
    other: Any = await ctx.get(inline.record, getattr(made, inline.field), lock=True)
    return other if other.created_at == made.created_at else None
