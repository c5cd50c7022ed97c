"""Seal: state that travels through a client, which can neither read nor change it."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import orjson

from eyeot.runtime.box import Ring

_PURPOSE = b"eyeot mcp request state v1"
_PREFIX = "v1."
LONGEST = 65_536
"""Characters of a sealed state."""


class Seal:
    """AES-256-GCM under keys derived from the deployment's secrets: the first seals, each opens."""

    def __init__(self, secrets_: Sequence[bytes]) -> None:
        self._ring = Ring(secrets_, _PURPOSE)

    def close(self, value: dict[str, Any]) -> str:
        """The sealed form of a value that JSON can hold."""
        sealed = self._ring.close(orjson.dumps(value))
        token = _PREFIX + base64.urlsafe_b64encode(sealed).decode().rstrip("=")
        if len(token) > LONGEST:
            raise ValueError(
                "a state is too large to travel through a client; keep ids, not records"
            )
        return token

    def open(self, token: str) -> dict[str, Any] | None:
        """The value; None when this deployment did not seal it as it is."""
        if not token.startswith(_PREFIX) or len(token) > LONGEST:
            return None
        text = token.removeprefix(_PREFIX)
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        found = self._ring.open(raw)
        if found is None:
            return None
        value: dict[str, Any] = orjson.loads(found)
        return value
