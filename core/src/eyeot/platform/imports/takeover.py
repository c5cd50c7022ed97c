"""Takeover: the files of former software as several imports in a row, and what follows from them."""

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import BaseModel
from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.content import FileName, Uploaded, bytes_of
from eyeot.declare.context import Context
from eyeot.declare.job import Cursor, Step, job
from eyeot.declare.model import Input, Output, Ref, Secret
from eyeot.declare.problem import Conflict, invalid
from eyeot.declare.takeover import Part, Source, Takeover, Taking
from eyeot.platform.documents import Document, DocumentId
from eyeot.platform.imports.actions import Checking, Wrong, check
from eyeot.platform.imports.loading import TAKEOVER, Load, load
from eyeot.platform.imports.reading import read
from eyeot.platform.imports.record import ImportId, ImportJob, lifecycle, permit
from eyeot.platform.imports.tabular import MOST_ROWS
from eyeot.platform.jobs import WORK

Software = Literal["fec", "dolibarr", "odoo"]
_WHOLE = ("fec",)
"""What is read by its own rules rather than as a table."""
_MOST_FILES, _MOST_TOLD = 10, 20


class File(Uploaded):
    """One file: by its content, or as a document."""

    filename: FileName
    document_id: DocumentId | None = None


class TakeOver(Input):
    """Which software the files are from."""

    source_kind: Software
    files: Annotated[
        list[File],
        Secret,
        Limits(
            min_length=1,
            max_length=_MOST_FILES,
            description="fec: SIRENFECYYYYMMDD.txt. dolibarr, odoo: CSV or XLSX exports of third parties and"
            " products.",
        ),
    ]


class PartTold(Output):
    """An import of this takeover, as far as it can be told before it runs."""

    import_job_id: ImportId
    resource: str
    total: int
    refused: int
    errors: Annotated[
        list[str],
        Limits(
            description=f"The first {_MOST_TOLD}, in words; core.import_job.list_errors has the rest."
        ),
    ]


class NotTaken(Output):
    """A row that is left out."""

    label: str
    reason: str


class FileTold(Output):
    """What is taken over of one file."""

    filename: str
    by: Annotated[str, Limits(description="Which part of the product reads it.")]
    imports: list[PartTold]
    known: Annotated[int, Limits(description="Rows that are here already, and are not doubled.")]
    left_out: Annotated[list[NotTaken], Limits(description=f"The first {_MOST_TOLD}.")]
    left_out_total: int
    then: Annotated[str | None, Limits(description="What is done once the rows are in.")] = None
    figures: dict[str, str]


class TakenOver(Output):
    """The job that does it, file by file."""

    job_id: Annotated[UUID, Ref("core.job")]
    files: list[FileTold]


class Finishing(BaseModel):
    """What is done in the end, of which kept file."""

    name: str
    software: str
    filename: str
    document_id: UUID


class Chain(BaseModel):
    """The imports in order, and what follows them."""

    imports: list[UUID]
    finishing: list[Finishing]
    total: int
    """Rows, and what follows them."""


@action(
    "core.import_job.import_from_erp",
    risk="w",
    en=(
        "Take over data from other software; migrate from Odoo or Dolibarr; import a FEC with parties and "
        "opening balances; switch from another ERP; import customers and products of former software"
    ),
    fr=(
        "Reprendre les données d'un autre logiciel; migrer depuis Odoo ou Dolibarr; reprendre un FEC avec "
        "tiers et soldes d'ouverture; changer d'ERP; importer clients et produits de l'ancien logiciel"
    ),
    example={
        "source_kind": "dolibarr",
        "files": [
            {
                "filename": "tiers.csv",
                "text": "Nom;Client;Fournisseur;Adresse;Code postal;Ville;Code pays;Email\n"
                "Auberge du Lac;1;0;3 quai des Brumes;74000;Annecy;FR;contact@auberge-du-lac.example\n",
            }
        ],
    },
    events=("core.document.created", "core.job.created"),
    permission=WORK,
    record=ImportJob,
    next=("core.job.get", "core.import_job.list_errors", "core.import_job.roll_back"),
)
async def import_from_erp(ctx: Context, data: TakeOver) -> TakenOver:
    """Take over parties, products and opening balances of former software; a dry run tells all it would do.

    One job loads what the answer lists, in order, row by row; each import can be rolled back by itself.
    """
    told: list[FileTold] = []
    rows: list[ImportJob] = []
    finishing: list[Finishing] = []
    for given in data.files:
        source, document = await _source(ctx, data.source_kind, given)
        for one, taking in await _takings(ctx, source):
            begun = [await _begun(ctx, source, part) for part in taking.parts if part.rows]
            rows += [row for row, _ in begun]
            told.append(_told(ctx, source, one, taking, [part for _, part in begun]))
            if taking.then is not None and one.finish is not None:
                document = document or await Document.filed(
                    ctx, source.content, source.filename, kind="export"
                )
                finishing.append(_finishing(one, source, document))
    if not rows and not finishing:
        raise Conflict(
            reason="Nothing is left to take over: all of it is here already, or was left out.",
            remedy="core.import_job.list shows what was imported before.",
        )
    total = sum(one.total for one in rows) + len(finishing)
    chained = Chain(imports=[one.id for one in rows], finishing=finishing, total=total)
    made = await ctx.enqueue(chain, chained, total=total)
    for row in rows:
        lifecycle.take(row, "run")
        row.mode, row.job_id = "best_effort", made.id
    return TakenOver(job_id=made.id, files=told)


