"""Letter: a notification as an e-mail, in its reader's language, as text and as plain HTML."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape
from uuid import UUID

import idna

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
_NO_MORE = {"en": "No more messages like this", "fr": "Ne plus recevoir ces messages"}
_WHERE = {"en": "It is about {record}.", "fr": "Il s'agit de {record}."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outward:
    """What a letter to somebody outside has beside its words."""

    html: str | None
    sender_name: str
    reply_to: str | None
    unsubscribe: str | None
    """An address by which its reader objects to more, at one click (RFC 8058)."""
    files: tuple[tuple[str, str, bytes], ...] = ()
    """Name, MIME type and bytes of what goes with it."""


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
    outward: Outward | None = None
    """Set when it goes to somebody outside, who is told nothing of notifications."""

    def message(self) -> EmailMessage:
        """The message; the same, with the same Message-ID, however often it is made.

        What people wrote stands in headers as one line, and the headers are made by `email`, which
        refuses any that would be two.
        """
        made = EmailMessage(policy=SMTP)
        name, address = parseaddr(self.sender)
        if self.outward:
            name = self.outward.sender_name or self.org
        made["From"] = Address(_line(name), addr_spec=address)
        made["To"] = Address(_line(self.name), addr_spec=self.address)
        made["Subject"] = _line(self.title)[:_LONGEST_SUBJECT]
        made["Date"] = format_datetime(self.at)
        made["Message-ID"] = f"<{self.id.hex}@{address.rpartition('@')[2]}>"
        language = "fr" if self.locale.startswith("fr") else "en"
        made["Content-Language"] = language
        if self.outward:
            return _outward(made, self, self.outward, language)
        made["Auto-Submitted"] = "auto-generated"
        made["X-Auto-Response-Suppress"] = "All"
        parts = self._parts(language)
        made.set_content("\n\n".join(parts) + "\n")
        made.add_alternative(_html(language, parts, self.link), subtype="html")
        return made

    def _parts(self, language: str) -> list[str]:
        where = _WHERE[language].format(record=self.record) if self.record else None
        why = _WHY_LINK[language] if self.link else _WHY[language].format(org=self.org)
        return [one for one in (self.title, self.body, self.link, where, f"-- \n{why}") if one]


def _outward(made: EmailMessage, letter: Letter, outward: Outward, language: str) -> EmailMessage:
    """The message to somebody outside: its words, how they object to more, and its files."""
    if outward.reply_to:
        made["Reply-To"] = Address(addr_spec=outward.reply_to)
    told = letter.body or ""
    html = outward.html or f"<p>{escape(told).replace(chr(10), '<br>')}</p>"
    if outward.unsubscribe:
        made["List-Unsubscribe"] = f"<{outward.unsubscribe}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        words = _NO_MORE[language]
        told += f"\n\n-- \n{words} : {outward.unsubscribe}"
        html += f'<hr><p><small><a href="{escape(outward.unsubscribe)}">{words}</a></small></p>'
    made.set_content(told + "\n")
    made.add_alternative(
        f'<!doctype html><html lang="{language}"><body>{html}</body></html>', subtype="html"
    )
    for name, mime, content in outward.files:
        kind, _, subtype = mime.partition("/")
        made.add_attachment(content, maintype=kind, subtype=subtype, filename=name)
    return made


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


def ascii_address(address: str) -> str:
    """An address with its domain as DNS knows it."""
    name, _, domain = address.rpartition("@")
    return f"{name}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"
