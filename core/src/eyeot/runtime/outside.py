"""Outside: what the deployment can send, to where and through whom, and how it keeps the secrets for that."""

import base64
import binascii
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from eyeot.runtime.box import Ring
from eyeot.runtime.outgoing import Outgoing

_PURPOSE = b"eyeot secrets of integrations v1"


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Whom mails are handed to, and in whose name."""

    host: str
    port: int
    tls: str
    """`starttls`, `smtps`, or `none`."""
    sender: str
    """What stands behind From: `Eyeot <erp@example.com>`, or the address alone."""
    user: str = ""
    password: str = field(default="", repr=False)


def _none() -> tuple[bytes, ...]:
    return ()


def _seed() -> bytes:
    return secrets.token_bytes(32)


@dataclass(frozen=True, kw_only=True)
class Outside:
    """The world as the deployment's settings open it."""

    secrets: Callable[[], Sequence[bytes]] = field(default=_none, repr=False)
    """The deployment's secrets, newest first; asked for when something is sealed or opened."""
    signing: Callable[[], bytes] = field(default=_seed, repr=False)
    """The seed of the key that signs what leaves; asked for when something is signed first."""
    http: Outgoing = field(default_factory=Outgoing)
    mail: MailServer | None = None
    providers: Mapping[str, str] = field(default_factory=dict)
    """The providers that are switched on, and where they are reached; nothing for their own address."""
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By which keys those know the deployment that want one."""

    @cached_property
    def _ring(self) -> Ring:
        return Ring(self.secrets(), _PURPOSE)

    @cached_property
    def _signer(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.signing())

    @property
    def signing_key(self) -> str:
        """The public key of what `sign` signs, as PEM."""
        public = self._signer.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, content: bytes) -> bytes:
        """The deployment's Ed25519 signature of bytes that leave it."""
        return self._signer.sign(content)

    @property
    def sends_mail(self) -> bool:
        """Whether the operator has named a mail server."""
        return self.mail is not None

    def fault(self, url: str) -> str | None:
        """Why this address is never called, as far as its text tells."""
        return self.http.fault(url)

    def seal(self, secret: str, about: str) -> str:
        """A secret as it may be stored."""
        return base64.b64encode(self._ring.close(secret.encode(), about.encode())).decode()

    def unseal(self, sealed: str, about: str) -> str | None:
        """The secret; None when this deployment's secrets do not open it."""
        try:
            found = self._ring.open(base64.b64decode(sealed, validate=True), about.encode())
        except binascii.Error:
            return None
        return None if found is None else found.decode()


NOWHERE = Outside()
"""The open Internet, no mail, and secrets that last as long as the process."""
