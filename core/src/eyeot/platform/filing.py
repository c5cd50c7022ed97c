"""Filing: where documents are attached, and how long they are kept."""

from datetime import date
from typing import Annotated

from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.anyref import RecordRef
from eyeot.declare.context import Context
from eyeot.declare.model import Input
from eyeot.declare.problem import Conflict
from eyeot.platform.documents import WRITE, Document, DocumentId, lifecycle


class Placed(Input):
    """A document and a record of any kind."""

    id: DocumentId
    record: RecordRef


@action(
    "core.document.link",
    risk="w",
    en="Attach a document to one more record; link a file; put the same file on another record",
    fr=(
        "Rattacher un document à un enregistrement de plus; lier un fichier; mettre le même "
        "fichier sur une autre fiche"
    ),
    example={"id": "$core.document", "record": "$core.team"},
    permission=WRITE,
    record=Document,
    next=("core.document.unlink",),
)
async def link(ctx: Context, data: Placed) -> Document:
    """Attach a document to one more record, of any kind: whoever may read that record then sees it."""
    row = await ctx.get(Document, data.id, lock=True)
    row.attach([data.record])
    return row


@action(
    "core.document.unlink",
    risk="w",
    en="Detach a document from a record; unlink a file; remove an attachment",
    fr="Détacher un document d'un enregistrement; délier un fichier; enlever une pièce jointe",
    example={"id": "$core.document?status=filed", "record": "$crm.customer"},
    permission=WRITE,
    record=Document,
)
async def unlink(ctx: Context, data: Placed) -> Document:
    """Detach a document from a record; the file stays, also when nothing is left that it hangs on."""
    row = await ctx.get(Document, data.id, lock=True)
    if data.record not in row.records:
        raise Conflict(reason="It is not attached to that record.", field="record")
    row.records = [one for one in row.records if one != data.record]
    return row


class Lock(Input):
    """A document, why it is kept and how long."""

    id: DocumentId
    basis: Annotated[
        str,
        Limits(min_length=1, max_length=300, description="e.g. Code de commerce, art. L123-22."),
    ]
    until: date


@action(
    "core.document.lock",
    risk="x",
    en=(
        "Lock a document for its legal retention; freeze a file; protect a file from change; keep "
        "a document for a tax inspection; freeze a contract"
    ),
    fr=(
        "Verrouiller un document pour sa conservation légale; figer un fichier; protéger un "
        "fichier contre toute modification; conserver un document pour un contrôle fiscal; geler "
        "un contrat; figer un contrat"
    ),
    example={
        "id": "$core.document?status=filed",
        "basis": "Code de commerce, art. L123-22",
        "until": "2036-12-31",
    },
    record=Document,
)
async def lock(ctx: Context, data: Lock) -> Document:
    """Freeze a document until a date: no new version, no other name, not put away. There is no unlocking."""
    row = await ctx.get(Document, data.id, lock=True)
    if data.until <= ctx.today:
        raise Conflict(reason="That day is past.", field="until")
    lifecycle.take(row, "lock")
    row.retention_until, row.retention_basis = data.until, data.basis
    return row
