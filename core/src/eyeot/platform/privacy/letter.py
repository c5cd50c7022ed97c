"""Letters to people who asked about their data, by how far their request is."""

from typing import Any
from uuid import UUID

from eyeot.declare.anyref import RecordRef
from eyeot.declare.context import Context
from eyeot.declare.layout import Fact, Language, Layout, Paper, Party
from eyeot.platform.documents import Document
from eyeot.platform.privacy.record import Asked

_RIGHTS: dict[Language, dict[str, str]] = {
    "fr": {
        "access": "droit d'accès (art. 15)",
        "rectification": "droit de rectification (art. 16)",
        "erasure": "droit à l'effacement (art. 17)",
        "restriction": "droit à la limitation du traitement (art. 18)",
        "portability": "droit à la portabilité (art. 20)",
        "objection": "droit d'opposition (art. 21)",
    },
    "en": {
        "access": "right of access (art. 15)",
        "rectification": "right to rectification (art. 16)",
        "erasure": "right to erasure (art. 17)",
        "restriction": "right to restriction of processing (art. 18)",
        "portability": "right to data portability (art. 20)",
        "objection": "right to object (art. 21)",
    },
}
_WORDS: dict[Language, dict[str, str]] = {
    "fr": {
        "title": "Vos données personnelles",
        "received": "Demande reçue le",
        "due": "Réponse au plus tard le",
        "right": "Droit exercé",
        "known": "Nous avons bien reçu votre demande et y répondrons au plus tard à la date ci-dessus.",
        "extended": (
            "Compte tenu de la complexité ou du nombre de demandes, nous prolongeons le délai de réponse"
            " jusqu'à la date ci-dessus (RGPD, art. 12, paragraphe 3).\n\nMotif : {reason}"
        ),
        "refused": (
            "Nous ne donnons pas suite à votre demande (RGPD, art. 12, paragraphe 4).\n\nMotif : {reason}"
        ),
        "remedies": (
            "Vous pouvez introduire une réclamation auprès de la Commission nationale de l'informatique et"
            " des libertés (CNIL), 3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07, www.cnil.fr, et"
            " former un recours juridictionnel (RGPD, art. 77 et 79)."
        ),
        "closing": "Nous vous prions d'agréer nos salutations distinguées.",
    },
    "en": {
        "title": "Your personal data",
        "received": "Request received on",
        "due": "Answer by",
        "right": "Right exercised",
        "known": "We have received your request and will answer by the date above at the latest.",
        "extended": (
            "Because of the complexity or number of requests, we extend the time for our answer until the"
            " date above (GDPR, art. 12(3)).\n\nReason: {reason}"
        ),
        "refused": "We do not act on your request (GDPR, art. 12(4)).\n\nReason: {reason}",
        "remedies": (
            "You may lodge a complaint with the French supervisory authority (CNIL), 3 place de Fontenoy,"
            " TSA 80715, 75334 Paris Cedex 07, www.cnil.fr, and seek a judicial remedy (GDPR, art. 77 and"
            " 79)."
        ),
        "closing": "Yours faithfully,",
    },
}


async def build(ctx: Context, id: UUID, language: Language) -> Paper:
    """What a request has come to, as a letter to who asked."""
    row, words = await ctx.get(Asked, id), _WORDS[language]
    told = words["known"]
    if row.status == "extended":
        told = words["extended"].format(reason=row.extension_reason)
    if row.status == "refused":
        told = words["refused"].format(reason=row.decision)
    facts = [
        Fact(label=words["received"], value=row.received_at.isoformat(), kind="date"),
        Fact(label=words["right"], value=_RIGHTS[language][row.kind]),
    ]
    if row.status != "refused":
        facts.insert(1, Fact(label=words["due"], value=row.due_at.isoformat(), kind="date"))
    return Paper(
        language=language,
        title=words["title"],
        date=ctx.today,
        sender=await ctx.sender(language),
        recipient=Party(name=row.requester, lines=[row.email] if row.email else []),
        facts=facts,
        intro=told,
        closing=words["closing"],
        mentions=[words["remedies"]] if row.status in ("refused", "extended") else [],
    )


privacy_letter = Layout(
    name="core.privacy_letter",
    record="core.data_subject_request",
    label=("letter on personal data", "lettre sur les données personnelles"),
    data=build,
)


async def write(ctx: Context, row: Asked) -> Document:
    """The letter as a document of the request."""
    await ctx.save(row)
    language: Language = row.locale
    paper = await build(ctx, row.id, language)
    made = await ctx.typeset(privacy_letter, paper, language=language)
    return await filed(ctx, row, made, f"{row.status}-{ctx.today.isoformat()}.pdf", kind="letter")


async def filed(ctx: Context, row: Asked, content: bytes, name: str, **more: Any) -> Document:
    """A file of the request; `more`: its kind, and what its readers need besides."""
    place = RecordRef.to("core.data_subject_request", row.id)
    return await Document.filed(ctx, content, name, records=[place], **more)
