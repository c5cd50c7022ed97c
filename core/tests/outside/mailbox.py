"""Mailbox: a mail server of a test's own that speaks SMTP with STARTTLS and AUTH, and can fail on demand."""

import asyncio
import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "erp", "p@ss/word"


def certificate(folder: Path) -> Path:
    """A key and a certificate for localhost that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    local = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(local), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "localhost.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


class _Dialogue(SMTP):
    """A connection that can be cut while the letter is being read."""

    box: "Mailbox"

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd finds it by this name
        if self.box.cut == "before":
            self.box.cut = ""
            await self.push("354 go on")
            assert self._reader
            await self._reader.readline()
            assert isinstance(self.transport, asyncio.Transport)
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


def _accepted(_: Any) -> str:
    return ""


@dataclass(eq=False)
class Mailbox:
    """What was taken; `refuses` says why one is not, `cut` when the connection is lost."""

    trust: ssl.SSLContext
    got: list[EmailMessage] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    refuses: Callable[[str], str] = _accepted
    cut: str = ""
    """`before` the letter is whole, or `after` it was taken and before that was said."""
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - as above
        self,
        server: SMTP,  # noqa: ARG002 - aiosmtpd gives it
        session: Session,  # noqa: ARG002 - as above
        envelope: Envelope,
        address: str,
        options: list[str],  # noqa: ARG002 - as above
    ) -> str:
        if refusal := self.refuses(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        made = message_from_bytes(envelope.content, policy=policy.SMTP)
        assert isinstance(made, EmailMessage)
        self.got.append(made)
        self.encrypted.append(session.ssl is not None)
        if self.cut == "after":
            self.cut = ""
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 taken"

    def _authenticated(self, *given: Any) -> AuthResult:
        data = given[-1]
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right)

    def dialogue(self) -> SMTP:
        made = _Dialogue(
            self,
            tls_context=self.trust,
            require_starttls=True,
            authenticator=self._authenticated,
            auth_required=True,
            hostname="mail.example",
        )
        made.box = self
        return made

    async def open(self) -> asyncio.Server:
        server = await asyncio.get_running_loop().create_server(self.dialogue, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server


def served(pem: Path) -> Mailbox:
    """A mailbox with this certificate."""
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(pem)
    return Mailbox(trust)
