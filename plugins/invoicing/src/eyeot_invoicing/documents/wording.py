"""Wording: the words of invoices and credit notes, in French and English."""

import tomllib
from functools import cache
from importlib.resources import files

Words = dict[str, str]


@cache
def _every() -> dict[str, Words]:
    text = files("eyeot_invoicing.documents").joinpath("words.toml").read_text("utf-8")
    return tomllib.loads(text)


def words(language: str) -> Words:
    """What papers say, in a language."""
    return _every()["en" if language == "en" else "fr"]
