"""Outside: what a handler may know of the world that the deployment reaches, without reaching it."""

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

    def seal(self, secret: str, about: str) -> str:
        """A secret as it may be stored: only this deployment opens it, and only where `about` is the same."""
