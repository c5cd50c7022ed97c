"""Forms: that what is sent was filled in on a page of ours, by the browser that it was made for."""

import hmac
import secrets
from collections.abc import Sequence
from hashlib import sha256

FIELD = "form_token"
_SALT = 16


class FormTokens:
    """Tokens bound to a session, or to a visitor's cookie before there is one (a signed double submit)."""

    def __init__(self, secrets_: Sequence[bytes], purpose: bytes = b"eyeot form") -> None:
        """`secrets_`: the deployment's, newest first. What is made for one purpose holds for no other."""
        self._keys = [
            hmac.digest(one, purpose, sha256) for one in secrets_ or (secrets.token_bytes(32),)
        ]

    def made(self, binder: str) -> str:
        """A token for a form shown to this browser."""
        salt = secrets.token_hex(_SALT)
        return salt + _signed(self._keys[0], salt, binder)

    def holds(self, token: str, binder: str) -> bool:
        """Whether a token was made for this browser."""
        salt, sign = token[: 2 * _SALT], token[2 * _SALT :]
        return any(
            hmac.compare_digest(_signed(key, salt, binder).encode(), sign.encode())
            for key in self._keys
        )


def _signed(key: bytes, salt: str, binder: str) -> str:
    return hmac.digest(key, f"{salt}:{binder}".encode(), sha256).hex()
