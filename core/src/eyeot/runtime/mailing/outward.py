"""Outward: e-mails to people outside, from the change that writes them to what became of them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from eyeot.declare.ids import uuid7
from eyeot.declare.mail import Mail
from eyeot.declare.problem import ProviderNotConfigured

if TYPE_CHECKING:
    from eyeot.runtime.services import Services

_WRITE = """
INSERT INTO core_mail (org_id, id, address, name, kind, title, body, html, language, sender_name, reply_to,
  record, link, attachments, at, due_at)
VALUES ($1, $2, $3, $4, 'outward', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
"""
_RECALL = """
UPDATE core_mail SET failed_at = $3, error = 'recalled', title = '', body = NULL, html = NULL, link = NULL
WHERE org_id = $1 AND id = ANY($2::uuid[]) AND sent_at IS NULL AND failed_at IS NULL
RETURNING id
"""


def link_about(mail_id: UUID) -> str:
    """What the link of a mail is sealed for."""
    return f"core.mail {mail_id}"


async def written(unit: "Services", mail: Mail) -> UUID:
    """Write a mail, and note it for the effects; refused where the deployment sends none."""
    if not unit.outside.sends_mail:
        raise ProviderNotConfigured(
            what="mail server",
            remedy="Ask the operator to name one (EYEOT_SMTP_URL, EYEOT_MAIL_FROM).",
        )
    id = uuid7(unit.now)
    link = unit.outside.seal(mail.unsubscribe, link_about(id)) if mail.unsubscribe else None
    files = [asdict(one) for one in mail.attachments]
    await unit.connection.execute(
        _WRITE,
        unit.org_id,
        id,
        mail.to,
        mail.name,
        mail.subject,
        mail.text,
        mail.html,
        mail.language,
        mail.sender_name,
        mail.reply_to,
        mail.record,
        link,
        files or None,
        unit.now,
    )
    unit.notified.append(told(mail))
    return id


async def recalled(unit: "Services", mails: Sequence[UUID]) -> list[UUID]:
    """Keep back those that have not left."""
    rows = await unit.connection.fetch(_RECALL, unit.org_id, list(mails), unit.now)
    return [row["id"] for row in rows]


def told(mail: Mail) -> dict[str, Any]:
    """A mail as effects tell it: to whom, about what."""
    return {"channels": ["email"], "to": mail.to, "kind": "outward", "title": mail.subject}
