"""Import actions: guess the mapping, check, run, look at what was refused, take it back."""

from itertools import combinations
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import BaseModel
from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.content import Uploaded, bytes_of
from eyeot.declare.context import Context
from eyeot.declare.model import Input, Output, Ref
from eyeot.declare.problem import Conflict, Invalid, Problem, invalid
from eyeot.platform.imports import mapping as maps
from eyeot.platform.imports.citations import held_of, unread
from eyeot.platform.imports.doubles import Doubles
from eyeot.platform.imports.loading import CHUNK, Load, currency_of, errors_of, load, unload
from eyeot.platform.imports.reading import kept_rows, read
from eyeot.platform.imports.record import (
    ImportId,
    ImportJob,
    Mode,
    RefusedRow,
    lifecycle,
    permit,
    refuse_state,
)
from eyeot.platform.imports.suggestion import Suggested, suggested
from eyeot.platform.jobs import WORK

_MOST_TOLD = 50
Mapping = Annotated[
    dict[str, str],
    Limits(max_length=200, description='Column → field, e.g. {"Raison sociale": "name"}.'),
]


class Sampled(Uploaded):
    """A file, and what its rows are."""

    resource: Annotated[str, Limits(description="e.g. crm.customer")]
    filename: Annotated[str, Limits(max_length=255)] = "import.csv"
    document_id: Annotated[UUID | None, Ref("core.document")] = None


@action(
    "core.import_job.suggest_mapping",
    risk="r",
    en=(
        "Suggest the mapping of a file; guess the columns of an import; match the columns of a "
        "file to fields"
    ),
    fr=(
        "Proposer la correspondance des colonnes; deviner les colonnes d'un import; à quel champ "
        "correspond chaque colonne; faire correspondre les colonnes"
    ),
    example={"resource": "crm.party", "text": "Raison sociale;Ville\nMaison Martin;Lyon"},
    permission="core:read",
    next=("core.import_job.list",),
)
async def suggest_mapping(ctx: Context, data: Sampled) -> Suggested:
    """Propose which column of a file is which field, with how sure that is; nothing is kept."""
    content = None if data.document_id else bytes_of(data.content, data.text)
    found = await read(ctx, content, data.document_id, data.filename)
    with found.file:
        return suggested(data.resource, found.columns, found.sample, ctx.allows)


class Chosen(Input):
    """One import."""

    job_id: ImportId


class Checking(Chosen):
    """One import, and a mapping to try."""

    mapping: Mapping | None = None


class Wrong(Output):
    """A row that would be refused."""

    row: int
    errors: list[dict[str, Any]]


class Checked(Output):
    """What an import would come to."""

    total: int
    ok: int
    refused: int
    errors: Annotated[list[Wrong], Limits(description=f"The first {_MOST_TOLD}.")]
    duplicates: Annotated[int, Limits(description="Rows whose key another row or record has.")]
    missing: list[str]


def _mapped(ctx: Context, row: ImportJob, given: dict[str, str] | None) -> dict[str, str]:
    """The mapping to go by, refused when it names what is not there."""
    if given is None:
        return row.mapping
    known, wrong = maps.targets(maps.target(row.resource), ctx.allows), []
    for column, name in given.items():
        if column not in row.columns:
            wrong.append(
                {
                    "path": f"mapping.{column}",
                    "reason": f"no such column; there are {', '.join(row.columns[:30])}",
                }
            )
        elif name not in known:
            wrong.append(
                {
                    "path": f"mapping.{column}",
                    "reason": f"'{name}' is no field; known: {', '.join(sorted(known)[:60])}",
                }
            )
    pairs = combinations(given.values(), 2)
    if doubled := {min(pair, key=len) for pair in pairs if maps.clash(*pair)}:
        wrong.append({"path": "mapping", "reason": f"two columns for {', '.join(sorted(doubled))}"})
    if wrong:
        raise Invalid(errors=wrong)
    return given


class _Trial:
    """Rows as they are tried, and why some would be refused."""

    def __init__(self, ctx: Context, job: ImportJob, doubles: Doubles) -> None:
        self.total = 0
        self.wrong: dict[int, list[dict[str, Any]]] = {}
        self._ctx, self._resource, self._doubles = ctx, job.resource, doubles
        self._held = held_of(ctx, job)
        self._tried: dict[int, BaseModel] = {}
        self._unread = 0

    async def put(self, given: dict[str, Any]) -> None:
        """The next row."""
        self.total += 1
        try:
            self._tried[self.total] = self._ctx.check(f"{self._resource}.create", given)
        except Problem as problem:
            self.wrong[self.total] = errors_of(problem) if len(self.wrong) < _MOST_TOLD else []
        if len(self._tried) == CHUNK:
            await self.judge()

    async def judge(self) -> None:
        """Hold what was put to what was read; a row that fails says nothing of what it doubles."""
        refused = await unread(self._ctx, self._held, self._resource, self._tried)
        for number, given in self._tried.items():
            if problem := refused.get(number):
                self.wrong[number] = errors_of(problem) if self._unread < _MOST_TOLD else []
                self._unread += 1
            else:
                self._doubles.note(number, given)
        self._tried.clear()


