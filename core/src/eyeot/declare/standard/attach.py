"""Attachments: attach_document and list_documents, the files of a record."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, create_model

from eyeot.declare.anyref import RecordRef
from eyeot.declare.content import FileName, Uploaded, bytes_of
from eyeot.declare.identifiers import Shows
from eyeot.declare.model import Ref, record_shape
from eyeot.declare.problem import invalid
from eyeot.declare.query import Condition, Query
from eyeot.declare.record import records, shown
from eyeot.declare.standard.read import CURSOR, LIMIT, paged
from eyeot.declare.standard.verb import Verb


def _documents() -> Any:
    return records["core.document"]


def _shape() -> dict[str, Any]:
    return record_shape(shown(_documents().meta))


class AttachDocument(Verb):
    """A file for a record."""

    name = "attach_document"
    beside = True
    risk = "w"
    summary = "Attach a file to one {en}: a new one (filename and content or text), or a document by its id."
    en = "Attach a document to {a}; upload a file to {a}; add an attachment to {a}"
    fr = "Joindre un document à {un}; déposer un fichier sur {un}; ajouter une pièce jointe à {un}"
    follow = ("list_documents",)

    def model(self) -> type[BaseModel]:
        """Id, and a file or the id of a document."""
        file: Any = FileName | None
        known: Any = Annotated[UUID | None, Ref("core.document")]
        kinds = _documents().meta.fields["kind"].type
        made: type[BaseModel] = create_model(
            f"AttachDocument{self.meta.noun.title().replace('_', '')}",
            __base__=Uploaded,
            id=(Annotated[UUID, Ref(self.meta.name)], ...),
            document_id=(known, None),
            filename=(file, None),
            kind=(kinds, "other"),
        )
        return made

    async def run(self, ctx: Any, data: Any) -> Any:
        """Attach it."""
        await ctx.get(self.record, data.id)
        place = RecordRef.to(self.meta.name, data.id)
        if data.document_id is None:
            if data.filename is None:
                raise invalid("filename", "give a filename with content or text, or a document_id")
            content = bytes_of(data.content, data.text)
            return await _documents().filed(
                ctx, content, data.filename, kind=data.kind, records=[place]
            )
        if data.model_fields_set - {"id", "document_id"}:
            raise invalid("document_id", "give a document_id or a new file, not both")
        row = await ctx.open(RecordRef.to("core.document", data.document_id), lock=True)
        row.attach([place])
        return row

    def shows(self) -> Shows | None:
        """The document."""
        return Shows(record="core.document")

    def output(self) -> Any:
        """The document."""
        return _shape

    def example(self) -> dict[str, Any] | None:
        """A note."""
        return {
            "id": f"${self.meta.name}",
            "filename": "note.txt",
            "text": "Accord donné par téléphone le 12 mars.",
        }


class ListDocuments(Verb):
    """The files of a record."""

    name = "list_documents"
    summary = "List the documents attached to one {en}, newest first."
    en = "List the documents of {a}; files of {a}; attachments of {a}"
    fr = "Lister les documents {du}; fichiers {du}; pièces jointes {du}"
    takes = frozenset({"limit", "cursor"})
    follow = ("attach_document",)

    def model(self) -> type[BaseModel]:
        """Id and page."""
        return self.made(id=(Annotated[UUID, Ref(self.meta.name)], ...), limit=LIMIT, cursor=CURSOR)

    async def run(self, ctx: Any, data: Any) -> Any:
        """Ask for the page."""
        await ctx.get(self.record, data.id)
        asked = Condition("records", "has", RecordRef.to(self.meta.name, data.id))
        return await ctx.page(
            _documents(), Query(conditions=[asked], cursor=data.cursor, limit=data.limit)
        )

    def shows(self) -> Shows | None:
        """The documents."""
        return Shows(record="core.document", under="items")

    def output(self) -> Any:
        """A page."""
        return lambda: {**paged(_shape())()}
