"""Handing: a quote or order goes to the customer by mail or on paper, and its file is kept with it."""

import base64
from collections.abc import Sequence
from html import escape
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

from pydantic import Field

from eyeot import Attachment, Conflict, Context, Layout, Mail, Money, Output, Ref
from eyeot.types import Email
from eyeot_crm.contacts import Contact
from eyeot_crm.parties import Party
from eyeot_sales.papers.paper import Language, language_of, words
from eyeot_sales.papers.wording import amount, day

Channel = Annotated[
    Literal["mail", "print", "none"],
    Field(
        description="mail: with the PDF, needs a mail server; print: the PDF is made to be handed over;"
        " none: it only counts as sent."
    ),
]
To = Annotated[
    list[Email] | None,
    Field(max_length=10, description="Left out, the contact's address, else the customer's."),
]
Message = Annotated[
    str | None, Field(max_length=5000, description="What the mail says; left out, a plain text.")
]


class Handed(NamedTuple):
    """What goes out, to whom, saying what."""

    layout: Layout
    document: Any
    kind: Literal["quote", "order", "reminder"]
    to: Sequence[str] | None = None
    message: str | None = None
    link: str | None = None
    """Where the customer sees it in their browser."""


class WentOut(Output):
    """How a document went out, and the file that did."""

    number: str
    status: str
    total_gross: Money
    channel: str
    document_id: Annotated[
        UUID | None, Ref("core.document"), Field(description="Its PDF; none where none was made.")
    ] = None
    mailed_to: list[str] = Field(default_factory=list)


async def hand_over(ctx: Context, what: Handed, channel: str) -> dict[str, Any]:
    """Make the PDF and keep it with its record, and write the mail that brings it, if it goes by mail.

    What it answers is of `WentOut`, whose document the caller names.
    """
    record = what.document
    told: dict[str, Any] = {
        "number": record.number,
        "status": record.status,
        "total_gross": record.total_gross,
        "channel": channel,
    }
    if channel == "none":
        return told
    party = await ctx.get(Party, what.document.party_id, beyond=True)
    language = language_of(party)
    filed = await _filed(ctx, what, language)
    file = Attachment(filename=filed.filename, mime=filed.mime, digest=filed.sha256)
    to = await addresses_of(ctx, record, party, what.to) if channel == "mail" else []
    for address in to:
        await ctx.mail(await _mail(ctx, what, (address, party.name), language, file))
    return {**told, "document_id": filed.id, "mailed_to": to}


async def remind(ctx: Context, what: Handed) -> None:
    """Write a mail about a document without its file."""
    party = await ctx.get(Party, what.document.party_id, beyond=True)
    for address in await addresses_of(ctx, what.document, party, what.to):
        await ctx.mail(await _mail(ctx, what, (address, party.name), language_of(party), None))


async def _filed(ctx: Context, what: Handed, language: Language) -> Any:
    """The PDF of a document, attached to its record as it went out."""
    record = what.document
    data = await what.layout.data(ctx, record.id, language)
    pdf = await ctx.typeset(what.layout, data, language=language)
    kind = record.meta.name
    return await ctx.call(
        f"{kind}.attach_document",
        {
            "id": Ref(kind).write(record.id),
            "filename": f"{record.number}.pdf",
            "content": base64.b64encode(pdf).decode(),
            "kind": "letter",
        },
    )


async def addresses_of(
    ctx: Context, document: Any, party: Party, given: Sequence[str] | None
) -> list[str]:
    """Where to write to about a document."""
    if given:
        return list(given)
    contact_id = getattr(document, "contact_id", None)
    if contact_id is not None:
        contact = await ctx.get(Contact, contact_id, beyond=True)
        if contact.email:
            return [contact.email]
    if not party.emails:
        raise Conflict(
            reason=f"No e-mail address of {party.name} is known.",
            remedy="Give one (to), or set it with crm.party.update.",
            field="to",
        )
    return [party.emails[0]]


async def _mail(
    ctx: Context,
    what: Handed,
    whom: tuple[str, str],
    language: Language,
    file: Attachment | None,
) -> Mail:
    told, document = words(language), what.document
    sender = (await ctx.sender(language)).name
    values = {
        "number": document.number,
        "gross": amount(document.total_gross, language),
        "until": day(getattr(document, "valid_until", None), language),
        "sender": sender,
    }
    text = what.message or told[f"{what.kind}_mail"].format(**values)
    return Mail(
        to=whom[0],
        name=whom[1],
        subject=told[f"{what.kind}_subject"].format(**values),
        text=f"{text}\n\n{told['page_link']} : {what.link}" if what.link else text,
        html=_html(text, told["page_link"], what.link) if what.link else None,
        language=language,
        sender_name=sender,
        attachments=(file,) if file else (),
    )


def _html(text: str, words: str, link: str) -> str:
    """The same words, and the link as one to press."""
    told = escape(text).replace("\n", "<br>")
    return f'<p>{told}</p><p><a href="{escape(link)}">{escape(words)}</a></p>'