@action(
    "core.import_job.check",
    risk="r",
    en=(
        "Check an import; validate a file before loading it; dry run of an import; test a file "
        "before importing it; is my file right"
    ),
    fr=(
        "Vérifier un import; contrôler un fichier avant de le charger; tester un fichier avant de "
        "l'importer; mon fichier est-il bon"
    ),
    example={"job_id": "$core.import_job?status=mapped"},
    permission="core:read",
    record=ImportJob,
    next=("core.import_job.run",),
)
async def check(ctx: Context, data: Checking) -> Checked:
    """Tell which rows of an import would be refused: no value, a doubled key, a record not read.

    Rules that only the creation itself knows are told by the run.
    """
    job = await ctx.get(ImportJob, data.job_id)
    permit(ctx, job.resource)
    mapping = _mapped(ctx, job, data.mapping)
    record, currency = maps.target(job.resource), await currency_of(ctx)
    known, doubles = maps.targets(record), Doubles(record)
    trial = _Trial(ctx, job, doubles)
    async for row in kept_rows(ctx, job.sha256):
        await trial.put(maps.arguments(row, mapping, known, currency))
    await trial.judge()
    await doubles.look_up(ctx)
    told = sorted({**trial.wrong, **doubles.rows}.items())
    return Checked(
        total=trial.total,
        ok=trial.total - len(told),
        refused=len(told),
        errors=[Wrong(row=at, errors=why) for at, why in told[:_MOST_TOLD]],
        duplicates=len(doubles.rows),
        missing=maps.missing(record, mapping),
    )


class Running(Checking):
    """One import, how, and a mapping if another is meant."""

    mode: Mode = "atomic"


@action(
    "core.import_job.run",
    risk="w",
    en="Run an import; load a file of records; start an import",
    fr="Lancer un import; charger un fichier; démarrer un import",
    example={"job_id": "$core.import_job?status=mapped", "mode": "best_effort"},
    events=("core.import_job.updated", "core.job.created"),
    permission=WORK,
    record=ImportJob,
    next=("core.job.get", "core.import_job.list_errors", "core.import_job.roll_back"),
)
async def run(ctx: Context, data: Running) -> ImportJob:
    """Load an import in the background, all rows or none (atomic), or as many as can be (best_effort)."""
    job = await ctx.get(ImportJob, data.job_id, lock=True)
    permit(ctx, job.resource)
    refuse_state(job, "run")
    if job.ok or job.errors:
        raise Conflict(
            reason=f"Its last job ended after {job.ok + job.errors} rows, of which {job.ok} became records.",
            remedy="core.job.retry goes on from there, if that job failed; core.import_job.roll_back"
            " takes its records back, and then the file can be imported anew.",
        )
    job.mapping = _mapped(ctx, job, data.mapping)
    if lacking := maps.missing(maps.target(job.resource), job.mapping):
        raise invalid("mapping", f"no column fills {', '.join(lacking)}")
    lifecycle.take(job, "run")
    job.mode = data.mode
    job.hold(held_of(ctx, job))
    made = await ctx.enqueue(
        load, Load(import_id=job.id, atomic=data.mode == "atomic"), total=job.total
    )
    job.job_id = made.id
    return job


class Listing(Chosen):
    """One import, and which part of its errors."""

    after: Annotated[int, Limits(ge=0, description="Rows after this one.")] = 0


class Refused(Output):
    """Rows that were refused."""

    items: list[dict[str, Any]]
    has_more: bool
    content: Annotated[
        str | None, Limits(description="The rows as JSON Lines, to mend and import again.")
    ] = None


_PAGE = 100


@action(
    "core.import_job.list_errors",
    risk="r",
    en=(
        "List the errors of an import; rejected rows; which rows failed; what went wrong in an "
        "import"
    ),
    fr=(
        "Lister les erreurs d'un import; lignes rejetées; quelles lignes ont échoué; erreurs d'un "
        "fichier importé"
    ),
    example={"job_id": "$core.import_job?status=done"},
    permission="core:read",
    record=ImportJob,
)
async def list_errors(ctx: Context, data: Listing) -> Refused:
    """Show the rows of an import that were refused, with reasons, and as a file to mend."""
    job = await ctx.get(ImportJob, data.job_id)
    permit(ctx, job.resource)
    table = RefusedRow.c
    found = await ctx.find(
        RefusedRow,
        table.import_job_id == job.id,
        table.row > data.after,
        order=table.row,
        limit=_PAGE + 1,
    )
    known = maps.targets(maps.target(job.resource))
    held = [maps.shown(one.held, job.mapping, ctx.allows, known) for one in found[:_PAGE]]
    items = [
        {"row": one.row, "values": values, "errors": one.errors}
        for one, values in zip(found, held, strict=False)
    ]
    lines = b"\n".join(orjson.dumps(one) for one in held).decode()
    return Refused(items=items, has_more=len(found) > _PAGE, content=lines or None)


@action(
    "core.import_job.roll_back",
    risk="x",
    en=(
        "Roll back an import; undo an import; take imported records back; the import was wrong, "
        "take it back"
    ),
    fr=(
        "Annuler un import; retirer les fiches importées; défaire un import; l'import était faux, "
        "revenir en arrière"
    ),
    example={"job_id": "$core.import_job?status=done"},
    events=("core.import_job.updated", "core.job.created"),
    record=ImportJob,
    next=("core.job.get",),
)
async def roll_back(ctx: Context, data: Chosen) -> ImportJob:
    """Remove, in the background, the records that an import made and that nobody touched or uses since."""
    job = await ctx.get(ImportJob, data.job_id, lock=True)
    permit(ctx, job.resource)
    refuse_state(job, "roll_back")
    taking = Load(import_id=job.id, load_id=job.job_id)
    made = await ctx.enqueue(unload, taking, total=job.ok)
    lifecycle.take(job, "roll_back")
    job.job_id = made.id
    return job
