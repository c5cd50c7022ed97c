"""Public: the addresses of pages for whoever holds a link."""

import base64
import binascii
from typing import NamedTuple
from uuid import UUID

import orjson

from eyeot.runtime.outside import Outside

PATH = "/p/"
_ABOUT = "link to a public page"


class Told(NamedTuple):
    """What an address says."""

    org_id: UUID
    page: str
    id: UUID


def made(outside: Outside, public_url: str, told: Told) -> str:
    """The address; who changes a sign of it has none."""
    text = orjson.dumps([str(told.org_id), told.page, str(told.id)]).decode()
    sealed = base64.b64decode(outside.seal(text, _ABOUT))
    return public_url + PATH + _written(sealed)


def read(outside: Outside, token: str) -> Told | None:
    """What an address says; None when this deployment made no such address."""
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    if _written(sealed) != token:
        # Signs that base64 passes over would make more than one address of it.
        return None
    text = outside.unseal(base64.b64encode(sealed).decode(), _ABOUT)
    if text is None:
        return None
    org_id, page, id = orjson.loads(text)
    return Told(UUID(org_id), page, UUID(id))


def _written(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")
