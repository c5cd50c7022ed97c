"""Blocks: what an answer may show beside its data, for clients that can show it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture, such as a chart."""

    data: bytes
    mime_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """A sound."""

    data: bytes
    mime_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedResource:
    """The whole of a document: its text, or its bytes."""

    uri: str
    mime_type: str
    text: str | None = None
    data: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceLink:
    """Where something can be read."""

    uri: str
    name: str
    title: str | None = None
    description: str | None = None
    mime_type: str | None = None


Block = Image | Audio | EmbeddedResource | ResourceLink
"""One block. The result must say what it shows in data too: not every surface shows blocks."""
