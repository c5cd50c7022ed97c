"""Documents: files, attached to records of any kind, with every version they ever had."""

from collections.abc import Iterable
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Any, BinaryIO, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.anyref import RecordRef
from eyeot.declare.content import LONGEST_NAME, FileName, Uploaded, bytes_of, checked_name, mime_of
from eyeot.declare.context import Context
from eyeot.declare.field import field, ref
from eyeot.declare.lifecycle import Lifecycle, by_hand
from eyeot.declare.model import Input, Ref
from eyeot.declare.problem import Conflict
from eyeot.declare.reach import Attached, Through
from eyeot.declare.record import Record
from eyeot.declare.resource import Resource

DocumentId = Annotated[UUID, Ref("core.document")]
Kind = Literal[
    "other",
    "contract",
    "quote",
    "order",
    "invoice",
    "receipt",
    "letter",
    "report",
    "export",
    "photo",
]
WRITE = "core.document:write"
_HEAD = 8192
LONGEST_TEXT = 20_000
"""Characters of a document by which it is found."""
_MOST_RECORDS = 100
_FREE_WHEN_LOCKED = frozenset({"records", "signature_status", "updated_at", "version"})
SignatureStatus = Literal[
    "requested",
    "ongoing",
    "cancelling",
    "signed",
    "done",
    "declined",
    "expired",
    "cancelled",
    "failed",
]


class Document(
    Record,
    name="core.document",
    prefix="doc",
    label="filename",
    hint=("kind",),
    search=("filename", "text"),
    index=(("sha256",),),
    reach=Attached("records", owner="owner_id", key="credential_id", needs="needs"),
    state="status",
):
    """A file. Seen by whoever may read a record it is attached to, and by who brought it in."""

    filename: str = field("Its name, with the ending.", max_length=LONGEST_NAME)
    kind: Kind = field("What it is.", default="other")
    records: list[RecordRef] = field(
        "What it is attached to; link and unlink change that.", access="read", default=list
    )
    mime: str = field("Its media type, from its content.", access="read")
    size: int = field("Bytes.", access="read")
    sha256: str = field("SHA-256 of its content, in hexadecimal.", access="read")
    revision: int = field("How many versions of it there have been.", access="read", default=1)
    status: Literal["draft", "filed", "locked"] = field(
        "draft: attached to nothing; locked: frozen for its legal retention.",
        access="read",
        default="draft",
    )
    retention_until: date | None = field("Locked until.", access="read", default=None)
    retention_basis: str | None = field(
        "The rule it is kept by.", access="read", max_length=300, default=None
    )
    signature_status: SignatureStatus | None = field(
        "How its latest round of electronic signature stands; done: the signed copy is filed.",
        access="read",
        default=None,
    )
    origin_id: UUID | None = ref(
        "core.document",
        "The document of which this is the signed copy, or the proof of its signature.",
        access="read",
        default=None,
    )
    text: str | None = field(
        "Its text, by which it is found.", access="secret", max_length=LONGEST_TEXT, default=None
    )
    owner_id: UUID | None = ref("core.user", "Who brought it in.", access="read", default=None)
    credential_id: UUID | None = ref(
        "core.api_key", "With which key.", access="read", default=None, soft=True
    )
    needs: list[str] = field(
        "Permissions that a reader needs besides, all of them.", access="read", default=list
    )

    def complete(self) -> None:
        """Refuse a name that is none, and any change of a locked document but one more place to find it."""
        checked_name(self.filename)
        if self.stored("status") != "locked":
            return
        changed = [n for n in self.meta.fields if self.__dict__[n] != self.stored(n)]
        lost = set(self.stored("records")) - set(self.records)
        if lost or not _FREE_WHEN_LOCKED.issuperset(changed):
            raise Conflict(
                reason=f"'{self.stored('filename')}' is locked until {self.stored('retention_until')}"
                f" ({self.stored('retention_basis')}): it cannot be changed.",
                remedy="core.document.duplicate makes a copy that can be.",
            )

    def attach(self, places: Iterable[RecordRef]) -> None:
        """Attach it to records; where it is already, it stays."""
        added = [one for one in dict.fromkeys(places) if one not in self.records]
        if len(self.records) + len(added) > _MOST_RECORDS:
            raise Conflict(reason=f"A document is attached to {_MOST_RECORDS} records at most.")
        if added and self.status != "locked":
            lifecycle.take(self, "link")
        self.records = [*self.records, *added]

    @staticmethod
    async def filed(
        ctx: Context, content: bytes | BinaryIO, filename: str, **more: Any
    ) -> "Document":
        """Keep a file as a document; `more`: its kind, records and needs."""
        kept = await ctx.keep(content)
        row = Document(
            filename=filename,
            mime=mime_of(_head(content), filename),
            size=kept.size,
            sha256=kept.digest,
            owner_id=ctx.user_id,
            credential_id=ctx.credential_id,
            **more,
        )
        return await _added(ctx, row)


