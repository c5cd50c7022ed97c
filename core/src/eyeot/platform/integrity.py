"""Integrity: what is kept of documents, read again and compared with the register."""

import hashlib
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field as Limits

from eyeot.declare import ids
from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.identifiers import Shows
from eyeot.declare.model import Input, Output, Ref
from eyeot.declare.problem import NotFound
from eyeot.platform.documents import Document, DocumentId, DocumentVersion

_MOST = 200
_MOST_BYTES = 256 * 1024 * 1024


class Scope(Input):
    """One document, or all that the caller may see, a part at a time."""

    id: DocumentId | None = None
    after: Annotated[
        UUID | None,
        Ref("core.document_version"),
        Limits(description="next_after of the part before."),
    ] = None


class Verified(Output):
    """What was read again, and what was not as it should be."""

    checked: int
    damaged: Annotated[list[dict[str, Any]], Shows("document_id")]
    next_after: str | None = None


@action(
    "core.document.verify_integrity",
    risk="r",
    en=(
        "Verify the integrity of documents; check file digests; detect tampering; was a file "
        "altered; prove that a document is unchanged"
    ),
    fr=(
        "Vérifier l'intégrité des documents; contrôler les empreintes; détecter une altération; un "
        "fichier a-t-il été modifié; prouver qu'un document est intact"
    ),
    example={"id": "$core.document"},
    record=Document,
)
async def verify_integrity(ctx: Context, data: Scope) -> Verified:
    """Read every version of a document, or of all, again and compare its SHA-256 with the register."""
    c = DocumentVersion.c
    where = [c.document_id == data.id] if data.id else []
    where += [c.id > data.after] if data.after else []
    if data.id:
        await ctx.get(Document, data.id)
    found = await ctx.find(DocumentVersion, *where, order=c.id, limit=_MOST)
    damaged, read, last = [], 0, None
    for one in found:
        if wrong := await _wrong(ctx, one):
            damaged.append(
                {
                    "document_id": Ref("core.document").write(one.document_id),
                    "filename": one.filename,
                    "number": one.number,
                    "reason": wrong,
                }
            )
        last, read = one, read + one.size
        if read > _MOST_BYTES:
            break
    done = found.index(last) + 1 if last else 0
    more = last is not None and (done < len(found) or len(found) == _MOST)
    return Verified(
        checked=done,
        damaged=damaged,
        next_after=ids.encode("dov", last.id) if more and last else None,
    )


async def _wrong(ctx: Context, one: DocumentVersion) -> str | None:
    """Why a content is not what was kept; None when it is."""
    digest = hashlib.sha256()
    try:
        async for piece in ctx.content(one.sha256):
            digest.update(piece)
    except NotFound:
        return "missing"
    return None if digest.hexdigest() == one.sha256 else "altered"
