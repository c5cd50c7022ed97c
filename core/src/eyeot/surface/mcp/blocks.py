"""Blocks: how MCP writes them."""

import base64
from typing import Any

from eyeot.declare.blocks import Audio, Block, EmbeddedResource, Image


def text(said: str) -> dict[str, Any]:
    """A text."""
    return {"type": "text", "text": said}


def block(one: Block) -> dict[str, Any]:
    """One block."""
    if isinstance(one, Image | Audio):
        kind = "image" if isinstance(one, Image) else "audio"
        return {"type": kind, "data": _encoded(one.data), "mimeType": one.mime_type}
    if isinstance(one, EmbeddedResource):
        resource = {"uri": one.uri, "mimeType": one.mime_type}
        if one.data is not None:
            return {"type": "resource", "resource": {**resource, "blob": _encoded(one.data)}}
        return {"type": "resource", "resource": {**resource, "text": one.text or ""}}
    told = {
        "type": "resource_link",
        "uri": one.uri,
        "name": one.name,
        "title": one.title,
        "description": one.description,
        "mimeType": one.mime_type,
    }
    return {name: value for name, value in told.items() if value is not None}


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
