"""Mailing: a posted piece goes to its buyer by e-mail, with its PDF."""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple
from uuid import UUID

import babel.dates
import babel.numbers

from eyeot import Attachment, Conflict, Context, Mail
from eyeot_invoicing.documents import making
from eyeot_invoicing.documents.wording import words
from eyeot_invoicing.einvoices.building import Piece


@cache
def _texts() -> dict[str, dict[str, str]]:
    text = files("eyeot_invoicing.documents").joinpath("mails.toml").read_text("utf-8")
    return tomllib.loads(text)


class Mailing(NamedTuple):
    """To whom a piece went, and the document that did."""

    to: str
    document_id: UUID


async def mailed(
    ctx: Context, piece: Piece, to: str | None, message: str | None, *, readable: bool = False
) -> Mailing:
    """Mail a posted piece: as Factur-X, or as a PDF that people alone read."""
    making.refuse_draft(piece)
    address = to or piece.buyer.email
    if not address:
        raise Conflict(
            reason=f"No e-mail address of {piece.buyer.name} is known.",
            remedy="Give one in to, or note it with crm.party.update(emails=…).",
            field="to",
        )
    language = piece.language
    form: Any = "pdf" if readable else "facturx"
    document, _ = await making.made(ctx, piece, form, piece.profile, language)
    said = _said(piece, language, message)
    await ctx.mail(
        Mail(
            to=address,
            name=piece.buyer.name,
            subject=said["subject"],
            text=said["text"],
            language=language,
            sender_name=piece.seller.name,
            record=making.ref_of(piece),
            attachments=(
                Attachment(filename=document.filename, mime=document.mime, digest=document.sha256),
            ),
        )
    )
    return Mailing(address, document.id)


def _said(piece: Piece, language: str, message: str | None) -> dict[str, str]:
    texts, record = _texts()[language], piece.record
    title = words(language)["credit_note" if piece.is_credit_note else record.kind]
    due: date | None = getattr(record, "due_date", None)
    amount = record.total_gross
    values = {
        "title": title,
        "title_low": title[:1].lower() + title[1:],
        "number": record.number or "",
        "house": piece.seller.name,
        "date": babel.dates.format_date(record.issue_date, "long", locale=language),
        "amount": babel.numbers.format_currency(amount.amount, amount.currency, locale=language),
        "message": f"{message}\n\n" if message else "",
        "due": texts["due"].format(due=babel.dates.format_date(due, "long", locale=language))
        if due and not piece.is_credit_note
        else "",
    }
    return {name: texts[name].format(**values) for name in ("subject", "text")}
