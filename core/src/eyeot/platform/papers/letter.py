"""Letter: the organisation's own letterhead, empty, which also shows how a template looks."""

from uuid import UUID

from eyeot.declare.context import Context
from eyeot.declare.layout import Language, Layout, Paper, Party

_WORDS: dict[Language, tuple[str, str, str]] = {
    "fr": ("Lettre", "Objet de la lettre", "Madame, Monsieur,"),
    "en": ("Letter", "What the letter is about", "Dear Sir or Madam,"),
}
_CLOSING: dict[Language, str] = {
    "fr": "Nous vous prions d'agréer, Madame, Monsieur, nos salutations distinguées.",
    "en": "Yours faithfully,",
}


async def build(ctx: Context, id: UUID, language: Language) -> Paper:
    """An empty letter of the organisation."""
    del id
    title, subject, intro = _WORDS[language]
    return Paper(
        language=language,
        title=title,
        date=ctx.today,
        sender=await ctx.sender(language),
        recipient=Party(name="…"),
        subject=subject,
        intro=intro,
        closing=_CLOSING[language],
        draft=True,
    )


letter = Layout(
    name="core.letter",
    record="core.organization",
    label=("letter", "lettre"),
    data=build,
)
