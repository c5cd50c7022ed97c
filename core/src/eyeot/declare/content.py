"""Contents: the bytes that a call brings, and what kind of file they are."""

import base64
import binascii
import mimetypes
import re
from pathlib import PurePosixPath
from typing import Annotated, Any

import filetype
from pydantic import Field as Limits

from eyeot.declare.model import Input, Secret
from eyeot.declare.problem import invalid

LARGEST_UPLOAD = 3_000_000
"""Bytes that one call can bring: base64 makes them a third longer, and a request has 4 MiB."""
LONGEST_NAME = 255
_SIGNS = LARGEST_UPLOAD * 4 // 3 + 4
_SNIFFED = 8192
_BINARY = "application/octet-stream"
_PLAIN = "text/plain"
_TEXTUAL = re.compile(r"text/.+|application/(json|xml|x-ndjson|.+\+(json|xml))|image/svg\+xml")
# What a name may refine: these containers look alike from their first bytes.
_CONTAINERS = {
    "application/zip": ("application/vnd.", "application/epub+zip", "application/zip"),
    "application/x-ole-storage": ("application/msword", "application/vnd.ms-"),
}
_NAMED = {".jsonl": "application/x-ndjson", ".md": "text/markdown", ".csv": "text/csv"}
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\]")

FileName = Annotated[
    str, Limits(min_length=1, max_length=LONGEST_NAME, description="Its name, e.g. devis-2026.pdf.")
]


class Uploaded(Input):
    """A file that a call brings: its bytes in base64, or its text."""

    content: Annotated[
        str | None, Secret, Limits(max_length=_SIGNS, description="Its bytes, in base64.")
    ] = None
    text: Annotated[
        str | None,
        Secret,
        Limits(max_length=LARGEST_UPLOAD, description="Or its text, kept as UTF-8."),
    ] = None


def bytes_of(content: str | None, text: str | None) -> bytes:
    """The bytes of `content` or `text`, whichever was given; `Invalid` when neither, both or too many."""
    if (content is None) == (text is None):
        raise invalid("content", "give either content (base64) or text")
    found = text.encode() if text is not None else _decoded(content or "")
    if len(found) > LARGEST_UPLOAD:
        raise invalid(
            "content", f"has {len(found):,} bytes; one call brings {LARGEST_UPLOAD:,} at most"
        )
    return found


def _decoded(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise invalid("content", "is not base64 (RFC 4648, §4)") from None


def checked_name(filename: str) -> str:
    """A file's name without what could be taken for a path."""
    if _UNSAFE.search(filename) or filename.strip(". ") == "":
        raise invalid("filename", "a name without / and \\, e.g. devis-2026.pdf")
    return filename


def mime_of(head: bytes, filename: str) -> str:
    """The media type of a file: what its first bytes say; the name only refines what they allow."""
    named = _NAMED.get(PurePosixPath(filename).suffix.lower()) or mimetypes.guess_type(filename)[0]
    sniffed: Any = filetype.guess_mime(head[:_SNIFFED])
    if sniffed:
        allowed = _CONTAINERS.get(sniffed, ())
        return named if named and named.startswith(allowed) and allowed else str(sniffed)
    if not _is_text(head[:_SNIFFED]):
        return _BINARY
    return named if named and _TEXTUAL.fullmatch(named) else _PLAIN


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode()
    except UnicodeDecodeError as wrong:
        # A sign may be cut where the head ends.
        return wrong.start >= len(head) - 3 and b"\x00" not in head
    return "\x00" not in text
