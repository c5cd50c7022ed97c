"""Versions: the contents that a document has had."""

from typing import Annotated, Any

from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.content import LONGEST_NAME, Uploaded, bytes_of, mime_of
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.identifiers import Shows
from eyeot.declare.model import Input, Output
from eyeot.declare.problem import Conflict
from eyeot.platform.documents import WRITE, Document, DocumentId, DocumentVersion, versioned


class NewVersion(Uploaded):
    """A document and its new content."""

    id: DocumentId
    filename: Annotated[
        str | None, Limits(max_length=LONGEST_NAME, description="Its new name, if it has one.")
    ] = None


class VersionUploaded(Event, name="core.document.version_uploaded"):
    """A document has a new content."""

    document_id: DocumentId
    number: int


@action(
    "core.document.upload_version",
    risk="w",
    en="Upload a new version of a document; replace a file; newer version of a file; update a file",
    fr=(
        "Déposer une nouvelle version d'un document; remplacer un fichier; version plus récente "
        "d'un fichier; mettre à jour un fichier"
    ),
    example={"id": "$core.document?status=filed", "text": "Visite du 19 : four changé."},
    events=("core.document.version_uploaded",),
    permission=WRITE,
    record=Document,
    next=("core.document.list_versions",),
)
async def upload_version(ctx: Context, data: NewVersion) -> Document:
    """Give a document a new content; the earlier ones stay. Refused once it is locked."""
    row = await ctx.get(Document, data.id, lock=True)
    content = bytes_of(data.content, data.text)
    kept = await ctx.keep(content)
    if kept.digest == row.sha256:
        raise Conflict(reason="It has that content already.", field="content")
    row.filename = data.filename or row.filename
    row.mime, row.size = mime_of(content, row.filename), kept.size
    row.sha256, row.revision = kept.digest, row.revision + 1
    await versioned(ctx, row)
    ctx.emit(VersionUploaded(document_id=row.id, number=row.revision))
    return row


class DocumentChosen(Input):
    """One document."""

    id: DocumentId


class Versions(Output):
    """The contents a document had, newest first."""

    items: Annotated[list[dict[str, Any]], Shows(record="core.document_version")]


@action(
    "core.document.list_versions",
    risk="r",
    en="List the versions of a document; previous versions of a file",
    fr="Lister les versions d'un document; versions précédentes d'un fichier; anciennes versions",
    example={"id": "$core.document"},
    record=Document,
)
async def list_versions(ctx: Context, data: DocumentChosen) -> Versions:
    """List every content a document had, with author, size and digest, newest first."""
    await ctx.get(Document, data.id)
    c = DocumentVersion.c
    found = await ctx.find(DocumentVersion, c.document_id == data.id, order=c.number.desc())
    return Versions(items=[await ctx.view(one) for one in found])
