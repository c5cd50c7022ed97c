"""Sealing: values that only who holds a secret can read, and that nobody can change unnoticed."""

import secrets

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
