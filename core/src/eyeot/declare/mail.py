"""Mail: an e-mail to somebody outside, handed to `ctx.mail`."""

from dataclasses import dataclass

from eyeot.declare.anyref import RecordRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with it: bytes that were kept (`ctx.keep`), by their digest."""

    filename: str
    mime: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """An e-mail to an address outside, written with this change and handed over after it.

    What becomes of it is told by the events `core.mail.sent` and `core.mail.refused`.
    """

    to: str
    """The address."""
    name: str = ""
    """Whose it is."""
    subject: str
    text: str
    html: str | None = None
    language: str = "fr"
    sender_name: str = ""
    """Who writes, beside the deployment's own address; the organisation when empty."""
    reply_to: str | None = None
    record: RecordRef | None = None
    """What it is about."""
    unsubscribe: str | None = None
    """An address of `ctx.link` by which its reader wants no more such mail (RFC 8058)."""
    attachments: tuple[Attachment, ...] = ()
