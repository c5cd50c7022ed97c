"""Spooling: what a document holds, as a file to read here and there in."""

import tempfile
from typing import BinaryIO, cast

from eyeot.declare.context import Context

_IN_MEMORY = 4 * 1024 * 1024


async def spooled(ctx: Context, digest: str) -> BinaryIO:
    """The content of a digest as a temporary file, which its user closes."""
    file = cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - closed by its user
    try:
        async for piece in ctx.content(digest):
            file.write(piece)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file
