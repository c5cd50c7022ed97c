"""Letter: a notification as an e-mail, in its reader's language, as text and as plain HTML."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape
from uuid import UUID

_LONGEST_SUBJECT = 200
# Whoever sends may ask for an e-mail, so it is not always what its reader asked for.
_WHY = {
    "en": (
        "{org} sent you this e-mail with Eyeot. If you would rather not have such messages by e-mail, or"
        " not during some hours, ask your agent to change your notification preferences."
    ),
    "fr": (
        "{org} vous envoie cet e-mail par Eyeot. Si vous préférez ne pas recevoir ce genre de messages par"
        " e-mail, ou pas à certaines heures, demandez à votre agent de changer vos préférences de"
        " notification."
    ),
}
_WHY_LINK = {
    "en": (
        "The link works once, and for you only: do not pass it on. If you did not expect this e-mail,"
        " ignore it; nothing happens then."
    ),
    "fr": (
        "Ce lien ne sert qu'une fois et n'est que pour vous : ne le transmettez pas. Si vous n'attendiez"
        " pas cet e-mail, ignorez-le ; il ne se passera rien."
    ),
}
_WHERE = {"en": "It is about {record}.", "fr": "Il s'agit de {record}."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is told, to whom, by whom."""

    id: UUID
    sender: str
    """`Eyeot <erp@example.com>`, or the address alone."""
    name: str
    address: str
    locale: str
    org: str
    title: str
    body: str | None
    record: str | None
    at: datetime
    link: str | None = None
    """An address that works once, for this reader."""

    def message(self) -> EmailMessage:
        """The message; the same, with the same Message-ID, however often it is made.

        What people wrote stands in headers as one line, and the headers are made by `email`, which
        refuses any that would be two.
        """
        made = EmailMessage(policy=SMTP)
        name, address = parseaddr(self.sender)
        made["From"] = Address(_line(name), addr_spec=address)
        made["To"] = Address(_line(self.name), addr_spec=self.address)
        made["Subject"] = _line(self.title)[:_LONGEST_SUBJECT]
        made["Date"] = format_datetime(self.at)
        made["Message-ID"] = f"<{self.id.hex}@{address.rpartition('@')[2]}>"
        made["Auto-Submitted"] = "auto-generated"
        made["X-Auto-Response-Suppress"] = "All"
        language = "fr" if self.locale.startswith("fr") else "en"
        made["Content-Language"] = language
        parts = self._parts(language)
        made.set_content("\n\n".join(parts) + "\n")
        made.add_alternative(_html(language, parts, self.link), subtype="html")
        return made

    def _parts(self, language: str) -> list[str]:
        where = _WHERE[language].format(record=self.record) if self.record else None
        why = _WHY_LINK[language] if self.link else _WHY[language].format(org=self.org)
        return [one for one in (self.title, self.body, self.link, where, f"-- \n{why}") if one]


def _line(text: str) -> str:
    """Text as one line of a header, in which nothing is an encoded word that would be read as more."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(plain.replace("=?", "= ?").split())


def _html(language: str, parts: list[str], link: str | None) -> str:
    title, *rest = (_marked(one, link) for one in parts)
    rows = "".join(f"<p>{one.removeprefix('-- <br>')}</p>" for one in rest)
    return f'<!doctype html><html lang="{language}"><body><h1>{title}</h1>{rows}</body></html>'


def _marked(part: str, link: str | None) -> str:
    told = escape(part).replace("\n", "<br>")
    return f'<a href="{told}">{told}</a>' if part == link else told