def _finishing(one: Takeover, source: Source, document: Document) -> Finishing:
    return Finishing(
        name=one.name,
        software=source.software,
        filename=source.filename,
        document_id=document.id,
    )


async def _source(ctx: Context, software: str, given: File) -> tuple[Source, Document | None]:
    """A file as it is read, and the document that holds it if one does."""
    document: Document | None = None
    if given.document_id is not None:
        if given.content or given.text:
            raise invalid("files.document_id", "give the document or the content, not both")
        document = await ctx.get(Document, given.document_id)
        content = b"".join([piece async for piece in ctx.content(document.sha256)])
    else:
        content = bytes_of(given.content, given.text)
    return await _opened(ctx, software, given.filename, content), document


async def _opened(ctx: Context, software: str, filename: str, content: bytes) -> Source:
    if software in _WHOLE:
        return Source(software, filename, content)
    table = await read(ctx, content, None, filename)
    with table.file as file:
        return Source(software, filename, content, [orjson.loads(line) for line in file])


async def _takings(ctx: Context, source: Source) -> list[tuple[Takeover, Taking]]:
    """What the modules in use here take of a file; refused when that is nothing."""
    looks, unseen = ctx.contributed(Takeover)
    fitting = [one for one in looks if source.software in one.software]
    found = [(one, taking) for one in fitting if (taking := await one.look(ctx, source))]
    if found:
        return found
    lacking = f" You lack {', '.join(unseen)}." if unseen else ""
    columns = ", ".join(source.columns[:_MOST_TOLD])
    raise Conflict(
        reason=f"'{source.filename}' is no export of {source.software} that is known here"
        + (f": its columns are {columns}.{lacking}" if columns else f".{lacking}"),
        remedy="Export third parties or products with their usual columns; or import any other table with"
        " crm.customer.import, crm.party.import or sales.product.import, which map columns freely.",
        field="files",
    )


async def _begun(ctx: Context, source: Source, part: Part) -> tuple[ImportJob, PartTold]:
    """An import of rows whose columns are fields, and what it would come to."""
    permit(ctx, part.resource)
    if len(part.rows) > MOST_ROWS:
        raise invalid("files", f"has more than {MOST_ROWS:,} rows; export it in parts")
    row = await ImportJob.made_of(ctx, part.resource, source.filename, _plain(part.rows))
    tried = await check.handler(ctx, Checking(job_id=row.id))
    told = PartTold(
        import_job_id=row.id,
        resource=part.resource,
        total=tried.total,
        refused=tried.refused,
        errors=[_worded(one) for one in tried.errors[:_MOST_TOLD]],
    )
    return row, told


def _worded(wrong: Wrong) -> str:
    why = "; ".join(
        f"{one.get('path', '')} {one.get('reason', '')}".strip() for one in wrong.errors
    )
    return f"row {wrong.row}: {why}"


def _plain(rows: Sequence[Any]) -> Generator[dict[str, Any], None, None]:
    for row in rows:
        yield dict(row)


def _told(
    ctx: Context, source: Source, one: Takeover, taking: Taking, parts: list[PartTold]
) -> FileTold:
    french = ctx.locale.startswith("fr")
    return FileTold(
        filename=source.filename,
        by=one.name,
        imports=parts,
        known=taking.known,
        left_out=[
            NotTaken(label=row.label[:200], reason=row.why[french])
            for row in taking.left_out[:_MOST_TOLD]
        ],
        left_out_total=len(taking.left_out),
        then=taking.then[french] if taking.then else None,
        figures=dict(taking.figures),
    )


@job(TAKEOVER)
async def chain(ctx: Context, data: Chain, cursor: Cursor | None) -> Step:
    """Load the imports of a takeover one after the other, then do what follows from them."""
    at: int = cursor["at"] if cursor else 0
    done: int = cursor["done"] if cursor else 0
    results: dict[str, Any] = cursor["results"] if cursor else {}
    inner: Cursor | None = cursor["inner"] if cursor else None
    if at < len(data.imports):
        step = await load.handler(ctx, Load(import_id=data.imports[at]), inner)
        inner, count = step.cursor, step.done - (inner["at"] if inner else 0)
        if step.result:
            results[step.result["import_job_id"]] = {n: step.result[n] for n in ("ok", "errors")}
    else:
        one = data.finishing[at - len(data.imports)]
        results[one.name] = await _finished(ctx, one)
        inner, count = None, 1
    at, done = at + (inner is None), done + count
    if at == len(data.imports) + len(data.finishing):
        return Step(done=done, total=data.total, result=results)
    following = {"at": at, "done": done, "results": results, "inner": inner}
    return Step(cursor=following, done=done, total=data.total)


async def _finished(ctx: Context, one: Finishing) -> dict[str, Any]:
    """Do what follows from a file, if its module is still in use here."""
    looks, _ = ctx.contributed(Takeover)
    found = next((look for look in looks if look.name == one.name), None)
    if found is None or found.finish is None:
        raise Conflict(
            reason=f"{one.name} is not in use here any more, or not for you.",
            remedy="Enable its module again (core.module.enable), then retry the job (core.job.retry).",
        )
    document = await ctx.get(Document, one.document_id)
    content = b"".join([piece async for piece in ctx.content(document.sha256)])
    source = await _opened(ctx, one.software, one.filename, content)
    return await found.finish(ctx, replace(source, document_id=document.id))
