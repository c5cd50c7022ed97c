"""Outside: what a handler may know of the world that the deployment reaches, without reaching it."""

from collections.abc import Mapping
from typing import Protocol


class Outside(Protocol):
    """What can be sent, where to, and how a secret is kept that must be used again."""

    @property
    def sends_mail(self) -> bool:
        """Whether the operator has named a mail server."""

    def fault(self, url: str) -> str | None:
        """Why this address is never called, as far as its text tells; None when it may be.

        The names in it are resolved, and what they lead to is checked, each time it is called.
        """

    @property
    def providers(self) -> Mapping[str, str]:
        """The providers that are switched on by name, and the address of each that is not its own."""

    @property
    def signing_key(self) -> str:
        """The public key of what `sign` signs, as PEM."""

    def sign(self, content: bytes) -> bytes:
        """The deployment's Ed25519 signature (RFC 8032) of bytes that leave it."""

    def seal(self, secret: str, about: str) -> str:
        """A secret as it may be stored: only this deployment opens it, and only where `about` is the same."""

    def unseal(self, sealed: str, about: str) -> str | None:
        """The secret, for what `ctx.fetch` sends; None when this deployment's secrets do not open it."""
