"""Downloads: links that give a document's content once, soon, and for the caller that asked."""

import base64
import binascii
import hashlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field as Limits

from eyeot.declare import ids
from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.field import field, ref
from eyeot.declare.model import Input, Output, Ref, Secret
from eyeot.declare.problem import Conflict, NotFound, PermissionDenied
from eyeot.declare.reach import Through
from eyeot.declare.record import Record
from eyeot.platform.documents import Document, DocumentId, DocumentVersion
from eyeot.runtime.engine import Engine
from eyeot.runtime.keeping import Keeping
from eyeot.runtime.request import Request
from eyeot.runtime.scope import LeanScope
from eyeot.runtime.transaction import Transaction

PATH = "/api/v1/documents/"
LONGEST = 60
"""Seconds that a link works."""
_RANDOM = 32
_ORG = 16


class DownloadLink(
    Record,
    name="core.download_link",
    prefix="dll",
    label="filename",
    reach=Through("document_id"),
    archivable=False,
    unique=(("token_hash",),),
):
    """That a caller may fetch a content once, until a moment."""

    document_id: UUID = ref("core.document", "Whose content.", on_delete="CASCADE")
    filename: str = field("The name it is fetched under.", max_length=255)
    mime: str = field("Its media type.")
    size: int = field("Bytes.")
    sha256: str = field("SHA-256 of it, in hexadecimal.")
    token_hash: str = field("SHA-256 of the token.", access="secret")
    key_id: UUID = ref("core.api_key", "The key that asked.", access="read", soft=True)
    expires_at: datetime = field("Until when it works.")
    used_at: datetime | None = field("When it was used.", default=None)


class Asked(Input):
    """A document, perhaps an earlier version of it, and how long the link works."""

    id: DocumentId
    revision: Annotated[
        int | None, Limits(ge=1, description="Which version; left out, the present one.")
    ] = None
    ttl: Annotated[int, Limits(ge=1, le=LONGEST, description="Seconds.")] = LONGEST


class Link(Output):
    """Where the content can be fetched, once."""

    id: DocumentId
    filename: str
    size: int
    sha256: str
    url: Annotated[str, Secret]
    expires_at: datetime


@action(
    "core.document.get_download_link",
    risk="w",
    en="Get a download link for a document; download a file; link to a file; share a file",
    fr=(
        "Obtenir un lien de téléchargement d'un document; télécharger un fichier; lien vers un "
        "fichier; partager un fichier; ouvrir un document"
    ),
    example={"id": "$core.document"},
    permission="core:read",
    record=Document,
    unlicensed=True,
)
async def get_download_link(ctx: Context, data: Asked) -> Link:
    """Make a link that gives a document's content once, within 60 seconds, while you may read it."""
    row = await ctx.get(Document, data.id)
    if ctx.credential_id is None:
        raise Conflict(
            reason="A link belongs to the key that asks for it, and this call was made without one.",
            remedy="Call with a service key.",
        )
    found = await _version(ctx, row, data.revision or row.revision)
    secret = secrets.token_bytes(_RANDOM)
    expires = ctx.now + timedelta(seconds=data.ttl)
    kept = {name: getattr(found, name) for name in ("filename", "mime", "size", "sha256")}
    await ctx.add(
        DownloadLink(
            **kept,
            document_id=row.id,
            token_hash=hashlib.sha256(secret).hexdigest(),
            key_id=ctx.credential_id,
            expires_at=expires,
        )
    )
    token = base64.urlsafe_b64encode(ctx.org_id.bytes + secret).decode()
    return Link(
        id=row.id,
        filename=found.filename,
        size=found.size,
        sha256=found.sha256,
        url=f"{ctx.public_url}{PATH}{token}",
        expires_at=expires,
    )


async def _version(ctx: Context, row: Document, number: int) -> DocumentVersion:
    c = DocumentVersion.c
    found = await ctx.first(DocumentVersion, c.document_id == row.id, c.number == number)
    if found is None:
        raise NotFound(
            kind="core.document_version",
            id=str(number),
            lookup="core.document.list_versions",
            field="revision",
        )
    return found


@dataclass(frozen=True, slots=True)
class Download:
    """A content on its way to who asked for it."""

    filename: str
    mime: str
    size: int
    pieces: AsyncIterator[bytes]


# Used up whoever comes, and whatever comes of it: a link that was seen by another is worth nothing any more.
_USE = """
UPDATE core_download_link l SET used_at = $3, version = l.version + 1, updated_at = $3
WHERE l.org_id = $1 AND l.token_hash = $2 AND l.used_at IS NULL AND l.expires_at > $3
RETURNING l.document_id, l.filename, l.mime, l.size, l.sha256, l.key_id
"""


def _gone() -> NotFound:
    return NotFound(
        kind="download",
        id="…",
        lookup="a link works once and for a minute; core.document.get_download_link makes another",
    )


async def redeem(engine: Engine, token: str, **told: Any) -> Download:
    """The content behind a link, which is used up; `told`: the `ip`, `client` and `trace_id` of who comes.

    `NotFound` for a link that is unknown, used or late, or whose key may not read the document any more;
    `Unauthenticated` when the key itself may not be used any more. Audited as a read by that key.
    """
    org_id, hashed = _parts(token)
    now = engine.clock()
    async with Transaction(engine.database.writes, org_id) as transaction:
        link = await transaction.connection.fetchrow(_USE, org_id, hashed, now)
        await transaction.commit()
    if link is None:
        raise _gone()
    caller = await engine.readmit(org_id, link["key_id"], told.get("ip"))
    asked = Request(
        action="core.document.get",
        arguments={"id": Ref("core.document").write(link["document_id"]), "fields": ["id"]},
        caller=caller,
        surface="rest",
        tool="download",
        **told,
    )
    try:
        await engine.execute(asked)
    except (NotFound, PermissionDenied):
        raise _gone() from None
    return _content(engine, asked, link)


_PRESENT = """
SELECT v.filename, v.mime, v.size, v.sha256 FROM core_document d
JOIN core_document_version v ON v.org_id = d.org_id AND v.document_id = d.id AND v.number = d.revision
WHERE d.org_id = $1 AND d.id = $2
"""


async def handed(engine: Engine, asked: Request) -> Download:
    """The content of the document that a request for `core.document.get` names, for who may read it."""
    asked.action, asked.tool = "core.document.get", "download"
    found = await engine.execute(asked)
    known = ids.decode(found.result["id"])
    assert known
    org_id = asked.caller.org_id
    async with Transaction(engine.database.reads, org_id, reads=True) as transaction:
        row = await transaction.connection.fetchrow(_PRESENT, org_id, known[1])
    return _content(engine, asked, row)


def _content(engine: Engine, asked: Request, kept: Any) -> Download:
    caller = asked.caller
    reach = caller.access.actions[asked.action]
    scope = LeanScope(engine.database.reads, caller, reach, engine.clock())
    pieces = Keeping(engine.database.store).read(scope.select, caller.org_id, kept["sha256"])
    return Download(kept["filename"], kept["mime"], kept["size"], pieces)


def _parts(token: str) -> tuple[UUID, str]:
    """The organisation that a token names, and the hash of its secret."""
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _gone() from None
    if len(raw) != _ORG + _RANDOM:
        raise _gone()
    return UUID(bytes=raw[:_ORG]), hashlib.sha256(raw[_ORG:]).hexdigest()