class DocumentVersion(
    Record,
    name="core.document_version",
    prefix="dov",
    label="filename",
    unique=(("document_id", "number"),),
    index=(("sha256",),),
    reach=Through("document_id"),
    archivable=False,
):
    """One content that a document had; never changed."""

    document_id: UUID = ref("core.document", "Whose content.", on_delete="CASCADE")
    number: int = field("Which one, from 1.")
    filename: str = field("The name it came under.", max_length=LONGEST_NAME)
    mime: str = field("Its media type.")
    size: int = field("Bytes.")
    sha256: str = field("SHA-256 of it, in hexadecimal.")
    author: str = field("Who brought it in, a person or a key.")


# What hangs on a record is asked for by the record.
sa.Index("ix_core_document_records", Document.c.org_id, Document.c.records, postgresql_using="gin")

lifecycle = Lifecycle(
    "status",
    "draft",
    (
        by_hand("link", "draft", "filed", to="filed"),
        by_hand("lock", "draft", "filed", to="locked"),
    ),
)


def _head(content: bytes | BinaryIO) -> bytes:
    if isinstance(content, bytes):
        return content[:_HEAD]
    content.seek(0)
    return content.read(_HEAD)


async def _added(ctx: Context, row: Document) -> Document:
    if row.records and row.status != "locked":
        lifecycle.take(row, "link")
    await ctx.add(row)
    await versioned(ctx, row)
    return row


async def versioned(ctx: Context, row: Document) -> None:
    await ctx.add(
        DocumentVersion(
            document_id=row.id,
            number=row.revision,
            filename=row.filename,
            mime=row.mime,
            size=row.size,
            sha256=row.sha256,
            author=ctx.actor,
        )
    )


documents = Resource(
    Document,
    adding="list get update archive restore search count export history comment list_comments bulk_update",
    en="document; documents; file; attachment",
    fr="document; documents; fichier; pièce jointe",
    lifecycle=lifecycle,
    permissions=dict.fromkeys(
        ("update", "archive", "restore", "export", "comment", "bulk_update"), WRITE
    ),
)


class NewDocument(Uploaded):
    """A file to keep."""

    filename: FileName
    kind: Kind = "other"
    records: Annotated[
        list[RecordRef], Limits(max_length=_MOST_RECORDS, description="What to attach it to.")
    ] = Limits(default_factory=list)


@action(
    "core.document.create",
    risk="w",
    en=(
        "Create a document; upload a file; keep a file; store a PDF; save a file; add a file to "
        "the library"
    ),
    fr=(
        "Créer un document; déposer un fichier; enregistrer un fichier; ranger un PDF; déposer un "
        "fichier dans la bibliothèque; ajouter un document"
    ),
    example={"filename": "compte-rendu.txt", "text": "Visite du 12 : four à changer."},
    events=("core.document.created",),
    permission=WRITE,
    record=Document,
    next=("core.document.link", "core.document.get"),
)
async def create(ctx: Context, data: NewDocument) -> Document:
    """Keep a file of up to 3,000,000 bytes as a document, attached to records or for oneself."""
    content = bytes_of(data.content, data.text)
    placed = list(dict.fromkeys(data.records))
    return await Document.filed(ctx, content, data.filename, kind=data.kind, records=placed)


class Copied(Input):
    """A document to copy."""

    id: DocumentId
    filename: Annotated[str | None, Limits(max_length=LONGEST_NAME)] = None


@action(
    "core.document.duplicate",
    risk="w",
    en="Duplicate a document; copy a file",
    fr="Dupliquer un document; copier un fichier",
    example={"id": "$core.document"},
    events=("core.document.created",),
    permission=WRITE,
    record=Document,
)
async def duplicate(ctx: Context, data: Copied) -> Document:
    """Copy a document as it is now, attached to the same records, as a new draft that can be changed."""
    source = await ctx.get(Document, data.id)
    path = PurePosixPath(source.filename)
    word = "copie" if ctx.locale.startswith("fr") else "copy"
    kept = {name: getattr(source, name) for name in ("kind", "mime", "size", "sha256", "needs")}
    row = Document(
        **kept,
        filename=data.filename or f"{path.stem[: LONGEST_NAME - 30]} ({word}){path.suffix[:20]}",
        records=list(source.records),
        owner_id=ctx.user_id,
        credential_id=ctx.credential_id,
    )
    return await _added(ctx, row)
