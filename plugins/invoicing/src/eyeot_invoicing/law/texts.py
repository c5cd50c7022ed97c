"""Texts: the legal mentions of invoices, as rows that an organisation has, with since when they hold."""

import datetime as dt
from typing import Any, Literal

from eyeot import DatedRow, Lifecycle, Record, Resource, Shared, Starting, dated, field, follows
from eyeot_sales.data import table


class TextRow(DatedRow):
    """A mention as it ships."""

    code: str
    subject: str | None = None
    """What it is a note about in e-invoices (UNTDID 4451); none where a field of its own tells it."""
    article: str
    cibs: str | None = None
    when: dict[str, list[str]]
    fr: str
    en: str


TEXTS = dated("eyeot_invoicing.law", "texts.toml", TextRow, about="legal mention")


class LegalText(
    Record,
    name="invoicing.legal_text",
    prefix="ltx",
    label="code",
    hint=("language",),
    search=("code", "text", "article"),
    unique=(("key",),),
    index=(("code", "valid_from"),),
    reach=Shared(),
    state="status",
    sort="code",
    archivable=False,
):
    """A mention that invoices bear, under a condition, from a day."""

    key: str = field("Code, language and first day together.", access="read", max_length=80)
    code: str = field("What it is about, e.g. franchise.", access="read", max_length=60)
    language: Literal["fr", "en"] = field("Its language.", access="read")
    text: str = field("The mention; {…} are filled in.", access="read", max_length=2000)
    article: str = field("The provision, as it was cited before.", access="read", max_length=300)
    cibs_article: str | None = field(
        "Its place in the CIBS, in force since 1 September 2026, where it is known.",
        access="read",
        max_length=300,
        default=None,
    )
    condition: dict[str, list[str]] = field("When it applies: every key holds.", access="read")
    valid_from: dt.date = field("Since when.", access="read")
    valid_to: dt.date | None = field(
        "Its last day; none while it holds.", access="read", default=None
    )
    status: Literal["active", "superseded"] = field(
        "superseded: a later text took its place.", access="read", default="active"
    )


lifecycle = Lifecycle("status", "active", (follows("supersede", "active", to="superseded"),))
texts = Resource(
    LegalText,
    adding="list get search history",
    en="legal text; legal texts; legal mention; mandatory wording",
    fr="texte légal; textes légaux; mention légale; mention obligatoire",
    lifecycle=lifecycle,
)


def of_rate(code: str) -> str:
    """The code of the text that a VAT rate says."""
    return f"vat_{code}"


def _shipped() -> list[TextRow]:
    """The texts of the table, and what the VAT rates that ship say of why they charge none."""
    rates = table("taxes", "rates")
    return [
        *TEXTS.rows,
        *(
            TextRow(
                code=of_rate(one["code"]),
                article=one["article"],
                when={"rate": [one["code"]]},
                fr=one["mention"],
                en=one["mention_en"],
                valid_from=rates["valid_from"],
            )
            for one in rates["rate"]
            if "mention" in one
        ),
    ]


def _rows() -> list[dict[str, Any]]:
    return [
        {
            "key": f"{one.code}.{language}.{one.valid_from}",
            "code": one.code,
            "language": language,
            "text": one.fr if language == "fr" else one.en,
            "article": one.article,
            "cibs_article": one.cibs,
            "condition": one.when,
            "valid_from": one.valid_from,
            "valid_to": one.valid_to,
        }
        for one in _shipped()
        for language in ("fr", "en")
    ]


starting_texts = Starting(LegalText, key="key", rows=_rows())
