"""Seal: state that travels through a client, which can neither read nor change it."""

import base64
import binascii
import secrets
from collections.abc import Sequence
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PURPOSE = b"eyeot mcp request state v1"
_PREFIX = "v1."
_NONCE = 12
LONGEST = 65_536
"""Characters of a sealed state."""


class Seal:
    """AES-256-GCM under keys derived from the deployment's secrets: the first seals, each opens."""

    def __init__(self, secrets_: Sequence[bytes]) -> None:
        # Without a secret of the deployment's, states last as long as this process.
        ring = tuple(secrets_) or (secrets.token_bytes(32),)
        self._ring = [AESGCM(_derived(one)) for one in ring]

    def close(self, value: dict[str, Any]) -> str:
        """The sealed form of a value that JSON can hold."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._ring[0].encrypt(nonce, orjson.dumps(value), _PURPOSE)
        token = _PREFIX + base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")
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
        for key in self._ring:
            try:
                value: dict[str, Any] = orjson.loads(
                    key.decrypt(raw[:_NONCE], raw[_NONCE:], _PURPOSE)
                )
            except (InvalidTag, ValueError):
                continue
            return value
        return None


def _derived(secret: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret)
