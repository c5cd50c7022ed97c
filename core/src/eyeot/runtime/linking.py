"""Linking: an address that runs one action with fixed arguments, for who got it by mail."""

import base64
import binascii
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from eyeot.runtime.outside import Outside

PATH = "/l/"
_ABOUT = "link to an action"


class Linked(NamedTuple):
    """What an address runs."""

    org_id: UUID
    action: str
    arguments: dict[str, Any]


def made(outside: Outside, public_url: str, linked: Linked) -> str:
    """The address; who changes a sign of it has none."""
    told = orjson.dumps([str(linked.org_id), linked.action, linked.arguments]).decode()
    sealed = base64.b64decode(outside.seal(told, _ABOUT))
    return public_url + PATH + base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def read(outside: Outside, token: str) -> Linked | None:
    """What an address runs; None when this deployment made no such address."""
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    told = outside.unseal(base64.b64encode(sealed).decode(), _ABOUT)
    if told is None:
        return None
    org_id, action, arguments = orjson.loads(told)
    return Linked(UUID(org_id), action, arguments)
