"""Document: the OpenAPI description as it is served, built once."""

import asyncio
import gzip
import hashlib
from dataclasses import dataclass
from typing import Self

from starlette.datastructures import Headers
from starlette.responses import Response

from eyeot.runtime.catalogue import Catalogue
from eyeot.surface.rest.openapi import describe
from eyeot.surface.wire import dumps


@dataclass(frozen=True, slots=True)
class Made:
    """The document's bytes, plain and compressed, and the tag by which a client knows them."""

    plain: bytes
    compressed: bytes
    tag: str

    @classmethod
    def of(cls, plain: bytes) -> Self:
        """The document of these bytes."""
        # Weak, since both encodings are one document.
        tag = f'W/"{hashlib.sha256(plain).hexdigest()[:32]}"'
        return cls(plain, gzip.compress(plain, mtime=0), tag)

    def response(self, headers: Headers) -> Response:
        """The document, or 304 for who has it."""
        shared = {"etag": self.tag, "cache-control": "no-cache", "vary": "accept-encoding"}
        if self._known(headers.get("if-none-match", "")):
            return Response(status_code=304, headers=shared)
        if _takes_gzip(headers.get("accept-encoding", "")):
            shared["content-encoding"] = "gzip"
            return Response(self.compressed, 200, shared, "application/json")
        return Response(self.plain, 200, shared, "application/json")

    def _known(self, sent: str) -> bool:
        tags = [one.strip().removeprefix("W/") for one in sent.split(",")]
        return "*" in tags or self.tag.removeprefix("W/") in tags


def _takes_gzip(accepted: str) -> bool:
    for one in accepted.lower().split(","):
        coding, _, weight = one.replace(" ", "").partition(";q=")
        if coding == "gzip":
            return weight.rstrip("0.") != "" or not weight
    return False


class Document:
    """The description of a catalogue, made when first asked for."""

    def __init__(self, catalogue: Catalogue, public_url: str) -> None:
        self._catalogue = catalogue
        self._public_url = public_url
        self._making: asyncio.Task[Made] | None = None

    async def made(self) -> Made:
        """The document; thousands of schemas take seconds, during which others are served."""
        if self._making is None:
            self._making = asyncio.create_task(asyncio.to_thread(self._make))
            self._making.add_done_callback(self._keep)
        # Who gives up waiting stops nobody: the next one to ask finds it made.
        return await asyncio.shield(self._making)

    def _keep(self, done: asyncio.Task[Made]) -> None:
        if done.cancelled() or done.exception():
            self._making = None

    def _make(self) -> Made:
        return Made.of(dumps(describe(self._catalogue, self._public_url)))
