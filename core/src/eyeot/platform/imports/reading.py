"""Reading: a file as rows, and the rows that an import keeps."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, BinaryIO
from uuid import UUID

import orjson

from eyeot.declare.context import Context
from eyeot.declare.record import records
from eyeot.platform.imports.tabular import Format, format_of, lines, rows_of
from eyeot.platform.spooling import spooled

_SAMPLE = 20


@dataclass(slots=True)
class Table:
    """The rows of a file: as JSON Lines in `file`, which its user closes."""

    file: BinaryIO
    form: Format
    filename: str
    total: int
    columns: list[str]
    sample: list[dict[str, Any]]


async def read(
    ctx: Context, content: bytes | None, document_id: UUID | None, filename: str
) -> Table:
    """The rows of a file that a call brings, or of a document that the caller may read."""
    if document_id is not None:
        document: Any = await ctx.get(records["core.document"], document_id)
        source, filename = await spooled(ctx, document.sha256), document.filename
    else:
        source = io.BytesIO(content or b"")
    with source:
        form = format_of(source.read(512), filename.lower())
        # A large file takes seconds, in which others are served.
        file, total, columns = await asyncio.to_thread(lines, rows_of(source, form))
    file.seek(0)
    sample = [orjson.loads(line) for _, line in zip(range(_SAMPLE), file, strict=False)]
    file.seek(0)
    return Table(file, form, filename, total, columns, sample)


async def kept_rows(
    ctx: Context, digest: str, skip: int = 0, most: int | None = None
) -> AsyncIterator[dict[str, Any]]:
    """The rows that an import keeps, from one on; only those that are wanted are read as JSON."""
    at, rest = 0, b""
    async for piece in ctx.content(digest):
        block = rest + piece
        passed = block.count(b"\n")
        if at + passed <= skip:
            at, rest = at + passed, block.rpartition(b"\n")[2]
            continue
        *whole, rest = block.split(b"\n")
        for line in whole:
            at += 1
            if at <= skip:
                continue
            if most is not None and at > skip + most:
                return
            yield orjson.loads(line)
