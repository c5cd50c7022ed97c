"""Postman: hands letters to the mail server, each at least once, after the change that they tell of."""

import asyncio
import logging
import ssl
from datetime import timedelta
from typing import Any

import aiosmtplib

from eyeot.declare.anyref import RecordRef
from eyeot.runtime.engine import Engine
from eyeot.runtime.mailing.leaving import noted, outward_letter
from eyeot.runtime.mailing.letter import Letter, ascii_address
from eyeot.runtime.notifying import link_about
from eyeot.runtime.outside import MailServer
from eyeot.runtime.repeating import ATTEMPTS, Loop, pause
from eyeot.runtime.transaction import Transaction
from eyeot.storage.pool import taken

log = logging.getLogger(__name__)
_AT_ONCE = 4
_PATIENCE = 20.0
_LEASE = timedelta(minutes=2)
_FOR_GOOD = range(500, 600)

_CLAIM = """
UPDATE core_mail m SET attempts = attempts + 1, due_at = $2
FROM (SELECT org_id, id FROM core_mail WHERE sent_at IS NULL AND failed_at IS NULL AND due_at <= $1
      ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED) due
WHERE m.org_id = due.org_id AND m.id = due.id
RETURNING m.org_id, m.id, m.user_id, m.title, m.body, m.record, m.link, m.at, m.attempts, m.address, m.name,
  m.html, m.language, m.sender_name, m.reply_to, m.attachments
"""
_SENT = """
UPDATE core_mail SET sent_at = $3, error = NULL, title = '', body = NULL, link = NULL, html = NULL
WHERE org_id = $1 AND id = $2 AND sent_at IS NULL
"""
_FAILED = """
UPDATE core_mail SET error = $3, due_at = coalesce($4, due_at),
  failed_at = CASE WHEN $4::timestamptz IS NULL THEN $5::timestamptz END,
  link = CASE WHEN $4::timestamptz IS NULL THEN NULL ELSE link END
WHERE org_id = $1 AND id = $2 AND sent_at IS NULL
"""
_READER = """
SELECT u.email, u.display_name, u.locale, o.legal_name FROM core_user u
JOIN core_organization o ON o.org_id = u.org_id
WHERE u.org_id = $1 AND u.id = $2 AND u.status IN ('active', 'invited')
"""


class Postman(Loop):
    """Sends what is due; without a mail server there is nothing to do, and nothing is lost."""

    every = 1.0

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine

    async def work(self) -> int:
        """Send what is due; how many letters were taken."""
        server = self.engine.outside.mail
        if server is None:
            await asyncio.sleep(self.every)
            return 0
        now = self.engine.clock()
        async with taken(self.engine.database.relay) as connection:
            rows = await connection.fetch(_CLAIM, now, now + _LEASE, _AT_ONCE)
        await asyncio.gather(*(self._one(server, dict(row)) for row in rows))
        return len(rows)

    async def _one(self, server: MailServer, row: dict[str, Any]) -> None:
        try:
            letter = await self._letter(server, row)
            if letter is None:
                await self._failed(row, "nobody who works here has this mail any more", again=False)
                return
            await handed_over(server, letter)
        except (aiosmtplib.SMTPException, OSError) as error:
            log.warning("a mail was not taken at attempt %s: %s", row["attempts"], error)
            again = not _for_good(error) and row["attempts"] < ATTEMPTS
            told = f"{type(error).__name__}: {error}"[:500].replace("\0", "\ufffd")
            await self._failed(row, told, again=again)
        except Exception as error:
            # A letter that cannot be made is not made better by waiting.
            log.exception("the mail %s could not be made", row["id"])
            await self._failed(row, type(error).__name__, again=False)
        else:
            done = (row["org_id"], row["id"], self.engine.clock())
            if row["address"]:
                await noted(self.engine, row, _SENT, done)
                return
            async with taken(self.engine.database.relay) as connection:
                await connection.execute(_SENT, *done)

    async def _failed(self, row: dict[str, Any], error: str, *, again: bool) -> None:
        now = self.engine.clock()
        due = now + pause(row["attempts"]) if again else None
        ended = (row["org_id"], row["id"], error, due, now)
        if row["address"] and not again:
            await noted(self.engine, row, _FAILED, ended, error)
            return
        async with taken(self.engine.database.relay) as connection:
            await connection.execute(_FAILED, *ended)

    async def _letter(self, server: MailServer, row: dict[str, Any]) -> Letter | None:
        """The letter, with the address its reader has now; None when they left."""
        if row["address"]:
            return await outward_letter(self.engine, server.sender, row, self._link(row))
        reads = Transaction(self.engine.database.reads, row["org_id"], reads=True)
        async with reads as transaction:
            found = await transaction.connection.fetchrow(_READER, row["org_id"], row["user_id"])
        if found is None:
            return None
        return Letter(
            id=row["id"],
            sender=server.sender,
            name=found["display_name"],
            address=ascii_address(found["email"]),
            locale=found["locale"],
            org=found["legal_name"],
            title=row["title"],
            body=row["body"],
            record=RecordRef(row["record"]).typeid if row["record"] else None,
            link=self._link(row),
            at=row["at"],
        )

    def _link(self, row: dict[str, Any]) -> str | None:
        if row["link"] is None:
            return None
        found = self.engine.outside.unseal(row["link"], link_about(row["id"]))
        if found is None:
            raise LinkLost
        return found


class LinkLost(Exception):
    """A mail whose link was sealed under secrets that this deployment has no more."""


async def handed_over(server: MailServer, letter: Letter) -> None:
    """Give a letter to the server: once this returns, it has it; an error before that leaves it in doubt.

    A connection that breaks after the last byte leaves unknown whether it was taken: it is sent again then,
    under the same Message-ID, by which mail programs know the double.
    """
    trust = ssl.create_default_context()
    async with asyncio.timeout(_PATIENCE * 2):
        await aiosmtplib.send(
            letter.message(),
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            use_tls=server.tls == "smtps",
            start_tls=server.tls == "starttls",
            tls_context=None if server.tls == "none" else trust,
            timeout=_PATIENCE,
        )


def _for_good(error: Exception) -> bool:
    """Whether the server refuses this letter for ever: what it says of us may change."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(one.code in _FOR_GOOD for one in error.recipients)
    refused = (aiosmtplib.SMTPDataError, aiosmtplib.SMTPRecipientRefused)
    return isinstance(error, refused) and error.code in _FOR_GOOD
