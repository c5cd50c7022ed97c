"""Wording: what a comparison says of each gap, and the action that mends it."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict


class Mended(BaseModel):
    """What is said of a gap, and what mends it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fr: str
    en: str
    action: str
    arguments: dict[str, str]
    credit_note: str | None = None


@cache
def _table() -> dict[str, dict[str, Any]]:
    text = files("eyeot_invoicing.vat").joinpath("comparing.toml").read_text("utf-8")
    return tomllib.loads(text)


MENDED_BY = {name: Mended.model_validate(row) for name, row in _table()["gap"].items()}


def said(name: str, locale: str) -> str:
    """What is said of a gap, of what is apart, or as a note."""
    table = _table()
    row = next(table[part][name] for part in ("gap", "apart", "note") if name in table[part])
    return str(row["fr" if locale.startswith("fr") else "en"])
