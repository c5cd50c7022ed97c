"""Sealing: values that only who holds a secret can read, and that nobody can change unnoticed."""

import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


class Box:
    """AES-256-GCM under a key derived from a secret for one purpose (HKDF-SHA-256, RFC 5869)."""

    def __init__(self, secret: bytes, purpose: bytes) -> None:
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret)
        self._key = AESGCM(key)
        self._purpose = purpose

    def close(self, value: bytes, about: bytes = b"") -> bytes:
        """The sealed value; it opens only where `about` is the same."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._key.encrypt(nonce, value, self._purpose + about)

    def open(self, sealed: bytes, about: bytes = b"") -> bytes | None:
        """The value; None when it was sealed otherwise, or changed since."""
        try:
            return self._key.decrypt(sealed[:_NONCE], sealed[_NONCE:], self._purpose + about)
        except (InvalidTag, ValueError):
            return None


class Ring:
    """Boxes under several secrets of one deployment, newest first: the first closes, each opens."""

    def __init__(self, secrets_: Sequence[bytes], purpose: bytes) -> None:
        # Without a secret of the deployment's, what is sealed lasts as long as this process.
        ring = tuple(secrets_) or (secrets.token_bytes(32),)
        self._boxes = [Box(one, purpose) for one in ring]

    def close(self, value: bytes, about: bytes = b"") -> bytes:
        """The value under the newest secret."""
        return self._boxes[0].close(value, about)

    def open(self, sealed: bytes, about: bytes = b"") -> bytes | None:
        """The value; None when none of the secrets sealed it as it is."""
        found = (one.open(sealed, about) for one in self._boxes)
        return next((one for one in found if one is not None), None)
