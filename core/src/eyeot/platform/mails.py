"""Mails: what is told of e-mails to people outside."""

from uuid import UUID

from eyeot.declare.event import Event


class MailSent(Event, name="core.mail.sent"):
    """An e-mail to somebody outside was handed to the mail server."""

    mail_id: UUID


class MailRefused(Event, name="core.mail.refused"):
    """An e-mail to somebody outside will not be sent: the mail server refused it for good."""

    mail_id: UUID
    error: str
