"""Filing: what was made of a piece, kept once as it was, for as long as the law wants."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from eyeot import Context, Record, RecordRef, field, kind, ref
from eyeot_invoicing.ledger.periods import year_of
from eyeot_invoicing.retention import kept_until as rule_until

Form = Literal["pdf", "facturx", "ubl", "cii"]
_MOST_NAME = 80


class PieceFile(
    Record,
    name="invoicing.piece_file",
    prefix="pif",
    label="id",
    unique=(("piece", "form", "language", "profile"),),
    bare=True,
):
    """A file that was made of a posted piece: asked for again, it is that one."""

    piece: RecordRef = field("The invoice or credit note.")
    form: Form = field("What it is.")
    language: str = field("Language it is written in; und of what machines read.", max_length=5)
    profile: str = field("Its profile; none where it has none.", max_length=30)
    document_id: UUID = ref("core.document", "Where it is filed.")
    sha256: str = field("SHA-256 of it, in hexadecimal.", max_length=64)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which file of which piece."""

    piece: RecordRef
    form: Form
    language: str = "und"
    profile: str = "none"


async def kept_until(ctx: Context, day: date) -> tuple[date, str]:
    """The day until which a piece of a day is kept, and the article that says so."""
    house = await ctx.organization()
    return rule_until(year_of(day, house.fiscal_year_start).last)


async def filed_before(ctx: Context, wanted: Wanted) -> Any:
    """The document of a file that was made before; none if it was not."""
    c = PieceFile.c
    found = await ctx.first(
        PieceFile,
        c.piece == wanted.piece,
        c.form == wanted.form,
        c.language == wanted.language,
        c.profile == wanted.profile,
    )
    return await ctx.get(kind("core.document"), found.document_id, beyond=True) if found else None


async def file(ctx: Context, wanted: Wanted, content: bytes, filename: str, *, issued: date) -> Any:
    """File what was made of a posted piece, locked for its retention; the document."""
    row = await locked(ctx, content, filename, wanted.piece, issued)
    await ctx.add(
        PieceFile(
            piece=wanted.piece,
            form=wanted.form,
            language=wanted.language,
            profile=wanted.profile,
            document_id=row.id,
            sha256=row.sha256,
        )
    )
    return row


async def locked(
    ctx: Context, content: bytes, filename: str, about: RecordRef, issued: date
) -> Any:
    """Keep a file about a record, locked for the retention of a piece of that day."""
    until, basis = await kept_until(ctx, issued)
    document: Any = kind("core.document")
    return await document.filed(
        ctx,
        content,
        filename[:_MOST_NAME],
        kind="invoice",
        records=[about],
        status="locked",
        retention_until=until,
        retention_basis=basis,
    )


async def content_of(ctx: Context, document: Any) -> bytes:
    """The bytes of a document."""
    return b"".join([piece async for piece in ctx.content(document.sha256)])
