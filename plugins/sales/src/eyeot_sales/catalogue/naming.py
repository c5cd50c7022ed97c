"""Naming: names in the organisation's language, and in others."""

import re
import unicodedata
from typing import Annotated

from pydantic import Field

from eyeot.types import Locale

Translations = dict[Locale, Annotated[str, Field(min_length=1, max_length=200)]]
"""A name in other languages: `{"en": "Hour"}`."""


def named(name: str, translations: dict[str, str] | None, locale: str) -> str:
    """The name in a language, or as the organisation calls it."""
    known = translations or {}
    return known.get(locale) or known.get(locale[:2]) or name


def coded(name: str, longest: int) -> str:
    """A name as a reference: capitals and digits, `Bleu ciel 1,5 m` is BLEU-CIEL-1-5-M."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Z0-9]+", "-", plain.upper()).strip("-")[:longest].rstrip("-")
